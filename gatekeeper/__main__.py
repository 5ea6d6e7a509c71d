"""`python -m gatekeeper` and the console script."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from gatekeeper.cli.app import run

    raise SystemExit(run())


if __name__ == "__main__":
    main()

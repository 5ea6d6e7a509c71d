"""`python -m gatekeeper` and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; answer `--version` without loading any of it."""
    if sys.argv[1:] == ["--version"]:
        from gatekeeper import __version__

        print(f"gatekeeper, version {__version__}")  # noqa: T201 - the one line that costs no import
        raise SystemExit(0)
    from gatekeeper.cli.app import run

    raise SystemExit(run())


if __name__ == "__main__":
    main()

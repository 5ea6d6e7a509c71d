"""`python -m gatekeeper` and the console script."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; answer `--version`, and a hook on files that passed before, without loading any of it."""
    if sys.argv[1:] == ["--version"]:
        from gatekeeper import __version__

        print(f"gatekeeper, version {__version__}")  # noqa: T201 - the one line that costs no import
        raise SystemExit(0)
    if sys.argv[1:2] == ["hook"]:
        from gatekeeper.cli.again import plain_hook

        if (code := plain_hook(sys.argv[1:], os.environ)) is not None:
            raise SystemExit(code)
    from gatekeeper.cli.app import run

    raise SystemExit(run())


if __name__ == "__main__":
    main()

"""Start-up against bare Python, and the hook on one clean file against Bandit on that file."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from paired import HEAD, machine, paired

SCRIPTS = Path(sys.executable).parent


def main() -> None:
    """Print the table."""
    print(machine(), HEAD, sep="\n\n")
    gatekeeper, bandit = str(SCRIPTS / "gatekeeper"), str(SCRIPTS / "bandit")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "clean.py")
        file.write_text("def add(a: int, b: int) -> int:\n    return a + b\n")
        bare = [sys.executable, "-c", "pass"]
        print(paired("--version / python -c pass", [gatekeeper, "--version"], bare, 41).row())
        print(paired("hook / bandit FILE", [gatekeeper, "hook", str(file)], [bandit, str(file)], 15).row())


if __name__ == "__main__":
    main()

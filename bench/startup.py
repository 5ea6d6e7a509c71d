"""Start-up against bare Python, and the hook on one clean file against Bandit on that file: `python bench/startup.py`.

Cold: a file that was never scanned before, by a user who has committed before. Warm: the same file once more.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from paired import HEAD, machine, paired

SCRIPTS = Path(sys.executable).parent
POLICY = """schema = 1
[product]
name = "pump-link"
version = "2.1.0"
manufacturer = "Example Devices"
"""
FILE = '"""A file of about a hundred lines."""\n' + "".join(
    f"\n\ndef f{n}(x: int) -> int:\n    return x + {n}\n" for n in range(24)
)


def main() -> None:
    """Print the table."""
    print(machine(), HEAD, sep="\n\n")
    gatekeeper, bandit = str(SCRIPTS / "gatekeeper"), str(SCRIPTS / "bandit")
    bare = [sys.executable, "-c", "pass"]
    print(paired("`gatekeeper --version` / `python -c pass`", [gatekeeper, "--version"], bare, 41).row())
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home  # where both keep what they keep: the entry points of plugins, results
        root, kept = Path(folder), Path(home, ".cache", "gatekeeper")
        (root / "gatekeeper.toml").write_text(POLICY)
        (root / "a.py").write_text(FILE)
        hook, yardstick = [gatekeeper, "hook", "a.py"], [bandit, "-q", "a.py"]
        cold = paired("hook, cold / `bandit -q FILE`", hook, yardstick, 21, root, lambda: shutil.rmtree(kept))
        print(cold.row())
        print(paired("hook, warm / `bandit -q FILE`", hook, yardstick, 21, root).row())


if __name__ == "__main__":
    main()

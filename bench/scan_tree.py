"""One scan in a process of its own: `python scan_tree.py ROOT OUT [--warm]`. What bench/scan.py times."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from gatekeeper.scanners.scan import scan


def main() -> None:
    """Scan every .py and .pyw file below ROOT and write all results to OUT as JSON."""
    root, out = os.path.realpath(sys.argv[1]), Path(sys.argv[2])
    paths = [
        f"{folder}/{name}"[len(root) + 1 :]
        for folder, _, names in os.walk(root)
        for name in names
        if name.endswith((".py", ".pyw"))
    ]
    done = scan(Path(root), paths, warm="--warm" in sys.argv)
    out.write_bytes(msgspec.json.encode(done))


if __name__ == "__main__":
    main()

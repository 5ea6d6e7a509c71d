"""Export tracker/issues.toml as a tracker would: head, all rows, and the digest of the rows.

    python tools/export_issues.py OUT

A fix is named by the commit that made it; in this example that is the commit that is checked out.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(out: Path) -> None:
    """Write the export."""
    issues = tomllib.loads((ROOT / "tracker" / "issues.toml").read_text(encoding="utf-8"))["issue"]
    git = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    rows = [row | ({"fix_commits": [commit]} if row.get("resolution") == "fixed" else {}) for row in issues]
    canonical = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    export = {
        "schema": 1,
        "tracker": "example-tracker",
        "server": "https://issues.example.org",
        "project": "pump-link",
        "product": "pump-link",
        "query": "label = security",
        "states": "all",
        "total": len(rows),
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "exported_by": "m.ito",
        "tool": "tools/export_issues.py 1",
        "issues_sha256": hashlib.sha256(canonical.encode()).hexdigest(),
        "issues": rows,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(export, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

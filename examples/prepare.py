"""Make today the day on which the example's release was prepared: its people review and sign on that day.

    python prepare.py FOLDER

In the files of the example 2026-11-02 stands for that day and 2027-11-02 for the end of what was reviewed on it; the
gate refuses what is too old, so a demonstration has to be dated when it is shown.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

SUFFIXES = {".toml", ".md"}


def main(folder: Path) -> None:
    """Put the days into every text of the product."""
    today = datetime.now(UTC).date()
    days = {"2026-11-02": today, "2027-11-02": today + timedelta(days=365)}
    for path in sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES and p.is_file()):
        text = path.read_text(encoding="utf-8")
        for written, day in days.items():
            text = text.replace(written, day.isoformat())
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

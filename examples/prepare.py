"""Make today the day on which the example's release was prepared: its people review and sign on that day.

    python prepare.py FOLDER

The gate refuses what is too old, so a demonstration has to be dated when it is shown. In the tables of the example all
dates of 2026 move by the same number of days, so that 2026-11-06 becomes today; the documents stay as they are, byte for
byte, since their reviews name their digests.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

PREPARED = date(2026, 11, 6)
DATE = re.compile(r"(?<!\d)(2026-\d\d-\d\d|2027-11-02)(?!\d)")


def main(folder: Path) -> None:
    """Move the dates in every table of the product."""
    span = datetime.now(UTC).date() - PREPARED
    for path in sorted(folder.rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        moved = DATE.sub(lambda found: (date.fromisoformat(found[0]) + span).isoformat(), text)
        path.write_text(moved, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

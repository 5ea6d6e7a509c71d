"""Reading a file that somebody else wrote, no further than it may reach."""

from __future__ import annotations

from pathlib import Path

MOST_BYTES = 64 * 1024 * 1024


def bounded(path: Path, most: int = MOST_BYTES) -> bytes:
    """The file's bytes. Raises OSError, and ValueError for one that is too large."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{path.name} is larger than {most} bytes")
    return data

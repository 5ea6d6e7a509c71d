"""Which reader is for which file, and the bounds of reading."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gatekeeper.checks._documents import docx, html, markdown, pdf, text
from gatekeeper.checks._documents.model import LARGEST_OFFICE, LARGEST_TEXT, Document

READERS: dict[str, Callable[[bytes], Document]] = {
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".html": html.read,
    ".htm": html.read,
    ".docx": docx.read,
    ".pdf": pdf.read,
    ".txt": text.read,
    "": text.read,
}


class Reading(NamedTuple):
    """A file as it was read: `missing` or `unreadable` say why there is no document."""

    sha256: str = ""
    size: int = 0
    document: Document = Document(())
    missing: str = ""
    unreadable: str = ""


def read(root: Path, name: str) -> Reading:
    """Read one file below the root; a way out of it, by dots or links, is as good as missing."""
    path = root / name
    limit = LARGEST_OFFICE if path.suffix.lower() in (".docx", ".pdf") else LARGEST_TEXT
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve()):
            return Reading(missing=f"{name} lies outside the product's folder")
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as e:
        return Reading(missing=f"{name} is not there: {e.strerror or e}")
    digest = hashlib.sha256(content).hexdigest()
    if len(content) > limit:
        return Reading(unreadable=f"{name} is larger than {limit} bytes")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        return Reading(digest, len(content), unreadable=f"{name}: the gate cannot read {path.suffix} files")
    try:
        return Reading(digest, len(content), reader(content))
    except (ValueError, RecursionError) as e:
        return Reading(digest, len(content), unreadable=f"{name} cannot be read: {e}")

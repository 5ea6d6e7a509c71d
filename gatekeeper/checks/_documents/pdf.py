"""PDF, read by pypdf (extra `documents`): the text of every page; headings are its bookmarks and numbered lines."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from gatekeeper.checks._documents.model import Document, plain
from gatekeeper.checks._documents.text import of_lines

MOST_PAGES = 3_000
FEWEST_CHARACTERS = 20  # a page with less is an image of a page


def read(content: bytes) -> Document:
    """Read a PDF. Raises ValueError for what is none, is locked, holds no text, or without the reader installed."""
    try:
        import pypdf
    except ImportError as e:
        raise ValueError("the reader for .pdf is not installed: pip install 'release-gatekeeper[documents]'") from e
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):  # many manuals forbid printing, and can be read by anybody
            raise ValueError("it is locked with a password")
        if len(reader.pages) > MOST_PAGES:
            raise ValueError(f"more than {MOST_PAGES} pages")
        pages = [page.extract_text() for page in reader.pages]
        headings = dict(_bookmarks(reader.outline, 1))
    except ValueError:
        raise
    except Exception as e:  # the boundary to pypdf: whatever it stumbles over leaves the document unread
        raise ValueError(f"no readable PDF: {type(e).__name__} {e}") from e
    text = "\n\n".join(pages)
    if len("".join(text.split())) < FEWEST_CHARACTERS:
        raise ValueError("it holds no text: pages that are pictures cannot be read")
    return of_lines(text, headings)


def _bookmarks(outline: Any, level: int) -> Iterator[tuple[str, int]]:
    for entry in outline:
        if isinstance(entry, list):
            yield from _bookmarks(entry, level + 1)
        else:
            yield plain(str(entry.title)), level

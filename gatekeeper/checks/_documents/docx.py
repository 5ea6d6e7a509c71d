"""Word documents, read by python-docx (extra `documents`): what is shown, with headings by style or outline level."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from gatekeeper.checks._documents.building import Builder
from gatekeeper.checks._documents.model import Document

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what Word wraps a locked document in
LARGEST_EXPANDED = 128 << 20
_HEADING = re.compile(r"(?:heading|見出し)\s*(\d)", re.IGNORECASE)
_CODE = re.compile(r"code|preformatted|html", re.IGNORECASE)
_LEVEL = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}outlineLvl"
_RUN = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}r"
_VALUE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}val"


def read(content: bytes) -> Document:
    """Read a .docx file. Raises ValueError for what is none, is too large inside, or without the reader installed."""
    try:
        import docx
        from docx.table import Table
    except ImportError as e:
        raise ValueError("the reader for .docx is not installed: pip install 'release-gatekeeper[documents]'") from e
    if content.startswith(_COMPOUND):
        raise ValueError("it is locked with a password, or a .doc of old: no Word document that can be read")
    _bounded(content)
    builder = Builder()
    try:
        for number, block in enumerate(docx.Document(io.BytesIO(content)).iter_inner_content(), start=1):
            if isinstance(block, Table):
                _table(builder, block, number)
            else:
                _paragraph(builder, block, number)
    except ValueError:
        raise
    except Exception as e:  # the boundary to python-docx: whatever it stumbles over leaves the document unread
        raise ValueError(f"no readable Word document: {type(e).__name__} {e}") from e
    return builder.document()


def _bounded(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError, NotImplementedError) as e:
        raise ValueError(f"no Word document: {e}") from e
    if size > LARGEST_EXPANDED:
        raise ValueError(f"it expands to {size} bytes")


def _paragraph(builder: Builder, paragraph: Any, number: int) -> None:
    words = _shown(paragraph)
    if not words.strip():
        return
    style = str(getattr(paragraph.style, "name", "") or "")
    level = _level(paragraph, style)
    if level:
        builder.heading(words, level, number)
        return
    if "list" in style.casefold() or paragraph._p.find(".//" + _LEVEL.replace("outlineLvl", "numPr")) is not None:
        builder.item()
    builder.text(words, "" if _CODE.search(style) else words)


def _level(paragraph: Any, style: str) -> int:
    if style.casefold() in ("title", "表題"):
        return 1
    match = _HEADING.match(style)
    if match:
        return int(match[1])
    outline = paragraph._p.find(".//" + _LEVEL)
    return int(outline.get(_VALUE)) + 1 if outline is not None and outline.get(_VALUE, "").isdecimal() else 0


def _table(builder: Builder, table: Any, number: int) -> None:
    builder.table(number)
    for row in table.rows:
        builder.row()
        for cell in row.cells:
            words = "\n".join(map(_shown, cell.paragraphs))
            builder.cell(words, words)
    builder.table_end()


def _shown(paragraph: Any) -> str:
    """What a reader sees: the words of links, fields and insertions with it, those that are hidden or deleted not."""
    from docx.text.run import Run

    runs = (Run(element, paragraph) for element in paragraph._p.iter(_RUN))
    return "".join(run.text for run in runs if not _hidden(run, paragraph))


def _hidden(run: Any, paragraph: Any) -> bool:
    """By its own font, or else by that of its style or the paragraph's."""
    fonts = (run.font, *(style.font for style in (run.style, paragraph.style) if style is not None))
    return next((font.hidden for font in fonts if font.hidden is not None), False)

"""HTML, read by the standard library's parser: what is shown is read, what is hidden is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

from gatekeeper.checks._documents.building import Builder
from gatekeeper.checks._documents.model import Document

_SILENT = frozenset(["script", "style", "template", "head", "noscript"])
_BLOCKS = frozenset(["p", "div", "li", "dd", "dt", "pre", "blockquote", "figcaption", "caption", "address", "summary"])
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


_EMPTY = frozenset(["br", "hr", "img", "input", "link", "meta", "wbr", "col", "area", "base", "source"])
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)


def _is_hidden(values: Mapping[str, str | None]) -> bool:
    told = values.get("aria-hidden") == "true" or _UNSEEN.search(values.get("style") or "") is not None
    return told or "hidden" in values


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.builder = Builder()
        self._words: list[str] = []
        self._prose: list[str] = []
        self._silent: list[str] = []
        self._code = 0
        self._cell = False
        self._heading = (0, 0, "")  # level, line, id

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "body":  # a head need not be closed
            self._silent = [silent for silent in self._silent if silent != "head"]
        if tag == "p" and self._silent[-1:] == ["p"]:  # a paragraph ends where the next begins
            self._silent.pop()
        if tag not in _EMPTY and (tag in self._silent or tag in _SILENT or _is_hidden(values)):
            self._silent.append(tag)
        if tag in _BLOCKS or tag in _HEADINGS or tag in ("td", "th", "table", "br", "ul", "ol"):
            self._flush()
        if tag in ("code", "pre", "kbd", "samp"):
            self._code += 1
        if tag in _HEADINGS:
            self._heading = (_HEADINGS[tag], self.getpos()[0], values.get("id") or "")
        elif tag == "table":
            self.builder.table(self.getpos()[0])
        elif tag == "tr":
            self.builder.row()
        elif tag in ("td", "th"):
            self._cell = True
        elif tag == "li":
            self.builder.item()

    def handle_endtag(self, tag: str) -> None:
        if tag in _HEADINGS and self._heading[0]:
            self._end_heading()
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag == "table":
            self._flush()
            self.builder.table_end()
        elif tag in _BLOCKS:
            self._flush()
        if tag in ("code", "pre", "kbd", "samp"):
            self._code = max(0, self._code - 1)
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)
            self._prose.append(" " if self._code else data)

    def _end_heading(self) -> None:
        level, line, anchor = self._heading
        self.builder.heading("".join(self._words).strip(), level, line, anchor)
        self._words, self._prose, self._heading = [], [], (0, 0, "")

    def _end_cell(self) -> None:
        self.builder.cell(" ".join("".join(self._words).split()), "".join(self._prose))
        self._words, self._prose, self._cell = [], [], False

    def _flush(self) -> None:
        words = "".join(self._words)
        if words.strip() and not self._heading[0] and not self._cell:
            self.builder.text(words.strip(), "".join(self._prose).strip())
            self._words, self._prose = [], []


def read(content: bytes) -> Document:
    """Read HTML in UTF-8. Raises ValueError for anything else."""
    reader = _Reader()
    reader.feed(content.decode("utf-8-sig"))
    reader.close()
    reader._flush()
    return reader.builder.document()

"""Building a document from what a parser meets, in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from gatekeeper.checks._documents.model import LONGEST_TEXT, MOST_PARTS, Document, Section, Table


@dataclass(slots=True)
class _Open:
    """The section that is being filled."""

    heading: str = ""
    level: int = 0
    line: int = 1
    anchor: str = ""
    text: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    items: int = 0

    def closed(self) -> Section:
        return Section(
            heading=" ".join(self.heading.split()),
            level=self.level,
            line=self.line,
            text="\n".join(self.text).strip(),
            prose="\n".join(self.prose).strip(),
            tables=tuple(self.tables),
            anchor=self.anchor,
            items=self.items,
        )


@dataclass(slots=True)
class Builder:
    """Takes headings, texts, list entries and tables; raises ValueError beyond the bounds of a document."""

    _closed: list[Section] = field(default_factory=list)
    _now: _Open = field(default_factory=_Open)
    _rows: list[list[str]] = field(default_factory=list)
    _line: int = 0
    _size: int = 0
    _count: int = 0

    def heading(self, words: str, level: int, line: int, anchor: str = "") -> None:
        """A new section begins."""
        self._counted(words)
        self._closed.append(self._now.closed())
        self._now = _Open(words, level, line, anchor)

    def text(self, words: str, prose: str) -> None:
        """A paragraph or a block of code; `prose` is what of it is not code."""
        self._counted(words)
        self._now.text.append(words)
        self._now.prose.append(prose)

    def item(self) -> None:
        """An entry of a list begins; its text follows as text."""
        self._now.items += 1

    def table(self, line: int) -> None:
        """A table begins."""
        self._rows, self._line = [], line

    def row(self, _line: int = 0) -> None:
        """A row of it begins."""
        self._rows.append([])

    def cell(self, words: str, prose: str) -> None:
        """A cell of that row."""
        if not self._rows:
            self._rows.append([])
        self._rows[-1].append(words)
        self.text(words, prose)

    def table_end(self) -> None:
        """The table is whole."""
        if self._rows:
            self._now.tables.append(Table(tuple(map(tuple, self._rows)), self._line))
        self._rows = []

    def document(self) -> Document:
        """What was built."""
        sections = (*self._closed, self._now.closed())
        return Document(tuple(s for s in sections if s.heading or s.text or s.tables))

    def _counted(self, words: str) -> None:
        self._size += len(words)
        self._count += 1
        if self._size > LONGEST_TEXT or self._count > MOST_PARTS:
            raise ValueError("the document is longer than the gate reads")

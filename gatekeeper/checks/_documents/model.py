"""A document as the rules see it, whatever its format."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

LARGEST_TEXT = 4 << 20  # bytes of Markdown, HTML and plain text
LARGEST_OFFICE = 64 << 20  # bytes of Word and PDF files, which hold pictures
LONGEST_TEXT = 4_000_000  # characters
MOST_PARTS = 50_000  # sections, rows
_DAY = re.compile(
    r"(?<!\d)(?:(?P<year>\d{4})|令和(?P<era>\d{1,2}|元)(?=年))[-/年](?P<month>\d{1,2})[-/月](?P<day>\d{1,2})(?!\d)"
)
_REIWA = 2018  # 2019 was the first year


class Table(msgspec.Struct, frozen=True):
    """A table; the first row is its head. Cells are plain text."""

    rows: tuple[tuple[str, ...], ...]
    line: int = 0

    def column(self, *names: str) -> int:
        """The number of the first column whose head holds one of these words, or -1."""
        head = [plain(cell) for cell in self.rows[0]] if self.rows else []
        return next((at for at, cell in enumerate(head) if any(_stands(name, cell) for name in names)), -1)

    def records(self, *columns: int) -> Iterator[tuple[str, ...]]:
        """The cells of these columns, row by row; a cell that is not there is empty."""
        for row in self.rows[1:]:
            yield tuple(row[at].strip() if 0 <= at < len(row) else "" for at in columns)


class Section(msgspec.Struct, frozen=True):
    """A heading and what stands under it, up to the next heading. `prose` is the text without code."""

    heading: str
    level: int
    line: int
    text: str
    prose: str
    tables: tuple[Table, ...] = ()
    anchor: str = ""
    items: int = 0  # entries of lists


class Document(msgspec.Struct, frozen=True):
    """The whole: what stands before the first heading is a section without one."""

    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """All words in order."""
        return "\n".join(f"{section.heading}\n{section.text}" for section in self.sections)

    @property
    def title(self) -> str:
        """The first heading."""
        return next((section.heading for section in self.sections if section.heading), "")

    def head(self) -> dict[str, str]:
        """What the head says of the document: its first two-column table, or `Key: value` lines before any part."""
        for section in self.sections[:2]:
            for table in section.tables:
                if all(len(row) == 2 for row in table.rows):
                    return {plain(key): value.strip() for key, value in table.rows if key.strip()}
        lines = (line for section in self.sections[:2] for line in section.text.splitlines())
        pairs = (re.fullmatch(r"\s*([^:：|]{1,40})[:：]\s*(\S.*)", line) for line in lines)
        return {plain(match[1]): match[2].strip() for match in pairs if match}

    def parts(self) -> Iterator[tuple[Section, str]]:
        """Each section below the title with its whole text, that of its subsections included."""
        for at, section in enumerate(self.sections):
            if section.heading and not (section.level <= 1 and section.heading == self.title):
                yield section, "\n".join(_inside(self.sections, at))

    def tables(self) -> Iterator[Table]:
        """All tables but the head's."""
        for section in self.sections:
            yield from section.tables


def _inside(sections: tuple[Section, ...], at: int) -> Iterator[str]:
    yield sections[at].text
    for below in sections[at + 1 :]:
        if below.level <= sections[at].level:
            return
        yield f"{below.heading}\n{below.text}" if below.text.strip() else ""


def plain(text: str) -> str:
    """A word for comparing: one width, one case, one space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether one of the words stands in the text: as a word or the beginning of one, as "log" does in "logging"."""
    known = plain(text)
    return any(_stands(word, known) for word in words)


def _stands(word: str, text: str) -> bool:
    """Both in plain form; "log" does not stand in "catalogue", and Japanese has no blanks to go by."""
    at = text.find(word)
    while at > 0 and word[0].isascii() and text[at - 1].isascii() and text[at - 1].isalnum():
        at = text.find(word, at + 1)
    return at >= 0


def days_in(text: str) -> tuple[date, ...]:
    """The days that stand in a text, year first: 2026-11-02, 2026/11/2, 2026年11月2日, 令和8年11月2日."""
    return tuple(day for match in _DAY.finditer(unicodedata.normalize("NFKC", text)) if (day := _day(match)))


def _day(match: re.Match[str]) -> date | None:
    era = match["era"]
    year = int(match["year"]) if not era else _REIWA + (1 if era == "元" else int(era))
    try:
        return date(year, int(match["month"]), int(match["day"]))
    except ValueError:
        return None


def names(text: str, name: str) -> bool:
    """Whether this product or maker is named, and not another whose name holds it: pump-link is not pump-link-pro."""
    exact = rf"(?<![0-9a-z_-]){re.escape(plain(name))}(?![0-9a-z_]|-[a-z])"
    return re.search(exact, plain(text)) is not None


def names_version(text: str, version: str) -> bool:
    """Whether exactly this version stands in the text: 1.4.0 is in neither 1.4.0rc1 nor 11.4.0."""
    exact = rf"(?<![0-9A-Za-z.])[vV]?{re.escape(version)}(?![0-9A-Za-z+-]|\.[0-9A-Za-z])"
    return re.search(exact, text) is not None

"""Lines of source around a finding: what the fingerprint hangs on, and what people get to see."""

from __future__ import annotations

import hashlib
import io
import tokenize
import unicodedata
from collections.abc import Mapping, Sequence

from gatekeeper.scanners.results import Comment, Issue

LONGEST_ANCHOR = 25  # lines; a longer node is known by its first line alone
LONGEST_LINE = 200  # characters of a line that are kept for people
SHOWN_BEFORE = 1
SHOWN_AFTER = 2


def lines_of(data: bytes) -> list[str]:
    """The lines of a source without their ends; bytes that its encoding does not know are replaced."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        encoding = "utf-8"
    try:
        text = io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace").read()
    except (LookupError, UnicodeError):
        text = data.decode("utf-8", "replace")
    return text.split("\n")


def without_comments(lines: Sequence[str], comments: Sequence[Comment]) -> Mapping[int, str]:
    """The lines that carry a `nosec` comment, as they read without it."""
    return {c.line: lines[c.line - 1][: c.column].rstrip() for c in comments if c.line <= len(lines)}


def anchor(lines: Sequence[str], bare: Mapping[int, str], issue_line: int, first: int, last: int) -> str:
    """Sixteen hex digits that stand for the offending code: its lines, stripped, without `nosec` comments."""
    if last - first >= LONGEST_ANCHOR or not first <= issue_line <= last:
        first = last = issue_line
    said = (bare.get(n, lines[n - 1]).strip() for n in range(max(first, 1), min(last, len(lines)) + 1))
    return hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def shown(lines: Sequence[str], line: int) -> tuple[int, tuple[str, ...]]:
    """The lines to show for a finding, each cut to a readable length, and the number of the first of them."""
    start = max(1, line - SHOWN_BEFORE)
    kept = [text[:LONGEST_LINE] for text in lines[start - 1 : line + SHOWN_AFTER]]
    while len(kept) > 1 and not kept[-1].strip():
        kept.pop()
    return start, tuple(kept)


def frame(issue: Issue) -> str:
    """A code frame as compilers draw it: numbered lines, and a caret under the place."""
    marked = next(iter(issue.source[issue.line - issue.shown :]), "")
    return drawn(issue.shown, issue.source, issue.line, _caret(issue, marked))


def drawn(shown: int, source: Sequence[str], line: int, mark: str = "") -> str:
    """Numbered lines from `shown` on, with a mark under one of them."""
    gutter = len(str(shown + len(source)))
    rows = []
    for number, text in enumerate(source, shown):
        rows.append(f"{number:>{gutter}} | {text.expandtabs(4)}".rstrip())
        if number == line and mark:
            rows.append(f"{'':>{gutter}} | {mark}")
    return "\n".join(rows)


def _caret(issue: Issue, text: str) -> str:
    """Carets under the offending columns, which Python counts in UTF-8 bytes and terminals in cells."""
    raw = text.rstrip().encode("utf-8", "surrogatepass")
    one_line = issue.first == issue.last == issue.line
    end = min(issue.end_column, len(raw)) if one_line and issue.end_column > issue.column else len(raw)
    before, under = (raw[a:b].decode("utf-8", "ignore") for a, b in ((0, issue.column), (issue.column, end)))
    return " " * _cells(before.expandtabs(4)) + "^" * max(1, _cells(under))


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

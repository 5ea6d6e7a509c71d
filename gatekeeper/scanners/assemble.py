"""From Bandit's objects to our own values, the same way for both drivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gatekeeper.scanners import excerpts, nosec
from gatekeeper.scanners.results import Comment, FileScan, Issue, Source


class SourceText:
    """One file while it is being scanned: its lines are split only when a finding needs them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lines: list[str] | None = None

    @property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        if self._lines is None:
            self._lines = excerpts.lines_of(self.source.data)
        return self._lines


def finished(
    text: SourceText,
    found: Iterable[tuple[Any, bool]],
    comments: Sequence[Comment],
    metrics: dict[str, int],
    crashes: Iterable[str] = (),
    reason: str = "",
) -> FileScan:
    """Put one file's results together. `found` pairs each Bandit issue with whether stock Bandit would hide it."""
    results = tuple(found)
    bare = excerpts.without_comments(text.lines, comments) if results and comments else {}
    issues = tuple(_issue(raw, hidden, text, comments, bare) for raw, hidden in results)
    return FileScan(
        text.source.path,
        text.source.sha256,
        metrics.get("loc", 0),
        issues,
        tuple(comments),
        reason,
        tuple(crashes),
        metrics.get("nosec", 0),
        metrics.get("skipped_tests", 0),
        text.source.cells,
    )


def _issue(raw: Any, hidden: bool, text: SourceText, comments: Sequence[Comment], bare: Mapping[int, str]) -> Issue:
    first, last = (raw.linerange[0], raw.linerange[-1]) if raw.linerange else (raw.lineno, raw.lineno)
    by = nosec.responsible(comments, raw.test_id, raw.lineno, first, last) if hidden else 0
    shown, lines = excerpts.shown(text.lines, raw.lineno)
    return Issue(
        raw.test_id,
        raw.test,
        raw.severity,
        raw.confidence,
        raw.cwe.id,
        raw.text,
        raw.lineno,
        first,
        last,
        raw.col_offset,
        raw.end_col_offset,
        (by or raw.lineno) if hidden else 0,
        excerpts.anchor(text.lines, bare, raw.lineno, first, last),
        shown,
        lines,
    )

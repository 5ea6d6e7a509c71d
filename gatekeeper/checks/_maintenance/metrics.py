"""Measures of the update process, computed from the issues and never typed by hand (MAINT-09)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from statistics import median

import msgspec

from gatekeeper.model.facts import IssueFact


class Metrics(msgspec.Struct, frozen=True):
    """`fixed_share` and `days_to_fix` are None where there is nothing to measure: nothing is never 100 %."""

    issues: int
    fixed: int
    open: int
    fixed_share: float | None
    days_to_fix: float | None

    def __str__(self) -> str:
        share = "no issue to count" if self.fixed_share is None else f"{self.fixed_share:.0%} fixed"
        days = (
            "no fix to time" if self.days_to_fix is None else f"median {self.days_to_fix:.0f} days from receipt to fix"
        )
        return f"{self.issues} issues, {self.open} open, {share}, {days}"


def measure(issues: Iterable[IssueFact]) -> Metrics:
    """The measures over all issues of the release."""
    all_ = tuple(issues)
    fixed = [i for i in all_ if i.resolution == "fixed"]
    spans = [d for i in fixed if (d := days_between(i.opened, i.closed)) is not None]
    return Metrics(
        issues=len(all_),
        fixed=len(fixed),
        open=sum(i.state == "open" for i in all_),
        fixed_share=len(fixed) / len(all_) if all_ else None,
        days_to_fix=median(spans) if spans else None,
    )


def days_between(start: str, end: str) -> float | None:
    """Days between two RFC 3339 times or days; None where one is missing or a time has no zone."""
    first, last = _moment(start), _moment(end)
    return (last - first).total_seconds() / 86400 if first and last else None


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC) if len(text) == len("2026-01-01") else None

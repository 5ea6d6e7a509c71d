"""Scores are computed, not believed: the vector gives the number and the least severity (CVSS 2, 3.x and 4.0)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from gatekeeper.model.words import LEVEL_RANK, Level
from gatekeeper.trackers import Issue

TOLERANCE = 0.049  # scores have one decimal
_FLOORS = ((9.0, Level.CRITICAL), (7.0, Level.HIGH), (4.0, Level.MEDIUM), (0.0, Level.LOW))


def score_faults(issue: Issue) -> Iterator[tuple[str, str]]:
    """What is wrong with an issue's scoring: a part for the fingerprint, and a sentence."""
    if not issue.cvss.strip():
        yield "cvss", "has no CVSS vector"
        return
    scores = computed(issue.cvss)
    if not scores:
        yield "cvss", f"has a CVSS vector that is not valid: {issue.cvss!r}"
        return
    final = scores[-1]
    if issue.cvss_score is not None and all(abs(issue.cvss_score - s) > TOLERANCE for s in scores):
        yield "score", f"has the score {issue.cvss_score}, but its vector gives {final}"
    if LEVEL_RANK[issue.level] < LEVEL_RANK[severity(final)]:
        yield "severity", f"is {issue.level}, but its vector gives {final} ({severity(final)})"


@lru_cache(maxsize=4096)
def computed(vector: str) -> tuple[float, ...]:
    """The scores that a vector gives, the most specific one last; none for a vector that is not valid."""
    from cvss import CVSS2, CVSS3, CVSS4
    from cvss.exceptions import CVSSError

    text = vector.strip()
    kind = CVSS4 if text.startswith("CVSS:4.") else CVSS3 if text.startswith("CVSS:3.") else CVSS2
    try:
        return tuple(float(s) for s in kind(text).scores() if s is not None)
    except CVSSError:
        return ()


def severity(score: float) -> Level:
    """The qualitative rating of a score (CVSS 3.1, section 5; "none" counts as low)."""
    return next(level for floor, level in _FLOORS if score >= floor)

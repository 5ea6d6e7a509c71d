"""The record seen from IEC 62443-4-1: one row a requirement, with the worst state of the clauses behind it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from gatekeeper.model.record import ClauseRow, Record
from gatekeeper.model.report import Options, Report
from gatekeeper.model.words import ClauseStatus
from gatekeeper.reports._export import table
from gatekeeper.reports._words import STATUS, say

HEAD = ("IEC 62443-4-1", "Clauses of IEC 81001-5-1", "Worst state", "Rules", "Confidence of the mapping")
WORST_FIRST = (
    ClauseStatus.NOT_MET,
    ClauseStatus.UNDECIDED,
    ClauseStatus.NOT_EVALUATED,
    ClauseStatus.NOT_EVIDENCED,
    ClauseStatus.MET_WITH_DEVIATION,
    ClauseStatus.MET_WITH_REMARK,
    ClauseStatus.MET,
    ClauseStatus.TAILORED,
    ClauseStatus.NOT_APPLICABLE,
    ClauseStatus.FRAME,
)
_CONFIDENCE = ("none", "low", "medium", "high")


def render(record: Record, options: Options) -> str:
    """The mapping is by titles and subjects: a help for reading, and no claim about IEC 62443-4-1."""
    return table(HEAD, _rows(record, options), record, options)


def _rows(record: Record, options: Options) -> Iterator[tuple[str, ...]]:
    behind: dict[str, list[ClauseRow]] = defaultdict(list)
    for clause in record.clauses:
        for requirement in clause.iec62443_4_1:
            behind[requirement].append(clause)
    for requirement in sorted(behind, key=_order):
        clauses = behind[requirement]
        state = min((c.status for c in clauses), key=WORST_FIRST.index)
        rules = dict.fromkeys(rule for c in clauses for rule in c.rules)
        least = min((c.iec62443_4_1_confidence for c in clauses), key=_rank)
        yield requirement, " ".join(c.id for c in clauses), say(STATUS[state], options.lang), " ".join(rules), least


def _rank(confidence: str) -> int:
    return _CONFIDENCE.index(confidence) if confidence in _CONFIDENCE else 0


def _order(requirement: str) -> tuple[str, int]:
    name = re.fullmatch(r"(\D+)(\d+)\D*", requirement)
    return (name[1], int(name[2])) if name else (requirement, 0)


REPORT = Report(id="iec62443", title="View by IEC 62443-4-1 (CSV)", render=render, suffix=".csv")

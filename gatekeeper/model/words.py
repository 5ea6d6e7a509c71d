"""The closed sets of words that code, command line, record and documents share."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """Of a rule; derived from what was judged, never stored by hand."""

    PASSED = "passed"
    FAILED = "failed"
    DEVIATED = "deviated"
    UNDECIDED = "undecided"
    NOT_APPLICABLE = "not-applicable"


class Decision(StrEnum):
    """Of the gate. Only `release` lets anything out."""

    RELEASE = "release"
    BLOCK = "block"
    UNDECIDED = "undecided"


class Basis(StrEnum):
    """How a rule is proven: computed, a document that is there, or a person's word."""

    AUTOMATIC = "automatic"
    PRESENCE = "presence"
    ATTESTATION = "attestation"


class Severity(StrEnum):
    """Of a rule: whether its failure stops the release."""

    BLOCK = "block"
    WARN = "warn"


class Level(StrEnum):
    """Of a finding or an issue, lowest first; a word that the gate does not know counts as critical."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class ClauseStatus(StrEnum):
    """Of a clause of the standard, from the outcomes of the rules that give evidence for it."""

    MET = "met"
    MET_WITH_DEVIATION = "met-with-deviation"
    MET_WITH_REMARK = "met-with-remark"
    NOT_EVIDENCED = "not-evidenced"
    NOT_MET = "not-met"
    UNDECIDED = "undecided"
    TAILORED = "tailored"
    NOT_APPLICABLE = "not-applicable"
    NOT_EVALUATED = "not-evaluated"
    FRAME = "frame"


class Mode(StrEnum):
    """Where the run took place; only `ci` can release."""

    CI = "ci"
    LOCAL = "local"
    REHEARSAL = "rehearsal"


class Phase(StrEnum):
    """When a rule is judged, in this order, so that nothing signs itself."""

    EVIDENCE = "evidence"
    ON_FINDINGS = "on_findings"
    ON_APPROVALS = "on_approvals"
    AT_SIGNING = "at_signing"
    LAST = "last"
    ON_RECORD = "on_record"
    AFTER_PUBLICATION = "after_publication"


def level_of(word: str | None) -> Level:
    """Read a severity word from outside: case does not matter, an unknown or missing one is the highest."""
    try:
        return Level((word or "").strip().lower())
    except ValueError:
        return Level.CRITICAL


LEVEL_RANK = {level: rank for rank, level in enumerate(Level)}

"""One security issue, as every tracker's answer is normalised to."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gatekeeper.model.words import Level


class Disposition(StrEnum):
    """What became of an issue. Only `fixed` passes alone; a word that nobody mapped is `unknown` and counts as open."""

    OPEN = "open"
    FIXED = "fixed"
    NOT_FIXED = "not-fixed"
    FALSE_POSITIVE = "false-positive"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"

    @property
    def closed(self) -> bool:
        """The tracker is done with it, in whatever way."""
        return self not in (Disposition.OPEN, Disposition.UNKNOWN)


class Issue(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One issue: the tracker's own words (`raw_*`) beside what the gate understands by them.

    Times are RFC 3339 as the tracker gave them. `unread` names the words that stand in no map: each makes the
    list undecided. Fields that a tracker has no place for stay empty, and the judge says which of them are missing.
    """

    id: str  # as people cite it: 412, PUMP-7, GHSA-xxxx
    title: str
    disposition: Disposition
    level: Level
    source: str = ""
    alert: bool = False  # a tool's own finding: people analyse it in an issue that names it
    url: str = ""
    raw_state: str = ""
    raw_resolution: str = ""
    raw_severity: str = ""
    unread: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()  # labels, tracker, security level, "private": what the control issue must share
    origin: str = ""
    found_by: str = ""
    received: str = ""
    reviewed: str = ""
    closed: str = ""
    reopened: str = ""
    closer: str = ""
    reviewer: str = ""
    fix_commits: tuple[str, ...] = ()
    fix_test: str = ""
    fixed_in: str = ""  # versions that hold the fix, where the tracker names them
    fix_shown_by: str = ""  # where no commit has to: "analysis of the release commit", "revocation"
    duplicate_of: str = ""
    cvss: str = ""
    cvss_score: float | None = None
    cwe: str = ""
    impact: str = ""
    affected_versions: tuple[str, ...] = ()
    root_cause: str = ""
    related: str = ""
    safety_effect: str = ""
    risk_ref: str = ""
    findings: tuple[str, ...] = ()  # ids of tool or test findings that this issue answers for
    disclose: str = ""  # yes | no
    disclose_reason: str = ""
    disclose_by: str = ""
    disclose_on: str = ""
    third_party: str = ""  # the supplier whose source holds the cause
    supplier_notice: str = ""
    supplier_told_on: str = ""
    supplier_told_by: str = ""

    @property
    def ref(self) -> str:
        """How people and deviations cite it: source and id."""
        return f"{self.source}#{self.id}"

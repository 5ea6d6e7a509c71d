"""Deviations: approved, dated answers to exactly one finding each, and how they are matched."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from gatekeeper.model.finding import Finding
from gatekeeper.model.words import Level

DECISIONS = ("accept", "mitigate", "transfer", "defer", "false-positive", "duplicate")


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who, as the record names people: a name, an id that git or the identity provider knows, a role."""

    name: str
    id: str
    role: str = ""


class Deferral(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The plan for a fix that comes later."""

    target_version: str
    date: date
    interim_devices: str = ""
    field_time: str = ""


class Deviation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One entry of deviations.toml. It answers one finding, named by rule and fingerprint; there are no patterns."""

    id: str
    rule: str
    finding: str  # the fingerprint that `gatekeeper check` prints
    decision: str
    justification: str
    risk_ref: str
    severity: Level  # of the finding when it was decided; a rise voids the deviation
    author: Person
    approved_by: tuple[Person, ...]
    approved_on: date
    expires: date
    releases: tuple[str, ...]  # the product versions that it was decided for
    compensating_control: str = ""
    residual_risk_disclosed_in: str = ""
    criteria_version: str = ""
    cvss: str = ""
    review_by: date | None = None
    valid_from: date | None = None
    deferral: Deferral | None = None
    line: int = 0  # where it stands in its file; set by the loader

    @property
    def starts(self) -> date:
        """The first day on which it may be used."""
        return self.valid_from or self.approved_on

    def live(self, day: date) -> bool:
        """In force on that day; on the day of `expires` it is over."""
        return self.approved_on <= self.starts <= day < self.expires

    def names(self, finding: Finding) -> bool:
        """Is about this very finding, whether in force or not."""
        return self.rule == finding.rule and self.finding == finding.fingerprint

    def answers(self, finding: Finding, day: date, version: str) -> bool:
        """Covers this very finding on that day in that version, and the finding has not grown worse since."""
        return (
            self.names(finding)
            and version in self.releases
            and self.live(day)
            and _rank(finding.level) <= _rank(self.severity)
        )

    def days_left(self, day: date) -> int:
        """Days until it ends; negative when it is over."""
        return (self.expires - day) // timedelta(days=1)


def covering(finding: Finding, deviations: Iterable[Deviation], day: date, version: str) -> Deviation | None:
    """The deviation that answers this finding on that day in that version, or none."""
    return next((d for d in deviations if d.answers(finding, day, version)), None)


def _rank(level: Level) -> int:
    return tuple(Level).index(level)

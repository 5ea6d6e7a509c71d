"""What the policy says about issues, and what was seen of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Union

import msgspec

import gatekeeper.trackers
from gatekeeper.checks._security_issues.approvals import APPROVER_ROLES, Approved, Colleague
from gatekeeper.checks._security_issues.authors import Hand
from gatekeeper.checks._security_issues.bundles import DeviationBundle, Spoilt
from gatekeeper.checks._security_issues.lists import Lists, Previous
from gatekeeper.discovery import discover
from gatekeeper.model.words import LEVEL_RANK, Level
from gatekeeper.trackers import Answer, Issue, Missing, Source, Tracker

TRACKERS = discover(gatekeeper.trackers, "TRACKER", Tracker)

if TYPE_CHECKING:
    AnySource = Source
else:  # the folder is the registry: every tracker's parameters are one form of [[security-issues.sources]]
    AnySource = Union[tuple(tracker.params for tracker in TRACKERS.values())]  # noqa: UP007 - made at run time

FIRST_REVIEW_DAYS = {Level.CRITICAL: 2, Level.HIGH: 5, Level.MEDIUM: 14, Level.LOW: 30}  # ours; no standard says
Days = Annotated[int, msgspec.Meta(ge=0)]


class NoneStatement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A named person states that an origin gave no issue in this release."""

    origin: str  # requirements, design, verification, defect-management ...
    text: str
    by: str  # id of the [people] table
    on: date


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The table `[security-issues]`.

    `sources` are all places where security issues of the product may be; one that does not answer makes the outcome
    undecided. `retired_sources` gives the reason for each that an earlier release asked and this one does not.
    By level of an issue: `fields` are further fields that must be filled, `approver_roles` who may approve a deviation,
    `first_review_days` how long it may wait for its first review.
    """

    sources: tuple[AnySource, ...]
    retired_sources: dict[str, str] = {}
    query_max_age_minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] = 60  # between the query and the decision
    first_review_days: dict[Level, Days] = msgspec.field(default_factory=lambda: dict(FIRST_REVIEW_DAYS))
    fields: dict[Level, tuple[str, ...]] = {}
    fix_test_from: Level = Level.HIGH  # a fixed issue of this level or above names the test that shows it
    none_statements: tuple[NoneStatement, ...] = ()  # for origins from which no issue came
    risk_index: str = ""  # TOML with [[risk]] id = ...: what a deviation's risk-ref may name
    acceptance_criteria: str = ""  # the version of the criteria by which risks are accepted now
    reviews: str = ""  # TOML with [[review]]: this cycle's review of unresolved issues
    residual_anomalies: str = ""  # TOML with [[anomaly]]: what stays in the product
    approver_roles: dict[Level, tuple[str, ...]] = msgspec.field(default_factory=lambda: dict(APPROVER_ROLES))
    allowed_signers: str = ""  # file of SSH keys (ssh-keygen -Y) whose commits may approve deviations
    deviation_bundles: tuple[DeviationBundle, ...] = ()  # Sigstore bundles over deviations.toml, one for each approver


class Fix(msgspec.Struct, frozen=True, omit_defaults=True):
    """What git knows of one fix commit that an issue names."""

    named: str
    state: str  # in the release | elsewhere | unknown | abbreviated
    reverted_by: str = ""
    authors: tuple[str, ...] = ()  # names and addresses of those who wrote it


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What every source answered, and what git says of the fixes.

    `history` is "whole", "shallow" or why there is none.
    """

    answers: tuple[Answer, ...]
    commit: str = ""
    history: str = "whole"
    fixes: tuple[Fix, ...] = ()
    lists: Lists = Lists()
    previous: Previous = Previous()
    missing: tuple[Missing, ...] = ()  # issues of the previous release that did not come back; source#id
    people: tuple[Colleague, ...] = ()
    approvals: tuple[Approved, ...] = ()
    spoilt: tuple[Spoilt, ...] = ()
    hands: tuple[Hand, ...] = ()
    other_deviation_files: tuple[str, ...] = ()

    def issues(self) -> tuple[Issue, ...]:
        """Every issue of every source; the control issues are not among them, for they are no issues."""
        return tuple(i for a in self.answers for i in a.issues if not (a.control and a.control.id == i.id))

    def reports(self) -> tuple[Issue, ...]:
        """The issues that people work on; alerts of tools are not among them."""
        return tuple(i for i in self.issues() if not i.alert)


def moment(text: str) -> datetime | None:
    """An RFC 3339 time with its zone, or None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def day(text: str) -> date | None:
    """The day of an RFC 3339 date or time, or None for anything else."""
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        return None


def at_least(level: Level, floor: Level) -> bool:
    """Is as grave as `floor`, or graver."""
    return LEVEL_RANK[level] >= LEVEL_RANK[floor]

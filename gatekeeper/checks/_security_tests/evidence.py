"""The policy table, and test reports as they were read."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Annotated, Literal

import msgspec

from gatekeeper.model.people import Member
from gatekeeper.model.test_ids import canonical, shown, without_variant
from gatekeeper.model.words import LEVEL_RANK, Level

Text = Annotated[str, msgspec.Meta(pattern=r"\S")]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]

KINDS = ("requirements", "mitigation", "vulnerability", "penetration")
LEVELS = ("none", "person", "department", "organisation")
LAST_ZONE = timezone(timedelta(hours=-12))  # where every hour of a clock without a zone comes last
# Starting values: IEC 62443-4-1's, as the catalogue gives them under [[independence]].
INDEPENDENCE = {
    "requirements": "department",
    "mitigation": "department",
    "vulnerability": "person",
    "penetration": "department",
}


class Planned(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of test of the plan: how independent its tester must be, and whether integration tests count for it."""

    kind: Text
    independence: str = ""  # none | person | department | organisation; empty: the starting value
    integration: bool = False


class Tailored(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A kind that is left out, why, and who approved that: somebody of the security role, not the author."""

    kind: Text
    reason: Text
    author: Text
    approved_by: Text


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding of a report, and the issue that it became."""

    id: Text
    issue: Text


class ReportEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One report. `run` is the statement of the run that made it; without one, the own properties of a JUnit report
    must say the same. Tester, organisation and independence may stand in either.

    A `format` other than `junit` lists findings instead of tests. Such a report needs its run statement and
    `targets`, patterns of what had to be scanned; `findings` says which issue each finding became, where the issue
    itself does not name it; `exit-statuses` are those of a run that went well.
    """

    kind: Text
    path: Text
    format: Literal["junit", "sarif", "zap-json", "zap-xml", "findings"] = "junit"
    run: str = ""  # the statement of its run
    level: Literal["system", "integration"] = "system"  # of what was tested
    tester: str = ""  # id of the [people] table, or a name
    organisation: str = ""
    independence: str = ""  # none | person | department | organisation
    tool: str = ""  # which tool must have made it; empty: any
    targets: tuple[Text, ...] = ()  # patterns of what a scan had to see
    exit_statuses: tuple[int, ...] = (0,)  # of a scan that went well
    findings: tuple[Found, ...] = ()  # of a scan, each with its issue


class Penetration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The penetration test: its original report by digest, who tested which version when, and what was found."""

    path: Text
    sha256: Sha256  # of the original report
    tester: Text
    organisation: Text
    version: Text
    started: str
    finished: str
    independence: str = ""  # none | person | department | organisation; whoever says nothing states none
    findings: tuple[Found, ...] = ()  # each with the issue that it became
    none_found: str = ""  # a statement where there are no findings


class NotRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test that was not run or did not pass for a known reason, and its issue."""

    test: Text
    issue: Text


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """`[security-tests]`.

    `plan` names the kinds that are due. `planned-tests` is a file with one test id a line, as
    `pytest --collect-only -q` prints them; `trace` (TOML) names the tests of each security requirement and threat.
    Tests may be named as pytest prints them or as JUnit reports do.
    """

    reports: tuple[ReportEntry, ...]  # of tests that ran
    plan: tuple[Planned, ...] = tuple(Planned(kind=kind) for kind in KINDS)
    tailored: tuple[Tailored, ...] = ()  # kinds that are left out
    penetration: Penetration | None = None  # the penetration test
    planned_tests: str = ""
    not_run: tuple[NotRun, ...] = ()  # tests that did not run or pass, each with its issue
    trace: str = ""
    max_age_days: Annotated[int, msgspec.Meta(ge=1)] | None = None  # of a report; without it the rules' own
    findings_from: Level = Level.LOW  # findings of scans from this level on need an issue


class Case(msgspec.Struct, frozen=True, omit_defaults=True):
    """One test case; `id` is class and name as the report has them."""

    id: str
    outcome: str = "passed"  # passed | failed | error | skipped
    message: str = ""


class ScanFinding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finding of a scan; the id is stable as long as rule and place are, and holds no blanks."""

    id: str
    level: Level
    text: str = ""
    where: str = ""


class Scan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A report that lists findings: whose it is, what was scanned, and which commits it names itself."""

    tool: str
    tool_version: str = ""
    commits: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    findings: tuple[ScanFinding, ...] = ()
    contradictions: tuple[str, ...] = ()
    started: str = ""  # when it was made, as the report itself tells


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One report with what binds it to a run. `fault` says why it could not be read."""

    entry: ReportEntry
    sha256: str = ""
    fault: str = ""
    missing: bool = False
    cases: tuple[Case, ...] = ()
    declared: tuple[str, ...] = ()  # contradictions between declared and counted totals
    commit: str = ""
    version: str = ""
    exit_status: int | None = None
    finished: str = ""
    started: str = ""  # the earliest start that the report itself tells
    deselected: int = 0
    tester: str = ""
    organisation: str = ""
    independence: str = ""
    run_fault: str = ""
    of_run: dict[str, str] = {}  # what the run itself states of tester, organisation and independence
    scan: Scan | None = None

    def count(self, *outcomes: str) -> int:
        """How many cases had one of these outcomes."""
        return sum(case.outcome in outcomes for case in self.cases)

    @property
    def executed(self) -> int:
        """Cases that really ran, or targets that were scanned."""
        return len(self.scan.targets) if self.scan else len(self.cases) - self.count("skipped")

    def found(self, threshold: Level) -> tuple[ScanFinding, ...]:
        """The findings of a scan that need an issue."""
        rows = self.scan.findings if self.scan else ()
        return tuple(row for row in rows if LEVEL_RANK[row.level] >= LEVEL_RANK[threshold])


class Traced(msgspec.Struct, frozen=True):
    """A security requirement or a threat, and the tests that show it. `treatment` is empty for requirements."""

    id: str
    tests: tuple[str, ...] = ()
    treatment: str = ""


class Trace(msgspec.Struct, frozen=True):
    """The trace of one version."""

    version: str = ""
    requirements: tuple[Traced, ...] = ()
    threats: tuple[Traced, ...] = ()
    known: tuple[str, ...] = ()  # every requirement that exists, where the file lists them
    fault: str = ""
    named: bool = False


class Controlled(msgspec.Struct, frozen=True):
    """The threats to which the risk management answers with a control; `fault` says why they cannot be told."""

    path: str = ""
    threats: tuple[str, ...] = ()
    fault: str = ""


class PenetrationSeen(msgspec.Struct, frozen=True):
    """The penetration report's file as it lies there."""

    sha256: str = ""
    size: int = 0
    words: int = -1  # -1: in a format that is not read
    ids: tuple[str, ...] = ()  # what looks like ids of findings in it
    of_product: bool = True  # whether it names the product, and the version that was tested, where it is read
    of_version: bool = True
    fault: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All test evidence."""

    reports: tuple[Report, ...]
    planned: tuple[str, ...]
    planned_fault: str
    trace: Trace
    penetration: PenetrationSeen | None
    security: tuple[str, ...]
    people: tuple[Member, ...] = ()
    controlled: Controlled = Controlled()

    def passed(self) -> frozenset[str]:
        """Tests that were executed and passed, under every form of their names; one failing variant spoils all."""
        cases = [case for report in self.reports for case in report.cases]
        return shown((c.id for c in cases if c.outcome == "passed"), (c.id for c in cases if c.outcome != "passed"))

    def seen(self) -> frozenset[str]:
        """All tests of all reports, whatever became of them."""
        return frozenset(name for report in self.reports for case in report.cases for name in forms(case.id))


def forms(test: str) -> tuple[str, str]:
    """A test's name in its one form, with and without the variant in brackets."""
    return canonical(test), without_variant(test)


def finding_id(text: str) -> str:
    """An id without blanks and commas, so that lists of ids can be told apart in every tracker."""
    return re.sub(r"[\s,]+", "_", text.strip())[:500]


def zoned(text: str) -> datetime | None:
    """A time with a zone, or None."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else None


def latest_reading(text: str) -> datetime | None:
    """The latest moment that a time can mean: without a zone, on whatever clock in the world it was read."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=LAST_ZONE)

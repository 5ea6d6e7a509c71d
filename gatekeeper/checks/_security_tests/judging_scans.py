"""What is asked of reports that list findings: they saw what they had to see, and each finding became an issue."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from gatekeeper.checks._security_tests.evidence import Params, Report, ScanFinding
from gatekeeper.model.check import Case
from gatekeeper.model.facts import IssueFact
from gatekeeper.model.finding import Finding, Where, finding

_SHOWN = 20


def about(rule: str, report: Report, message: str, *key: str) -> Finding:
    """A finding in a report."""
    path = report.entry.path
    return finding(rule, f"{path}: {message}", key=(path, *key), where=Where(path))


def known_issues(case: Case) -> frozenset[str]:
    """The ids of all issues, with and without the name of their source."""
    return frozenset(name for issue in case.facts.issues for name in _names(issue))


def scans_count_for(kind: str) -> bool:
    """A scan looks for vulnerabilities; that a requirement is met or a control works takes a test of its own."""
    return kind not in ("requirements", "mitigation")


def unscanned(report: Report) -> Iterator[Finding]:
    """TEST-02: a scan of something else, of nothing, or by another tool."""
    if report.scan is None:
        return
    entry, seen = report.entry, report.scan.targets
    if not entry.targets:
        yield about("TEST-02", report, "the policy does not say what had to be scanned (targets)", "targets")
    for wanted in entry.targets:
        if not any(fnmatch.fnmatchcase(target, wanted) for target in seen):
            shown = ", ".join(seen[:5]) or "nothing"
            yield about("TEST-02", report, f"{wanted} was not scanned, only {shown}", "target", wanted)
    if entry.tool and report.scan.tool.casefold() != entry.tool.casefold():
        yield about("TEST-02", report, f"was made by {report.scan.tool}, not by {entry.tool}", "tool")


def unraised(report: Report, params: Params, case: Case) -> Iterator[Finding]:
    """TEST-01: findings that became no issue, or whose issue says that they are gone."""
    if report.scan is None:
        return
    raised = {row.id: row.issue for row in report.entry.findings}
    faults = [f for row in report.found(params.findings_from) for f in _unresolved(report, row, raised, case)]
    yield from faults[:_SHOWN]
    if len(faults) > _SHOWN:
        yield about("TEST-01", report, f"{len(faults) - _SHOWN} more findings became no issue", "found", "more")
    there = {row.id for row in report.scan.findings}
    for name in sorted(raised.keys() - there):
        yield about("TEST-01", report, f"the policy names its finding {name}, which it does not hold", "stale", name)


def _unresolved(report: Report, row: ScanFinding, raised: dict[str, str], case: Case) -> Iterator[Finding]:
    named = raised.get(row.id, "")
    issues = [i for i in case.facts.issues if named in _names(i) or row.id in i.more.get("findings", "").split()]
    what = f"its finding {row.id} ({row.level}: {row.text})"
    if not issues:
        said = f"became issue {named!r}, which does not exist" if named else "became no issue"
        yield about("TEST-01", report, f"{what} {said}", "found", row.id)
    elif all(i.resolution == "fixed" for i in issues):
        ids = ", ".join(i.id for i in issues[:5])
        yield about("TEST-01", report, f"{what} is still there, though {ids} says that it is fixed", "fixed", row.id)


def _names(issue: IssueFact) -> tuple[str, ...]:
    return tuple(name for name in (issue.id, issue.id.rpartition("#")[2]) if name)  # no empty name answers an empty one

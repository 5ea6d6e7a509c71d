"""Every kind of security test was really run on this commit, and what it found became issues (5.7, 5.8.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gatekeeper.checks._security_tests import judging, planning
from gatekeeper.checks._security_tests.collecting import collect
from gatekeeper.checks._security_tests.evidence import Evidence, Params, Report
from gatekeeper.model.check import Case, Check
from gatekeeper.model.facts import Facts, TestFact
from gatekeeper.model.finding import Judgement
from gatekeeper.model.test_ids import canonical

_JUDGES: dict[str, Callable[[Evidence, Params, Case], Judgement]] = {
    "TEST-01": judging.green,
    "TEST-02": judging.real,
    "TEST-03": planning.kinds,
    "TEST-04": judging.fresh,
    "TEST-05": planning.requirements,
    "TEST-06": planning.mitigations,
    "TEST-07": planning.penetration,
    "TEST-08": planning.independence,
    "TEST-09": planning.integration,
    "TEST-10": judging.whole,
}


def judge(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """Each rule of the family in turn."""
    return (judge_rule(evidence, params, case) for judge_rule in _JUDGES.values())


def facts(evidence: Evidence, params: Params) -> Facts:
    """The reports that could be read."""
    return Facts(tests=tuple(_fact(report, params) for report in evidence.reports if not report.fault))


def _fact(report: Report, params: Params) -> TestFact:
    found = tuple(row.id for row in report.found(params.findings_from))
    missed = tuple(case.id for case in report.cases if case.outcome != "passed")
    return TestFact(
        kind=report.entry.kind,
        path=report.entry.path,
        sha256=report.sha256,
        tests=len(report.scan.targets) if report.scan else len(report.cases),
        failures=len(found) if report.scan else report.count("failed"),
        errors=report.count("error"),
        skipped=report.count("skipped"),
        commit=report.commit,
        tester=report.tester,
        organisation=report.organisation,
        independence=report.independence,
        finished=report.finished,
        passed=tuple(case.id for case in report.cases if case.outcome == "passed"),
        findings=(*missed, *found),
        raised=_raised(report, params),
    )


def _raised(report: Report, params: Params) -> dict[str, str]:
    """Which issue each finding became, as the policy says it."""
    excused = {canonical(entry.test): entry.issue for entry in params.not_run}
    told = {case.id: excused[canonical(case.id)] for case in report.cases if canonical(case.id) in excused}
    return told | {row.id: row.issue for row in report.entry.findings}


CHECK = Check(
    id="security-tests",
    rules=tuple(_JUDGES),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
    facts=facts,
)

"""TEST-01, 02, 04 and 10: reports that are green, real, fresh and whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gatekeeper.checks._security_tests.evidence import Evidence, Params, Report, forms, latest_reading, zoned
from gatekeeper.checks._security_tests.judging_scans import about, known_issues, scans_count_for, unraised, unscanned
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.words import Level

_SHOWN = 20


def due_kinds(params: Params) -> tuple[str, ...]:
    """The kinds of the plan that are shown by reports and not left out."""
    left_out = {entry.kind for entry in params.tailored}
    return tuple(p.kind for p in params.plan if p.kind != "penetration" and p.kind not in left_out)


def counting(evidence: Evidence, params: Params, kind: str) -> tuple[Report, ...]:
    """The reports that count for a kind: integration tests only where the plan says so."""
    allowed = {p.kind for p in params.plan if p.integration}
    return tuple(
        report
        for report in evidence.reports
        if report.entry.kind == kind
        and (report.entry.level != "integration" or kind in allowed)
        and (report.entry.format == "junit" or scans_count_for(kind))
    )


def doubts(evidence: Evidence) -> tuple[str, ...]:
    """Reports that are there and cannot be read."""
    return tuple(report.fault for report in evidence.reports if report.fault and not report.missing)


def green(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """TEST-01."""
    place = Where("gatekeeper.toml", pointer="security-tests.reports")
    findings = [
        finding("TEST-01", f"there is no report of kind {kind!r}", key=("kind", kind), where=place)
        for kind in due_kinds(params)
        if not counting(evidence, params, kind)
    ]
    findings += [f for report in evidence.reports for f in _green_faults(report, params, case)]
    tests = sum(len(report.cases) for report in evidence.reports)
    scans = [report for report in evidence.reports if report.scan]
    scanned = f", {len(scans)} of them scans with {sum(len(r.found(Level.LOW)) for r in scans)} findings"
    commit = case.facts.source.commit
    unsure = [] if commit else ["the release commit is not known"]
    return judged(
        "TEST-01",
        f"{len(evidence.reports)} reports{scanned if scans else ''} with {tests} tests of commit {commit[:12]}"
        if evidence.reports
        else "",
        findings,
        (*doubts(evidence), *unsure),
    )


def _green_faults(report: Report, params: Params, case: Case) -> Iterator[Finding]:
    if report.missing:
        yield about("TEST-01", report, report.fault, "missing")
    if report.fault:
        return
    red = [item for item in report.cases if item.outcome in ("failed", "error")]
    for item in red[:_SHOWN]:
        yield about("TEST-01", report, f"{item.id} {item.outcome}: {item.message}", "red", item.id)
    if len(red) > _SHOWN:
        yield about("TEST-01", report, f"{len(red) - _SHOWN} more tests failed", "red", "more")
    yield from unraised(report, params, case)
    commit = case.facts.source.commit
    if commit and report.commit != commit:
        yield about("TEST-01", report, f"is about commit {report.commit or 'none'}, not {commit}", "commit")
    if report.version != case.product.version:
        told = f"is about version {report.version or 'none'!r}, not {case.product.version!r}"
        yield about("TEST-01", report, told, "version")


def real(evidence: Evidence, _params: Params, _case: Case) -> Judgement:
    """TEST-02."""
    findings = [f for report in evidence.reports if not report.fault for f in _count_faults(report)]
    executed = sum(report.executed for report in evidence.reports)
    return judged(
        "TEST-02",
        f"{executed} tests executed, counted one by one" if evidence.reports else "",
        findings,
        doubts(evidence),
    )


def _count_faults(report: Report) -> Iterator[Finding]:
    if report.executed <= 0:
        cases = f"{len(report.cases)} cases, all skipped" if report.cases else "it holds no case"
        yield about(
            "TEST-02", report, "nothing was scanned" if report.scan else f"no test was executed ({cases})", "none"
        )
    yield from unscanned(report)
    for contradiction in report.declared[:_SHOWN]:
        yield about("TEST-02", report, contradiction, "declared", contradiction)
    outcomes: dict[str, set[str]] = {}
    for item in report.cases:
        outcomes.setdefault(item.id, set()).add(item.outcome)
    for name, seen in outcomes.items():
        if "passed" in seen and seen & {"failed", "error"}:
            yield about("TEST-02", report, f"{name} both passed and failed: one hides the other", "twice", name)
    red = report.count("failed", "error")
    if report.run_fault:
        yield about("TEST-02", report, report.run_fault, "run")
    elif report.exit_status is None:
        yield about("TEST-02", report, "the exit status of the runner is not recorded", "status")
    elif report.scan:
        if report.exit_status not in report.entry.exit_statuses:
            yield about("TEST-02", report, f"the tool ended with {report.exit_status}: no run that went well", "status")
    elif (report.exit_status == 0) != (red == 0):
        yield about(
            "TEST-02", report, f"the runner ended with {report.exit_status}, the report has {red} failures", "status"
        )


def fresh(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """TEST-04."""
    days = params.max_age_days or case.default("test_report_max_age_days")
    findings = [f for report in evidence.reports if not report.fault for f in _age_faults(report, days, case)]
    unsure = [] if zoned(case.facts.source.committed) else ["the time of the commit is not known"]
    ends = ", ".join(report.finished for report in evidence.reports if report.finished)
    return judged(
        "TEST-04",
        f"ends of the runs: {ends}; at most {days} days old" if ends else "",
        findings,
        (*doubts(evidence), *unsure),
    )


def _age_faults(report: Report, days: int, case: Case) -> Iterator[Finding]:
    yield from _began_too_early(report, days, case)
    ended, committed = zoned(report.finished), zoned(case.facts.source.committed)
    if ended is None:
        yield about("TEST-04", report, f"{report.finished or 'nothing'!r} is no time with a zone", "zone")
        return
    if committed and ended < committed:
        yield about("TEST-04", report, f"ended at {report.finished}, before the commit", "before")
    if ended > case.now + timedelta(minutes=case.default("future_time_tolerance_minutes")):
        yield about("TEST-04", report, f"ended at {report.finished}, in the future", "future")
    if ended < case.now - timedelta(days=days):
        yield about("TEST-04", report, f"ended at {report.finished}, more than {days} days ago", "old")


def _began_too_early(report: Report, days: int, case: Case) -> Iterator[Finding]:
    """A report that was there before the run says so itself, whatever the statement of the run says of it."""
    began, committed = latest_reading(report.started), zoned(case.facts.source.committed)
    if began and committed and began < committed:
        yield about("TEST-04", report, f"says itself that it is of {report.started}, before the commit", "began before")
    elif began and began < case.now - timedelta(days=days):
        yield about(
            "TEST-04", report, f"says itself that it is of {report.started}, more than {days} days ago", "began old"
        )


def whole(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """TEST-10."""
    known = known_issues(case)
    excused = {name: entry.issue for entry in params.not_run for name in forms(entry.test)[:1]}
    findings = [*_never_run(evidence, excused), *_not_executed(evidence, excused)]
    findings += [
        finding("TEST-10", f"{test}: its issue {issue!r} does not exist", key=("issue", test, issue))
        for test, issue in excused.items()
        if issue not in known
    ]
    if not evidence.planned and not evidence.planned_fault:
        place = Where("gatekeeper.toml", pointer="security-tests.planned-tests")
        findings.append(finding("TEST-10", "no list of planned tests is given", key=("planned",), where=place))
    unread = [evidence.planned_fault] if evidence.planned_fault else []
    return judged(
        "TEST-10",
        f"{len(evidence.planned)} planned tests" if evidence.planned else "",
        findings,
        (*unread, *doubts(evidence)),
    )


def _never_run(evidence: Evidence, excused: dict[str, str]) -> Iterator[Finding]:
    """Planned tests that no report mentions: filtered, deselected, or lost."""
    seen = {forms(case.id)[0] for report in evidence.reports for case in report.cases}
    lost = [test for test in evidence.planned if forms(test)[0] not in seen and forms(test)[0] not in excused]
    for test in lost[:_SHOWN]:
        yield finding("TEST-10", f"{test} was planned and is in no report", key=("lost", test))
    if len(lost) > _SHOWN:
        yield finding("TEST-10", f"{len(lost) - _SHOWN} more planned tests are in no report", key=("lost", "more"))


def _not_executed(evidence: Evidence, excused: dict[str, str]) -> Iterator[Finding]:
    planned = {forms(test)[0] for test in evidence.planned}
    absent = excused.keys() - evidence.seen()
    for report in evidence.reports:
        for case in report.cases:
            name = forms(case.id)[0]
            if case.outcome == "skipped" and name not in excused:
                yield about(
                    "TEST-10", report, f"{case.id} was skipped without an issue: {case.message}", "skip", case.id
                )
            if case.outcome == "error" and name not in planned and name not in excused:
                yield about("TEST-10", report, f"{case.id} could not be collected: {case.message}", "collect", case.id)
        if report.deselected > len(absent):
            yield about("TEST-10", report, f"{report.deselected} tests were deselected without an issue", "deselected")

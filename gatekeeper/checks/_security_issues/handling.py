"""ISSUE-11 to ISSUE-14 and ISSUE-26: looked at in time, analysed, checked by a second person, from every origin,
with a decision on disclosure. They speak of the issues that people work on; an alert of a tool that is not fixed
needs such an issue that names it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from gatekeeper.checks._security_issues.approvals import Colleague
from gatekeeper.checks._security_issues.evidence import Evidence, NoneStatement, Params, at_least, day, moment
from gatekeeper.checks._security_issues.proofs import incomplete
from gatekeeper.checks._security_issues.scores import score_faults
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.words import Level
from gatekeeper.trackers import Disposition, Issue

ORIGINS = ("requirements", "design", "implementation", "verification", "defect-management")
ANALYSIS = ("impact", "affected_versions", "root_cause", "related", "cwe", "safety_effect")
PLACEHOLDERS = frozenset(["todo", "tbd", "tba", "tbc", "fixme", "xxx", "n/a", "na", "to be determined", "未定", "後日"])
_AROUND = " \t\r\n.!?。、()[]{}<>-_*'\"`:"  # of a placeholder; NFKC has made the wide ones narrow
MIN_REASON = 10  # characters of a reason that says something


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """One judgement for each rule of the family; a list that is not complete leaves all of them in doubt."""
    reports, doubts = evidence.reports(), incomplete(evidence, params, case)
    alerts = [i for i in evidence.issues() if i.alert]
    yield _reviewed(reports, doubts, params, case)
    yield judged(
        "ISSUE-12",
        f"{len(reports)} issues with their analysis, {len(alerts)} alerts",
        chain(
            (f for i in reports for f in _analysed(i, params)),
            (f for a in alerts for f in _named_by_an_issue(a, reports)),
        ),
        doubts,
    )
    grave = [i for i in reports if at_least(i.level, Level.HIGH) and i.disposition.closed]
    yield judged(
        "ISSUE-13",
        f"{len(grave)} closed issues of severity high or critical",
        (f for i in grave for f in _second_person(i, evidence.people)),
        doubts,
    )
    yield _origins(reports, doubts, params)
    yield judged(
        "ISSUE-26",
        f"{len(reports)} issues with their decision on disclosure",
        (f for i in reports for f in _disclosure(i)),
        doubts,
    )


def blank(text: str) -> bool:
    """Empty, without a letter or digit, or a word that only holds the place of an answer, in whatever width."""
    seen = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf").casefold()
    return not any(map(str.isalnum, seen)) or seen.strip(_AROUND) in PLACEHOLDERS


def _reviewed(reports: Iterable[Issue], doubts: Iterable[str], params: Params, case: Case) -> Judgement:
    issues = tuple(reports)
    unreadable = [f"{i.ref}: {fault}" for i in issues for fault in _unreadable_times(i)]
    return judged(
        "ISSUE-11",
        f"{len(issues)} issues with their first review",
        (f for i in issues for f in _late(i, params, case)),
        (*doubts, *unreadable[:20]),
    )


def _unreadable_times(issue: Issue) -> Iterator[str]:
    for name in ("received", "reviewed"):
        text = getattr(issue, name)
        if text and moment(text) is None:
            yield f"{name} {text!r} is not a time with its zone"


def _late(issue: Issue, params: Params, case: Case) -> Iterator[Finding]:
    received, reviewed = moment(issue.received), moment(issue.reviewed)
    if not issue.received:
        yield _fault("ISSUE-11", issue, "received", "does not say when it was received")
    if not issue.reviewed:
        yield _fault("ISSUE-11", issue, "reviewed", "was not looked at yet: it has no date of first review")
    if received is None or reviewed is None:
        return
    if reviewed < received:
        yield _fault("ISSUE-11", issue, "order", f"was reviewed on {issue.reviewed}, before it was received")
    if reviewed > case.now:
        yield _fault("ISSUE-11", issue, "future", f"was reviewed on {issue.reviewed}, which is still to come")
    allowed = params.first_review_days.get(issue.level, 0)
    if (reviewed - received).days > allowed:
        took = (reviewed - received).days
        what = f"waited {took} days for its first review; {allowed} are allowed at severity {issue.level}"
        yield _fault("ISSUE-11", issue, "late", what)


def _analysed(issue: Issue, params: Params) -> Iterator[Finding]:
    for name in (*ANALYSIS, *params.fields.get(issue.level, ())):
        if _blank(getattr(issue, name.replace("-", "_"), "")):
            yield _fault("ISSUE-12", issue, name, f"does not say {name.replace('_', ' ')}")
    for part, fault in score_faults(issue):
        yield _fault("ISSUE-12", issue, part, fault)


def _blank(value: object) -> bool:
    return all(blank(part) for part in value) if isinstance(value, tuple) else blank(str(value))


def _named_by_an_issue(alert: Issue, reports: Iterable[Issue]) -> Iterator[Finding]:
    named = {name for i in reports for name in i.findings if name}
    if alert.disposition is not Disposition.FIXED and not {alert.ref, alert.url} & named:
        what = f"is an alert that is not fixed, and no issue names {alert.ref} among its findings"
        yield _fault("ISSUE-12", alert, "issue", what)


def _second_person(issue: Issue, people: Iterable[Colleague]) -> Iterator[Finding]:
    told = {"closer": issue.closer.strip(), "reviewer": issue.reviewer.strip()}
    if missing := [part for part, name in told.items() if blank(name)]:
        yield _fault("ISSUE-13", issue, "people", f"does not say its {' and '.join(missing)}")
        return
    known = {name: _colleague(name, people) for name in told.values()}
    ids = {found.id if found else name.casefold() for name, found in known.items()}
    if len(ids) == 1:
        yield _fault("ISSUE-13", issue, "people", f"was closed and reviewed by one person, {issue.closer}")
    elif any(name.casefold().endswith("[bot]") or (found and found.bot) for name, found in known.items()):
        yield _fault("ISSUE-13", issue, "bot", "was closed or reviewed by a bot")
    elif people and (strangers := [name for name, found in known.items() if not found]):
        what = f"was closed or reviewed by {' and '.join(strangers)}, who is not among the people"
        yield _fault("ISSUE-13", issue, "stranger", what)


def _colleague(name: str, people: Iterable[Colleague]) -> Colleague | None:
    return next((p for p in people if name.casefold() in p.names), None)


def _origins(reports: tuple[Issue, ...], doubts: tuple[str, ...], params: Params) -> Judgement:
    counts = Counter(i.origin for i in reports)
    stated = {s.origin for s in params.none_statements if _says_something(s)}
    findings = [
        _fault("ISSUE-14", i, "origin", f"has the origin {i.origin!r}, not one of {', '.join(ORIGINS)}")
        for i in reports
        if i.origin not in ORIGINS
    ]
    if not doubts:  # what a list that is not whole does not hold says nothing
        findings += [_unstated(o) for o in ORIGINS if not counts[o] and o not in stated]
    findings += [_contradicted(o, counts[o]) for o in ORIGINS if counts[o] and o in stated]
    return judged("ISSUE-14", ", ".join(f"{o}: {counts[o]}" for o in ORIGINS), findings, doubts)


def _says_something(statement: NoneStatement) -> bool:
    return not blank(statement.text) and not blank(statement.by)


def _unstated(origin: str) -> Finding:
    return finding(
        "ISSUE-14",
        f"no issue came from {origin}, and nobody states that none was found there",
        key=("none", origin),
        where=Where(pointer=origin),
    )


def _contradicted(origin: str, count: int) -> Finding:
    return finding(
        "ISSUE-14",
        f"it is stated that {origin} gave no issue, but {count} came from there",
        key=("some", origin),
        where=Where(pointer=origin),
    )


def _disclosure(issue: Issue) -> Iterator[Finding]:
    decision = issue.disclose.strip().casefold()
    if decision not in ("yes", "no"):
        yield _fault("ISSUE-26", issue, "disclose", f"has no decision on disclosure ({issue.disclose or 'blank'})")
        return
    for name in ("disclose_reason", "disclose_by"):
        if blank(getattr(issue, name)):
            yield _fault("ISSUE-26", issue, name, f"says disclose {decision}, but not {name.replace('disclose_', '')}")
    if day(issue.disclose_on) is None:
        yield _fault("ISSUE-26", issue, "disclose_on", f"says disclose {decision}, but not on which date")


def _fault(rule: str, issue: Issue, part: str, what: str) -> Finding:
    return finding(
        rule,
        f"{issue.ref} {what}",
        key=(issue.source, issue.id, part),
        where=Where(pointer=issue.ref),
        level=issue.level,
    )

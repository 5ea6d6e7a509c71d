"""ISSUE-17, ISSUE-25, ISSUE-28: what stays is reviewed, and told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from gatekeeper.checks._security_issues.dispositions import answered_by
from gatekeeper.checks._security_issues.evidence import Evidence, Params, day, moment
from gatekeeper.checks._security_issues.handling import blank
from gatekeeper.checks._security_issues.lists import Anomaly
from gatekeeper.checks._security_issues.proofs import incomplete
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, not_applicable
from gatekeeper.trackers import Issue

UNRESOLVED = ("accept", "defer", "mitigate", "transfer")


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """One judgement for each rule of the family."""
    doubts = incomplete(evidence, params, case)
    unresolved = {i.ref: i for i in evidence.issues() if _unresolved(i, case)}
    yield _reviewed(evidence, case, unresolved, doubts)
    yield _suppliers(evidence.reports(), case, doubts)
    yield _residual(evidence, case, unresolved, doubts)


def _unresolved(issue: Issue, case: Case) -> bool:
    deviation = answered_by(issue, case)
    return deviation is not None and deviation.decision in UNRESOLVED


def _reviewed(evidence: Evidence, case: Case, unresolved: dict[str, Issue], doubts: tuple[str, ...]) -> Judgement:
    """ISSUE-17."""
    if not unresolved and not doubts:
        return not_applicable("ISSUE-17", "no issue is accepted or deferred")
    unread = tuple(filter(None, (evidence.lists.review_fault, evidence.previous.fault)))
    findings = [f for issue in unresolved.values() for f in _review(issue, evidence, case)]
    observed = f"{len(unresolved)} unresolved issues, {len(evidence.lists.reviews)} reviews"
    return judged("ISSUE-17", observed, findings, (*doubts, *unread))


def _review(issue: Issue, evidence: Evidence, case: Case) -> Iterator[Finding]:
    reviews = [r for r in evidence.lists.reviews if r.issue == issue.ref]
    if not reviews:
        yield _fault("ISSUE-17", issue, "missing", "stays unresolved, and nobody reviewed it for this release")
        return
    latest = max(reviews, key=lambda r: r.on)
    previous = moment(evidence.previous.created)
    if latest.on > case.now.date():
        yield _fault("ISSUE-17", issue, "future", f"was reviewed on {latest.on}, which is still to come")
    if previous and latest.on <= previous.date():
        yield _fault("ISSUE-17", issue, "old", f"was last reviewed on {latest.on}, before the previous release")
    if latest.severity != issue.level:
        yield _fault("ISSUE-17", issue, "severity", f"was reviewed at severity {latest.severity}; it is {issue.level}")
    if blank(latest.by) or blank(latest.text):
        yield _fault("ISSUE-17", issue, "statement", "has a review without name or statement")


def _suppliers(reports: Iterable[Issue], case: Case, doubts: tuple[str, ...]) -> Judgement:
    """ISSUE-25."""
    third = [i for i in reports if i.third_party.strip()]
    if not third and not doubts:
        return not_applicable("ISSUE-25", "no issue has its cause in third-party source")
    findings = (f for i in third for f in _told(i, case.now))
    return judged("ISSUE-25", f"{len(third)} issues of third parties", findings, doubts)


def _told(issue: Issue, now: datetime) -> Iterator[Finding]:
    if blank(issue.supplier_notice) or blank(issue.supplier_told_by):
        yield _fault("ISSUE-25", issue, "notice", f"lies with {issue.third_party}, and nobody says how they were told")
    told, received = day(issue.supplier_told_on), day(issue.received)
    if told is None:
        yield _fault("ISSUE-25", issue, "date", "does not say on which date the supplier was told")
    elif received and told < received:
        yield _fault("ISSUE-25", issue, "order", f"was told to the supplier on {told}, before it was found")
    elif told > now.date():
        yield _fault("ISSUE-25", issue, "future", f"was told to the supplier on {told}, which is still to come")


def _residual(evidence: Evidence, case: Case, unresolved: dict[str, Issue], doubts: tuple[str, ...]) -> Judgement:
    """ISSUE-28: the list holds exactly what stays."""
    listed = {a.issue: a for a in evidence.lists.anomalies}
    known = {i.ref for i in evidence.issues()}
    findings = [
        _fault("ISSUE-28", issue, "missing", "stays in the product and is missing from the list of residual anomalies")
        for ref, issue in unresolved.items()
        if ref not in listed
    ]
    findings += [_stranger(ref, exists=ref in known) for ref in sorted(listed.keys() - unresolved.keys())]
    findings += [f for a in evidence.lists.anomalies for f in _evaluated(a, case)]
    unread = (evidence.lists.anomaly_fault,) if evidence.lists.anomaly_fault else ()
    observed = f"{len(unresolved)} accepted or deferred issues, {len(listed)} residual anomalies listed"
    return judged("ISSUE-28", observed, findings, (*doubts, *unread))


def _stranger(ref: str, *, exists: bool) -> Finding:
    what = "is neither accepted nor deferred" if exists else "does not exist"
    return finding(
        "ISSUE-28",
        f"the list of residual anomalies names {ref}, which {what}",
        key=("listed", ref),
        where=Where(pointer=ref),
    )


def _evaluated(anomaly: Anomaly, case: Case) -> Iterator[Finding]:
    texts = ("description", "cwe", "security", "safety", "workaround", "disclosed_in", "plan", "accepted_by")
    for name in texts:
        if blank(getattr(anomaly, name)):
            yield finding(
                "ISSUE-28",
                f"{anomaly.issue}: the residual anomaly has no {name.replace('_', ' ')}",
                key=(anomaly.issue, name),
                where=Where(pointer=anomaly.issue),
            )
    if anomaly.review_by < case.now.date():
        yield finding(
            "ISSUE-28",
            f"{anomaly.issue}: the residual anomaly was due for review on {anomaly.review_by}",
            key=(anomaly.issue, "review"),
            where=Where(pointer=anomaly.issue),
        )


def _fault(rule: str, issue: Issue, part: str, what: str) -> Finding:
    return finding(
        rule,
        f"{issue.ref} {what}",
        key=(issue.source, issue.id, part),
        where=Where(pointer=issue.ref),
        level=issue.level,
    )

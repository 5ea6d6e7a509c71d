"""ISSUE-05: asked after the release commit, not long before the decision, by clocks that agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from gatekeeper.checks._security_issues.dispositions import answered_by
from gatekeeper.checks._security_issues.evidence import Evidence, Params, moment
from gatekeeper.checks._security_issues.proofs import Seen, each
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding
from gatekeeper.trackers import Answer, Issue


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """The one judgement of this module."""
    judgement = each("ISSUE-05", evidence, lambda answer: _age(answer, params, case))
    advice = judgement.advice or ("" if case.facts.source.committed else KNOW_THE_COMMIT)
    doubts = judgement.doubts + tuple(_unreadable(evidence, case))
    yield msgspec.structs.replace(judgement, findings=tuple(_overtaken(evidence, case)), doubts=doubts, advice=advice)


KNOW_THE_COMMIT = "Run the whole gate in the product's repository: the check build-identity tells the release commit."


def _age(answer: Answer, params: Params, case: Case) -> Seen:
    started, ended, committed = (moment(t) for t in (answer.started, answer.ended, case.facts.source.committed))
    if not started or not ended:
        return "", [f"the time of the query is not a time with its zone: {answer.started!r}, {answer.ended!r}"]
    doubts = _order(answer, case)
    if committed is None:
        doubts.append("the time of the release commit is not known, so that nothing says the query came after it")
    elif started < committed:
        doubts.append(f"asked at {answer.started}, before the release commit of {case.facts.source.committed}")
    longest = _longest(answer, params)
    if case.now - ended > longest:
        doubts.append(f"asked at {answer.ended}, more than {_span(longest)} before this decision")
    return f"asked at {answer.ended}", doubts


def _order(answer: Answer, case: Case) -> list[str]:
    doubts = []
    ended = moment(answer.ended)
    if ended and ended - case.now > timedelta(minutes=case.default("future_time_tolerance_minutes")):
        doubts.append(f"asked at {answer.ended}, which is later than this decision of {case.now.isoformat()}")
    limit = case.default("server_clock_difference_minutes") * 60
    if answer.clock_difference is not None and abs(answer.clock_difference) > limit:
        doubts.append(f"the server's clock and this machine's differ by {answer.clock_difference / 60:.0f} min")
    return doubts


def _longest(answer: Answer, params: Params) -> timedelta:
    if not answer.file:
        return timedelta(minutes=params.query_max_age_minutes)
    source = next((s for s in params.sources if s.id == answer.source), None)
    return timedelta(hours=getattr(source, "max_age_hours", 0))


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes % 60 else f"{minutes // 60} h"


def _unreadable(evidence: Evidence, case: Case) -> Iterator[str]:
    """Issues of which nobody can say whether the deviation that answers them came after they were opened again."""
    for issue in evidence.issues():
        if issue.reopened and moment(issue.reopened) is None and answered_by(issue, case):
            yield f"{issue.ref}: reopened {issue.reopened!r} is not a time with its zone"


def _overtaken(evidence: Evidence, case: Case) -> Iterator[Finding]:
    """Issues whose state is younger than the approval of the deviation that answers it."""
    for issue in evidence.issues():
        deviation = answered_by(issue, case)
        if deviation and (what := _since(issue, deviation.approved_on)):
            yield finding(
                "ISSUE-05",
                f"{issue.ref} {what}, after {deviation.id} was approved",
                key=(issue.source, issue.id),
                where=Where(pointer=issue.ref),
                level=issue.level,
                remedy="Decide again: renew the deviation with a new approval.",
            )


def _since(issue: Issue, approved: date) -> str:
    """What happened to it later. Nobody can decide on a closing that is still to come: where there was another one the
    issue had been opened again (a day is left for the zones of tracker and approver)."""
    reopened, closed = moment(issue.reopened), moment(issue.closed)
    if reopened and reopened.date() > approved:
        return f"was reopened on {issue.reopened}"
    if closed and closed.date() > approved + timedelta(days=1):
        # of an open issue some trackers keep the last closing
        return f"was closed {'once more' if issue.disposition.closed else 'and opened again'} ({issue.closed})"
    return ""

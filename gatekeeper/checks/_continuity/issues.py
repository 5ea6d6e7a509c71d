"""CHAIN-02 and CHAIN-03: no issue disappears, and what was put off is done when its time has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gatekeeper.checks._continuity.evidence import Before, Evidence, Promise
from gatekeeper.model.check import Case
from gatekeeper.model.facts import IssueFact
from gatekeeper.model.finding import Finding, Judgement, Where, finding, fingerprint, judged
from gatekeeper.model.versions import numbers
from gatekeeper.model.words import LEVEL_RANK, level_of

MOST_DEFERRALS = 2  # from the third on, somebody higher has to agree as well


def no_issue_lost(before: Before, _evidence: Evidence, case: Case) -> Judgement:
    """CHAIN-02. A source of which nothing came back, and nothing was told, is in doubt: nothing was compared."""
    now = {i.id: i for i in case.facts.issues}
    answered = {i.source for i in case.facts.issues}
    became = {m.id: m.what for m in case.facts.missing}
    compared = [i for i in before.issues if i.source in answered or i.id in became]
    silent = Counter(i.source for i in before.issues if i.source not in answered and i.id not in became)
    doubts = [f"{source}: none of its {count} earlier issues came back" for source, count in sorted(silent.items())]
    findings = [f for then in compared for f in _lost(then, now.get(then.id), became.get(then.id, ""))]
    reopened = sum(i.state == "closed" and i.id in now and now[i.id].state != "closed" for i in compared)
    observed = f"{len(compared)} issues of {before.product.version} looked for, {reopened} of them reopened"
    return judged("CHAIN-02", observed, findings, doubts)


def _lost(then: IssueFact, now: IssueFact | None, became: str) -> Iterator[Finding]:
    if now is None:
        told = became or "deleted, moved, hidden or its label removed; its tracker does not tell which"
        what = f"{then.id} was an issue of the last release and is gone: {told}"
        yield _fault("CHAIN-02", then, what, "gone")
    elif LEVEL_RANK[level_of(now.level)] < LEVEL_RANK[level_of(then.level)]:
        what = f"{then.id} was {then.level} and is {now.level} now, without a note"
        yield _fault("CHAIN-02", then, what, f"lowered to {now.level}")


def kept_promises(before: Before, evidence: Evidence, case: Case) -> Judgement:
    """CHAIN-03."""
    promised = [p for p in evidence.promises if _due(p, case)]
    unfixed = {fp: i for i in case.facts.issues for fp in _fingerprints(i)}
    findings = [f for p in promised if p.finding in unfixed for f in _broken(p, unfixed[p.finding], before, case)]
    counts = Counter(p.finding for p in evidence.promises)
    findings += list(_too_often(evidence, counts, unfixed, case))
    observed = f"{len(evidence.promises)} deferrals made before, {len(promised)} of them due"
    return judged("CHAIN-03", observed, findings, [evidence.promise_fault] if evidence.promise_fault else [])


def _due(promise: Promise, case: Case) -> bool:
    now, target = numbers(case.product.version), numbers(promise.target_version)
    return promise.target_date <= case.now.date() or now is None or target is None or target <= now


def _broken(promise: Promise, issue: IssueFact, before: Before, case: Case) -> Iterator[Finding]:
    """Due and unfixed, unless it was decided anew since the last release."""
    anew = [
        d
        for d in case.deviations
        if (d.rule, d.finding) == (promise.rule, promise.finding)
        and d.id != promise.deviation
        and d.live(case.now.date())
        and d.approved_on.isoformat() > before.created[:10]
    ]
    if not anew:
        when = f"{promise.target_version} or {promise.target_date}"
        yield _fault("CHAIN-03", issue, f"{issue.id} was put off until {when} and is not fixed", promise.deviation)


def _too_often(
    evidence: Evidence, counts: Counter[str], unfixed: dict[str, IssueFact], case: Case
) -> Iterator[Finding]:
    for entry in case.deviations:
        if entry.decision != "defer" or counts[entry.finding] < MOST_DEFERRALS or entry.finding not in unfixed:
            continue
        most = max(p.approvers for p in evidence.promises if p.finding == entry.finding)
        if len({p.id for p in entry.approved_by}) <= most:
            issue, times = unfixed[entry.finding], counts[entry.finding] + 1
            what = f"{issue.id} is put off for the {times}th time, and nobody more than before approved it"
            yield _fault("CHAIN-03", issue, what, "often")


def _fingerprints(issue: IssueFact) -> tuple[str, ...]:
    """How an issue that is not fixed is named by its findings (the keys of ISSUE-08 and ISSUE-09)."""
    if issue.resolution == "fixed":
        return ()
    number = issue.id.removeprefix(f"{issue.source}#")
    return (
        fingerprint("ISSUE-08", (issue.source, number)),
        fingerprint("ISSUE-09", (issue.source, number, issue.raw_resolution)),
    )


def _fault(rule: str, issue: IssueFact, what: str, part: str) -> Finding:
    return finding(
        rule,
        what,
        key=(issue.id, part),
        where=Where(pointer=issue.id),
        level=level_of(issue.level),
        details={"url": issue.url} if issue.url else {},
    )

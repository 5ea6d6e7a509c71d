"""ISSUE-18 to ISSUE-24: every exception is strict, narrow, short, reasoned, approved, and falls when the facts change.

They are judged when all findings are known. Without any entry there is nothing to approve, and that is said.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta

from gatekeeper.checks._security_issues.authority import approved
from gatekeeper.checks._security_issues.evidence import Evidence, Params
from gatekeeper.checks._security_issues.handling import blank
from gatekeeper.model.check import Case
from gatekeeper.model.deviation import DECISIONS, Deviation
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, not_applicable
from gatekeeper.model.versions import numbers
from gatekeeper.model.words import LEVEL_RANK

MIN_JUSTIFICATION = 20  # characters; "ok" and "aaaaaaaaaa" are not reasons
MIN_DIFFERENT = 8
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_ID = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)+")  # CVE-2026-1, GHSA-xxxx-xxxx-xxxx, PYSEC-2026-1


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """One judgement for each rule of the family."""
    entries = case.deviations
    yield _strict(evidence, case)
    yield _narrow(case)
    if not entries:
        for rule in ("ISSUE-20", "ISSUE-21", "ISSUE-22", "ISSUE-23", "ISSUE-24"):
            yield not_applicable(rule, "there are no deviations")
        return
    day = case.now.date()
    left = ", ".join(f"{e.id} ends in {e.days_left(day)} days" for e in entries if _ends_soon(e, case))
    yield judged(
        "ISSUE-20",
        f"{len(entries)} deviations on {day}" + (f"; soon over: {left}" if left else ""),
        (f for e in entries for f in _dated(e, case)),
    )
    yield _reasoned(evidence, params, case)
    yield approved(evidence, params, case)
    yield judged("ISSUE-23", f"{len(entries)} deviations held against the facts", _overtaken(case))
    yield _planned(case)


def _ends_soon(entry: Deviation, case: Case) -> bool:
    return 0 <= entry.days_left(case.now.date()) <= case.default("deviation_expiry_warning_days")


def _strict(evidence: Evidence, case: Case) -> Judgement:
    """ISSUE-18: the loader refuses a bad file before anything is judged; here: one file, ids that stand once."""
    ids = [e.id for e in case.deviations]
    findings = [
        finding(
            "ISSUE-18",
            f"{path} looks like a second deviations file",
            key=("file", path),
            where=Where(path),
            remedy="Keep every deviation in the one deviations.toml beside the policy.",
        )
        for path in evidence.other_deviation_files
    ]
    findings += [_fault("ISSUE-18", e, "id", "has an id that stands twice") for e in _twice(case.deviations)]
    return judged("ISSUE-18", f"{len(ids)} deviations, each readable and of its own id", findings)


def _twice(entries: Iterable[Deviation]) -> list[Deviation]:
    listed = tuple(entries)
    return [e for n, e in enumerate(listed) if e.id in {before.id for before in listed[:n]}]


def _narrow(case: Case) -> Judgement:
    """ISSUE-19: one entry, one finding that is there."""
    undecided = {r.id for r in case.results if r.doubts}
    stale = [e for e in case.unmatched if e.rule not in undecided]
    open_ = [e for e in case.unmatched if e.rule in undecided]
    findings = [_fault("ISSUE-19", e, "stale", f"answers {e.finding}, which {e.rule} did not find") for e in stale]
    findings += [
        _fault("ISSUE-19", e, "pattern", f"names {e.finding!r}, which is no fingerprint of one finding")
        for e in case.deviations
        if not _FINGERPRINT.fullmatch(e.finding)
    ]
    findings += [_fault("ISSUE-19", e, "second", f"is a second answer to {e.finding}") for e in _second(case)]
    doubts = [f"{e.id}: whether {e.finding} is still there is not known, for {e.rule} is undecided" for e in open_]
    matched = len(case.deviations) - len(case.unmatched)
    return judged("ISSUE-19", f"{matched} deviations, each for one finding of this run", findings, doubts)


def _second(case: Case) -> list[Deviation]:
    by_target = defaultdict(list)
    for entry in case.deviations:
        by_target[entry.rule, entry.finding].append(entry)
    return [e for entries in by_target.values() for e in entries[1:]]


def _dated(entry: Deviation, case: Case) -> Iterator[Finding]:
    """ISSUE-20."""
    day, spans = case.now.date(), case.rulebook.defaults["deviation_max_days"]
    assert isinstance(spans, dict)
    longest = spans.get(entry.severity, 0)
    if not entry.approved_on <= entry.starts < entry.expires:
        yield _fault("ISSUE-20", entry, "order", "has dates that do not follow one another")
    if entry.starts > day or entry.approved_on > day:
        yield _fault("ISSUE-20", entry, "early", f"begins on {entry.starts}, after this decision of {day} (UTC)")
    if entry.expires <= day:
        yield _fault("ISSUE-20", entry, "over", f"ended when {entry.expires} began (UTC)")
    if entry.expires - entry.starts > timedelta(days=longest):
        days = (entry.expires - entry.starts).days
        yield _fault("ISSUE-20", entry, "span", f"runs for {days} days; {longest} are allowed at {entry.severity}")
    if case.product.version not in entry.releases:
        releases = ", ".join(entry.releases) or "no version"
        yield _fault("ISSUE-20", entry, "version", f"was decided for {releases}, not {case.product.version}")
    if entry.review_by is None or entry.review_by < day:
        due = f"was due for review on {entry.review_by}" if entry.review_by else "names no date of review"
        yield _fault("ISSUE-20", entry, "review", due)


def _reasoned(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """ISSUE-21."""
    doubts = []
    risks = evidence.lists.risks
    if not risks:
        doubts.append(evidence.lists.risk_fault or "the policy names no risk file index, or one without any risk")
    if not params.acceptance_criteria:
        doubts.append("the policy does not name the current version of the acceptance criteria")
    findings = [f for e in case.deviations for f in _reasons(e, evidence, params)]
    observed = f"{len(case.deviations)} deviations with reason, risk and control; {len(risks)} risks in the index"
    return Judgement("ISSUE-21", (observed,), tuple(findings), tuple(doubts), advice=NAME_BOTH if doubts else "")


NAME_BOTH = "Name risk-index and acceptance-criteria in [security-issues]."


def _reasons(entry: Deviation, evidence: Evidence, params: Params) -> Iterator[Finding]:
    reason = entry.justification.strip()
    if entry.decision not in DECISIONS:
        yield _fault("ISSUE-21", entry, "decision", f"decides {entry.decision!r}, not one of {', '.join(DECISIONS)}")
    if len(reason) < MIN_JUSTIFICATION or len(set(reason)) < MIN_DIFFERENT or blank(reason):
        yield _fault("ISSUE-21", entry, "justification", "gives no reason that an auditor could follow")
    if evidence.lists.risks and entry.risk_ref not in evidence.lists.risks:
        yield _fault("ISSUE-21", entry, "risk", f"refers to {entry.risk_ref!r}, which is not in the risk file index")
    if entry.decision in ("accept", "mitigate") and blank(entry.compensating_control):
        yield _fault("ISSUE-21", entry, "control", f"decides {entry.decision} without a compensating control")
    if entry.decision in ("accept", "mitigate", "transfer", "defer") and blank(entry.residual_risk_disclosed_in):
        yield _fault("ISSUE-21", entry, "disclosed", "does not say where users are told of the risk that stays")
    if params.acceptance_criteria and entry.criteria_version != params.acceptance_criteria:
        current = params.acceptance_criteria
        yield _fault(
            "ISSUE-21", entry, "criteria", f"was decided by criteria {entry.criteria_version!r}, not {current!r}"
        )


def _overtaken(case: Case) -> Iterator[Finding]:
    """ISSUE-23. What a finding is about stands in its fingerprint, so that another component is another finding."""
    exploited = {name.upper() for v in case.facts.vulnerabilities if v.known_exploited for name in (v.id, *v.aliases)}
    for entry in case.deviations:
        for result in case.results:
            for found in (f for f in result.findings if entry.names(f)):
                if LEVEL_RANK[found.level] > LEVEL_RANK[entry.severity]:
                    what = f"was decided at severity {entry.severity}; it is {found.level} now"
                    yield _fault("ISSUE-23", entry, "severity", what)
                if exploited & _named(found):
                    yield _fault("ISSUE-23", entry, "exploited", "is about a vulnerability that is exploited by now")


def _named(found: Finding) -> set[str]:
    """Every id of a vulnerability that stands in a finding, as part of whatever sentence."""
    return set(_ID.findall(" ".join((found.note, found.message, *found.details.values())).upper()))


def _planned(case: Case) -> Judgement:
    """ISSUE-24: deferred is not forgotten."""
    deferred = [e for e in case.deviations if e.decision == "defer"]
    if not deferred:
        return not_applicable("ISSUE-24", "no fix is deferred")
    return judged("ISSUE-24", f"{len(deferred)} deferred fixes", (f for e in deferred for f in _plan(e, case)))


def _plan(entry: Deviation, case: Case) -> Iterator[Finding]:
    plan = entry.deferral
    if plan is None:
        yield _fault("ISSUE-24", entry, "plan", "defers the fix without a plan ([deviation.deferral])")
        return
    target, now = numbers(plan.target_version), numbers(case.product.version)
    if target is None:
        yield _fault("ISSUE-24", entry, "target", f"names {plan.target_version!r} as target, which is no version")
    elif now is not None and target <= now:
        yield _fault("ISSUE-24", entry, "later", f"promises the fix for {plan.target_version}, which is not later")
    if plan.date <= case.now.date():
        yield _fault("ISSUE-24", entry, "date", f"promises the fix for {plan.date}, which is over")
    for name in ("interim_devices", "field_time"):
        if blank(getattr(plan, name)):
            yield _fault("ISSUE-24", entry, name, f"does not say {name.replace('_', ' ')}")


def _fault(rule: str, entry: Deviation, part: str, what: str) -> Finding:
    return finding(
        rule,
        f"{entry.id} {what}",
        key=(entry.id, part),
        where=Where("deviations.toml", entry.line),
        level=entry.severity,
    )

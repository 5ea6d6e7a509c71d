"""ISSUE-22: each deviation is approved by signature, by enough people who may, and by nobody for their own change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.checks._security_issues.approvals import Colleague, entry_digest
from gatekeeper.checks._security_issues.evidence import Evidence, Params
from gatekeeper.model.check import Case
from gatekeeper.model.deviation import Deviation
from gatekeeper.model.finding import Finding, Judgement, Where, finding

SIGN_AGAIN = "Let the approver sign deviations.toml as it stands: gatekeeper deviation sign --as ID."
TELL_WHO_WROTE = "Fetch the whole history, and run the gate where deviations.toml lies at the product's root."


def approved(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """The one judgement of this module."""
    doubts = [] if evidence.people else ["the policy has no table of people: nobody is known to have the authority"]
    doubts += [f"{s.file}, for {s.approver}: {s.unread}" for s in evidence.spoilt if s.unread]
    findings = [_spoilt(s.file, s.approver, s.refused) for s in evidence.spoilt if s.refused]
    advice = ""
    for entry in case.deviations:
        affected = _affected(entry, case)
        findings += _approvals(entry, affected, evidence, params, case)
        unknown = _unknown_hands(entry, affected, evidence)
        doubts += unknown
        advice = TELL_WHO_WROTE if unknown else advice
    observed = f"{len(evidence.approvals)} signed approvals of entries for {len(case.deviations)} deviations"
    return Judgement("ISSUE-22", (observed,), tuple(findings), tuple(doubts), advice=advice)


def _spoilt(file: str, approver: str, why: str) -> Finding:
    what = f"{file} does not approve deviations.toml as it stands, for {approver}: {why}"
    return finding("ISSUE-22", what, key=("bundle", file, approver), where=Where(file), remedy=SIGN_AGAIN)


def _affected(entry: Deviation, case: Case) -> tuple[Finding, ...]:
    return tuple(f for r in case.results for f in r.findings if entry.names(f))


def _approvals(
    entry: Deviation, affected: Iterable[Finding], evidence: Evidence, params: Params, case: Case
) -> Iterator[Finding]:
    needed = case.rulebook.defaults["deviation_approvers"]
    assert isinstance(needed, dict)
    people = {p.id.casefold(): p for p in evidence.people}
    listed = tuple(affected)
    good = set()
    for approver in entry.approved_by:
        who = approver.id.casefold()
        found = next(_refusals(entry, approver.id, people.get(who), listed, evidence, params), None)
        if found:
            yield found
        else:
            good.add(who)
    wanted = needed.get(entry.severity, max(needed.values()))
    if len(good) < wanted:
        what = f"has {len(good)} valid approvals; {wanted} are needed at severity {entry.severity}"
        yield _fault(entry, "count", what)


def _refusals(
    entry: Deviation,
    approver: str,
    colleague: Colleague | None,
    affected: Iterable[Finding],
    evidence: Evidence,
    params: Params,
) -> Iterator[Finding]:
    """Every reason why this approval does not count, the gravest first."""
    who = approver.casefold()
    names = colleague.names if colleague else frozenset((who,))
    if {entry.author.id.strip().casefold(), entry.author.name.strip().casefold()} & names:
        yield _fault(entry, f"author {who}", f"is approved by its own author, {approver}")
    if evidence.people and (colleague is None or colleague.bot):
        yield _fault(entry, f"unknown {who}", f"is approved by {approver}, who is not among the people")
    if colleague and not set(colleague.roles) & set(params.approver_roles.get(entry.severity, ())):
        what = f"is approved by {approver}, whose role has no authority at severity {entry.severity}"
        yield _fault(entry, f"role {who}", what)
    if place := _own_change(names, who, affected, evidence):
        yield _fault(entry, f"own change {who}", f"is approved by {approver}, who wrote what it is about: {place}")
    yield from _unsigned(entry, approver, evidence)


def _unsigned(entry: Deviation, approver: str, evidence: Evidence) -> Iterator[Finding]:
    who, digest = approver.casefold(), entry_digest(entry)
    own = [a for a in evidence.approvals if a.deviation == entry.id and a.signer.casefold() == who]
    if not any(a.sha256 == digest for a in own):
        late = "changed after the approval" if own else "has no signed approval"
        yield _fault(entry, f"signature {who}", f"{late} of {approver} (as it stands: {digest[:12]})")


def _own_change(names: frozenset[str], who: str, affected: Iterable[Finding], evidence: Evidence) -> str:
    """The place of the finding that this person wrote: a line of source, or a commit that the issue names."""
    hand = next((h for h in evidence.hands if h.person.casefold() == who), None)
    commits = {fix.named: fix for fix in evidence.fixes}
    fixes = {i.ref: i.fix_commits for i in evidence.issues()}
    for found in affected:
        if hand and _in_source(found) and hand.has_written(found.where.path, found.where.line):
            return str(found.where)
        for named in fixes.get(found.where.pointer, ()):
            if named in commits and names & set(commits[named].authors):
                return f"commit {named[:12]} of {found.where.pointer}"
    return ""


def _unknown_hands(entry: Deviation, affected: Iterable[Finding], evidence: Evidence) -> list[str]:
    """Where a finding lies in a file, git must have told of every approver what they wrote."""
    if not any(map(_in_source, affected)):
        return []
    known = {h.person.casefold(): h.fault for h in evidence.hands}
    asked = [(p.id, known.get(p.id.casefold(), "git was not asked")) for p in entry.approved_by]
    faults = [
        f"{entry.id}: whether {who} wrote what it is about is not known: {fault}" for who, fault in asked if fault
    ]
    cut = evidence.history != "whole"
    return [*faults, *([f"{entry.id}: who wrote what it is about is not known: {evidence.history}"] if cut else [])]


def _in_source(found: Finding) -> bool:
    """About a file that people write; a part of a list (an SBOM's component) is pointed at, and nobody's own line."""
    return bool(found.where.path) and (found.where.line > 0 or not found.where.pointer)


def _fault(entry: Deviation, part: str, what: str) -> Finding:
    return finding(
        "ISSUE-22",
        f"{entry.id} {what}",
        key=(entry.id, part),
        where=Where("deviations.toml", entry.line),
        level=entry.severity,
    )

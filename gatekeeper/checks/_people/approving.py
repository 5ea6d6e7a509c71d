"""PEOPLE-03, 04, 05, 07, 09, 10 and 12: the approvals of this evidence set, and who gave them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from gatekeeper.checks._people.evidence import Emergency, Evidence, Params
from gatekeeper.checks._people.table import wrote
from gatekeeper.model.approval import Approval, taken_back
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, not_applicable
from gatekeeper.model.people import Member, Needed, known_as

_DIGEST = re.compile(r"[0-9a-f]{64}")
_BOT = re.compile(r"\[bot\]|\bbot\b|service.?account|github-actions|dependabot|renovate", re.IGNORECASE)
# Families of rules that no emergency puts off: integrity, signing, keys, SBOM, continuity, and the gate itself.
_NEVER = ("FILE-", "SIGN-", "KEY-", "SBOM-", "CHAIN-", "GATE-", "BUILD-", "PEOPLE-", "VULN-05")
_MOST_IN_A_ROW = 2
_SHOWN = 20


class Given(NamedTuple):
    """An approval, and the person of the table who gave it in a role that this person has."""

    approval: Approval
    member: Member


def judge(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """The rules that read approvals."""
    given = tuple(valid(params, case))
    yield _complete(given, params)
    yield _bound(params, case)
    yield _separate(given, evidence, params)
    yield _real(given, evidence, params)
    yield _decided(given, params)
    yield _not_standing(case)
    yield _emergency(params, case)


def valid(params: Params, case: Case) -> Iterator[Given]:
    """The approvals that count: verified, for this very evidence set, in a role of the signer, not taken back."""
    for approval in case.approvals:
        member = _signer(approval, params)
        counts = not approval.problem and not approval.revoked and not taken_back(approval, case.approvals)
        if member and counts and case.evidence_set and approval.evidence_set == case.evidence_set:
            yield Given(approval, member)


def _signer(approval: Approval, params: Params) -> Member | None:
    return next(
        (
            m
            for m in params.person
            if m.identity
            and (m.identity, m.issuer) == (approval.identity, approval.issuer)
            and approval.role in m.roles
        ),
        None,
    )


def _place(approval: Approval) -> Where:
    return Where(pointer=f"approval {approval.file}")


def _complete(given: tuple[Given, ...], params: Params) -> Judgement:
    """PEOPLE-03."""
    findings = [f for need in params.needed for f in _lacking(need, given)]
    if not params.needed:
        findings.append(finding("PEOPLE-03", "the policy needs no approval at all", key=("none",)))
    for one, other in params.apart:
        both = {g.member.id for g in given if g.approval.role == one} & {
            g.member.id for g in given if g.approval.role == other
        }
        held = {g.member.id for g in given if {one, other} <= set(g.member.roles)}
        findings += [
            finding(
                "PEOPLE-03",
                f"{who} stands for {one} and for {other}, which are kept apart",
                key=("apart", who, one, other),
            )
            for who in sorted(both | held)
        ]
    told = ", ".join(f"{g.member.id} as {g.approval.role} ({g.approval.meaning})" for g in given)
    return judged("PEOPLE-03", told or "no approval counts", findings)


def _lacking(need: Needed, given: tuple[Given, ...]) -> Iterator[Finding]:
    people = {g.member.id for g in given if (g.approval.role, g.approval.meaning) == (need.role, need.meaning)}
    if len(people) < max(1, need.count):
        yield finding(
            "PEOPLE-03",
            f"{need.meaning} by {need.role}: {len(people)} of {max(1, need.count)} are there",
            key=(need.role, need.meaning),
            remedy=f"gatekeeper approve --role {need.role} --meaning {need.meaning}",
        )


def _bound(params: Params, case: Case) -> Judgement:
    """PEOPLE-04."""
    findings = [
        finding("PEOPLE-04", f"{a.file}: {fault}", key=(a.file, fault), where=_place(a))
        for a in case.approvals
        for fault in _binding_faults(a, params, case)
    ]
    if not case.approvals:
        findings.append(finding("PEOPLE-04", "there is no approval of this evidence set", key=("none",)))
    return judged("PEOPLE-04", f"{len(case.approvals)} approvals of evidence set {case.evidence_set[:12]}", findings)


def _binding_faults(approval: Approval, params: Params, case: Case) -> Iterator[str]:
    if approval.problem:
        yield approval.problem
        return
    if approval.evidence_set != case.evidence_set or not case.evidence_set:
        yield f"is for evidence set {approval.evidence_set[:12] or 'none'}, not for {case.evidence_set[:12]}"
    if not approval.meaning.strip():
        yield "does not say what it means"
    if _signer(approval, params) is None:
        yield f"{approval.identity or 'nobody'} is not in the roles table as {approval.role or 'no role'}"
    signed = _moment(approval.signed)
    if signed is None:
        yield f"has no proven time ({approval.signed or 'none'})"
        return
    if signed > case.now + timedelta(minutes=case.default("future_time_tolerance_minutes")):
        yield f"was signed at {approval.signed}, after this run began"
    times = [case.facts.source.committed, *(test.finished for test in case.facts.tests)]
    last = max((when for text in times if (when := _moment(text))), default=None)
    if last and signed < last:
        yield f"was signed at {approval.signed}, before the last evidence ({last.isoformat()})"


def _separate(given: tuple[Given, ...], evidence: Evidence, params: Params) -> Judgement:
    """PEOPLE-05."""
    checked = [g for g in given if g.approval.role in params.separated]
    findings = [
        finding(
            "PEOPLE-05",
            f"{g.member.id} approves as {g.approval.role} and wrote in the released changes",
            key=(g.member.id, g.approval.role),
            where=_place(g.approval),
        )
        for g in checked
        if wrote(g.member, g.member.name, evidence)
    ]
    if not params.separated:
        findings.append(finding("PEOPLE-05", "the policy keeps no role apart from those who write", key=("none",)))
    doubts = [evidence.doubt] if evidence.doubt else []
    if not evidence.hands and not doubts:
        doubts.append("git names nobody who wrote the released changes")
    doubts += _unknown(evidence, params)
    said = f"{len(checked)} approvers in separated roles, {len(evidence.hands)} people who wrote the change"
    return judged("PEOPLE-05", said if given else "", findings, [*doubts, *_nobody(given)])


def _unknown(evidence: Evidence, params: Params) -> Iterator[str]:
    """Whoever wrote under an address that the table does not know could be anybody, an approver too."""
    names = {known_as(m.name) for m in params.person}
    strangers = sorted({hand.name for hand in evidence.hands if not hand.member and known_as(hand.name) not in names})
    if strangers:
        more = f" and {len(strangers) - _SHOWN} more" if len(strangers) > _SHOWN else ""
        yield (
            f"{', '.join(map(repr, strangers[:_SHOWN]))}{more} wrote in the released changes and cannot be told from "
            "the approvers: name them in [[people.person]] with their git addresses, and roles = [] if they have none"
        )


def _real(given: tuple[Given, ...], evidence: Evidence, params: Params) -> Judgement:
    """PEOPLE-07."""
    findings = [
        finding(
            "PEOPLE-07",
            f"{g.member.id} ({g.member.identity}) is a bot or a job, and neither approves anything",
            key=("bot", g.member.id),
            where=_place(g.approval),
        )
        for g in given
        if _is_machine(g.member)
    ]
    old = {m.id for m in evidence.before or ()} - set(evidence.changed)
    allowed = any(g.approval.meaning == params.change_meaning and g.member.id in old for g in given)
    touched = evidence.changed if not allowed else ()
    findings += [
        finding(
            "PEOPLE-07",
            f"{g.member.id} approves, and was put into or changed in the roles table in these very changes",
            key=("new", g.member.id),
            where=_place(g.approval),
        )
        for g in given
        if g.member.id in touched
    ]
    findings += [
        finding("PEOPLE-07", f"{name} was changed, and nobody of the table before approved that", key=("changed", name))
        for name in touched
    ]
    doubts = [evidence.doubt] if evidence.doubt else []
    since = f"compared with {evidence.since[:12]}" if evidence.before is not None else "there was no roles table before"
    said = f"{len(given)} approvals by people; {since}" if given else ""
    return judged("PEOPLE-07", said, findings, [*doubts, *_nobody(given)])


def _nobody(approvals: Sequence[object]) -> tuple[str, ...]:
    """Why nothing can be said of approvers, where there are none; PEOPLE-03 says whose approval is missing."""
    return () if approvals else ("nobody has approved this evidence yet: see PEOPLE-03",)


def _is_machine(member: Member) -> bool:
    """By its own mark, by its name, or by an identity that is an address: workflows and workloads sign with those."""
    named = _BOT.search(f"{member.name} {member.id} {member.identity}") is not None
    return member.bot or named or "://" in member.identity


def _decided(given: tuple[Given, ...], params: Params) -> Judgement:
    """PEOPLE-09."""
    wanted = (params.release_role, params.release_meaning)
    good = [g for g in given if (g.approval.role, g.approval.meaning) == wanted and not _is_machine(g.member)]
    if good:
        return judged("PEOPLE-09", ", ".join(f"{g.member.name} on {g.approval.signed}" for g in good))
    said = "nobody with release authority decided that this evidence set may go out"
    told = f"gatekeeper approve --role {params.release_role} --meaning {params.release_meaning}"
    return judged(
        "PEOPLE-09", "", [finding("PEOPLE-09", said, key=("nobody",), remedy=f"Go through the record, then: {told}")]
    )


def _not_standing(case: Case) -> Judgement:
    """PEOPLE-10."""
    findings = []
    for approval in case.approvals:
        if approval.problem or approval.revoked:
            continue
        if not _DIGEST.fullmatch(approval.evidence_set):
            said = f"{approval.file} names no single evidence set: {approval.evidence_set!r}"
            findings.append(finding("PEOPLE-10", said, key=("standing", approval.file), where=_place(approval)))
        if taken_back(approval, case.approvals):
            said = f"{approval.file} was revoked by {approval.identity}"
            findings.append(finding("PEOPLE-10", said, key=("revoked", approval.file), where=_place(approval)))
    live = sum(not a.revoked and not a.problem for a in case.approvals)
    revocations = sum(a.revoked and not a.problem for a in case.approvals)
    said = f"{live} approvals, {revocations} revocations" if case.approvals else ""
    return judged("PEOPLE-10", said, findings, _nobody(case.approvals))


def _emergency(params: Params, case: Case) -> Judgement:
    """PEOPLE-12."""
    declared = params.emergency
    if declared is None:
        return not_applicable("PEOPLE-12", "no emergency is declared")
    findings = [
        finding("PEOPLE-12", said, key=(said,), where=Where("gatekeeper.toml", pointer="people.emergency"))
        for said in _emergency_faults(declared, params, case)
    ]
    return judged("PEOPLE-12", f"EMERGENCY until {declared.ends}: {', '.join(declared.postponed)}", findings)


def _emergency_faults(declared: Emergency, params: Params, case: Case) -> Iterator[str]:
    known = {name for issue in case.facts.issues for name in (issue.id, issue.id.rpartition("#")[2])}
    if not declared.reason.strip():
        yield "the emergency has no reason"
    if declared.approver not in {m.id for m in params.person if params.release_role in m.roles}:
        yield f"{declared.approver or 'nobody'} has no authority to approve an emergency"
    if declared.ends is None or declared.ends < case.now.date():
        yield f"the emergency has no end to come ({declared.ends or 'none'})"
    if declared.issue not in known:
        yield f"the follow-up issue {declared.issue or '(none)'} does not exist"
    if not declared.postponed:
        yield "the emergency names nothing that it puts off"
    for rule in declared.postponed:
        if rule.startswith(_NEVER) or rule not in params.postponable:
            yield f"{rule} cannot be put off"
    if len(declared.earlier) >= _MOST_IN_A_ROW:
        yield f"the same was put off in {', '.join(declared.earlier)}: this would be one emergency too many in a row"


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else None

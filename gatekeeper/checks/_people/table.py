"""PEOPLE-01, 02, 06, 08 and 11: roles, competence, testers and tailoring, before anybody approves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from gatekeeper.checks._people import privacy
from gatekeeper.checks._people.evidence import ROLES, Evidence, Params
from gatekeeper.model.check import Case
from gatekeeper.model.facts import TestFact
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.people import Member, known_as, same_person

_TABLE = "people.person"
_TEAM = re.compile(r"\b(?:team|group|department|laboratory|lab|staff)\b|チーム|グループ|部門|担当", re.IGNORECASE)


def judge(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """The rules that need no approval."""
    yield _roles(params, case)
    yield _competence(params, case)
    yield _testers(evidence, params, case)
    yield _tailoring(evidence, params, case)
    yield privacy.judge(case)


def place(who: str = "") -> Where:
    """Where a person stands in the policy."""
    return Where("gatekeeper.toml", pointer=f"{_TABLE} {who}".strip())


def _roles(params: Params, case: Case) -> Judgement:
    """PEOPLE-01."""
    filled = Counter(role for m in params.person for role in m.roles)
    due = dict.fromkeys([*(n.role for n in params.needed), *params.security_roles, params.release_role])
    findings = [
        finding("PEOPLE-01", f"nobody has the role {role!r}", key=("empty", role), where=place())
        for role in due
        if not filled[role]
    ]
    known = {*ROLES, *params.more_roles}
    findings += [
        finding("PEOPLE-01", f"{m.id}: the role {role!r} is not known", key=("role", m.id, role), where=place(m.id))
        for m in params.person
        for role in m.roles
        if role not in known
    ]
    findings += [
        finding(
            "PEOPLE-01",
            f"the policy speaks of the role {role!r}, which is not known",
            key=("role", "policy", role),
            where=Where("gatekeeper.toml", pointer="people"),
            remedy="Spell it as in the roles of [[people.person]], or add it to more-roles.",
        )
        for role in dict.fromkeys([*due, *(role for pair in params.apart for role in pair), *params.separated])
        if role not in known
    ]
    findings += [*_doubles(params), *_table_faults(params, case.now.date())]
    return judged("PEOPLE-01", f"{len(params.person)} people in {len(filled)} roles" if params.person else "", findings)


def _doubles(params: Params) -> Iterator[Finding]:
    for what in ("id", "name"):
        known = Counter(known_as(getattr(m, what)) for m in params.person)
        for m in params.person:
            if known[known_as(getattr(m, what))] > 1:
                same = f"the same {what}, {getattr(m, what)!r}, but for case and brackets"
                told = f"{m.id}: another entry has {same}; one person has one entry"
                yield finding("PEOPLE-01", told, key=(what, m.id, m.name), where=place(m.id))
    names = Counter(address.casefold() for m in params.person for address in {*m.git, m.identity} if address)
    for address, times in names.items():
        if times > 1:
            yield finding("PEOPLE-01", f"{times} people share one address or identity", key=("address", address))
    for m in params.person:
        for what, text in (("id", m.id), ("name", m.name), ("organisation", m.organisation)):
            if not text.strip():
                yield finding("PEOPLE-01", f"{m.id or m.name}: no {what}", key=(what, m.id, m.name), where=place(m.id))


def _table_faults(params: Params, today: date) -> Iterator[Finding]:
    table = Where("gatekeeper.toml", pointer="people.approved")
    if params.approved is None:
        yield finding("PEOPLE-01", "nobody approved the roles table (people.approved)", key=("approved",), where=table)
        return
    if params.approved.by not in {m.id for m in params.person}:
        said = f"the table was approved by {params.approved.by!r}, who is no person of it"
        yield finding("PEOPLE-01", said, key=("approved by",), where=table)
    if params.approved.on > today:
        yield finding("PEOPLE-01", f"the table was approved on {params.approved.on}", key=("future",), where=table)
    if params.approved.valid_until < today:
        said = f"the approval of the table ended on {params.approved.valid_until}"
        yield finding("PEOPLE-01", said, key=("ended",), where=table)


def _competence(params: Params, case: Case) -> Judgement:
    """PEOPLE-02."""
    people = [m for m in params.person if set(m.roles) & set(params.security_roles)]
    findings = [
        finding("PEOPLE-02", f"{m.id}: {fault}", key=(m.id, fault), where=place(m.id))
        for m in people
        if (fault := competence_fault(m, case.now.date()))
    ]
    if not people:
        findings.append(finding("PEOPLE-02", "nobody has a security role", key=("nobody",), where=place()))
    return judged("PEOPLE-02", f"{len(people)} people in security roles", findings)


def competence_fault(member: Member, today: date) -> str:
    """Why a person's competence is not on record or not in date; empty where it is."""
    if not member.competence.strip():
        return "no record of competence is named"
    if member.competence_until is None or member.competence_until <= today:
        return f"competence is on record until {member.competence_until or 'no date'}"
    return ""


def _testers(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """PEOPLE-06."""
    tests = (*case.facts.tests, *((evidence.penetration,) if evidence.penetration else ()))
    due = [t for t in tests if t.independence != "none"]
    findings = [f for test in due for f in _tester_faults(test, evidence, params)]
    overlap = sum("among the authors" in f.message for f in findings)
    said = f"{len(due)} test reports, {len(evidence.hands)} authors of the change, {overlap} in common"
    doubts = [evidence.doubt] if evidence.doubt else []
    if not case.facts.tests:
        doubts.append("no test report tells who tested")
    return judged("PEOPLE-06", said, findings, doubts)


def _tester_faults(test: TestFact, evidence: Evidence, params: Params) -> Iterator[Finding]:
    where, tester = Where(test.path), known_as(test.tester)
    member = next((m for m in params.person if tester and tester in (known_as(m.id), known_as(m.name))), None)
    ours = {known_as(m.organisation) for m in params.person}
    outside = bool(test.organisation) and known_as(test.organisation.partition(",")[0]) not in ours
    if not tester or (member is None and (not outside or _TEAM.search(test.tester))):
        said = f"the tester {test.tester!r} of {test.path} is no person of the roles table"
        yield finding("PEOPLE-06", said, key=("person", test.path), where=where)
    elif wrote(member, test.tester, evidence):
        said = f"the tester {test.tester} of {test.path} is among the authors of the change"
        yield finding("PEOPLE-06", said, key=("author", test.path), where=where)


def wrote(member: Member | None, name: str, evidence: Evidence) -> bool:
    """Whether somebody is among the authors, by the table or by name."""
    names = {known_as(name), known_as(member.name) if member else ""} - {""}
    return any(
        (member is not None and hand.member == member.id) or known_as(hand.name) in names for hand in evidence.hands
    )


def _tailoring(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """PEOPLE-08."""
    experts = {m.id: m for m in params.person if set(m.roles) & set(params.security_roles)}
    findings = []
    for row in evidence.tailored:
        expert = experts.get(row.approver)
        faults = {
            "has no reason": not row.reason.strip(),
            "has no author": not row.author.strip(),
            "was approved by its author": same_person(row.approver, row.author, params.person),
            f"was approved by {row.approver or 'nobody'}, who is not of the security role": expert is None,
        }
        if expert is not None:
            faults |= {
                f"was approved by {expert.id}: {said}": True
                for said in [competence_fault(expert, case.now.date())]
                if said
            }
        findings += [
            finding("PEOPLE-08", f"the tailoring of {row.clause} {said}", key=(row.clause, said))
            for said, holds in faults.items()
            if holds
        ]
    return judged("PEOPLE-08", f"{len(evidence.tailored)} clauses are tailored", findings)

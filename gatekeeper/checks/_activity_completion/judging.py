"""DONE-01 to DONE-15, purely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.checks._activity_completion.evidence import STANDARD_PUBLISHED, Evidence, Params, Tailored
from gatekeeper.checks._records import demands
from gatekeeper.checks._records.register import Seen
from gatekeeper.model.approval import Approval, taken_back
from gatekeeper.model.check import Case
from gatekeeper.model.clauses import clause_rows
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, not_applicable, undecided
from gatekeeper.model.people import Member, known_as, same_person
from gatekeeper.model.words import ClauseStatus, Phase

ROUTES = ("clauses-4-9", "annex-f")
NEVER_TAILORED = ("5.8", "4.1.3")
LIFE_CYCLE = ("installation", "operation", "maintenance", "end-of-use")
OPEN_STATUSES = (ClauseStatus.NOT_MET, ClauseStatus.UNDECIDED)
REVIEWED = (demands.signed_for, demands.of_product, demands.of_version)
KEPT = (demands.kept, demands.revised, demands.of_product)


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """The rules on the evidence."""
    register = evidence.register
    yield _references(evidence)
    yield demands.present(
        "DONE-03", register, ["plan"], case, [*KEPT, demands.covering("updates", "end-of-use"), _before(evidence)]
    )
    yield _scope(evidence, params, case)
    yield demands.present(
        "DONE-05", register, ["quality-system"], case, [demands.revised, demands.naming("scope"), demands.in_date]
    )
    yield demands.present("DONE-06", register, params.design_records, case, [*KEPT, demands.of_major])
    reviews = ("architecture-review", "design-review")
    yield demands.present("DONE-07", register, reviews, case, [*REVIEWED, demands.findings_known])
    yield demands.present("DONE-08", register, ["requirements"], case, [*KEPT, demands.covering(*LIFE_CYCLE)])
    disciplines = demands.with_people("developer", "tester", "clinical", "security", people=evidence.people)
    yield demands.present("DONE-09", register, ["requirements-review"], case, [*REVIEWED, disciplines, _independent])
    yield _tailoring(evidence, params, case)
    yield _route(evidence, params)
    yield from _annex_f(evidence, case)


def judge_approvals(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """DONE-10: a person with the role for it went through the matrix and signed."""
    meant = [a for a in case.approvals if a.meaning == params.completion_meaning and not a.problem]
    good = [a for a in meant if a.evidence_set == case.evidence_set and _may(a, evidence, params.verification_role)]
    said = f"{len(good)} of {len(meant)} statements of completion are for this evidence set, by the role that may"
    if good and not any(taken_back(a, case.approvals) for a in good):
        yield judged("DONE-10", said)
        return
    why = "the statement of completion was revoked" if good else "nobody with the role states that this is complete"
    told = f"gatekeeper approve --role {params.verification_role} --meaning {params.completion_meaning}"
    yield judged("DONE-10", said, [finding("DONE-10", why, key=[why], remedy=f"Go through the matrix, then: {told}")])


def judge_last(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """DONE-01: over all results, just before the record is written."""
    tailored = {t.clause: t.reason for t in params.tailored}
    rows = clause_rows(case.rulebook, case.results, evidence.route, tailored=tailored, through=Phase.AT_SIGNING)
    if not rows or not case.results:
        yield undecided("DONE-01", "there is no clause or no result")
        return
    open_ = [
        finding("DONE-01", f"clause {r.id} is {r.status}", key=[r.id], where=Where(pointer=f"clause {r.id}"))
        for r in rows
        if r.status is ClauseStatus.NOT_MET
    ]
    doubts = [f"clause {r.id} is undecided" for r in rows if r.status is ClauseStatus.UNDECIDED]
    doubts += [f"clause {r.id} has rules that this run left out" for r in rows if _left_out(r.rules, r.status, case)]
    outside = sum(r.status is ClauseStatus.NOT_EVALUATED for r in rows)
    said = f"{len(rows)} clauses, each with one status; {outside} of them not evaluated by this tool, and named so"
    yield judged("DONE-01", said, open_, doubts)


def _left_out(rules: Iterable[str], status: ClauseStatus, case: Case) -> bool:
    """A rule that this gate can judge was not judged, though its phase was reached."""
    late = (Phase.LAST, Phase.ON_RECORD, Phase.AFTER_PUBLICATION)
    judged_ = {r.id for r in case.results}
    due = [r for r in rules if r in case.built and case.rulebook.phase(r) not in late]
    return status is ClauseStatus.NOT_EVALUATED and any(r not in judged_ for r in due)


def _may(approval: Approval, evidence: Evidence, role: str) -> bool:
    return (
        bool(approval.identity)
        and approval.role == role
        and any(
            role in m.roles and (m.identity, m.issuer) == (approval.identity, approval.issuer) for m in evidence.people
        )
    )


def _references(evidence: Evidence) -> Judgement:
    register = evidence.register
    found = [
        finding(
            "DONE-02", f"{s.entry.id}: {s.problem}", key=[s.entry.id], where=Where(register.path, pointer=s.entry.id)
        )
        for s in register.seen
        if s.problem and (s.entry.path or s.entry.sha256)
    ]
    found += [
        finding("DONE-02", f"{s.entry.id}: no place is named", key=[s.entry.id, "place"], where=Where(register.path))
        for s in register.seen
        if s.entry.sha256 and not s.entry.path and not s.entry.place
    ]
    ids = [s.entry.id for s in register.seen]
    found += [finding("DONE-02", f"{i} stands twice", key=[i, "twice"]) for i in sorted(set(ids)) if ids.count(i) > 1]
    said = f"{len(ids)} records in {register.path} ({register.sha256[:12]})" if ids else ""
    return judged("DONE-02", said, found, [] if ids else [f"{register.path} names no record"])


def _before(evidence: Evidence) -> demands.Demand:
    """A plan is older than what it plans."""

    def demand(seen: Seen, _case: Case) -> str:
        on = seen.entry.on
        if on is None:
            return "has no date"
        newer = bool(evidence.committed) and on.isoformat() > evidence.committed[:10]
        return f"is dated {on}, after the release commit" if newer else ""

    return demand


def _independent(seen: Seen, _case: Case) -> str:
    return "" if seen.entry.independence.strip() else "does not state the level of independence"


def _scope(evidence: Evidence, params: Params, case: Case) -> Judgement:
    scope = params.scope
    if scope is None:
        missing = finding("DONE-04", "the policy has no [activity-completion.scope]", key=["missing"])
        return judged("DONE-04", "no scope statement", [missing])
    found = [
        finding("DONE-04", f"{e.part or 'a part'} is excluded without a reason", key=["reason", e.part])
        for e in scope.excluded
        if not e.reason.strip() or not e.part.strip()
    ]
    if not scope.parts:
        found.append(finding("DONE-04", "the scope names no part of the product", key=["parts"]))
    if evidence.route not in ROUTES:
        found.append(finding("DONE-04", f"no conformance route: {evidence.route!r}", key=["route"]))
    if scope.approved_on > case.now.date():
        found.append(finding("DONE-04", f"approved on {scope.approved_on}, in the future", key=["future"]))
    if scope.role not in evidence.security_roles:
        said = f"was approved in the role {scope.role}, which is no security role of [people]"
        found.append(finding("DONE-04", said, key=["role"]))
    if not any(m.id == scope.approved_by and scope.role in m.roles for m in evidence.people):
        said = f"{scope.approved_by!r} is nobody of the [people] table with the role {scope.role}"
        found.append(finding("DONE-04", said, key=["approver"]))
    return judged("DONE-04", f"{len(scope.parts)} parts, {len(scope.excluded)} excluded, by {scope.approved_by}", found)


def _tailoring(evidence: Evidence, params: Params, case: Case) -> Judgement:
    found = [fault for entry in params.tailored for fault in _tailored_faults(entry, evidence.people, case)]
    return judged("DONE-11", f"{len(params.tailored)} clauses tailored; 5.8 whole", found)


def _tailored_faults(entry: Tailored, people: tuple[Member, ...], case: Case) -> Iterator[Finding]:
    def fault(said: str) -> Finding:
        return finding(
            "DONE-11", f"{entry.clause}: {said}", key=[entry.clause, said], where=Where(pointer=entry.clause)
        )

    if entry.clause not in case.rulebook.clauses:
        yield fault("is no clause of the catalogue")
    if any(entry.clause == c or entry.clause.startswith(f"{c}.") for c in NEVER_TAILORED):
        yield fault("cannot be tailored")
    named = known_as(entry.author) and known_as(entry.approver)
    if not (named and entry.reason.strip() and entry.competence.strip()):
        yield fault("needs reason, author, approver and the approver's competence")
    if same_person(entry.author, entry.approver, people):
        yield fault("its author cannot approve it")
    if entry.on > case.now.date():
        yield fault("is dated in the future")


def _route(evidence: Evidence, params: Params) -> Judgement:
    found: list[Finding] = []
    if evidence.route not in ROUTES:
        found.append(finding("DONE-12", f"{evidence.route!r} is no conformance route", key=["route"]))
    transition = params.annex_f
    if evidence.route == "annex-f":
        if transition is None:
            found.append(finding("DONE-12", "annex-f needs [activity-completion.annex-f]", key=["annex-f"]))
        elif transition.first_released >= STANDARD_PUBLISHED:
            said = f"annex-f is for software first released before the standard, not on {transition.first_released}"
            found.append(finding("DONE-12", said, key=["new"]))
        elif not transition.whole_product:
            found.append(finding("DONE-12", "annex-f is for the whole product, not for single items", key=["part"]))
    elif transition is not None:
        found.append(finding("DONE-12", f"{evidence.route} and annex-f at once", key=["both"]))
    return judged("DONE-12", f"route {evidence.route}", found)


def _annex_f(evidence: Evidence, case: Case) -> Iterator[Judgement]:
    if evidence.route != "annex-f":
        for rule in ("DONE-13", "DONE-14", "DONE-15"):
            yield not_applicable(rule, f"the product claims conformity by {evidence.route}")
        return
    register = evidence.register
    analysis = [*KEPT, demands.of_version, demands.covering("5.2", "5.7", "7.1", "7.2", "7.3"), _gaps_closed]
    yield demands.present("DONE-13", register, ["gap-analysis"], case, analysis)
    rationale = [
        *KEPT,
        demands.of_version,
        demands.signed_for,
        demands.naming("residual-risk-told-in", "plan"),
        _plan_ahead,
    ]
    yield demands.present("DONE-14", register, ["transition-rationale"], case, rationale)
    in_force = [demands.of_product, demands.signed_for, demands.within(case.default("attestation_max_age_days"))]
    yield demands.present("DONE-15", register, ["clauses-6-9-in-force"], case, in_force)


def _gaps_closed(seen: Seen, _case: Case) -> str:
    """Each gap (`gap:...` in names) is closed, or accepted under a risk id with a compensating control."""
    open_ = [
        name for name, state in seen.entry.names.items()
        if name.startswith("gap:") and not (state == "closed" or (state.startswith("accepted ") and "control" in state))
    ]  # fmt: skip
    return f"leaves gaps open: {', '.join(open_)}" if open_ else ""


def _plan_ahead(seen: Seen, case: Case) -> str:
    end = seen.entry.valid_until
    if end is None:
        return "its plan has no date of full conformity"
    return f"its last date, {end}, has passed" if end < case.now.date() else ""

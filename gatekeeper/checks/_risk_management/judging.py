"""RISK-01 to RISK-09, purely."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.checks._records import demands
from gatekeeper.checks._records.register import Seen
from gatekeeper.checks._risk_management.evidence import Evidence, Method, Params, Risk, Threat
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.model.words import level_of

RESULTS = ("acceptable", "accepted")
NO_EFFECT = ("no", "none", "not affected")


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """The whole family."""
    register = evidence.register
    kept = (demands.kept, demands.revised, demands.of_product)
    yield _model_current(evidence, params, case)
    yield _threats_answered(evidence)
    yield demands.present("RISK-03", register, ["risk-plan", "security-context"], case, kept)
    yield _valued(evidence, case)
    approved = (demands.kept, demands.revised, demands.signed_for)
    yield demands.present("RISK-05", register, ["acceptance-criteria"], case, approved)
    yield _criteria_in_force(evidence, case)
    yield _accepted_as_a_whole(evidence, params, case)
    watched = [demands.signed_for, demands.kept, demands.within(params.monitoring_max_age_days)]
    yield demands.present("RISK-08", register, ["control-monitoring"], case, watched)
    yield _safety_file(evidence, case)


def _model_current(evidence: Evidence, params: Params, case: Case) -> Judgement:
    trace, today = evidence.threats, case.now.date()
    model = trace.model
    if model is None:
        return judged("RISK-01", "no threat model", [_at("RISK-01", trace.path, "there is no [model]")])
    limit = min(params.threat_model_review_days, case.default("threat_model_review_days"))
    faults = [trace.problem] if trace.problem else []
    if not model.version.strip():
        faults.append("the threat model names no version")
    if model.version.split(".")[0] != case.product.version.split(".")[0]:
        faults.append(f"the threat model is about version {model.version}")
    if not 0 <= (today - model.reviewed).days <= limit:
        faults.append(f"the threat model was reviewed on {model.reviewed}; at most {limit} days are allowed")
    if model.architecture_changed and model.architecture_changed > model.reviewed:
        faults.append(f"the architecture changed on {model.architecture_changed}, after the review")
    said = (
        f"{model.id} {model.version}, reviewed {model.reviewed} by {model.reviewer or '?'}, sha256 {trace.digest[:12]}"
    )
    return judged("RISK-01", said, [_at("RISK-01", trace.path, f) for f in faults])


def _at(rule: str, path: str, said: str, pointer: str = "") -> Finding:
    return finding(rule, said, key=[path, pointer, said], where=Where(path, pointer=pointer))


def _threats_answered(evidence: Evidence) -> Judgement:
    trace, known, people = evidence.threats, {r.id for r in evidence.risks.risks}, _people(evidence)
    if trace.model is None or not trace.threats:
        return undecided("RISK-02", f"{trace.path} names no threat, or no model that it belongs to")
    traced, modelled = {t.id for t in trace.threats}, set(trace.model.threats)
    found = [_at("RISK-02", trace.path, f"{t} of the model is not in the trace", t) for t in sorted(modelled - traced)]
    found += [_at("RISK-02", trace.path, f"{t} is in no model", t) for t in sorted(traced - modelled)]
    for threat in trace.threats:
        found += [
            _at("RISK-02", trace.path, f"{threat.id}: {said}", threat.id)
            for said in _gaps(threat, trace.model.controls, known, people)
        ]
    return judged("RISK-02", f"{len(traced)} threats, {len(trace.model.controls)} controls", found)


def _people(evidence: Evidence) -> set[str]:
    return {m.id for m in evidence.people}


def _gaps(threat: Threat, controls: dict[str, str], risks: set[str], people: set[str]) -> Iterator[str]:
    unknown = [c for c in threat.controls if not controls.get(c, "").strip()]
    if unknown:
        yield f"its controls do not exist: {', '.join(unknown)}"
    if threat.risk and threat.risk not in risks:
        yield f"the risk {threat.risk} does not exist"
    if threat.risk and not threat.controls and threat.approved_by not in people:
        yield f"the risk {threat.risk} is accepted by {threat.approved_by.strip() or 'nobody'}, no person of [people]"
    if not threat.controls and not threat.risk:
        yield "has neither a control nor an accepted risk"


def _valued(evidence: Evidence, case: Case) -> Judgement:
    method, listed = evidence.risks.method, evidence.risks.risks
    if method is None or not listed:
        return undecided("RISK-04", f"{evidence.risks.path} names no method, or no risk")
    found = [
        _at("RISK-04", evidence.risks.path, f"{r.id}: {said}", r.id)
        for r in listed
        for said in _value_faults(r, method, _people(evidence), case)
    ]
    if not method.lowest <= method.acceptable < method.highest:
        scale = f"{method.acceptable} in {method.lowest} to {method.highest}"
        said = f"by its method every risk is acceptable, or none: {scale}"
        found.append(_at("RISK-04", evidence.risks.path, said))
    twice = sorted({r.id for r in listed if sum(o.id == r.id for o in listed) > 1})
    found += [_at("RISK-04", evidence.risks.path, f"{i} stands twice", i) for i in twice]
    return judged("RISK-04", f"{len(listed)} risks by method {method.id}, acceptable up to {method.acceptable}", found)


def _value_faults(risk: Risk, method: Method, people: set[str], case: Case) -> Iterator[str]:
    if risk.before is None or risk.after is None:
        yield "has no values before and after control"
        return
    if not all(method.lowest <= v <= method.highest for v in (risk.before, risk.after)):
        yield f"has values outside {method.lowest} to {method.highest}"
    if risk.after > risk.before and not risk.note.strip():
        yield "is worse after control than before, without a note"
    if risk.result not in RESULTS:
        yield f"has the result {risk.result!r}, not one of {', '.join(RESULTS)}"
    approved = risk.approved_by in people and risk.approved_on is not None and risk.approved_on <= case.now.date()
    if risk.after > method.acceptable and not (risk.result == "accepted" and approved):
        limit = f"up to {method.acceptable} is acceptable without an approval, dated, by a person of [people]"
        yield f"is {risk.after} after control; {limit}"


def _criteria_in_force(evidence: Evidence, case: Case) -> Judgement:
    method = evidence.risks.method
    if method is None:
        return undecided("RISK-06", f"{evidence.risks.path} names no method and so no criteria")
    accepted = [r for r in evidence.risks.risks if r.result == "accepted"]
    found = [
        _at(
            "RISK-06",
            evidence.risks.path,
            f"{r.id} was accepted by criteria {r.criteria or '(none)'}, not {method.criteria}",
            r.id,
        )
        for r in accepted
        if r.criteria != method.criteria
    ]
    since = method.criteria_since
    if since is None:
        found.append(_at("RISK-06", evidence.risks.path, "does not say since when the criteria are in force"))
    else:
        found += [
            _at(
                "RISK-06",
                evidence.risks.path,
                f"{r.id} was accepted on {r.approved_on}, before the criteria of {since}",
                r.id,
            )
            for r in accepted
            if r.approved_on and r.approved_on <= since
        ]
        found += [
            _at(
                "RISK-06",
                "deviations.toml",
                f"{d.id} was approved on {d.approved_on}, not after the criteria of {since}",
                d.id,
            )
            for d in case.deviations
            if d.approved_on <= since
        ]
    return judged(
        "RISK-06",
        f"{len(accepted)} accepted risks and {len(case.deviations)} deviations, criteria {method.criteria}",
        found,
    )


def _accepted_as_a_whole(evidence: Evidence, params: Params, case: Case) -> Judgement:
    may = {m.id for m in evidence.people if params.authority_role in m.roles}
    residual = residual_list(case)

    def by_authority(seen: Seen, _case: Case) -> str:
        return (
            ""
            if seen.entry.by in may
            else f"{seen.entry.by or 'nobody'} does not hold the role {params.authority_role}"
        )

    def of_this_list(seen: Seen, _case: Case) -> str:
        named = sorted(n.strip() for n in seen.entry.names.get("residual", "").split(",") if n.strip())
        return (
            ""
            if named == residual
            else f"names the residual anomalies {named or 'none'}; they are {residual or 'none'}"
        )

    asked = [demands.signed_for, demands.of_product, demands.of_version, by_authority, of_this_list]
    return demands.present("RISK-07", evidence.register, ["residual-risk-acceptance"], case, asked)


def residual_list(case: Case) -> list[str]:
    """The ids of what stays: open issues and findings that stand on a deviation."""
    return sorted({i.id for i in case.facts.issues if i.state == "open"} | {d.id for d in case.deviations})


def _safety_file(evidence: Evidence, case: Case) -> Judgement:
    safety = {r.id for r in evidence.risks.risks if r.safety}
    touched = [
        i for i in case.facts.issues if i.more.get("safety_effect", "").strip().casefold() not in ("", *NO_EFFECT)
    ]
    found = [
        finding(
            "RISK-09",
            f"{i.id} may affect safety; {i.more.get('risk_ref') or 'no risk'} is not in the safety risk file",
            key=[i.id],
            where=Where(pointer=i.id),
            level=level_of(i.level),
        )
        for i in touched
        if i.more.get("risk_ref", "") not in safety
    ]
    return judged("RISK-09", f"{len(touched)} of {len(case.facts.issues)} issues may affect safety", found)

"""CHAIN-01 to CHAIN-08 and CHAIN-11: nothing that was known before may vanish, weaken or return without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from gatekeeper.checks._continuity.evidence import ARCHIVED, Before, Evidence, Params
from gatekeeper.checks._continuity.issues import kept_promises, no_issue_lost
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, not_applicable, undecided
from gatekeeper.model.versions import numbers
from gatekeeper.model.words import Decision, Mode, Outcome
from gatekeeper.sbom import changes

FIRST = "none"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """One judgement for each rule that is judged on the evidence."""
    before = evidence.before
    yield _follows(evidence, params, case)
    for rule, look in (("CHAIN-02", no_issue_lost), ("CHAIN-03", kept_promises)):
        yield look(before, evidence, case) if before else _without(rule, evidence, params)
    for rule, compare in (("CHAIN-04", _classes), ("CHAIN-05", _components)):
        yield compare(before, case) if before else _without(rule, evidence, params)
    yield _once(evidence, params, case)
    yield _archived(evidence, params)
    yield _retained(params, case)


def judge_last(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """CHAIN-07, when all other results are known."""
    if evidence.before is None:
        yield _without("CHAIN-07", evidence, params)
        return
    then = {r.id: r.outcome for r in evidence.before.rules}
    weaker = (Outcome.DEVIATED, Outcome.NOT_APPLICABLE)
    changed = [r for r in case.results if then.get(r.id) == Outcome.PASSED and r.outcome in weaker]
    yield judged(
        "CHAIN-07",
        f"{len(then)} results of {evidence.before.product.version} compared, {len(changed)} weaker now",
        (
            _fault("CHAIN-07", f"{r.id} passed before and is {r.outcome} now, and no remark says why", (r.id,))
            for r in changed
            if not params.remarks.get(r.id, "").strip()
        ),
    )


def _without(rule: str, evidence: Evidence, params: Params) -> Judgement:
    if params.previous_record == FIRST and not evidence.fault:
        return not_applicable(rule, "this is the first release record of the product")
    return undecided(rule, evidence.fault or "the previous record was not given", advice=GIVE_IT)


NAME_THE_SIGNER = (
    "Name who signed it in [continuity.previous-signer] (or previous-key), and its root in trusted-root; without them "
    "the [signing] table counts."
)
GIVE_IT = "Name the previous dossier with --previous, and its digest in [continuity] previous-record."


def _follows(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """CHAIN-01."""
    if evidence.fault:
        return undecided("CHAIN-01", evidence.fault, advice=GIVE_IT)
    if params.previous_record == FIRST:
        return _first(evidence, params, case)
    before = evidence.before
    if before is None:
        return undecided("CHAIN-01", "the previous record was not given, nor that there is none", advice=GIVE_IT)
    doubts = _unread(evidence, params)
    if not _SHA256.fullmatch(params.previous_record):
        doubts.append(f"previous-record must name the digest of the previous record.json: it is {before.sha256}")
    signed, advice = before.signature, ""
    if not signed.by and not signed.refused:
        doubts.append(f"the previous record: {signed.unverified or 'nobody looked at its signature'}")
        advice = NAME_THE_SIGNER
    by = f", signed by {signed.by}" if signed.by else ""
    observed = f"follows {before.product.version} of {before.created}, record sha256 {before.sha256}{by}"
    findings = tuple(_broken(before, evidence, params, case))
    return Judgement("CHAIN-01", (observed,), findings, tuple(doubts), advice=advice)


def _broken(before: Before, evidence: Evidence, params: Params, case: Case) -> Iterator[Finding]:
    if _SHA256.fullmatch(params.previous_record) and params.previous_record != before.sha256:
        what = f"the previous record has the digest {before.sha256}, and the policy names {params.previous_record}"
        yield _fault("CHAIN-01", what, ("digest",))
    if before.product.name != case.product.name:
        yield _fault("CHAIN-01", f"the previous record is of {before.product.name!r}", ("product",))
    for part, state in (("its signed envelope", before.bundle), ("its SHA256SUMS", before.listed)):
        if state != "binds":
            yield _fault("CHAIN-01", f"the previous record does not agree with {part} ({state})", ("bound", part))
    if before.signature.refused:
        what = f"the previous record's signature does not hold: {before.signature.refused}"
        yield _fault("CHAIN-01", what, ("signature",))
    if (before.decision, before.stage) != (Decision.RELEASE, "sealed") or before.mode == Mode.REHEARSAL:
        what = f"the previous record is no release ({before.decision}, {before.stage}, {before.mode})"
        yield _fault("CHAIN-01", what, ("release",))
    for other in evidence.ledger:
        same_line = other.product == case.product.name and other.version != case.product.version
        if same_line and other.previous == before.sha256 and other.mode != Mode.REHEARSAL:
            what = f"{other.version} ({other.place}) follows on the same record: one record has one successor"
            yield _fault("CHAIN-01", what, ("fork", other.sha256))


def _first(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """No record before this one: a person says so, and nothing contradicts them."""
    statement = params.first_release
    if not statement or not statement.text.strip() or not statement.by.strip():
        advice = "State it by name in [continuity.first-release]."
        return undecided("CHAIN-01", "no named person states that this is the first release record", advice=advice)
    known = [f"{e.version} ({e.place})" for e in evidence.ledger if e.product == case.product.name]
    known += [f"{evidence.before.product.version} (given with --previous)"] if evidence.before else []
    findings = [_fault("CHAIN-01", f"a record exists already: {name}", ("first", name)) for name in known]
    if statement.by not in evidence.people:
        findings.append(_fault("CHAIN-01", f"{statement.by!r} states it, who is not in the roles table", ("by",)))
    doubts = _unread(evidence, params)
    return judged("CHAIN-01", f"first release record, states {statement.by} on {statement.on}", findings, doubts)


def _unread(evidence: Evidence, params: Params) -> list[str]:
    """Why the ledger says nothing; before the first record it may be empty."""
    if evidence.ledger_fault:
        return [evidence.ledger_fault]
    empty = params.ledger and params.previous_record != FIRST and not evidence.ledger
    return [f"the ledger {params.ledger} holds no record"] if empty else []


def _classes(before: Before, case: Case) -> Judgement:
    """CHAIN-04."""
    now = case.facts.components
    told = {name.casefold() for d in case.facts.documents for name in d.discloses}
    findings = []
    for then, after in changes.fallen(before.components, now):
        if not {after.name.casefold(), after.purl.casefold(), then.name.casefold()} & told:
            name = then.name if changes.key(after) == changes.key(then) else f"{then.name} (now {after.name})"
            what = (
                f"{name} fell from {then.item_class} to {after.item_class or 'no class'}, and no document tells users"
            )
            findings.append(_fault("CHAIN-04", what, (then.name,)))
    doubts = [] if now or not before.components else ["this release names no components"]
    return judged(
        "CHAIN-04", f"{len(before.components)} components of the last release, {len(now)} now", findings, doubts
    )


def _components(before: Before, case: Case) -> Judgement:
    """CHAIN-05."""
    if not before.components:
        return judged("CHAIN-05", "", [_fault("CHAIN-05", "the previous record lists no components", ("none",))])
    now = case.facts.components
    doubts = [] if now else ["this release names no components"]
    return judged("CHAIN-05", changes.told(before.components, now), (), doubts)


def _once(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """CHAIN-06."""
    mine = tuple(sorted(a.sha256 for a in case.facts.artifacts if a.kind == "artifact"))
    version = case.product.version
    released = [e for e in evidence.ledger if e.product == case.product.name and _is_release(e)]
    findings = [
        _fault("CHAIN-06", f"{version} was released before with other files ({e.place})", ("again", e.sha256))
        for e in released
        if _same(e.version, version) and (not mine or not set(mine) <= set(e.artifacts))
    ]
    last = evidence.before.product.version if evidence.before else ""
    if last:
        findings += _order(version, last, params)
    if evidence.before is None and params.previous_record != FIRST:
        return undecided("CHAIN-06", evidence.fault or "the previous record was not given", advice=GIVE_IT)
    observed = f"{version} after {last or 'no release'}, {len(released)} in the ledger"
    return judged("CHAIN-06", observed, findings, _unread(evidence, params))


def _order(version: str, last: str, params: Params) -> list[Finding]:
    now, then = numbers(version), numbers(last)
    if now is None or then is None:
        return [_fault("CHAIN-06", f"{version!r} and {last!r} cannot be put in order", ("order",))]
    if _same(version, last):
        return [_fault("CHAIN-06", f"{version} is the version of the last release", ("same",))]
    if now == then:
        now, then = _stages(version, last)
    if now == then:
        return [_fault("CHAIN-06", f"{version} and {last} are one version, but for what follows it", ("same",))]
    if now < then and not params.maintenance_line.strip():
        return [_fault("CHAIN-06", f"{version} is lower than {last}, and no maintenance line is named", ("lower",))]
    return []


def _same(one: str, other: str) -> bool:
    """One version in two spellings."""
    return one.strip().casefold().removeprefix("v") == other.strip().casefold().removeprefix("v")


def _stages(*versions: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which of two versions of the same numbers comes later (2.4.0rc1 before 2.4.0), as two numbers; equal where
    nobody can say."""
    try:
        one, other = (Version(Version(text).public) for text in versions)
    except InvalidVersion:
        return (), ()
    return (int(one > other),), (int(one < other),)


def _is_release(entry: object) -> bool:
    return (getattr(entry, "decision", ""), getattr(entry, "stage", "")) == (Decision.RELEASE, "sealed")


def _archived(evidence: Evidence, params: Params) -> Judgement:
    """CHAIN-08."""
    if evidence.archive_fault:
        return undecided("CHAIN-08", evidence.archive_fault)
    links = [i for i in evidence.archive if not _SHA256.fullmatch(i.sha256)]
    by_kind = {item.kind for item in evidence.archive if item not in links}
    missing = [kind for kind in ARCHIVED if kind not in by_kind]
    where = params.archive or "no archive list"
    findings = (
        [_fault("CHAIN-08", f"{where}: {', '.join(missing)} not archived by digest", ("missing",))] if missing else []
    )
    findings += [
        _fault("CHAIN-08", f"{i.kind} ({i.place}) has no digest: a link only", (i.kind, i.place)) for i in links
    ]
    return judged("CHAIN-08", f"{where}: {len(evidence.archive)} items, {len(by_kind)} kinds by digest", findings)


def _retained(params: Params, case: Case) -> Judgement:
    """CHAIN-11."""
    kept = params.retention
    if kept is None:
        return judged(
            "CHAIN-11", "", [_fault("CHAIN-11", "the policy does not say how long the record is kept", ("none",))]
        )
    findings = []
    if not kept.rule.strip() or not kept.keeper.strip():
        findings.append(_fault("CHAIN-11", "the rule or the keeper of the retention is blank", ("blank",)))
    if case.product.support_end and kept.keep_until.isoformat() < case.product.support_end:
        what = f"the record is kept until {kept.keep_until}, and support ends on {case.product.support_end}"
        findings.append(_fault("CHAIN-11", what, ("short",)))
    if kept.keep_until <= case.now.date():
        findings.append(_fault("CHAIN-11", f"the record is kept until {kept.keep_until}, which is over", ("over",)))
    return judged("CHAIN-11", f"kept until {kept.keep_until} by {kept.keeper} ({kept.rule})", findings)


def _fault(rule: str, what: str, key: tuple[str, ...]) -> Finding:
    """Of a component or a rule, which its key names; else of what the policy says, or does not."""
    named = rule in ("CHAIN-04", "CHAIN-07")
    where = Where(pointer=" ".join(key)) if named else Where("gatekeeper.toml", pointer="continuity")
    return finding(rule, what, key=key, where=where)

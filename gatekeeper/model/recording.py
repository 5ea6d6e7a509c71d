"""From a verdict to the record: pure, total, and the only way to a record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from gatekeeper.model.clauses import clause_rows
from gatekeeper.model.deviation import Deviation
from gatekeeper.model.facts import ToolFact
from gatekeeper.model.record import (
    DeviationRow,
    FindingRow,
    NamedRule,
    PolicyRow,
    Record,
    RuleRow,
)
from gatekeeper.model.rule import Rulebook, Text
from gatekeeper.model.run import PARTIAL, REPLAY, Unjudged, Verdict
from gatekeeper.model.verdict import Answered, RuleResult
from gatekeeper.model.words import Decision, Mode, Outcome

LEFT_OUT = Text("left out of this run by the call", "この実行では指定により除外")
_WHY = {
    "outside": Text("outside this version of the tool", "本ツールのこの版の対象外"),
    "left-out": LEFT_OUT,
    "receipt": Text(
        "about the record itself: judged after signing, in receipt.json beside it, and again by `gatekeeper verify`",
        "記録自体に関する規則:署名後に判定し、receipt.jsonに記載。`gatekeeper verify`が再判定",
    ),
    "published": Text(
        "judged after publication, by `gatekeeper verify DOSSIER --published PLACE`, in a receipt beside the dossier",
        "公開後に`gatekeeper verify DOSSIER --published 場所`で判定し、ドシエの隣の受領証に記載",
    ),
    "later": Text("judged in a later phase that this run did not reach", "この実行では到達していない後の段階で判定"),
}
_NOT_SIGNED = Text("Checks only: nothing is signed. This is not a release.", "確認のみ:署名なし。リリースではない。")
_REHEARSAL = Text(
    "Rehearsal, signed by a throw-away Sigstore: this is not a release.",
    "リハーサル(使い捨てのSigstoreで署名):リリースではない。",
)
_EVIDENCE_NOT_CERTIFICATE = Text(
    "This record is evidence for an assessment, not a certificate of conformity.",
    "この記録は評価のための証拠であり、適合の証明書ではない。",
)


def record_of(
    verdict: Verdict,
    policy: PolicyRow,
    *,
    gate_version: str,
    created: str,
    stage: str = "checked",
    switches: dict[str, str] | None = None,
    tools: Iterable[ToolFact] = (),
    previous_record: str = "",
    trust_root_sha256: str = "",
) -> Record:
    """The record of a verdict. `stage` is `checked`, `sealed` or `unsigned`; `created` is RFC 3339."""
    case = verdict.case
    facts = case.facts
    decision = Decision.UNDECIDED if stage == "unsigned" and verdict.decision is Decision.RELEASE else verdict.decision
    record = Record(
        record_id="",
        decision=decision,
        reasons=verdict.reasons() + (("sealed but not signed: not releasable",) if stage == "unsigned" else ()),
        stage=stage,
        mode=case.mode,
        product=case.product,
        source=facts.source,
        policy=policy,
        effective_time=case.now.isoformat(),
        created=created,
        gate_version=gate_version,
        limits=tuple(_limits(verdict, stage)),
        rules=tuple(rule_row(r, case.rulebook) for r in verdict.results),
        outside=tuple(_named(verdict.unjudged, case.rulebook, "outside")),
        deferred=tuple(_named(verdict.unjudged, case.rulebook, "left-out", "later", "receipt", "published")),
        clauses=clause_rows(case.rulebook, verdict.results, policy.conformance_route, tailored=dict(facts.tailored)),
        tools=(ToolFact("gatekeeper", gate_version, use="the release gate"), *tools, *facts.tools),
        artifacts=facts.artifacts,
        signatures=case.signatures,
        deviations=tuple(_deviation_rows(verdict)),
        issues=facts.issues,
        components=facts.components,
        vulnerabilities=facts.vulnerabilities,
        documents=facts.documents,
        tests=facts.tests,
        suppressions=facts.suppressions,
        switches=switches or {},
        previous_record=previous_record,
        evidence=verdict.evidence,
        evidence_set=case.evidence_set,
        approvals=case.approvals,
        trust_root_sha256=trust_root_sha256,
        sealing=case.sealing,
    )
    return msgspec.structs.replace(record, record_id=_identify(record))


def _identify(record: Record) -> str:
    """An id that follows from the content, so that the same run always names itself alike."""
    return "GK-" + hashlib.sha256(msgspec.json.encode(record, order="sorted")).hexdigest()[:20]


def _limits(verdict: Verdict, stage: str) -> Iterator[Text]:
    yield from _emergency(verdict)
    outside = [u.rule for u in verdict.unjudged if u.why == "outside"]
    if outside:
        names = ", ".join(outside)
        yield Text(
            f"{len(outside)} rules are outside this version of the tool and were not judged: {names}.",
            f"次の{len(outside)}件の規則は本ツールのこの版の対象外であり、判定していない:{names}。",
        )
    for short, held in ((PARTIAL, verdict.partial), (REPLAY, verdict.case.replay)):
        if held:
            yield Text(f"{short.en.capitalize()}: this is not a release.", f"{short.ja}:リリースではない。")
    if verdict.case.mode is Mode.REHEARSAL:
        yield _REHEARSAL
    if stage == "checked":
        yield _NOT_SIGNED
    yield _EVIDENCE_NOT_CERTIFICATE


def _emergency(verdict: Verdict) -> Iterator[Text]:
    """PEOPLE-12: whoever reads the limits reads this first."""
    said = [text for r in verdict.results if r.id == "PEOPLE-12" and not r.not_applicable for text in r.observed]
    if said:
        yield Text(
            f"{'; '.join(said)}. Every rule stands as it was judged: the declaration postpones none of them.",
            f"緊急リリースの宣言:{'、'.join(said)}。規則は全て判定どおりであり、宣言によって猶予されるものはない。",
        )


def rule_row(result: RuleResult, rulebook: Rulebook) -> RuleRow:
    """One result as the record tells it; where nothing is to be done, no remedy is told."""
    good = result.outcome in (Outcome.PASSED, Outcome.NOT_APPLICABLE)
    return RuleRow(
        id=result.id,
        title=rulebook.rules[result.id].title,
        check=result.check,
        outcome=result.outcome,
        basis=result.basis,
        severity=result.severity,
        clauses=result.clauses,
        observed=result.observed,
        findings=tuple(_finding_row(a) for a in result.answered),
        doubts=result.doubts,
        not_applicable=result.not_applicable,
        remedy=Text("", "") if good else result.remedy,
        advice=result.advice,
        evidence=result.evidence,
    )


def _finding_row(answered: Answered) -> FindingRow:
    found = answered.finding
    return FindingRow(
        message=found.message,
        where=found.where,
        fingerprint=found.fingerprint,
        level=found.level,
        deviation=answered.deviation,
        remedy=found.remedy,
        excerpt=found.excerpt,
        note=found.note,
        details=found.details,
    )


def _named(unjudged: Iterable[Unjudged], rulebook: Rulebook, *whys: str) -> Iterator[NamedRule]:
    for each in unjudged:
        if each.why in whys:
            yield NamedRule(each.rule, rulebook.rules[each.rule].title, _WHY[each.why])


def _deviation_rows(verdict: Verdict) -> Iterator[DeviationRow]:
    used = {a.deviation for r in verdict.results for a in r.answered if r.outcome is not Outcome.PASSED}
    for deviation in verdict.case.deviations:
        yield _deviation_row(deviation, verdict, used=deviation.id in used)


def _deviation_row(deviation: Deviation, verdict: Verdict, *, used: bool) -> DeviationRow:
    return DeviationRow(
        id=deviation.id,
        rule=deviation.rule,
        finding=deviation.finding,
        decision=deviation.decision,
        justification=deviation.justification,
        risk_ref=deviation.risk_ref,
        severity=deviation.severity,
        author=deviation.author,
        approved_by=deviation.approved_by,
        approved_on=deviation.approved_on.isoformat(),
        expires=deviation.expires.isoformat(),
        days_left=deviation.days_left(verdict.case.now.date()),
        used=used,
        compensating_control=deviation.compensating_control,
        residual_risk_disclosed_in=deviation.residual_risk_disclosed_in,
        review_by=deviation.review_by.isoformat() if deviation.review_by else "",
        releases=deviation.releases,
    )

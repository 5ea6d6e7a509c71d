"""From the outcomes of rules to the status of each clause: every clause of the catalogue gets exactly one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from gatekeeper.model.record import ClauseRow
from gatekeeper.model.rule import Clause, Rulebook, Text
from gatekeeper.model.verdict import RuleResult
from gatekeeper.model.words import ClauseStatus, Outcome, Phase, Severity

_FEW = 8  # rules that a remark names one by one; the row lists them all anyway
_GOOD = (Outcome.PASSED, Outcome.DEVIATED)


def clause_rows(
    rulebook: Rulebook,
    results: Sequence[RuleResult],
    route: str,
    *,
    tailored: Mapping[str, str] | None = None,
    through: Phase = Phase.LAST,
) -> tuple[ClauseRow, ...]:
    """One row per clause of the catalogue, in its order; nothing is left out and nothing is met by silence.

    `tailored` maps clauses to reasons. Rules of phases after `through` are not missed: those about the record itself
    stand in the receipt beside it.
    """
    by_rule = {r.id: r for r in results}
    order = tuple(Phase)
    later = {r for r in rulebook.rules if order.index(rulebook.phase(r)) > order.index(through)}
    return tuple(_row(clause, by_rule, later, route, tailored or {}) for clause in rulebook.clauses.values())


def _row(
    clause: Clause, by_rule: Mapping[str, RuleResult], later: Set[str], route: str, tailored: Mapping[str, str]
) -> ClauseRow:
    judged = tuple(by_rule[r] for r in clause.rules if r in by_rule)
    missing = tuple(r for r in clause.rules if r not in by_rule and r not in later)
    status = clause_status(clause, judged, missing, route)
    remark = _remark(status, judged, missing, clause)
    if clause.id in tailored and status is not ClauseStatus.FRAME:
        status, remark = ClauseStatus.TAILORED, Text(tailored[clause.id], tailored[clause.id])
    return ClauseRow(
        id=clause.id,
        title=clause.title,
        title_status=clause.title_status,
        summary=clause.summary,
        relation=clause.relation,
        status=status,
        bases=clause.bases,
        rules=clause.rules,
        remark=remark,
        iec62443_4_1=clause.iec62443_4_1,
        iec62443_4_1_confidence=clause.iec62443_4_1_confidence,
        iec62304=clause.iec62304,
        iso13485=clause.iso13485,
        evidence_expected=clause.evidence,
    )


def clause_status(clause: Clause, judged: Sequence[RuleResult], missing: Sequence[str], route: str) -> ClauseStatus:
    """The worst that its rules say. A clause with rules that were not judged is never called met."""
    if clause.relation == "frame":
        return ClauseStatus.FRAME
    if clause.relation == "alternative-route" and route != "annex-f":
        return ClauseStatus.NOT_APPLICABLE
    blocking = [r for r in judged if r.severity is Severity.BLOCK]
    if any(r.outcome is Outcome.FAILED for r in blocking):
        return ClauseStatus.NOT_MET
    if any(r.outcome is Outcome.UNDECIDED for r in judged):
        return ClauseStatus.UNDECIDED
    if missing or not judged:
        return ClauseStatus.NOT_EVALUATED
    return _satisfied(judged, blocking)


def _satisfied(judged: Sequence[RuleResult], blocking: Sequence[RuleResult]) -> ClauseStatus:
    if not any(r.outcome in _GOOD for r in judged):
        everything_off = all(r.outcome is Outcome.NOT_APPLICABLE for r in judged)
        return ClauseStatus.NOT_APPLICABLE if everything_off else ClauseStatus.NOT_EVIDENCED
    if any(r.outcome is Outcome.DEVIATED for r in blocking):
        return ClauseStatus.MET_WITH_DEVIATION
    if any(r.outcome in (Outcome.FAILED, Outcome.DEVIATED) for r in judged):
        return ClauseStatus.MET_WITH_REMARK
    return ClauseStatus.MET


def _remark(status: ClauseStatus, judged: Sequence[RuleResult], missing: Sequence[str], clause: Clause) -> Text:
    if status is ClauseStatus.FRAME:
        return Text("Heading; answered in its subclauses.", "見出し。細分箇条で回答する。")
    if status is ClauseStatus.NOT_APPLICABLE and clause.relation == "alternative-route":
        return Text("Only where conformity is claimed by annex F.", "附属書Fによる適合を主張する場合だけに適用する。")
    en, ja = _counts(judged)
    if missing:
        needed = "; ".join(e.en for e in clause.evidence) or "see the clause"
        needed_ja = "、".join(e.ja for e in clause.evidence) or "箇条を参照"
        en.append(f"not evaluated by this tool ({_named(missing, ', ', ' rules')}): evidence needed: {needed}")
        ja.append(f"本ツールでは未評価({_named(missing, '、', ' 件')}):必要な証拠:{needed_ja}")
    return Text(". ".join(en) + ".", "。".join(ja) + "。")


_WORDS_JA = {
    Outcome.PASSED: "合格",
    Outcome.FAILED: "不合格",
    Outcome.DEVIATED: "逸脱",
    Outcome.UNDECIDED: "判定不能",
    Outcome.NOT_APPLICABLE: "非該当",
}


def _counts(judged: Sequence[RuleResult]) -> tuple[list[str], list[str]]:
    en, ja = [], []
    for outcome in Outcome:
        ids = [r.id for r in judged if r.outcome is outcome]
        if ids:
            limit = 0 if outcome is Outcome.PASSED else _FEW  # what passed is counted, what did not is named
            en.append(f"{outcome}: {_named(ids, ', ', '', limit)}")
            ja.append(f"{_WORDS_JA[outcome]}:{_named(ids, '、', ' 件', limit)}")
    return en, ja


def _named(ids: Sequence[str], comma: str, many: str, limit: int = _FEW) -> str:
    return comma.join(ids) if len(ids) <= limit else f"{len(ids)}{many}"

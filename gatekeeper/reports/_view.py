"""What every format says of a record in the same words: counts, the order of rules and findings, the headline."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from gatekeeper.model.record import FindingRow, Record, RuleRow
from gatekeeper.model.rule import Text
from gatekeeper.model.run import PARTIAL, REPLAY
from gatekeeper.model.summary import is_released
from gatekeeper.model.words import LEVEL_RANK, Decision, Mode, Outcome
from gatekeeper.reports._words import SIGN, standing

_STANDING_RANK = {"failed": 0, "undecided": 1, "warned": 2, "deviated": 3, "passed": 4, "not-applicable": 5}


class Counts(NamedTuple):
    """What a reader counts first. `failed` are the rules that stop the release, `warned` those that only tell."""

    passed: int
    failed: int
    warned: int
    deviated: int
    undecided: int
    not_applicable: int
    findings: int
    answered: int  # findings that a deviation answers


class Placed(NamedTuple):
    """A finding with the rule that it belongs to."""

    rule: RuleRow
    finding: FindingRow


def counts(record: Record) -> Counts:
    """Counted from the rows, never told by anyone."""
    by = Counter(standing(rule) for rule in record.rules)
    findings = sum(len(rule.findings) for rule in record.rules)
    answered = sum(1 for rule in record.rules for f in rule.findings if f.deviation)
    return Counts(
        passed=by["passed"],
        failed=by["failed"],
        warned=by["warned"],
        deviated=by["deviated"],
        undecided=by["undecided"],
        not_applicable=by["not-applicable"],
        findings=findings,
        answered=answered,
    )


def rule_rank(rule: RuleRow) -> int:
    """What stops the release first, what is well last."""
    return _STANDING_RANK[standing(rule)]


def checks(record: Record) -> dict[str, list[RuleRow]]:
    """The rules by check, in the record's order."""
    found: dict[str, list[RuleRow]] = {}
    for rule in record.rules:
        found.setdefault(rule.check, []).append(rule)
    return found


def worst(record: Record, limit: int) -> list[Placed]:
    """The findings that matter most: unanswered and blocking ones first, then by level, then by place."""
    return heapq.nsmallest(limit, placed(record), key=_severity_key)


def by_weight(rule: RuleRow) -> list[FindingRow]:
    """A rule's findings, unanswered ones first, then by level, else as they were found: what is cut weighs least."""
    return sorted(rule.findings, key=lambda f: (bool(f.deviation), -LEVEL_RANK[f.level]))


def placed(record: Record) -> Iterator[Placed]:
    """Every finding, in the record's order."""
    return (Placed(rule, finding) for rule in record.rules for finding in rule.findings)


def _severity_key(item: Placed) -> tuple[object, ...]:
    rule, found = item
    return (
        bool(found.deviation),
        rule_rank(rule),
        -LEVEL_RANK[found.level],
        rule.id,
        found.where.path,
        found.where.line,
        found.fingerprint,
    )


def headline(record: Record) -> Text:
    """The verdict in capitals. Only a signed release of the build server is called allowed."""
    if record.mode is Mode.REHEARSAL:
        word = {
            Decision.RELEASE: Text("REHEARSAL PASSED, NO RELEASE", "リハーサル合格(リリースではない)"),
            Decision.BLOCK: Text("REHEARSAL BLOCKED", "リハーサル:リリース不可"),
            Decision.UNDECIDED: Text("REHEARSAL UNDECIDED", "リハーサル:判定不能"),
        }
        return word[record.decision]
    if record.decision is Decision.BLOCK:
        return Text("BLOCKED", "リリース不可")
    if record.decision is Decision.UNDECIDED:
        return Text("UNDECIDED", "判定不能")
    if is_released(record):
        return Text("RELEASE ALLOWED", "リリース可")
    return Text("CHECKED, NOT RELEASED", "確認済み(リリースではない)")


def sign(record: Record) -> str:
    """The tick is kept for what really may go out."""
    return "!" if record.decision is Decision.RELEASE and not is_released(record) else SIGN[record.decision]


EMERGENCY = "PEOPLE-12"


def sentence(record: Record) -> Text:
    """One sentence after the headline: what stands in the way, or on what the release stands; an emergency first."""
    told = _judged(record)
    if not any(r.id == EMERGENCY and r.observed and r.outcome is not Outcome.NOT_APPLICABLE for r in record.rules):
        return told
    return Text(
        f"EMERGENCY declared; it postpones no rule. {told.en}",
        f"緊急リリースの宣言あり(規則の猶予はない)。{told.ja}",
    )


def _judged(record: Record) -> Text:
    n = counts(record)
    product = f"{record.product.name} {record.product.version}"
    tail = _deviations(n)
    if record.decision is Decision.BLOCK:
        why = _many(n.failed, "rule failed", "rules failed")
        open_ = f", {n.undecided} could not be judged" if n.undecided else ""
        ja_open = f"、判定不能の規則 {n.undecided} 件" if n.undecided else ""
        return Text(
            f"{product} must not go out: {why}{open_}{tail.en}.",
            f"{product} はリリースできない:不合格の規則 {n.failed} 件{ja_open}{tail.ja}。",
        )
    if record.decision is Decision.UNDECIDED:
        return _undecided(record, product, n, tail)
    return _allowed(record, product, n, tail)


def _undecided(record: Record, product: str, n: Counts, tail: Text) -> Text:
    if n.undecided:
        why = _many(n.undecided, "rule could not be judged", "rules could not be judged")
        ja = f"判定不能の規則 {n.undecided} 件"
    elif record.stage == "unsigned":
        why, ja = "it is sealed but not signed", "封印済みだが署名されていない"
    elif held := [text for text in (PARTIAL, REPLAY) if text.en in record.reasons]:
        why, ja = " and ".join(text.en for text in held), "、".join(text.ja for text in held)
    else:
        why, ja = "nothing was shown to be good", "合格が一つも示されていない"
    return Text(f"{product} does not go out: {why}{tail.en}.", f"{product} はリリースしない:{ja}{tail.ja}。")


def _allowed(record: Record, product: str, n: Counts, tail: Text) -> Text:
    passed = _many(n.passed, "rule passed", "rules passed")
    ja = f"合格した規則 {n.passed} 件{tail.ja}"
    if record.mode is Mode.REHEARSAL:
        note = Text("signed by a throw-away key, worth nothing", "使い捨ての鍵による署名であり効力はない")
    elif is_released(record):
        note = Text("signed and sealed", "署名・封印済み")
    elif record.stage == "sealed":
        note = Text("made outside the build server", "ビルドサーバー以外で作成")
    else:
        note = Text("nothing is signed yet", "まだ署名されていない")
    return Text(f"{product}: {passed}{tail.en}; {note.en}.", f"{product}:{ja}。{note.ja}。")


def _deviations(n: Counts) -> Text:
    if not n.answered:
        return Text("", "")
    many = _many(n.answered, "finding is accepted by deviation", "findings are accepted by deviation")
    return Text(f"; {many}", f"。逸脱により受け入れた検出事項 {n.answered} 件")


def _many(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


_REASONS = (
    Text("failed: ", "不合格:"),
    Text("undecided: ", "判定不能:"),
    PARTIAL,
    REPLAY,
    Text("sealed but not signed: not releasable", "封印済み・未署名:リリース不可"),
)


def reasons(record: Record) -> list[Text]:
    """The record's reasons, whose few forms have Japanese; anything else stays as it is."""
    known = {reason: next((f for f in _REASONS if reason.startswith(f.en)), Text("", "")) for reason in record.reasons}
    return [Text(reason, form.ja + reason.removeprefix(form.en)) for reason, form in known.items()]


def failing(record: Record) -> list[RuleRow]:
    """Rules that did not pass, the worst first."""
    good = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
    return sorted((r for r in record.rules if r.outcome not in good), key=rule_rank)


def tally(record: Record) -> Text:
    """All counts in one line, the same in every format."""
    n = counts(record)
    return Text(
        f"passed {n.passed}, failed {n.failed}, warned {n.warned}, deviated {n.deviated}, undecided {n.undecided}, "
        f"not applicable {n.not_applicable}; findings {n.findings}, of which accepted by deviation {n.answered}",
        f"合格 {n.passed}、不合格 {n.failed}、警告 {n.warned}、逸脱 {n.deviated}、判定不能 {n.undecided}、"
        f"非該当 {n.not_applicable}。検出事項 {n.findings} 件、うち逸脱により受入れ {n.answered} 件",
    )

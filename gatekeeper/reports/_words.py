"""The closed sets of words as people read them, in both languages. Meaning is never carried by colour alone."""

from __future__ import annotations

from gatekeeper.model.record import ClauseRow, RuleRow
from gatekeeper.model.report import Lang
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Basis, ClauseStatus, Decision, Level, Mode, Outcome, Severity

OUTCOME = {
    Outcome.PASSED: Text("passed", "合格"),
    Outcome.FAILED: Text("failed", "不合格"),
    Outcome.DEVIATED: Text("deviated", "逸脱"),
    Outcome.UNDECIDED: Text("undecided", "判定不能"),
    Outcome.NOT_APPLICABLE: Text("not applicable", "非該当"),
}
DECISION = {
    Decision.RELEASE: Text("release", "リリース可"),
    Decision.BLOCK: Text("block", "リリース不可"),
    Decision.UNDECIDED: Text("undecided", "判定不能"),
}
BASIS = {
    Basis.AUTOMATIC: Text("automatic", "自動判定"),
    Basis.PRESENCE: Text("presence", "存在確認"),
    Basis.ATTESTATION: Text("attestation", "表明"),
}
SEVERITY = {Severity.BLOCK: Text("block", "停止"), Severity.WARN: Text("warn", "警告")}
LEVEL = {
    Level.LOW: Text("low", "低"),
    Level.MEDIUM: Text("medium", "中"),
    Level.HIGH: Text("high", "高"),
    Level.CRITICAL: Text("critical", "重大"),
}
STATUS = {
    ClauseStatus.MET: Text("met", "充足"),
    ClauseStatus.MET_WITH_DEVIATION: Text("met with deviation", "充足(逸脱あり)"),
    ClauseStatus.MET_WITH_REMARK: Text("met with remark", "充足(備考あり)"),
    ClauseStatus.NOT_EVIDENCED: Text("not evidenced", "証拠なし"),
    ClauseStatus.NOT_MET: Text("not met", "不充足"),
    ClauseStatus.UNDECIDED: Text("undecided", "判定不能"),
    ClauseStatus.TAILORED: Text("tailored", "調整(テーラリング)"),
    ClauseStatus.NOT_APPLICABLE: Text("not applicable", "非該当"),
    ClauseStatus.NOT_EVALUATED: Text("not evaluated", "未評価"),
    ClauseStatus.FRAME: Text("heading", "見出し"),
}
MODE = {
    Mode.CI: Text("build server", "ビルドサーバー"),
    Mode.LOCAL: Text("local run", "ローカル実行"),
    Mode.REHEARSAL: Text("rehearsal", "リハーサル"),
}
# The words at the head of a line; a warn rule that failed does not stop the release and says so.
HEAD = {
    "failed": Text("FAIL", "不合格"),
    "warned": Text("WARN", "警告"),
    "undecided": Text("UNDECIDED", "判定不能"),
    "deviated": Text("DEVIATED", "逸脱"),
    "passed": Text("PASS", "合格"),
    "not-applicable": Text("N/A", "非該当"),
}
STANDING = {
    "failed": Text("failed", "不合格"),
    "warned": Text("warned", "警告"),
    "undecided": Text("undecided", "判定不能"),
    "deviated": Text("deviated", "逸脱"),
    "passed": Text("passed", "合格"),
    "not-applicable": Text("not applicable", "非該当"),
}
SYMBOL = {"failed": "✗", "warned": "!", "undecided": "?", "deviated": "≈", "passed": "✓", "not-applicable": "–"}
LONGEST_STEP = 600  # characters
SIGN = {Decision.RELEASE: "✓", Decision.BLOCK: "✗", Decision.UNDECIDED: "?"}


def clause_title(clause: ClauseRow) -> Text:
    """A clause's title; a dagger marks Japanese that is our own translation and not the wording of the JIS."""
    own = clause.title_status.ja == "own-translation"
    return Text(clause.title.en, clause.title.ja + (" †" if own else ""))


def standing(rule: RuleRow) -> str:
    """A rule's outcome, with `warned` for a failure that does not stop the release."""
    if rule.outcome is Outcome.FAILED and rule.severity is Severity.WARN:
        return "warned"
    return rule.outcome.value


def next_step(rule: RuleRow, own: str = "") -> Text:
    """What to do: in Japanese the rule's remedy, with the finding's or judgement's own advice behind it.

    That advice names what was seen, and is English.
    """
    own = own or rule.advice
    own = own if len(own) <= LONGEST_STEP else f"{own[:LONGEST_STEP]}…"
    return Text(own or rule.remedy.en, f"{rule.remedy.ja} ({own})" if own else rule.remedy.ja)


def say(text: Text, lang: Lang) -> str:
    """A text in the language asked for; both are joined by a slash."""
    match lang:
        case "en":
            return text.en
        case "ja":
            return text.ja
        case "both":
            return text.en if text.en == text.ja else f"{text.en} / {text.ja}"

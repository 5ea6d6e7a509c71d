"""The pictures of the auditor's page, each with the numbers that its table twin shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gatekeeper.model.record import ClauseRow, Record, RuleRow
from gatekeeper.model.report import Lang, Options
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Basis, ClauseStatus, Level
from gatekeeper.reports import _words as words
from gatekeeper.reports._escape import visible
from gatekeeper.reports._pictures import Bar, Cell, Line, Part, bars, matrix, trend
from gatekeeper.reports._view import counts, headline, rule_rank

_TONE = {"failed": "bad", "warned": "warn", "undecided": "open", "deviated": "warn", "passed": "good"}
_MOST = 12  # bars of one picture; the rest is summed up


class Chart(NamedTuple):
    """A picture and its numbers as a table; no rows where another table of the page is its twin."""

    title: Text
    svg: str
    head: tuple[Text, ...]
    rows: Sequence[tuple[str, ...]]
    note: Text = Text("", "")


def charts(record: Record, options: Options) -> dict[str, Chart]:
    """Severity, clauses by basis, the trend, SBOM by class and by licence; only those that have something to show."""
    lang = options.lang
    found = {"bases": _bases(record, lang)}
    if any(rule.findings for rule in record.rules):
        found["severity"] = _severity(record, lang)
    if options.history:
        found["trend"] = _trend((*options.history, record), lang)
    if record.components:
        classes = (c.item_class or words.say(NOT_STATED, lang) for c in record.components)
        licences = (c.licence or words.say(NOT_STATED, lang) for c in record.components)
        found["classes"] = _shares(Text("Software items by class", "分類別ソフトウェアアイテム"), classes, lang)
        found["licences"] = _shares(
            Text("Software items by licence", "ライセンス別ソフトウェアアイテム"), licences, lang
        )
    return found


NOT_STATED = Text("not stated", "記載なし")
OTHERS = Text("others", "その他")


def _severity(record: Record, lang: Lang) -> Chart:
    by: Counter[tuple[Level, bool]] = Counter()
    for rule in record.rules:
        by.update((f.level, bool(f.deviation)) for f in rule.findings)
    open_, accepted = Text("open", "未対応"), Text("accepted by deviation", "逸脱により受入れ")
    levels = [level for level in reversed(Level) if by[level, False] or by[level, True]]
    rows = [
        Bar(
            words.say(words.LEVEL[level], lang),
            (
                Part(by[level, False], "bad", words.say(open_, lang)),
                Part(by[level, True], "warn", words.say(accepted, lang)),
            ),
        )
        for level in levels
    ]
    title = Text("Findings by severity: open, then accepted", "重大度別の検出事項(未対応、逸脱の順)")
    table = [(words.say(words.LEVEL[x], lang), str(by[x, False]), str(by[x, True])) for x in levels]
    return Chart(title, bars(rows, words.say(title, lang)), (Text("Severity", "重大度"), open_, accepted), table)


def _bases(record: Record, lang: Lang) -> Chart:
    rules = {rule.id: rule for rule in record.rules}
    clauses = [c for c in record.clauses if c.status is not ClauseStatus.FRAME]
    title = Text("Clauses by basis: the worst result of each", "箇条と根拠:それぞれの最も悪い結果")
    rows = [
        (words.say(words.BASIS[b], lang), [_cell(c, b, rules, lang) if b in c.bases else None for c in clauses])
        for b in Basis
    ]
    note = Text("The clause matrix below tells the same in words.", "同じ内容を下の箇条の表に示す。")
    return Chart(title, matrix([c.id for c in clauses], rows, words.say(title, lang)), (), [], note)


def _cell(clause: ClauseRow, basis: Basis, rules: dict[str, RuleRow], lang: Lang) -> Cell:
    judged = [rules[r] for r in clause.rules if r in rules and rules[r].basis is basis]
    where = f"{clause.id} {words.say(words.BASIS[basis], lang)}"
    if clause.status is ClauseStatus.NOT_APPLICABLE or not judged:
        status = ClauseStatus.NOT_EVALUATED if clause.status is not ClauseStatus.NOT_APPLICABLE else clause.status
        return Cell("–" if judged else "", "blank", f"{where}: {words.say(words.STATUS[status], lang)}")
    kind = words.standing(min(judged, key=rule_rank))
    return Cell(words.SYMBOL[kind], _TONE.get(kind, "none"), f"{where}: {words.say(words.HEAD[kind], lang)}")


def _trend(records: tuple[Record, ...], lang: Lang) -> Chart:
    last = records[-10:]
    ns = [counts(r) for r in last]
    open_ = Line(
        words.say(Text("open findings", "未対応の検出事項"), lang), [n.findings - n.answered for n in ns], "bad"
    )
    dev = Line(words.say(Text("deviations", "逸脱"), lang), [len(r.deviations) for r in last], "warn", "6 3")
    title = Text("Open findings and deviations over the last releases", "直近リリースの未対応検出事項と逸脱の推移")
    labels = [visible(r.product.version) for r in last]
    table = [(labels[i], str(open_.values[i]), str(dev.values[i]), words.say(headline(r), lang))
             for i, r in enumerate(last)]  # fmt: skip
    head = (
        Text("Version", "版"),
        Text("Open findings", "未対応"),
        Text("Deviations", "逸脱"),
        Text("Decision", "判定"),
    )
    return Chart(title, trend([open_, dev], labels, words.say(title, lang)), head, table)


def _shares(title: Text, names: Iterable[str], lang: Lang) -> Chart:
    found = Counter(map(visible, names)).most_common()
    top, rest = found[:_MOST], found[_MOST:]
    if rest:
        top.append((words.say(OTHERS, lang), sum(count for _, count in rest)))
    rows = [Bar(name, (Part(count, "plain", name),)) for name, count in top]
    table = [(name, str(count)) for name, count in top]
    return Chart(title, bars(rows, words.say(title, lang)), (Text("Kind", "種別"), Text("Items", "件数")), table)

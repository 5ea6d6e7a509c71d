"""Markdown for the step summary of a pipeline: verdict first, then what stands in the way, then the clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gatekeeper.model.record import ClauseRow, Record, RuleRow
from gatekeeper.model.report import Lang, Options, Report
from gatekeeper.model.rule import Text
from gatekeeper.model.words import ClauseStatus, Outcome
from gatekeeper.reports._escape import markdown
from gatekeeper.reports._view import failing, headline, sentence, sign, tally, worst
from gatekeeper.reports._words import (
    BASIS,
    HEAD,
    LEVEL,
    MODE,
    STATUS,
    SYMBOL,
    clause_title,
    next_step,
    say,
    standing,
)

MAX_BYTES = 900_000  # GitHub drops a summary of more than 1 MiB as a whole
SHOWN = 200  # findings
LONGEST = 1200  # characters of what was seen


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines; a table has its two head lines in `head`."""

    title: str
    head: tuple[str, ...]
    lines: tuple[str, ...]


def render(record: Record, options: Options) -> str:
    """Sections in order of weight; what no longer fits is cut from the end of a section, and says so."""
    lang = options.lang
    sections = [
        _verdict(record, options),
        _wrong(record, lang),
        _findings(record, lang),
        _release_clauses(record, lang),
        _deviations(record, lang),
        _artifacts(record, lang),
        _limits(record, lang),
    ]
    return "".join(_fitted(sections, MAX_BYTES, lang))


def _fitted(sections: Iterable[Section], budget: int, lang: Lang) -> Iterator[str]:
    cut = say(Text("*Cut here: the rest is in the HTML report and record.json.*", "*以下省略:HTMLレポート参照*"), lang)
    left = budget - len(cut.encode()) - 4
    for section in sections:
        title = [f"## {section.title}", ""] if section.title else []
        for line in (*title, *section.head, *section.lines, "") if section.lines else ():
            left -= len(line.encode()) + 1
            if left < 0:
                yield f"\n{cut}\n"
                return
            yield line + "\n"


def _verdict(record: Record, options: Options) -> Section:
    lang = options.lang
    title = f"{sign(record)} {say(headline(record), lang)}"
    rows = [
        f"# {title}\n",
        f"**{markdown(say(sentence(record), lang))}**\n",
        markdown(say(tally(record), lang)) + "\n",
        markdown(_identity(record, lang)),
    ]
    if options.verification:
        rows.append("\n" + markdown(options.verification))
    if options.record_sha256:
        rows.append(f"\nrecord.json sha256 `{_code(options.record_sha256)}`")
    return Section("", (), tuple(rows))


def _identity(record: Record, lang: Lang) -> str:
    source = record.source
    words = [say(MODE[record.mode], lang), f"commit {source.commit or '–'}", f"tag {source.tag or '–'}"]
    return " · ".join([*words, record.effective_time, f"gatekeeper {record.gate_version}"])


def _wrong(record: Record, lang: Lang) -> Section:
    head = say(Text("| | Rule | What | Next |", "| | 規則 | 内容 | 対処 |"), lang)
    rows = (_rule(rule, lang) for rule in failing(record))
    return Section(say(Text("What stands in the way", "合格していない規則"), lang), (head, "|-|-|-|-|"), tuple(rows))


def _rule(rule: RuleRow, lang: Lang) -> str:
    kind = standing(rule)
    seen = "; ".join(rule.doubts) if rule.outcome is Outcome.UNDECIDED else "; ".join(rule.observed)
    what = f"{say(rule.title, lang)}. {_brief(seen)}"
    word = f"{SYMBOL[kind]} {say(HEAD[kind], lang)}"
    return f"| {word} | `{_code(rule.id)}` | {markdown(what)} | {markdown(say(next_step(rule), lang))} |"


def _findings(record: Record, lang: Lang) -> Section:
    shown = worst(record, SHOWN)
    total = sum(len(rule.findings) for rule in record.rules)
    title = say(Text(f"Findings: {len(shown)} of {total}", f"検出事項:{total} 件中 {len(shown)} 件"), lang)
    rows = tuple(
        f"| `{_code(rule.id)}` | {say(LEVEL[f.level], lang)} | {markdown(str(f.where))} "
        f"| {markdown(f'{f.note} {f.message}'.strip())} | {markdown(f.deviation) or '–'} |"
        for rule, f in shown
    )
    head = Text("| Rule | Level | Where | What | Deviation |", "| 規則 | 重大度 | 場所 | 内容 | 逸脱 |")
    return Section(title, (say(head, lang), "|-|-|-|-|-|"), rows)


def _release_clauses(record: Record, lang: Lang) -> Section:
    shown = [c for c in record.clauses if c.relation == "direct" or c.status in _BAD]
    head = Text("| Clause | Title | Status | Basis | Remark |", "| 箇条 | 題名 | 状態 | 根拠 | 備考 |")
    title = say(Text("Clauses: the release, and what is not met", "箇条:リリース、及び満たさないもの"), lang)
    return Section(title, (say(head, lang), "|-|-|-|-|-|"), tuple(_clause(c, lang) for c in shown))


_BAD = (ClauseStatus.NOT_MET, ClauseStatus.UNDECIDED)


def _clause(clause: ClauseRow, lang: Lang) -> str:
    bases = ", ".join(say(BASIS[b], lang) for b in clause.bases)
    cells = (
        clause.id,
        say(clause_title(clause), lang),
        say(STATUS[clause.status], lang),
        bases,
        say(clause.remark, lang),
    )
    return "| " + " | ".join(map(markdown, cells)) + " |"


def _deviations(record: Record, lang: Lang) -> Section:
    rows = tuple(
        f"| {markdown(d.id)} | {markdown(d.rule)} | {markdown(d.justification)} "
        f"| {markdown(', '.join(p.name for p in d.approved_by))} | {markdown(d.expires)} ({d.days_left}) |"
        for d in record.deviations
    )
    head = Text(
        "| Deviation | Rule | Why | Approved by | Ends (days) |", "| 逸脱 | 規則 | 理由 | 承認者 | 期限(残日数) |"
    )
    return Section(say(Text("Deviations", "逸脱"), lang), (say(head, lang), "|-|-|-|-|-|"), rows)


def _artifacts(record: Record, lang: Lang) -> Section:
    rows = tuple(f"| {markdown(a.name)} | {a.size} | `{_code(a.sha256)}` |" for a in record.artifacts)
    head = Text("| Artifact | Bytes | SHA-256 |", "| 成果物 | バイト数 | SHA-256 |")
    return Section(say(Text("Artifacts", "成果物"), lang), (say(head, lang), "|-|-|-|"), rows)


def _limits(record: Record, lang: Lang) -> Section:
    rows = [f"- {markdown(say(limit, lang))}" for limit in record.limits]
    if lang != "en":
        rows.append("- † JISの題名ではなく本ツールによる訳")
    return Section(say(Text("Limits", "限界"), lang), (), tuple(rows))


def _brief(text: str) -> str:
    """No cell takes the room of the rows below it: a summary is cut at its end, where another failure may stand."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _code(text: str) -> str:
    return "".join(c for c in text if c.isascii() and (c.isalnum() or c in "-._"))


REPORT = Report(id="markdown", title="Markdown for a step summary", render=render, suffix=".md")

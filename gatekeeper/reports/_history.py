"""Changes and ledgers as text for a terminal; the numbers of a trend as a table with bars of characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from gatekeeper.history.changes import SECTIONS, Change
from gatekeeper.history.ledger import Entry, Ledger
from gatekeeper.model.record import Record
from gatekeeper.model.report import Lang
from gatekeeper.model.rule import Text
from gatekeeper.model.summary import is_release
from gatekeeper.model.words import Decision, Mode
from gatekeeper.reports._cells import cells, pad, wrap
from gatekeeper.reports._escape import log_line, visible
from gatekeeper.reports._view import headline
from gatekeeper.reports._words import DECISION, SIGN, say

_BARS = "▁▂▃▄▅▆▇█"


def changes_text(old: Record, new: Record, found: Sequence[Change], lang: Lang) -> str:
    """Section by section, `+` new, `-` gone, `~` different."""
    return _page(_changes(old, new, found, lang))


def _changes(old: Record, new: Record, found: Sequence[Change], lang: Lang) -> Iterator[str]:
    yield f"{_title(old, lang)}  ->  {_title(new, lang)}"
    if not found:
        yield say(Text("Nothing that is compared here has changed.", "比較する項目に変更はない。"), lang)
    for about, items in groupby(found, key=lambda c: c.about):
        rows = list(items)
        yield ""
        yield f"{say(SECTIONS[about][0], lang)} ({len(rows)})"
        yield from (_change(row) for row in rows)


def _change(row: Change) -> str:
    what, before, after = visible(row.what), visible(row.before), visible(row.after)
    if not row.before:
        return f"  + {what}: {after}"
    return f"  ~ {what}: {before}  ->  {after}" if row.after else f"  - {what}: {before}"


def _title(record: Record, lang: Lang) -> str:
    return f"{visible(record.product.name)} {visible(record.product.version)} ({say(headline(record), lang)})"


def ledger_text(found: Ledger, lang: Lang, width: int = 120) -> str:
    """A row a record in the order of the chain, the trend, then every break, within a number of cells."""
    return _page(_ledger(found, lang, width))


_HEAD = (
    (Text("Version", "版"), 14),
    (Text("Time", "時刻"), 20),
    (Text("Decision", "判定"), 14),
    (Text("Failed", "不合格"), 7),
    (Text("Undecided", "判定不能"), 9),
    (Text("Open", "未対応"), 6),
    (Text("Deviations", "逸脱"), 10),
    (Text("Issues", "問題"), 6),
    (Text("Record", "記録"), 12),
)


# What the ledger calls its breaks.
_KINDS = {
    "unlinked": "前の記録なし",
    "gap": "欠落",
    "time": "時刻の逆転",
    "fork": "分岐",
    "circle": "循環",
    "double": "重複",
    "version": "版の重複",
    "rehearsal": "リハーサル",
    "decision": "判定の矛盾",
}


def _ledger(found: Ledger, lang: Lang, width: int) -> Iterator[str]:
    for product, items in groupby(found.entries, key=lambda e: e.product):
        rows = list(items)
        yield f"{visible(product)}: {len(rows)} {say(Text('records', '件の記録'), lang)}"
        yield from _rows(rows, lang, width)
        yield from _trends(rows, lang)
        yield ""
    if found.breaks:
        yield say(Text(f"BROKEN: {len(found.breaks)} breaks", f"連鎖の不整合:{len(found.breaks)} 件"), lang)
        for b in found.breaks:
            kind = say(Text(b.kind, _KINDS.get(b.kind, b.kind)), lang)
            yield from wrap(f"{visible(b.what)}  ({visible(b.place)})", width, f"  {pad(kind, 12)} ", "    ")
    else:
        yield say(Text("WHOLE: every record follows on the one before it.", "連鎖は完全である。"), lang)


def _rows(rows: Sequence[Entry], lang: Lang, width: int) -> Iterator[str]:
    """A table where there is room for one, else each record as a few lines."""
    titles = [say(title, lang) for title, _ in _HEAD]
    wide = [max(least, *map(cells, column)) for (_, least), column in zip(_HEAD, _columns(rows, lang), strict=True)]
    wide = [max(size, cells(title)) for size, title in zip(wide, titles, strict=True)]
    if 2 + sum(wide) + len(wide) <= width:
        for values in (titles, *(_entry(row, lang) for row in rows)):
            yield "  " + " ".join(pad(value, size) for value, size in zip(values, wide, strict=True))
        return
    for row in rows:
        version, *values = _entry(row, lang)
        told = ", ".join(f"{title} {value}" for title, value in zip(titles[1:], values, strict=True))
        yield from wrap(f"{version}  {told}", width, "  ", "    ")


def _columns(rows: Sequence[Entry], lang: Lang) -> list[tuple[str, ...]]:
    return list(zip(*(_entry(row, lang) for row in rows), strict=True))


def _entry(row: Entry, lang: Lang) -> list[str]:
    decision = say(_decided(row), lang)
    numbers = (row.failed, row.undecided, row.open_findings, row.deviations, row.open_issues)
    values = (row.version, row.time[:19], decision, *map(str, numbers), row.sha256[:12])
    return [visible(value) for value in values]


def _decided(row: Entry) -> Text:
    """The tick is kept for what really went out."""
    if row.decision is not Decision.RELEASE or is_release(row.decision, row.mode, row.stage):
        word, sign = DECISION[row.decision], SIGN[row.decision]
    else:
        word, sign = (REHEARSED if row.mode is Mode.REHEARSAL else UNRELEASED), "!"
    return Text(f"{sign} {word.en}", f"{sign} {word.ja}")


REHEARSED = Text("rehearsal", "リハーサル")
UNRELEASED = Text("no release", "リリースなし")


def _trends(rows: Sequence[Entry], lang: Lang) -> Iterator[str]:
    last = rows[-40:]
    for title, values in (
        (Text("open findings", "未対応の検出事項"), [e.open_findings for e in last]),
        (Text("deviations", "逸脱"), [e.deviations for e in last]),
        (Text("open issues", "未完了の問題"), [e.open_issues for e in last]),
    ):
        if len(values) > 1:
            name = say(title, lang)
            yield f"  {name}{' ' * max(1, 18 - cells(name))}{_spark(values)}  {values[0]} -> {values[-1]}"


def _spark(values: Sequence[int]) -> str:
    high = max(values) or 1
    return "".join(_BARS[v * (len(_BARS) - 1) // high] for v in values)


def _page(lines: Iterator[str]) -> str:
    return "\n".join(log_line(line.rstrip()) for line in lines) + "\n"

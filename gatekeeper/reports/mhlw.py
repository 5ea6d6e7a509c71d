"""The five-column table that Japanese reviewers know: item, what was done, document, its number, state."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.model.record import ClauseRow, Record
from gatekeeper.model.report import Options, Report
from gatekeeper.model.words import ClauseStatus, Outcome
from gatekeeper.reports._export import table
from gatekeeper.reports._words import clause_title

HEAD = ("確認項目", "実施内容概要", "社内ドキュメント名", "文書番号", "実施状況")
STATE = {
    ClauseStatus.MET: "実施済み",
    ClauseStatus.MET_WITH_DEVIATION: "実施済み・逸脱あり",
    ClauseStatus.MET_WITH_REMARK: "実施済み・備考あり",
    ClauseStatus.NOT_EVIDENCED: "証拠なし",
    ClauseStatus.NOT_MET: "未実施",
    ClauseStatus.UNDECIDED: "判定不能",
    ClauseStatus.TAILORED: "調整",
    ClauseStatus.NOT_APPLICABLE: "非該当",
    ClauseStatus.NOT_EVALUATED: "本ツールでは未評価",
}
MOST_SEEN = 3  # observations of one clause


def render(record: Record, options: Options) -> str:
    """Always in Japanese. A title with a dagger is our own translation and not the wording of the JIS."""
    return table(HEAD, _rows(record), record, options)


def _rows(record: Record) -> Iterator[tuple[str, ...]]:
    known = {rule.id: rule for rule in record.rules}
    for clause in record.clauses:
        if clause.status is ClauseStatus.FRAME:
            continue
        judged = [known[id_] for id_ in clause.rules if id_ in known]
        seen = [f"{r.id}: {r.observed[0]}" for r in judged if r.observed and r.outcome is not Outcome.UNDECIDED]
        names = dict.fromkeys(f"evidence/{r.check}.json" for r in judged if r.evidence)
        numbers = dict.fromkeys(r.evidence[:12] for r in judged if r.evidence)
        title = f"{clause.id} {clause_title(clause).ja}"
        yield title, _done(clause, seen), "、".join(names), "、".join(numbers), STATE[clause.status]


def _done(clause: ClauseRow, seen: list[str]) -> str:
    more = f" ほか {len(seen) - MOST_SEEN} 件" if len(seen) > MOST_SEEN else ""
    return " / ".join(
        part for part in (clause.summary.ja, "; ".join(seen[:MOST_SEEN]) + more, clause.remark.ja) if part
    )


REPORT = Report(id="mhlw", title="MHLW five-column table (CSV, Japanese)", render=render, suffix=".csv")

"""CSV for spreadsheets: clauses, rules and findings in one table, so that nothing is lost between files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from gatekeeper.model.record import ClauseRow, FindingRow, Record, RuleRow
from gatekeeper.model.report import Lang, Options, Report
from gatekeeper.model.rule import Text
from gatekeeper.reports._escape import csv_cell
from gatekeeper.reports._view import headline, tally
from gatekeeper.reports._words import BASIS, LEVEL, SEVERITY, STATUS, clause_title, say

HEAD = (
    Text("Row", "行"),
    Text("Clause", "箇条"),
    Text("Rule", "規則"),
    Text("Title", "題名"),
    Text("Basis", "根拠"),
    Text("Result", "結果"),
    Text("Severity", "重大度"),
    Text("Where", "場所"),
    Text("What", "内容"),
    Text("Deviation", "逸脱"),
    Text("Evidence SHA-256", "証拠 SHA-256"),
    Text("Fingerprint", "識別子"),
)
Row = tuple[str, ...]


def render(record: Record, options: Options) -> str:
    """RFC 4180 with a byte order mark, which spreadsheets need to read Japanese; formulas are disarmed."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows(map(csv_cell, row) for row in _rows(record, options))
    return out.getvalue()


def _rows(record: Record, options: Options) -> Iterator[Row]:
    lang = options.lang
    yield tuple(say(title, lang) for title in HEAD)
    yield _decision(record, options)
    yield from (_clause(clause, lang) for clause in record.clauses)
    for rule in record.rules:
        yield _rule(rule, lang)
        yield from (_finding(rule, found, lang) for found in rule.findings)


def _decision(record: Record, options: Options) -> Row:
    product = f"{record.product.name} {record.product.version}"
    verdict = f"{say(headline(record), options.lang)}. {say(tally(record), options.lang)}"
    return ("decision", "", "", product, "", record.decision, "", "", verdict, "", options.record_sha256, "")


def _clause(clause: ClauseRow, lang: Lang) -> Row:
    bases = ", ".join(say(BASIS[b], lang) for b in clause.bases)
    title, rules = say(clause_title(clause), lang), " ".join(clause.rules)
    remark = say(clause.remark, lang)
    return ("clause", clause.id, rules, title, bases, say(STATUS[clause.status], lang), "", "", remark, "", "", "")


def _rule(rule: RuleRow, lang: Lang) -> Row:
    seen = "; ".join((*rule.observed, *rule.doubts, rule.not_applicable)).strip("; ")
    title, basis, weight = say(rule.title, lang), say(BASIS[rule.basis], lang), say(SEVERITY[rule.severity], lang)
    clauses = " ".join(rule.clauses)
    return ("rule", clauses, rule.id, title, basis, rule.outcome, weight, rule.check, seen, "", rule.evidence, "")


def _finding(rule: RuleRow, found: FindingRow, lang: Lang) -> Row:
    what = f"{found.note} {found.message}".strip()
    level, title = say(LEVEL[found.level], lang), say(rule.title, lang)
    where, deviation = str(found.where), found.deviation
    return ("finding", "", rule.id, title, "", "", level, where, what, deviation, rule.evidence, found.fingerprint)


REPORT = Report(id="csv", title="CSV of clauses, rules and findings", render=render, suffix=".csv")

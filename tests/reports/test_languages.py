"""What to do is told in the language of the report; what a check saw stays as the check wrote it."""

from __future__ import annotations

import html
import re

import msgspec
import pytest

import gatekeeper.reports
from gatekeeper.discovery import discover
from gatekeeper.model.record import Record
from gatekeeper.model.report import Options, Report
from gatekeeper.model.words import Outcome
from gatekeeper.reports._words import LONGEST_STEP, next_step
from tests.reports.conftest import SHELL

REPORTS = discover(gatekeeper.reports, "REPORT", Report)


@pytest.mark.parametrize("form", ["text", "html", "markdown"])
def test_the_remedy_is_told_in_the_language_of_the_report(record: Record, form: str) -> None:
    rule = next(r for r in record.rules if r.doubts)

    def shown(lang: str) -> str:
        page = REPORTS[form].render(record, Options(lang=lang))  # type: ignore[arg-type]
        return "".join(re.sub(r"<[^>]*>", "", html.unescape(page)).replace("\\", "").split())

    ja, en = "".join(rule.remedy.ja.split()), "".join(rule.remedy.en.split())
    assert ja in shown("ja")
    assert en not in shown("ja")
    assert en in shown("en")
    assert ja not in shown("en")
    assert all(text in shown("both") for text in (en, ja))


def test_a_findings_own_advice_stands_beside_the_rules_japanese(record: Record) -> None:
    rule = next(r for r in record.rules if SHELL in r.findings)

    step = next_step(rule, SHELL.remedy)

    assert step.en == SHELL.remedy
    assert step.ja == f"{rule.remedy.ja} ({SHELL.remedy})"


def test_advice_is_bounded(record: Record) -> None:
    assert len(next_step(record.rules[0], "x" * 10_000).en) == LONGEST_STEP + 1


def test_missing_evidence_is_named_in_japanese(record: Record) -> None:
    remarks = [c.remark.ja for c in record.clauses if "必要な証拠" in c.remark.ja]
    assert remarks
    for remark in remarks:
        assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", remark), remark


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_an_emergency_is_told_in_the_first_line(record: Record, form: str) -> None:
    """PEOPLE-12: the record says emergency in its first line."""
    declared = msgspec.structs.replace(
        record.rules[1], id="PEOPLE-12", observed=("EMERGENCY until 2026-12-01: TEST-07",), outcome=Outcome.PASSED
    )
    shown = msgspec.structs.replace(record, rules=(*record.rules, declared))
    report = REPORTS[form]

    assert "EMERGENCY" in str(report.render(shown, Options()))
    assert "緊急リリース" in str(report.render(shown, Options(lang="ja")))
    assert "EMERGENCY declared" not in str(report.render(record, Options()))

"""No rendering changes a verdict: over random records, every format tells the same decision and the same counts."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gatekeeper.reports
from gatekeeper.discovery import discover
from gatekeeper.model.check import Product
from gatekeeper.model.finding import Where
from gatekeeper.model.record import FindingRow, Record, RuleRow
from gatekeeper.model.report import Lang, Options, Report
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Basis, Decision, Level, Mode, Outcome, Severity
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.reports._view import Counts, counts, headline
from gatekeeper.reports._words import say

replace = msgspec.structs.replace
REPORTS = discover(gatekeeper.reports, "REPORT", Report)
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["passed 9, failed 9", "::error::x", "\nBLOCKED", "<script>", "RELEASE ALLOWED", "| a |", "=1+1", "]]>", "\x1b[2J"]
)
NAMES = TEXTS.filter(re.compile(r"\S").search)
RULES = sorted(rulebook().rules)

findings = st.builds(
    FindingRow,
    message=TEXTS,
    where=st.builds(Where, path=TEXTS, line=st.integers(0, 9999), column=st.integers(0, 99), pointer=TEXTS),
    fingerprint=st.text("0123456789abcdef", min_size=16, max_size=16),
    level=st.sampled_from(Level),
    deviation=st.sampled_from(["", "DEV-2026-001"]),
    excerpt=TEXTS,
    note=TEXTS,
)


def _agreeing(row: RuleRow, spare: FindingRow) -> RuleRow:
    """The row with findings and doubts that agree with its outcome, as the gate makes them."""
    found: tuple[FindingRow, ...] = ()
    if row.outcome is Outcome.FAILED:
        found = (*row.findings, msgspec.structs.replace(spare, deviation=""))
    elif row.outcome is Outcome.DEVIATED:
        found = tuple(msgspec.structs.replace(f, deviation="DEV-2026-001") for f in (*row.findings, spare))
    return msgspec.structs.replace(
        row,
        findings=found,
        doubts=row.doubts if row.outcome is Outcome.UNDECIDED else (),
        not_applicable="why" if row.outcome is Outcome.NOT_APPLICABLE else "",
    )


rule_rows = st.builds(
    _agreeing,
    st.builds(
        RuleRow,
        id=st.sampled_from(RULES),
        title=st.builds(Text, TEXTS, TEXTS),
        check=st.sampled_from(["secure-coding", "sbom", "people"]),
        outcome=st.sampled_from(Outcome),
        basis=st.sampled_from(Basis),
        severity=st.sampled_from(Severity),
        clauses=st.just(("5.8.1",)),
        observed=st.lists(TEXTS, max_size=2).map(tuple),
        findings=st.lists(findings, max_size=4).map(tuple),
        doubts=st.tuples(TEXTS),
        not_applicable=st.just(""),
        remedy=st.builds(Text, TEXTS, TEXTS),
        advice=TEXTS,
        evidence=st.just(""),
    ),
    findings,
)
pieces = st.fixed_dictionaries(
    {
        "decision": st.sampled_from(Decision),
        "mode": st.sampled_from(Mode),
        "stage": st.sampled_from(["checked", "sealed", "unsigned"]),
        "reasons": st.lists(TEXTS, max_size=2).map(tuple),
        "rules": st.lists(rule_rows, max_size=6, unique_by=lambda row: row.id).map(tuple),
        "product": st.builds(Product, name=NAMES, version=NAMES, manufacturer=NAMES),
    }
)


class Base:
    """The golden record behind a short name, since hypothesis prints arguments."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def with_(self, drawn: dict[str, Any]) -> Record:
        return msgspec.structs.replace(self.record, **drawn)


@pytest.fixture(scope="module")
def base(record: Record) -> Base:
    return Base(record)


SETTINGS = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


TALLY = re.compile(
    r"passed (\d+), failed (\d+), warned (\d+), deviated (\d+), undecided (\d+), "
    r"not applicable (\d+); findings (\d+), of which accepted by deviation (\d+)"
)


def _tally(text: str) -> Counts:
    return Counts(*map(int, TALLY.findall(text)[-1]))


def _github(text: str) -> tuple[str, Counts]:
    last = text.rstrip("\n").split("\n")[-1]
    assert last.startswith("::notice title=gatekeeper%3A ")
    return _headline(last.removeprefix("::notice title=gatekeeper%3A ").replace("%2C", ",")), _tally(last)


def _markdown(text: str) -> tuple[str, Counts]:
    title = next(line for line in text.split("\n") if line.startswith("# "))
    return _headline(title[4:]), _tally(text.split("## ")[0])


def _html(text: str) -> tuple[str, Counts]:
    word = re.findall(r'<p class="word"[^>]*>. (.*?)</p>', text)
    tally = re.search(rf'<p class="soft">({TALLY.pattern})</p>', text)
    assert len(word) == 1
    assert tally
    return _headline(word[0]), _tally(tally[1])


HEADLINES = {
    "BLOCKED": "block",
    "REHEARSAL BLOCKED": "block",
    "UNDECIDED": "undecided",
    "REHEARSAL UNDECIDED": "undecided",
    "RELEASE ALLOWED": "release",
    "CHECKED, NOT RELEASED": "release",
    "REHEARSAL PASSED, NO RELEASE": "release",
}


def _headline(text: str) -> str:
    return HEADLINES[max((h for h in HEADLINES if text.startswith(h)), key=len)]


def _csv(text: str) -> tuple[str, Counts]:
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    (verdict,) = (r for r in rows if r["Row"] == "decision")
    assert _tally(verdict["What"]) == _counted(rows)
    return verdict["Result"], _counted(rows)


def _counted(rows: list[dict[str, str]]) -> Counts:
    by = Counter((r["Result"], r["Severity"]) for r in rows if r["Row"] == "rule")
    outcome = Counter(r["Result"] for r in rows if r["Row"] == "rule")
    found = [r for r in rows if r["Row"] == "finding"]
    return Counts(
        outcome["passed"], by["failed", "block"], by["failed", "warn"], outcome["deviated"], outcome["undecided"],
        outcome["not-applicable"], len(found), sum(bool(r["Deviation"]) for r in found),
    )  # fmt: skip


def _junit(text: str) -> tuple[str, Counts]:
    root = ElementTree.fromstring(text)
    decision = next(p.get("value") for p in root.iter("property") if p.get("name") == "decision")
    tags = Counter(child.tag for case in root.iter("testcase") for child in case)
    outputs = Counter((child.text or "").split(":")[0] for child in root.iter("system-out"))
    assert (root.get("failures"), root.get("errors")) == (str(tags["failure"]), str(tags["error"]))
    return str(decision), Counts(
        outputs["passed"],
        tags["failure"],
        outputs["failed"],
        outputs["deviated"],
        tags["error"],
        tags["skipped"],
        -1,
        -1,
    )


def _sarif(text: str) -> tuple[str, Counts]:
    (run,) = json.loads(text)["runs"]
    n = Counts(**run["properties"]["counts"])
    assert len(run["results"]) == n.findings
    assert sum(bool(r["suppressions"]) for r in run["results"]) == n.answered
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == n.undecided
    return run["properties"]["decision"], n


def _json(text: str) -> tuple[str, Counts]:
    record = msgspec.json.decode(text, type=Record)
    return record.decision, counts(record)


READERS: dict[str, Callable[[str], tuple[str, Counts]]] = {
    "csv": _csv,
    "github": _github,
    "html": _html,
    "json": _json,
    "junit": _junit,
    "markdown": _markdown,
    "sarif": _sarif,
}


@pytest.mark.parametrize("name", sorted(READERS))
@SETTINGS
@given(drawn=pieces)
def test_a_format_tells_the_decision_and_counts_of_the_record(name: str, base: Base, drawn: dict[str, Any]) -> None:
    shown = base.with_(drawn)
    text = REPORTS[name].render(shown, Options())
    assert isinstance(text, str)
    decision, told = READERS[name](text)
    wanted = counts(shown)
    assert decision == shown.decision
    assert told == Counts(*(want if got != -1 else -1 for got, want in zip(told, wanted, strict=True)))


@SETTINGS
@given(drawn=pieces, lang=st.sampled_from(["en", "ja", "both"]), width=st.integers(20, 200), color=st.booleans())
def test_a_terminal_is_told_the_verdict_last(
    base: Base, drawn: dict[str, Any], lang: Lang, width: int, color: bool
) -> None:
    shown = base.with_(drawn)
    text = str(REPORTS["text"].render(shown, Options(lang=lang, width=width, color=color, verbose=True)))
    bare = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert "\x1b" not in bare
    assert not [line for line in bare.split("\n") if line.lstrip().startswith("::")]
    tail = "\n".join(bare.rstrip("\n").split("\n")[-12:])
    words = {"block": ("BLOCKED", "リリース不可"), "undecided": ("UNDECIDED", "判定不能")}
    said = words.get(
        shown.decision, ("RELEASE ALLOWED", "NOT RELEASED", "NO RELEASE", "リリース可", "リリースではない")
    )
    assert any(word in tail for word in said)


@pytest.mark.parametrize("lang", ["en", "ja", "both"])
@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("decision", list(Decision))
def test_the_verdict_of_a_terminal_is_one_piece_at_any_width(
    released: Record, decision: Decision, mode: Mode, lang: Lang
) -> None:
    """On a narrow terminal a rehearsal read リハーサル合格(リリース / ではない): passed, release."""
    shown = replace(released, decision=decision, mode=mode)
    title = say(headline(shown), lang)
    for width in range(30, 141):
        text = str(REPORTS["text"].render(shown, Options(lang=lang, width=width, color=True)))
        green = f"\x1b[32m{title}\x1b[0m" in text
        assert title in text
        assert green is (decision is Decision.RELEASE and mode is Mode.CI)


@pytest.mark.parametrize("name", ["text", "junit", "markdown", "html", "github", "sarif"])
@pytest.mark.parametrize("accepted", [300, 30_000])
def test_what_fails_is_not_cut_away_behind_what_was_accepted(record: Record, name: str, accepted: int) -> None:
    """Findings stood in the order in which they were found, and the first twenty or hundred were shown."""
    code = record.rules[0]
    shell, md5 = code.findings
    many = tuple(replace(md5, where=Where(f"a{n:06}.py", 1), fingerprint=f"{n:016x}") for n in range(accepted))
    critical = replace(shell, level=Level.CRITICAL, message="the one that fails", where=Where("z.py", 1))
    rules = (replace(code, findings=(*many, critical)), *record.rules[1:])
    assert "the one that fails" in str(REPORTS[name].render(replace(record, rules=rules), Options()))


def test_every_format_has_a_reader_or_is_an_export() -> None:
    assert set(READERS) | {"text"} <= set(REPORTS)

"""What changed between two records is told both ways, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from gatekeeper.cli.app import run
from gatekeeper.history.changes import SECTIONS, Change, changes
from gatekeeper.model.check import Product
from gatekeeper.model.deviation import Person
from gatekeeper.model.facts import ArtifactFact, ComponentFact, IssueFact, SourceFact, ToolFact
from gatekeeper.model.finding import Where
from gatekeeper.model.record import DeviationRow, FindingRow, PolicyRow, Record, RuleRow, statement, to_bytes
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Basis, Decision, Level, Mode, Outcome, Severity

ADA, GRACE = Person("Ada Example", "ada@example.invalid"), Person("Grace Example", "grace@example.invalid")
FOUND = FindingRow(message="weak hash", where=Where("a.py", 3), fingerprint="0" * 16, level=Level.MEDIUM)
RULE = RuleRow(
    id="CODE-01", title=Text("t", "t"), check="secure-coding", outcome=Outcome.PASSED, basis=Basis.AUTOMATIC,
    severity=Severity.BLOCK, clauses=("5.5.1",), observed=("1 file",), findings=(), doubts=(), not_applicable="",
    remedy=Text("", ""), evidence="",
)  # fmt: skip
DEVIATION = DeviationRow(
    id="DEV-2026-014", rule="CODE-01", finding="0" * 16, decision="accept", justification="j", risk_ref="R-1",
    severity=Level.MEDIUM, author=ADA, approved_by=(GRACE,), approved_on="2026-01-01", expires="2026-02-01",
    days_left=3, used=True,
)  # fmt: skip
OLD = Record(
    record_id="r1", decision=Decision.RELEASE, reasons=(), stage="sealed", mode=Mode.CI,
    product=Product(name="pump-link", version="1.0", manufacturer="Example Devices"), source=SourceFact(),
    policy=PolicyRow(sha256="1" * 64, deviations_sha256="", profiles=("iec",), conformance_route="clauses-4-9",
                     catalogue_version="1", catalogue_sha256="2" * 64, rules_version="1", rules_sha256="3" * 64),
    effective_time="2026-01-01T00:00:00Z", created="2026-01-01T00:00:00Z", gate_version="0", limits=(), rules=(RULE,),
    outside=(), deferred=(), clauses=(), tools=(ToolFact("bandit", "1.9.4"),), artifacts=(), signatures=(),
    deviations=(), issues=(IssueFact("#1", "t", "open", "New", "high"),),
    components=(ComponentFact("requests", "2.31.0", "pkg:pypi/requests@2.31.0"),),
)  # fmt: skip
replace = msgspec.structs.replace
FAILED = replace(RULE, outcome=Outcome.FAILED, findings=(FOUND,))


def test_a_record_does_not_differ_from_itself() -> None:
    assert changes(OLD, OLD) == ()


@pytest.mark.parametrize(
    ("new", "wanted"),
    [
        (replace(OLD, decision=Decision.BLOCK), [Change("decision", "decision", "release", "block")]),
        (
            replace(OLD, rules=(FAILED,)),
            [
                Change("rules", "CODE-01", "passed", "failed"),
                Change("findings", f"CODE-01 {'0' * 16}", "", "medium a.py:3 weak hash"),
            ],
        ),
        (
            replace(OLD, deviations=(DEVIATION,)),
            [
                Change(
                    "deviations",
                    "DEV-2026-014",
                    "",
                    f"accept of CODE-01 {'0' * 16} until 2026-02-01, medium, R-1, j, by Ada Example "
                    "<ada@example.invalid>, approved on 2026-01-01 by Grace Example <grace@example.invalid>",
                ),
                Change("people", "grace@example.invalid", "", "approves DEV-2026-014"),
                Change("people", "ada@example.invalid", "", "wrote DEV-2026-014"),
            ],
        ),
        (replace(OLD, issues=()), [Change("issues", "#1", "open, high, New, t", "")]),
        (
            replace(OLD, components=(ComponentFact("requests", "2.32.5", "pkg:pypi/requests@2.32.5"),)),
            [Change("components", "pkg:pypi/requests", "2.31.0", "2.32.5")],
        ),
        (
            replace(OLD, source=SourceFact(commit="c" * 40), artifacts=(ArtifactFact("a.whl", 1, "a" * 64),)),
            [Change("files", "commit", "", "c" * 40), Change("files", "a.whl", "", f"sha256 {'a' * 64}")],
        ),
        (replace(OLD, tools=(ToolFact("bandit", "1.9.5"),)), [Change("tools", "bandit", "1.9.4", "1.9.5")]),
        (
            replace(OLD, policy=replace(OLD.policy, profiles=("iec", "fda"))),
            [Change("policy", "profiles", "iec", "iec, fda")],
        ),
    ],
)
def test_a_change_is_told_with_both_sides(new: Record, wanted: list[Change]) -> None:
    assert list(changes(OLD, new)) == wanted
    back = {(c.about, c.what, c.after, c.before) for c in changes(new, OLD)}
    assert back == {(c.about, c.what, c.before, c.after) for c in wanted}


def test_every_section_has_a_title_in_both_languages() -> None:
    assert all(title.en and title.ja for title, _ in SECTIONS.values())


def test_the_command_shows_and_does_not_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, record in (("old", OLD), ("new", replace(OLD, rules=(FAILED,), decision=Decision.BLOCK))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "record.json").write_bytes(to_bytes(statement(record)))
    assert run(["compare", str(tmp_path / "old"), str(tmp_path / "new")]) == 0
    out = capsys.readouterr().out
    assert "~ decision: release  ->  block" in out
    assert "+ CODE-01 0000000000000000: medium a.py:3 weak hash" in out
    assert run(["compare", str(tmp_path / "old"), str(tmp_path / "new"), "-o", "json", "--lang", "ja"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["about"] == "decision"
    assert run(["compare", str(tmp_path / "old"), str(tmp_path / "nowhere")]) == 3


def test_a_rehearsal_is_not_called_a_release(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The title of a comparison, and the line of a ledger, said `release` of whatever came out well."""
    monkeypatch.setenv("COLUMNS", "250")
    for name, mode, stage in (("a", Mode.REHEARSAL, "sealed"), ("b", Mode.LOCAL, "checked"), ("c", Mode.CI, "sealed")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "record.json").write_bytes(to_bytes(statement(replace(OLD, mode=mode, stage=stage))))
    assert run(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    title = capsys.readouterr().out.split("\n")[0]
    assert title == ("pump-link 1.0 (REHEARSAL PASSED, NO RELEASE)  ->  pump-link 1.0 (CHECKED, NOT RELEASED)")
    assert run(["compare", "--ledger", str(tmp_path), "--lang", "both"]) == 1
    lines = capsys.readouterr().out.split("\n")[2:5]
    assert ["✓" in line for line in lines] == ["✓ release" in line for line in lines]
    assert sum("✓" in line for line in lines) == 1

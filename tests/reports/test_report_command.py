"""`gatekeeper report`: any format, again and later, with what came before."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.cli.app import run
from gatekeeper.model.record import Record, statement, to_bytes
from gatekeeper.model.sums import render
from gatekeeper.model.words import Decision, Outcome


@pytest.fixture
def archive(tmp_path: Path, record: Record, released: Record) -> Path:
    previous = "none"
    for name, version, shown in (("a", "2.3.0", released), ("b", "2.3.1", record), ("c", "2.3.2", released)):
        product = msgspec.structs.replace(shown.product, version=version)
        raw = to_bytes(statement(msgspec.structs.replace(shown, product=product, previous_record=previous)))
        previous = hashlib.sha256(raw).hexdigest()
        (tmp_path / name).mkdir()
        (tmp_path / name / "record.json").write_bytes(raw)
    return tmp_path


def test_the_trend_and_the_change_come_from_the_ledger(archive: Path) -> None:
    page = archive / "page.html"
    assert run(["report", str(archive / "c"), "--ledger", str(archive), "--paper", "letter", "-o", f"html={page}"]) == 0
    text = page.read_text(encoding="utf-8")
    assert "Compared with pump-link 2.3.1" in text
    assert "size: letter" in text
    assert [text.count(f">{v}</th>") for v in ("2.3.0", "2.3.1", "2.3.2")] == [1, 1, 1]


def test_the_change_can_be_asked_for_alone(archive: Path) -> None:
    page = archive / "page.html"
    assert run(["report", str(archive / "c"), "--previous", str(archive / "a"), "-o", f"html={page}"]) == 0
    assert "Compared with pump-link 2.3.0" in page.read_text(encoding="utf-8")


def test_a_folder_without_dossiers_is_no_ledger(archive: Path) -> None:
    """A misspelt folder gave a report that told of no earlier record."""
    assert run(["report", str(archive / "c"), "--ledger", str(archive / "nowhere")]) == 3
    assert run(["report", str(archive / "c"), "--ledger", str(archive / "a")]) == 3


def test_a_ledger_of_earlier_dossiers_is_enough(archive: Path) -> None:
    """So the policy calls it; the record itself had to lie there, too, or its past was silently left out."""
    new = archive / "elsewhere" / "new"
    new.parent.mkdir()
    (archive / "c").rename(new)
    page = archive / "page.html"
    assert run(["report", str(new), "--ledger", str(archive), "-o", f"html={page}"]) == 0
    assert "Compared with pump-link 2.3.1" in page.read_text(encoding="utf-8")


def test_a_ledger_that_cannot_be_read_is_undecided(archive: Path) -> None:
    (archive / "b" / "record.json").write_text("{}")
    assert run(["report", str(archive / "c"), "--ledger", str(archive)]) == 3


def _edited(folder: Path, record: Record) -> Path:
    (folder / "record.json").write_bytes(to_bytes(statement(record)))
    return folder


@pytest.mark.parametrize(
    "change",
    [
        {"decision": Decision.RELEASE, "stage": "sealed"},
        {"decision": Decision.RELEASE, "rules": ()},
        {"decision": Decision.UNDECIDED},
    ],
    ids=["a refusal", "nothing judged", "softened"],
)
@pytest.mark.parametrize("command", ["report", "compare"])
def test_a_decision_that_its_results_do_not_come_to_is_not_shown(
    archive: Path, record: Record, command: str, change: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Before: RELEASE ALLOWED in green, above three rules that failed."""
    folder = _edited(archive / "b", msgspec.structs.replace(record, **change))
    assert run([command, *([str(archive / "a")] if command == "compare" else []), str(folder)]) == 1
    told = capsys.readouterr()
    assert not told.out
    assert "its results come to" in told.err


def test_an_outcome_that_its_row_does_not_come_to_is_not_shown(
    archive: Path, record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tuple(msgspec.structs.replace(r, outcome=Outcome.PASSED) for r in record.rules)
    folder = _edited(archive / "b", msgspec.structs.replace(record, rules=rules))
    assert run(["report", str(folder)]) == 1
    assert "CODE-01 is called passed, but comes to failed" in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["checked", "unsigned"])
def test_what_was_held_back_is_shown(archive: Path, released: Record, stage: str) -> None:
    """A run of a part, or of another time, and a dossier that nobody signed: good results and no release."""
    held = msgspec.structs.replace(released, decision=Decision.UNDECIDED, stage=stage)
    assert run(["report", str(_edited(archive / "c", held))]) == 0


def test_a_record_that_was_changed_after_sealing_is_not_shown(
    archive: Path, released: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    """SHA256SUMS beside it lists another one; before, the changed record was rendered as the sealed one."""
    folder = archive / "c"
    sums = render({"record.json": hashlib.sha256((folder / "record.json").read_bytes()).hexdigest()})
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    assert run(["report", str(folder)]) == 0
    _edited(folder, msgspec.structs.replace(released, gate_version="9.9"))
    capsys.readouterr()
    assert run(["report", str(folder)]) == 1
    assert run(["report", str(folder / "record.json")]) == 1
    told = capsys.readouterr()
    assert not told.out
    assert "SHA256SUMS" in told.err
    (folder / "SHA256SUMS").write_text("", encoding="utf-8")
    assert run(["report", str(folder)]) == 1

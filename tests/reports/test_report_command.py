"""`gatekeeper report`: any format, again and later, with what came before."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from gatekeeper.cli.app import run
from gatekeeper.model.record import Record, statement, to_bytes


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


def test_a_ledger_that_cannot_be_read_is_undecided(archive: Path) -> None:
    (archive / "b" / "record.json").write_text("{}")
    assert run(["report", str(archive / "c"), "--ledger", str(archive)]) == 3

"""One golden file a format and language, from one record. `GATEKEEPER_GOLDENS=write` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import gatekeeper.reports
from gatekeeper.discovery import discover
from gatekeeper.model.record import Record
from gatekeeper.model.report import Lang, Options, Report

GOLDENS = Path(__file__).parent / "goldens"
WRITE = os.environ.get("GATEKEEPER_GOLDENS") == "write"  # read before the guard clears it
REPORTS = discover(gatekeeper.reports, "REPORT", Report)
BINARY = ("pdf",)
LANGS: tuple[Lang, ...] = ("en", "ja", "both")
CASES = [(name, lang) for name in REPORTS if name not in BINARY for lang in LANGS]


@pytest.mark.parametrize(("name", "lang"), CASES)
def test_a_format_renders_the_record_as_it_always_did(name: str, lang: Lang, record: Record) -> None:
    report = REPORTS[name]
    options = Options(lang=lang, record_sha256="7" * 64, kept="gatekeeper-record/record.json")
    shown = report.render(record, options)
    assert isinstance(shown, str)
    english = report.render(record, Options(lang="en", record_sha256="7" * 64, kept="gatekeeper-record/record.json"))
    if lang != "en" and shown == english:
        return  # a format without words of its own
    golden = GOLDENS / f"{name}.{lang}{report.suffix}"
    if WRITE:
        GOLDENS.mkdir(exist_ok=True)
        golden.write_text(shown, encoding="utf-8", newline="")
    assert shown == golden.read_bytes().decode("utf-8")


@pytest.mark.parametrize("name", [n for n in REPORTS if n not in BINARY])
def test_rendering_is_pure(name: str, record: Record) -> None:
    assert REPORTS[name].render(record, Options()) == REPORTS[name].render(record, Options())


def test_every_golden_file_belongs_to_a_format() -> None:
    known = {f"{n}.{lang}{REPORTS[n].suffix}" for n, lang in CASES}
    assert {p.name for p in GOLDENS.iterdir()} <= known

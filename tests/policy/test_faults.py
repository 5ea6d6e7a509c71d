"""A fault inside a table that has several forms is told as the fault it is, not as "none of the schemas"."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper import gate
from gatekeeper.model.errors import PolicyError
from gatekeeper.policy.policy import load
from gatekeeper.policy.rulebook import rulebook

PRODUCT = """schema = 1
[product]
name = "pump"
version = "1.0"
manufacturer = "Example"
"""
SOURCE = """[[security-issues.sources]]
kind = "export"
id = "issues"
project = "pump"
control = "P-1"
path = "issues.json"
tracker = "example"
server = "https://issues.example.org"
query = "label = security"
exporters = ["m.ito"]
"""


def faults_of(tmp_path: Path, text: str) -> tuple[str, ...]:
    (tmp_path / "gatekeeper.toml").write_text(PRODUCT + text, encoding="utf-8")
    try:
        load(tmp_path / "gatekeeper.toml", gate.checks(), rulebook())
    except PolicyError as e:
        return e.faults
    return ()


def test_the_forms_themselves_are_good(tmp_path: Path) -> None:
    assert faults_of(tmp_path, SOURCE) == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(('"export"', '"exprot"'), 'sources.0.kind: "exprot" is none of export, ', id="unknown form"),
        pytest.param(('"export"', '"exprot"'), 'did you mean "export"?', id="unknown form, the nearest"),
        pytest.param(("control =", "contrl ="), 'unknown key "contrl" in [security-issues.sources.0]', id="key"),
        pytest.param(("control =", "contrl ="), 'security-issues.sources.0 lacks "control"', id="lacks"),
        pytest.param(('["m.ito"]', '"m.ito"'), "sources.0.exporters: ", id="type"),
        pytest.param(('kind = "export"\n', ""), "security-issues.sources.0", id="no form at all"),
    ],
)
def test_a_fault_in_a_source_is_told_in_its_own_words(tmp_path: Path, change: tuple[str, str], sentence: str) -> None:
    found = faults_of(tmp_path, SOURCE.replace(*change))
    assert any(sentence in fault for fault in found), found


def test_a_fault_in_an_optional_table_is_told_in_its_own_words(tmp_path: Path) -> None:
    text = '[continuity.retention]\nkeep-until = "soon"\nrule = "QM-1"\nkeper = "m.ito"\n'
    assert faults_of(tmp_path, text) == (
        'gatekeeper.toml:6: continuity.retention lacks "keeper"',
        "gatekeeper.toml:7: continuity.retention.keep-until: expected a TOML date such as 2026-11-20, without quotes "
        "or time",
        'gatekeeper.toml:9: unknown key "keper" in [continuity.retention]; did you mean "keeper"?',
    )

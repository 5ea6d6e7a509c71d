"""SARIF against the schema of SARIF 2.1.0 (OASIS, rtm.5), as Microsoft's test matchers ship it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from gatekeeper.model.finding import Where
from gatekeeper.model.record import FindingRow, Record
from gatekeeper.model.report import Options
from gatekeeper.model.words import Level
from gatekeeper.reports import sarif

SCHEMA = Path(__file__).parent / "node/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(not SCHEMA.is_file(), reason="needs `npm ci` in tests/reports/node"),
]


@pytest.fixture(scope="module")
def validator() -> Any:
    """As shipped, but for one pattern, of a language's tag, which has a bracket too many and is no regular expression."""
    schema = json.loads(SCHEMA.read_bytes())
    for owner in ("run", "toolComponent"):
        del schema["definitions"][owner]["properties"]["language"]["pattern"]
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True)


def faults(validator: Any, record: Record) -> list[str]:
    document = json.loads(sarif.render(record, Options(record_sha256="a" * 64)))
    return [f"{'/'.join(map(str, e.instance_path))}: {e.message[:200]}" for e in validator.iter_errors(document)]


def test_a_refusal_and_a_release_are_valid(validator: Any, record: Record, released: Record) -> None:
    assert faults(validator, record) == []
    assert faults(validator, released) == []


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(Where(), id="nowhere"),
        pytest.param(Where("a b%.py", 1, 1), id="a name to be escaped"),
        pytest.param(Where("日本 語.py", 10**9, 0), id="a Japanese name, a great line"),
        pytest.param(Where("a.py", 0, 7), id="a column without line"),
        pytest.param(Where(pointer="ISSUE #412"), id="an issue"),
    ],
)
@pytest.mark.parametrize("text", ["", "\u202e\x1b[2J", "x" * 5000])
def test_hostile_findings_are_valid(validator: Any, record: Record, where: Where, text: str) -> None:
    found = tuple(
        FindingRow(message=text, where=where, fingerprint=f"{n:016x}", level=level, note=text[:50], excerpt=text,
                   deviation="DEV-2026-001" if n % 2 else "", details={"cwe": text})
        for n, level in enumerate(Level)
    )  # fmt: skip
    shown = msgspec.structs.replace(record, rules=(msgspec.structs.replace(record.rules[0], findings=found),))
    assert faults(validator, shown) == []


def test_the_schema_bites(validator: Any, record: Record) -> None:
    document = json.loads(sarif.render(record, Options()))
    document["runs"][0]["results"][0]["level"] = "dreadful"
    assert not validator.is_valid(document)

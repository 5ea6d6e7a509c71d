"""JSON is the record itself, and the published schema describes it."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from gatekeeper.model.record import Record, from_bytes, statement, to_bytes
from gatekeeper.model.record_schema import record_schema
from gatekeeper.model.report import Options
from gatekeeper.reports.json import REPORT


def test_json_is_the_predicate_of_the_statement(record: Record) -> None:
    shown = REPORT.render(record, Options())
    whole = to_bytes(statement(record))
    assert json.loads(shown) == json.loads(whole)["predicate"]
    assert str(shown).strip().encode() in whole
    assert from_bytes(whole).predicate == record


def test_the_schema_describes_record_and_statement(record: Record) -> None:
    schema = record_schema()
    whole = json.loads(to_bytes(statement(record)))
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    validator.validate(whole)
    alone = jsonschema_rs.validator_for({**schema, "$ref": "#/$defs/Record"})
    alone.validate(json.loads(str(REPORT.render(record, Options()))))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("decision",), "released"),
        (("rules",), None),
        (("rules", 0, "outcome"), "ok"),
        (("mode",), "prod"),
        (("schema",), "gatekeeper.record/2"),
        (("clauses", 0, "status"), "mostly done"),
    ],
)
def test_the_schema_refuses_what_is_no_record(record: Record, path: tuple[str | int, ...], value: object) -> None:
    whole = json.loads(to_bytes(statement(record)))
    place = whole["predicate"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not jsonschema_rs.validator_for(record_schema()).is_valid(whole)

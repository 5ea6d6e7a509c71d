"""The Simple Verification Result has in-toto's published shape and vouches for nothing but a release."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.dossier import layout
from gatekeeper.dossier.summaries import summaries
from gatekeeper.model.record import Record
from gatekeeper.model.report import Options
from gatekeeper.model.summary import RELEASED
from gatekeeper.model.words import Decision, Mode, Outcome
from gatekeeper.reports.svr import REPORT

# in-toto attestation framework: spec/v1/statement.md and spec/predicates/svr.md (v0.1), their required fields and types.
PUBLISHED: dict[str, Any] = {
    "type": "object",
    "required": ["_type", "subject", "predicateType", "predicate"],
    "properties": {
        "_type": {"const": "https://in-toto.io/Statement/v1"},
        "predicateType": {"const": "https://in-toto.io/attestation/svr/v0.1"},
        "subject": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["digest"],
                "properties": {
                    "name": {"type": "string"},
                    "digest": {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]+$"}},
                },
            },
        },
        "predicate": {
            "type": "object",
            "required": ["verifier", "timeCreated", "properties"],
            "properties": {
                "verifier": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {"id": {"type": "string", "format": "uri"}},
                },
                "timeCreated": {"type": "string", "format": "date-time", "pattern": "Z$"},
                "properties": {"type": "array", "items": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"}},
            },
        },
    },
}


def told(record: Record) -> dict[str, Any]:
    text = REPORT.render(record, Options())
    assert isinstance(text, str)
    document: dict[str, Any] = json.loads(text)
    validator = jsonschema_rs.Draft7Validator(PUBLISHED, validate_formats=True)
    assert [e.message for e in validator.iter_errors(document)] == []
    return document


@pytest.fixture
def real(released: Record) -> Record:
    return msgspec.structs.replace(released, mode=Mode.CI, stage="sealed")


def test_a_release_names_its_files_and_the_rules_that_passed(real: Record) -> None:
    document = told(real)

    assert {s["name"]: s["digest"]["sha256"] for s in document["subject"]} == {a.name: a.sha256 for a in real.artifacts}
    passed = sorted(f"GATEKEEPER_{r.id.replace('-', '_')}" for r in real.rules if r.outcome is Outcome.PASSED)
    assert document["predicate"]["properties"] == [RELEASED, *passed]
    assert passed


def test_it_is_what_the_dossier_holds_signed(real: Record) -> None:
    made = summaries(real, "a" * 64, lambda name: b'{"bomFormat": "CycloneDX"}')
    assert made[layout.SVR][1].decode() == REPORT.render(real, Options())


def test_a_refusal_vouches_for_nothing(record: Record) -> None:
    assert told(record)["predicate"]["properties"] == []


@given(st.sampled_from(Decision), st.sampled_from(Mode), st.sampled_from(["checked", "sealed", "unsigned"]))
def test_only_a_real_sealed_release_has_properties(
    released: Record, decision: Decision, mode: Mode, stage: str
) -> None:
    """No word of this form may stand for a rehearsal, a check, a local run, or what was sealed and not signed."""
    document = told(msgspec.structs.replace(released, decision=decision, mode=mode, stage=stage))
    good = decision is Decision.RELEASE and mode is Mode.CI and stage == "sealed"
    assert (RELEASED in document["predicate"]["properties"]) is good
    assert bool(document["predicate"]["properties"]) is good

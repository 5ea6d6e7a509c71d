"""Statements for other gates: the exact predicate types, the artifacts as subjects, the document untouched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gatekeeper.model.errors import EvidenceError
from gatekeeper.sbom.attesting import statement
from tests.sbom.known.data import openvex
from tests.sbom.samples import cyclonedx, spdx2, spdx3, tag_value, xml

SUBJECTS = {"b.whl": "B" * 64, "a.tar.gz": "a" * 64}


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (cyclonedx(), "https://cyclonedx.org/bom"),
        (spdx2(), "https://spdx.dev/Document"),
        (spdx3(), "https://spdx.dev/Document/v3"),
        (openvex(), "https://openvex.dev/ns"),
    ],
    ids=["CycloneDX", "SPDX 2", "SPDX 3", "OpenVEX"],
)
def test_the_predicate_type_is_what_consumers_compare(document: dict[str, Any], kind: str) -> None:
    raw = json.dumps(document, indent=2).encode()

    made = statement(raw, SUBJECTS)

    told = json.loads(made)
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["predicateType"] == kind
    assert told["predicate"] == document
    assert raw in made
    assert told["subject"] == [
        {"name": "a.tar.gz", "digest": {"sha256": "a" * 64}},
        {"name": "b.whl", "digest": {"sha256": "b" * 64}},
    ]


@pytest.mark.parametrize("raw", [xml().encode(), tag_value(spdx2()).encode(), b"{}", b"[]", b'{"a": 1, "a": 2}'])
def test_what_is_no_predicate_is_refused(raw: bytes) -> None:
    with pytest.raises(EvidenceError):
        statement(raw, SUBJECTS)


def test_a_statement_about_nothing_is_refused() -> None:
    with pytest.raises(EvidenceError, match="released files"):
        statement(json.dumps(cyclonedx()).encode(), {})

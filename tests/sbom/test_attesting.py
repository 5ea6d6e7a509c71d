"""Statements for other gates: the exact predicate types, the artifacts as subjects, the document untouched."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from gatekeeper.model.errors import EvidenceError
from gatekeeper.sbom import attesting, statements
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


def test_what_is_no_json_is_bound_by_its_digest_and_read_again() -> None:
    raw = xml().encode()
    made = attesting.reference("bom.xml", raw, SUBJECTS)
    envelope = {"payloadType": statements.PAYLOAD_TYPE, "payload": base64.b64encode(made).decode()}

    read = statements.read("x", json.dumps({"dsseEnvelope": envelope}).encode(), raw, hashlib.sha256(raw).hexdigest())

    assert (read.fault, read.of_this_sbom, dict(read.subjects)) == (
        "",
        True,
        {k: v.lower() for k, v in SUBJECTS.items()},
    )
    assert not read.holds, "nobody verified it"

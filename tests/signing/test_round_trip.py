"""What is signed verifies, offline, with every fact that the record needs; and only as a rehearsal."""

from __future__ import annotations

import hashlib

import pytest

from gatekeeper.signing.failures import RehearsalError
from gatekeeper.signing.verifier import verify_artifact, verify_digest, verify_statement
from tests.signing.samples import DIGEST, PREDICATE, Signed


def test_a_signed_digest_verifies_and_tells_who_and_when(signed: Signed) -> None:
    verified = verify_digest(signed.bundle, DIGEST, signed.root, signed.expected, rehearsal=True)
    assert verified.identity == signed.expected.identity
    assert verified.issuer == signed.expected.issuer
    assert verified.extensions["source-repository-digest"] == "a" * 40
    assert verified.digest == DIGEST.hex()
    assert verified.root_sha256 == signed.instance.root_sha256
    assert verified.bundle_sha256 == hashlib.sha256(signed.bundle).hexdigest()
    assert verified.rehearsal is True
    assert verified.timestamps[0].source == "tsa"
    assert verified.log is not None
    assert verified.log.index
    assert verified.certificate is not None
    assert verified.certificate.life_seconds == 600


def test_a_signed_statement_returns_its_payload_byte_for_byte(signed: Signed) -> None:
    payload, verified = verify_statement(
        signed.attestation,
        signed.root,
        signed.expected,
        predicate_type=PREDICATE,
        subjects={"pump.bin": DIGEST.hex()},
        rehearsal=True,
    )
    assert payload == signed.payload
    assert verified.digest == hashlib.sha256(payload).hexdigest()


def test_one_file_verifies_by_either_kind_of_bundle(signed: Signed) -> None:
    for bundle in (signed.bundle, signed.attestation):
        assert verify_artifact(bundle, DIGEST, signed.root, signed.expected, rehearsal=True).identity


def test_a_rehearsal_is_refused_where_a_release_is_verified(signed: Signed) -> None:
    with pytest.raises(RehearsalError, match="no release"):
        verify_digest(signed.bundle, DIGEST, signed.root, signed.expected)

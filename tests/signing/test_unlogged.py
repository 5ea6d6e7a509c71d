"""Bundles of an instance without a log, as GitHub's own for private repositories: certificate and timestamp alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from gatekeeper.model.errors import NotAuthenticError
from gatekeeper.signing.failures import TrustRootError
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.rehearsal import Rehearsal, rehearsal
from gatekeeper.signing.sandbox import keys
from gatekeeper.signing.verifier import verify_artifact, verify_digest, verify_statement
from tests.signing.samples import DIGEST, PREDICATE, Signed, statement
from tests.signing.unlogged import NOW, Json, root_of, signed_file, signed_statement


@dataclass(frozen=True)
class Unlogged:
    """A file's bundle and a statement's, and what it takes to verify them."""

    root: bytes
    expected: Expected
    bundle: bytes
    attestation: bytes

    def verify(self, raw: bytes, **more: Any) -> str:
        given = {"sha256": DIGEST, "root": self.root, "expected": self.expected} | more
        return verify_artifact(raw, given["sha256"], given["root"], given["expected"], rehearsal=True).identity

    def refused(self, raw: bytes, **more: Any) -> str:
        with pytest.raises(NotAuthenticError) as caught:
            self.verify(raw, **more)
        return caught.value.message


@pytest.fixture(scope="module")
def sample() -> Unlogged:
    with rehearsal() as running:
        payload = statement(("pump.bin", DIGEST.hex()))
        return Unlogged(root_of(running), running.expected, signed_file(running), signed_statement(running, payload))


def test_a_file_and_a_statement_verify_by_certificate_and_timestamp(sample: Unlogged) -> None:
    for raw in (sample.bundle, sample.attestation):
        assert sample.verify(raw) == sample.expected.identity
    verified = verify_digest(sample.bundle, DIGEST, sample.root, sample.expected, rehearsal=True)
    assert verified.log is None
    assert [t.source for t in verified.timestamps] == ["tsa"]
    assert verified.extensions["source-repository-digest"] == "a" * 40
    payload, _ = verify_statement(
        sample.attestation, sample.root, sample.expected, predicate_type=PREDICATE, rehearsal=True
    )
    assert b"pump.bin" in payload


@pytest.mark.parametrize("lists", ["empty", "left away"])
@pytest.mark.parametrize("certificate_log", [True, False])
def test_the_root_may_name_a_log_of_certificates_or_none(lists: str, certificate_log: bool) -> None:
    without = ("tlogs",) if certificate_log else ("tlogs", "ctlogs")
    with rehearsal() as running:
        root = root_of(running, without=without, left_away=lists == "left away")
        verify_digest(signed_file(running), DIGEST, root, running.expected, rehearsal=True)


def test_a_certificate_that_its_log_never_saw_is_refused_where_there_is_one() -> None:
    with rehearsal() as running:
        root = root_of(running, without=("tlogs",))
        running.services.authority.log_key = keys.new_key()
        with pytest.raises(NotAuthenticError, match="does not hold"):
            verify_digest(signed_file(running), DIGEST, root, running.expected, rehearsal=True)


def test_under_a_root_with_a_log_the_entry_is_obligatory(sample: Unlogged, running: Rehearsal) -> None:
    """Stripping the log entry must not lead around the log."""
    raw = signed_file(running)
    assert "not a Sigstore bundle" in sample.refused(raw, root=running.trusted_root, expected=running.expected)


def test_a_bundle_with_a_log_entry_gets_no_verdict_under_a_root_without_one(signed: Signed) -> None:
    tree = json.loads(signed.root)
    root = json.dumps(tree | {"tlogs": [], "ctlogs": []}).encode()
    with pytest.raises(TrustRootError, match="names no log"):
        verify_artifact(signed.bundle, DIGEST, root, signed.expected, rehearsal=True)


def test_a_root_that_knows_neither_log_nor_time_is_none(running: Rehearsal) -> None:
    root = root_of(running, without=("tlogs", "timestampAuthorities"))
    with pytest.raises(TrustRootError, match="neither a log nor"):
        verify_artifact(b"{}", DIGEST, root, running.expected, rehearsal=True)


def test_a_root_without_an_authority_gives_no_verdict(sample: Unlogged) -> None:
    tree = json.loads(sample.root) | {"certificateAuthorities": []}
    with pytest.raises(TrustRootError):
        sample.verify(sample.bundle, root=json.dumps(tree).encode())


def test_another_file_another_signer_and_another_instance_are_refused(sample: Unlogged) -> None:
    assert "another file" in sample.refused(sample.bundle, sha256=b"\1" * 32)
    assert "not about this file" in sample.refused(sample.attestation, sha256=b"\1" * 32)
    other = Expected(identity="https://github.com/example/other@refs/heads/main", issuer=sample.expected.issuer)
    assert "not by" in sample.refused(sample.bundle, expected=other)
    with rehearsal() as stranger:
        assert "timestamp" in sample.refused(sample.bundle, root=root_of(stranger))
        mixed = json.loads(sample.root) | {
            "certificateAuthorities": json.loads(stranger.trusted_root)["certificateAuthorities"]
        }
        assert "not issued under this trust root" in sample.refused(sample.bundle, root=json.dumps(mixed).encode())


@pytest.mark.parametrize("late", [timedelta(minutes=11), timedelta(days=-1, hours=-1)])
def test_a_time_outside_the_certificate_is_refused(late: timedelta) -> None:
    with rehearsal() as running:
        raw = signed_file(running, stamped=NOW + late)
        with pytest.raises(NotAuthenticError):
            verify_digest(raw, DIGEST, root_of(running), running.expected, rehearsal=True)


def _material(tree: Json) -> Json:
    found: Json = tree["verificationMaterial"]
    return found


CHANGES: dict[str, Callable[[Json], object]] = {
    "no timestamps": lambda t: _material(t).pop("timestampVerificationData"),
    "empty timestamps": lambda t: _material(t)["timestampVerificationData"].update(rfc3161Timestamps=[]),
    "no certificate": lambda t: _material(t).pop("certificate"),
    "a key in its place": lambda t: _material(t).update(publicKey={"hint": "x"}, certificate=None),
    "rubbish certificate": lambda t: _material(t)["certificate"].update(rawBytes="AAAA"),
    "a field more": lambda t: t.update(more=1),
    "an older type": lambda t: t.update(mediaType="application/vnd.dev.sigstore.bundle+json;version=0.3"),
    "no content": lambda t: [t.pop(k, None) for k in ("messageSignature", "dsseEnvelope")],
    "no material": lambda t: t.pop("verificationMaterial"),
    "entries that are none": lambda t: _material(t).update(tlogEntries=7),
}


@pytest.mark.parametrize("kind", ["bundle", "attestation"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_crafted_bundle_is_never_verified(sample: Unlogged, kind: str, change: Callable[[Json], object]) -> None:
    tree = json.loads(getattr(sample, kind))
    change(tree)
    assert sample.refused(json.dumps(tree).encode())


@pytest.mark.parametrize("kind", ["bundle", "attestation"])
def test_bytes_flipped_one_at_a_time(sample: Unlogged, kind: str) -> None:
    raw: bytes = getattr(sample, kind)
    for at in range(0, len(raw), 7):
        assert sample.refused(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]), f"byte {at} of {len(raw)}"


def test_a_signature_over_something_else_is_refused(sample: Unlogged) -> None:
    tree, other = json.loads(sample.bundle), json.loads(sample.attestation)
    tree["messageSignature"]["signature"] = other["dsseEnvelope"]["signatures"][0]["sig"]
    assert sample.refused(json.dumps(tree).encode())
    payload = base64.b64decode(other["dsseEnvelope"]["payload"]).replace(b"example", b"exemple")
    other["dsseEnvelope"]["payload"] = keys.b64(payload)
    assert "not made over these bytes" in sample.refused(json.dumps(other).encode())

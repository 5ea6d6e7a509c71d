"""What must never count as verified: other bytes, other subjects, other roots, no time, and anything crafted."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest

from gatekeeper.model.errors import NotAuthenticError
from gatekeeper.signing.boundary import verifying
from gatekeeper.signing.failures import TamperedError, TrustRootError
from gatekeeper.signing.rehearsal import Rehearsal, rehearsal
from gatekeeper.signing.sandbox.timestamps import TimestampAuthority
from gatekeeper.signing.signer import open_signer
from gatekeeper.signing.verifier import verify_artifact, verify_digest, verify_statement
from tests.signing.samples import DIGEST, PREDICATE, Signed, statement, token_of_today

OTHER = bytes(32)


def verified(signed: Signed, bundle: bytes, digest: bytes = DIGEST, root: bytes = b"") -> object:
    return verify_digest(bundle, digest, root or signed.root, signed.expected, rehearsal=True)


def attested(signed: Signed, bundle: bytes, **wanted: Any) -> object:
    return verify_statement(bundle, signed.root, signed.expected, rehearsal=True, **wanted)


def changed(bundle: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    tree = json.loads(bundle)
    change(tree)
    return json.dumps(tree).encode()


def test_sign_02_another_file_is_refused(signed: Signed) -> None:
    """SIGN-02: a bundle of another file."""
    with pytest.raises(TamperedError, match="digest mismatch"):
        verified(signed, signed.bundle, OTHER)
    with pytest.raises(TamperedError, match="not about this file"):
        verify_artifact(signed.attestation, OTHER, signed.root, signed.expected, rehearsal=True)


def test_the_two_kinds_of_bundle_are_not_exchanged(signed: Signed) -> None:
    with pytest.raises(TamperedError):
        verified(signed, signed.attestation)
    with pytest.raises(TamperedError):
        attested(signed, signed.bundle)


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        pytest.param(statement(("other.bin", DIGEST.hex())), "also about 'other.bin'", id="SIGN-02: foreign subject"),
        pytest.param(statement(("pump.bin", "0" * 64)), "another 'pump.bin'", id="SIGN-02: other digest"),
        pytest.param(statement(), "no subjects", id="SIGN-02: no subjects"),
        pytest.param(statement(("pump.bin", "zz" * 32)), "lower-case hex", id="SIGN-02: digest that is none"),
        pytest.param(statement(("pump.bin", DIGEST.hex().upper())), "lower-case hex", id="SIGN-02: upper-case digest"),
        pytest.param(
            statement(("pump.bin", DIGEST.hex()), ("pump.bin", "0" * 64)), "twice", id="SIGN-02: a name twice"
        ),
        pytest.param(
            statement(("pump.bin", DIGEST.hex()), ("extra.bin", "0" * 64)), "also about", id="SIGN-02: one subject more"
        ),
        pytest.param(
            statement(("pump.bin", DIGEST.hex()), kind="https://example.org/other"), "not a", id="SIGN-02: predicate"
        ),
    ],
)
def test_a_statement_about_anything_else_is_refused(running: Rehearsal, payload: bytes, said: str) -> None:
    with open_signer(running.instance, running.credential, running.expected) as signer:
        bundle = _signed_without_checks(signer, payload)
    root, wanted = running.trusted_root, {"pump.bin": DIGEST.hex()}
    with pytest.raises(NotAuthenticError, match=said):
        verify_statement(bundle, root, running.expected, predicate_type=PREDICATE, subjects=wanted, rehearsal=True)


def _signed_without_checks(signer: Any, payload: bytes) -> bytes:
    """A bundle over a payload that the signer itself would refuse to hand out."""
    from sigstore.dsse import Statement

    raw = Statement.__new__(Statement)
    raw._contents = payload
    result: bytes = signer._signed(lambda library: library.sign_dsse(raw))
    return result


def test_sign_02_a_missing_subject_is_named(signed: Signed) -> None:
    with pytest.raises(TamperedError, match="not about 'missing"):
        attested(signed, signed.attestation, subjects={"pump.bin": DIGEST.hex(), "missing.bin": "0" * 64})


def test_another_instances_root_is_refused(signed: Signed) -> None:
    with rehearsal() as other, pytest.raises(TamperedError):
        verified(signed, signed.bundle, root=other.trusted_root)


@pytest.mark.parametrize(
    "root",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b'{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.2"}', id="version"),
    ],
)
def test_a_trust_root_that_cannot_be_read_gives_no_verdict(signed: Signed, root: bytes) -> None:
    """SIGN-05: it cannot be judged, which is not the same as not authentic."""
    with pytest.raises(TrustRootError, match="cannot be used"):
        verify_digest(signed.bundle, DIGEST, root, signed.expected, rehearsal=True)


def _without_timestamp(tree: dict[str, Any]) -> None:
    tree["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"] = []


def test_sign_04_a_stripped_timestamp_is_missed(signed: Signed) -> None:
    """SIGN-04: a bundle without timestamp; the library alone would accept it on a version 1 log."""
    with pytest.raises(TamperedError):
        verified(signed, changed(signed.bundle, _without_timestamp))


def test_a_log_time_is_enough_only_where_nobody_asks_for_a_timestamp(signed: Signed) -> None:
    stripped = changed(signed.bundle, _without_timestamp)
    if "inclusionPromise" in json.loads(stripped)["verificationMaterial"]["tlogEntries"][0]:
        found = verify_digest(stripped, DIGEST, signed.root, signed.expected, rehearsal=True, timestamp=False)
        assert [stamp.source for stamp in found.timestamps] == ["log"]


def test_sign_04_a_foreign_timestamp_spoils_the_bundle(signed: Signed) -> None:
    """SIGN-04: the library passes over it with a debug line."""
    reply = json.loads(signed.bundle)["messageSignature"]["signature"]
    now = datetime.now(UTC)
    foreign = TimestampAuthority(now - timedelta(days=1)).answer(
        json.dumps({"artifactHash": _hash_of(reply), "certificates": True}).encode(), now
    )

    def exchange(tree: dict[str, Any]) -> None:
        stamps = tree["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
        stamps[0]["signedTimestamp"] = base64.b64encode(foreign).decode()

    def add(tree: dict[str, Any]) -> None:
        stamps = tree["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
        stamps.append({"signedTimestamp": base64.b64encode(foreign).decode()})

    for change in (exchange, add):
        with pytest.raises(TamperedError):
            verified(signed, changed(signed.bundle, change))


def _hash_of(signature: str) -> str:
    import hashlib

    return base64.b64encode(hashlib.sha256(base64.b64decode(signature)).digest()).decode()


def test_sign_04_signed_after_the_certificate_ended() -> None:
    """SIGN-04: log time outside the validity."""
    late = timedelta(0)
    with rehearsal(clock=lambda: datetime.now(UTC) + late) as instance:
        with open_signer(instance.instance, instance.credential, instance.expected) as signer:
            signer.sign_digest(DIGEST)
            late = timedelta(hours=1)
            raw = signer._signed(lambda library: library.sign_artifact(b"late"))  # type: ignore[attr-defined]
        with pytest.raises(TamperedError, match="certificate was not issued under this trust root, or was not valid"):
            verify_digest(
                raw, hashlib.sha256(b"late").digest(), instance.trusted_root, instance.expected, rehearsal=True
            )


def test_sign_04_expired_and_without_timestamp() -> None:
    """SIGN-04: the log's own time is no way around an expired certificate."""
    late = timedelta(0)
    with rehearsal(clock=lambda: datetime.now(UTC) + late) as instance:
        with open_signer(instance.instance, instance.credential, instance.expected) as signer:
            signer.sign_digest(DIGEST)
            late = timedelta(hours=1)
            raw = signer._signed(lambda library: library.sign_artifact(b"late"))  # type: ignore[attr-defined]
        tree = json.loads(raw)
        del tree["verificationMaterial"]["timestampVerificationData"]
        bare, digest = json.dumps(tree).encode(), hashlib.sha256(b"late").digest()
        for timestamp in (True, False):
            with pytest.raises(TamperedError):
                verify_digest(
                    bare, digest, instance.trusted_root, instance.expected, rehearsal=True, timestamp=timestamp
                )


def _other_entry(signed: Signed) -> Callable[[dict[str, Any]], None]:
    foreign = json.loads(signed.attestation)["verificationMaterial"]["tlogEntries"]

    def change(tree: dict[str, Any]) -> None:
        tree["verificationMaterial"]["tlogEntries"] = foreign

    return change


def _no_proof(tree: dict[str, Any]) -> None:
    del tree["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]


def _no_entry(tree: dict[str, Any]) -> None:
    tree["verificationMaterial"]["tlogEntries"] = []


def _tree_size(tree: dict[str, Any]) -> None:
    proof = tree["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
    proof["treeSize"] = str(int(proof["treeSize"]) * 2)


def _giant_number(tree: dict[str, Any]) -> None:
    tree["verificationMaterial"]["tlogEntries"][0]["logIndex"] = "9" * 5000


def _giant_time(tree: dict[str, Any]) -> None:
    tree["verificationMaterial"]["tlogEntries"][0]["integratedTime"] = str(2**63)


def _padded_base64(tree: dict[str, Any]) -> None:
    tree["messageSignature"]["signature"] += "\n=="


def _unknown_field(tree: dict[str, Any]) -> None:
    tree["note"] = "harmless"


def _null(tree: dict[str, Any]) -> None:
    tree["dsseEnvelope"] = None


def _broken_certificate(tree: dict[str, Any]) -> None:
    raw = base64.b64decode(tree["verificationMaterial"]["certificate"]["rawBytes"])
    tree["verificationMaterial"]["certificate"]["rawBytes"] = base64.b64encode(raw[:-20]).decode()


def _witness(tree: dict[str, Any]) -> None:
    checkpoint = tree["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["checkpoint"]
    checkpoint["envelope"] += "rubbish after the signatures\n"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_no_proof, id="SIGN-04: no inclusion proof"),
        pytest.param(_no_entry, id="SIGN-04: no log entry"),
        pytest.param(_tree_size, id="proof for another tree"),
        pytest.param(_giant_number, id="giant number"),
        pytest.param(_giant_time, id="time beyond any calendar"),
        pytest.param(_padded_base64, id="base64 with rubbish"),
        pytest.param(_unknown_field, id="unknown field"),
        pytest.param(_null, id="a null"),
        pytest.param(_broken_certificate, id="broken certificate"),
        pytest.param(_witness, id="rubbish in the checkpoint"),
    ],
)
def test_a_crafted_bundle_is_never_verified(signed: Signed, change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(TamperedError) as caught:
        verified(signed, changed(signed.bundle, change))
    assert caught.value.advice


def test_the_log_proof_of_another_entry_is_refused(signed: Signed) -> None:
    with pytest.raises(TamperedError):
        verified(signed, changed(signed.bundle, _other_entry(signed)))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"{" * 50_000, id="nested"),
        pytest.param(b'{"a":' * 50_000 + b"1" + b"}" * 50_000, id="nested objects"),
        pytest.param(b"\x00\xff" * 100, id="no text"),
        pytest.param(b" " * 600_000, id="too large"),
        pytest.param(b'{"mediaType": NaN}', id="not a number"),
    ],
)
def test_what_is_no_bundle_at_all_is_refused(signed: Signed, raw: bytes) -> None:
    for verify in (verified, attested):
        if verify is attested and len(raw) == 600_000:
            continue  # within the bound of a statement, and no JSON: covered by the others
        with pytest.raises(TamperedError):
            verify(signed, raw)


def test_a_key_stated_twice_is_refused(signed: Signed) -> None:
    doubled = signed.bundle.replace(b'{"mediaType":', b'{"mediaType":"x","mediaType":', 1)
    with pytest.raises(TamperedError, match="twice"):
        verified(signed, doubled)


def test_the_unsigned_name_of_a_timestamps_signer_is_exact(signed: Signed) -> None:
    """Another kind of string with the same letters: libraries find the names equal."""
    tree = json.loads(signed.bundle)
    stamp = tree["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"][0]
    raw = base64.b64decode(stamp["signedTimestamp"])
    at = raw.rindex(b"\x0c\x24gatekeeper rehearsal")
    stamp["signedTimestamp"] = base64.b64encode(raw[:at] + b"\x14" + raw[at + 1 :]).decode()
    with pytest.raises(TamperedError, match="names its signer in another way"):
        verified(signed, json.dumps(tree).encode())


def test_verifying_needs_no_network_no_home_and_not_todays_date(
    signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dossier is verified offline, on a machine without a home, years after the certificate ended."""
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("verification opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "/nonexistent")
    assert verified(signed, signed.bundle)


def test_a_certificate_long_expired_still_verifies_by_its_proven_time(monkeypatch: pytest.MonkeyPatch) -> None:
    past = datetime.now(UTC) - timedelta(days=365 * 5)

    class FiveYearsAgo(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> FiveYearsAgo:
            return cls.fromtimestamp(past.timestamp(), tz)

    with rehearsal(clock=lambda: past) as instance:
        monkeypatch.setattr("sigstore.sign.datetime", FiveYearsAgo)
        with open_signer(instance.instance, lambda: token_of_today(instance), instance.expected) as signer:
            bundle, _ = signer.sign_digest(DIGEST)
    monkeypatch.undo()
    found = verify_digest(bundle, DIGEST, instance.trusted_root, instance.expected, rehearsal=True)
    assert found.certificate is not None
    assert found.certificate.not_after < datetime.now(UTC).isoformat()


@pytest.mark.parametrize("place", [0, 1])
def test_a_root_that_makes_a_library_panic_is_no_root(signed: Signed, place: int) -> None:
    """A name that is not UTF-8: OpenSSL cannot read the certificate, and rfc3161-client takes for granted that it can."""
    tree = json.loads(signed.root)
    certificate = tree["timestampAuthorities"][0]["certChain"]["certificates"][place]
    broken = base64.b64decode(certificate["rawBytes"]).replace(b"gatekeeper", b"gatekeepe\xff")
    certificate["rawBytes"] = base64.b64encode(broken).decode()
    with pytest.raises(TrustRootError, match="cannot be used"):
        verified(signed, signed.bundle, root=json.dumps(tree).encode())


class PanicException(BaseException):  # as Rust's are called, whose class cannot be imported
    """What a library of Rust's raises where it has lost itself."""


def test_a_panic_over_a_bundle_is_a_refusal_and_an_interruption_is_none() -> None:
    with pytest.raises(TamperedError, match="PanicException: lost"), verifying():
        raise PanicException("lost")
    with pytest.raises(KeyboardInterrupt), verifying():
        raise KeyboardInterrupt

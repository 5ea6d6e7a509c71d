"""Keys in a token: SoftHSM 2 stands for the HSM; references, protection and managed-key bundles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.model.errors import NotAuthenticError, UsageError
from gatekeeper.signing.failures import (
    CredentialError,
    KeyProtectionError,
    ServiceOutageError,
    TamperedError,
    TrustRootError,
    WrongIdentityError,
)
from gatekeeper.signing.identity import Expected, ExpectedKey
from gatekeeper.signing.limits import Limits
from gatekeeper.signing.managed import public_key
from gatekeeper.signing.rehearsal import Fault, Rehearsal, rehearsal
from gatekeeper.signing.token import KeyReference, key_reference, open_key, pin_from, weaknesses
from gatekeeper.signing.token_signer import open_token_signer
from gatekeeper.signing.verifier import verify_artifact, verify_digest, verify_statement
from tests.signing.nodejs import run
from tests.signing.samples import ARTIFACT, DIGEST, PREDICATE, statement
from tests.signing.softhsm import PIN, reference, software_token

hsm = pytest.mark.hsm


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("keys/release.pem", "looks like a key file", id="KEY-04: a key file path"),
        pytest.param("-----BEGIN PRIVATE KEY-----", "looks like a key file", id="KEY-04: a key itself"),
        pytest.param("file:///keys/release.key", "looks like a key file", id="KEY-04: a file address"),
        pytest.param(
            "pkcs11:token=t;object=o?module-path=/m.so&pin-value=1234",
            "holds a PIN",
            id="KEY-04: a password in the config",
        ),
        pytest.param("pkcs11:token=t;object=o?pin-source=/etc/pin", "holds a PIN", id="KEY-04: a file with the PIN"),
        pytest.param("pkcs11:object=o?module-path=/m.so", "not exact", id="KEY-04: any token"),
        pytest.param("pkcs11:token=t?module-path=/m.so", "not exact", id="KEY-04: any key"),
        pytest.param("pkcs11:token=t;object=o", "not exact", id="KEY-04: no module"),
        pytest.param("pkcs11:token=t;object=o?module-path=m.so", "not exact", id="KEY-04: module by search path"),
        pytest.param("pkcs11:token=t;token=u;object=o?module-path=/m.so", "twice", id="KEY-04: two tokens"),
        pytest.param("pkcs11:token=t;object=o;type=public?module-path=/m.so", "cannot be used", id="KEY-04: public"),
        pytest.param("pkcs11:token=t;object=o;slot-id=1?module-path=/m.so", "slot-id", id="KEY-04: unknown part"),
    ],
)
def test_a_reference_that_is_no_protected_key_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        key_reference(text)


def test_a_reference_is_read_exactly() -> None:
    found = key_reference("pkcs11:token=release%20token;object=signing;id=%01%ff;serial=7?module-path=/usr/lib/m.so")
    assert found == KeyReference(
        module="/usr/lib/m.so", token="release token", object="signing", id=b"\x01\xff", serial="7"
    )


def test_the_pin_comes_from_the_environment_alone() -> None:
    assert pin_from({"GATEKEEPER_PKCS11_PIN": "9"}) == "9"
    with pytest.raises(CredentialError, match="PIN is missing"):
        pin_from({})


@pytest.fixture(scope="module")
def token() -> str:
    return software_token()


@pytest.fixture(scope="module")
def pinned(token: str) -> ExpectedKey:
    with open_key(reference(), PIN) as key:
        return ExpectedKey(key.pem)


def digest_of(expected: ExpectedKey) -> str:
    return hashlib.sha256(public_key(expected)[1]).hexdigest()


@hsm
def test_the_token_itself_says_how_the_key_is_protected(token: str) -> None:
    with open_key(reference(), PIN) as key:
        assert weaknesses(key.protection) == ()
        assert key.protection.made_in_token
        assert "SoftHSM" in key.protection.manufacturer
        assert PIN not in repr(key.protection)


@hsm
@pytest.mark.parametrize(
    ("label", "said"),
    [
        pytest.param("imported", "not made in the token", id="KEY-04: a key that was once a file"),
        pytest.param("loose", "taken out", id="KEY-04: a key that can be taken out"),
        pytest.param("large", "not EC P-256", id="a curve that the log does not take"),
    ],
)
def test_a_key_that_the_token_does_not_vouch_for_is_refused(token: str, label: str, said: str) -> None:
    with pytest.raises(KeyProtectionError, match=said), open_key(reference(label), PIN):
        pass


@hsm
@pytest.mark.parametrize(
    ("where", "pin", "said"),
    [
        pytest.param(reference("nobody"), PIN, "no such key", id="no key"),
        pytest.param(reference(token_label="elsewhere"), PIN, "0 tokens", id="no token"),
        pytest.param(reference(module="/nonexistent.so"), PIN, "cannot be loaded", id="no module"),
        pytest.param(reference(), "000000", "refused the PIN", id="wrong PIN"),
    ],
)
def test_what_is_wrong_with_the_token_is_said(token: str, where: KeyReference, pin: str, said: str) -> None:
    with pytest.raises(CredentialError, match=said) as caught, open_key(where, pin):
        pass
    assert pin not in caught.value.message + caught.value.advice


@hsm
@pytest.mark.parametrize("version", [1, 2])
def test_a_managed_key_signs_files_and_statements(pinned: ExpectedKey, version: int) -> None:
    payload = statement(("pump.bin", DIGEST.hex()))
    with rehearsal(log_version=version) as running:
        with open_token_signer(reference(), PIN, digest_of(pinned), running.instance) as signer:
            bundle, verified = signer.sign_digest(DIGEST)
            attestation, _ = signer.sign_statement(payload)
        root = running.trusted_root
    assert verified.key == "managed"
    assert verified.key_sha256 == signer.protection.key_sha256
    assert verified.timestamps[0].source == "tsa"
    assert verified.log is not None
    assert verify_digest(bundle, DIGEST, root, pinned, rehearsal=True) == verified
    found, _ = verify_statement(attestation, root, pinned, predicate_type=PREDICATE, rehearsal=True)
    assert found == payload
    assert verify_artifact(attestation, DIGEST, root, pinned, rehearsal=True)


@pytest.fixture(scope="module")
def kept(pinned: ExpectedKey) -> tuple[bytes, bytes, bytes]:
    """A bundle, a statement's bundle and the root, on version 1 of the log."""
    with rehearsal() as running, open_token_signer(reference(), PIN, digest_of(pinned), running.instance) as signer:
        bundle, _ = signer.sign_digest(DIGEST)
        attestation, _ = signer.sign_statement(statement(("pump.bin", DIGEST.hex())))
        return bundle, attestation, running.trusted_root


@hsm
@pytest.mark.node
def test_sigstore_js_verifies_a_managed_keys_bundle(
    node: str, pinned: ExpectedKey, kept: tuple[bytes, ...], tmp_path: Path
) -> None:
    bundle, attestation, root = kept
    files = {"trustedRoot": root, "publicKey": pinned.public_pem, "artifact": ARTIFACT, "bundle": bundle}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    paths = {name: str(tmp_path / name) for name in files}
    result = run(node, "verify.cjs", tmp_path, **paths)
    assert result.returncode == 0, result.stdout + result.stderr
    (tmp_path / "bundle").write_bytes(attestation)
    result = run(node, "verify.cjs", tmp_path, **{**paths, "artifact": ""})
    assert result.returncode == 0, result.stdout + result.stderr


@hsm
def test_every_flipped_byte_of_a_managed_bundle_is_refused(pinned: ExpectedKey, kept: tuple[bytes, ...]) -> None:
    bundle, _, root = kept
    for at in range(0, len(bundle), 61):
        damaged = bundle[:at] + bytes([bundle[at] ^ 1]) + bundle[at + 1 :]
        with pytest.raises((TamperedError, WrongIdentityError)):
            verify_digest(damaged, DIGEST, root, pinned, rehearsal=True)


def _other_key() -> ExpectedKey:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return ExpectedKey(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@hsm
def test_another_key_another_file_and_a_certificate_are_refused(
    pinned: ExpectedKey, kept: tuple[bytes, ...], running: Rehearsal
) -> None:
    bundle, attestation, root = kept
    with pytest.raises(WrongIdentityError, match="another key"):
        verify_digest(bundle, DIGEST, root, _other_key(), rehearsal=True)
    with pytest.raises(TamperedError):
        verify_digest(bundle, bytes(32), root, pinned, rehearsal=True)
    with pytest.raises(TamperedError, match="signs a statement"):
        verify_digest(attestation, DIGEST, root, pinned, rehearsal=True)
    with pytest.raises(TamperedError, match="not a statement"):
        verify_statement(bundle, root, pinned, rehearsal=True)
    keyless = Expected(identity="https://example.org/x", issuer="https://example.org")
    with pytest.raises(TamperedError):
        verify_digest(bundle, DIGEST, root, keyless, rehearsal=True)


def _without_log(tree: dict[str, Any]) -> None:
    tree["verificationMaterial"]["tlogEntries"] = []


def _without_time(tree: dict[str, Any]) -> None:
    tree["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"] = []


def _no_hint(tree: dict[str, Any]) -> None:
    tree["verificationMaterial"]["publicKey"]["hint"] = ""


def _time_twice(tree: dict[str, Any]) -> None:
    stamps = tree["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    stamps.append(stamps[0])


@hsm
@pytest.mark.parametrize(
    ("strip", "said"),
    [
        pytest.param(_without_log, "no entry in a transparency log", id="SIGN-04: no log entry"),
        pytest.param(_without_time, "no time-stamping authority", id="SIGN-04: no timestamp"),
        pytest.param(_time_twice, "timestamp twice", id="SIGN-04: a timestamp twice"),
        pytest.param(_no_hint, "another key", id="SIGN-01: no key named"),
    ],
)
def test_what_was_stripped_or_added_is_seen(
    pinned: ExpectedKey, kept: tuple[bytes, ...], strip: Callable[[Any], None], said: str
) -> None:
    tree = json.loads(kept[0])
    strip(tree)
    with pytest.raises(NotAuthenticError, match=said):
        verify_digest(json.dumps(tree).encode(), DIGEST, kept[2], pinned, rehearsal=True)


@hsm
def test_a_log_entry_about_something_else_is_refused(pinned: ExpectedKey, kept: tuple[bytes, ...]) -> None:
    tree, other = json.loads(kept[0]), json.loads(kept[1])
    tree["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    with pytest.raises(TamperedError, match="about another"):
        verify_digest(json.dumps(tree).encode(), DIGEST, kept[2], pinned, rehearsal=True)


@hsm
def test_a_signature_that_may_not_be_logged_still_has_its_time(pinned: ExpectedKey) -> None:
    with (
        rehearsal() as running,
        open_token_signer(reference(), PIN, digest_of(pinned), running.instance, logged=False) as signer,
    ):
        bundle, verified = signer.sign_digest(DIGEST)
        assert "rekor" not in running.services.requests
        with pytest.raises(TamperedError, match="no entry"):
            verify_digest(bundle, DIGEST, running.trusted_root, pinned, rehearsal=True)
    assert verified.log is None
    assert verified.timestamps


@hsm
def test_without_any_service_the_bundle_is_the_signature_alone(pinned: ExpectedKey) -> None:
    unlogged = ExpectedKey(pinned.public_pem, logged=False)
    with open_token_signer(reference(), PIN, digest_of(pinned), None, logged=False) as signer:
        bundle, verified = signer.sign_digest(DIGEST)
    assert verified.timestamps == ()
    with pytest.raises(TamperedError, match="time-stamping"):
        verify_digest(bundle, DIGEST, b"", unlogged)


@hsm
def test_times_and_log_entries_are_not_judged_without_a_root(pinned: ExpectedKey, kept: tuple[bytes, ...]) -> None:
    with pytest.raises(TrustRootError, match="without a trust root"):
        verify_digest(kept[0], DIGEST, b"", pinned)


@hsm
@pytest.mark.parametrize("service", ["rekor", "tsa"])
def test_outages_of_a_managed_signature_end_within_the_budget(pinned: ExpectedKey, service: str) -> None:
    limits = Limits(connect=0.5, read=0.5, budget=2.0, attempts=2, pause=0.01)
    with (
        rehearsal() as running,
        open_token_signer(reference(), PIN, digest_of(pinned), running.instance, limits) as signer,
    ):
        running.faults[service] = Fault("down")
        with pytest.raises(ServiceOutageError, match="tried 2 times"):
            signer.sign_digest(DIGEST)


@hsm
def test_a_token_with_another_key_than_the_pinned_one_does_not_sign(token: str) -> None:
    with (
        pytest.raises(CredentialError, match="not the pinned"),
        open_token_signer(reference(), PIN, "0" * 64, None),
    ):
        pass


@pytest.mark.parametrize("pem", [b"", b"rubbish", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_public_key_that_is_none_gives_no_verdict(pem: bytes) -> None:
    with pytest.raises(TrustRootError, match="public key"):
        verify_digest(b"{}", DIGEST, b"", ExpectedKey(pem))

"""Signing with a key in a token: the same bundles, with a key hint where else the certificate stands.

The timestamp comes first and must not be missing; then the log entry; then the bundle is verified with the pinned
public key. Without an instance (no network at all) the bundle holds the signature alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.signing.bundle import MEDIA_TYPE, STATEMENT_TYPE, Json
from gatekeeper.signing.failures import CredentialError
from gatekeeper.signing.identity import ExpectedKey
from gatekeeper.signing.instance import Instance
from gatekeeper.signing.limits import Limits, Worker, persistently
from gatekeeper.signing.managed import hint
from gatekeeper.signing.refusals import signing_failure
from gatekeeper.signing.rehearsal import is_rehearsal
from gatekeeper.signing.services import Log, TimestampService, checked_bundle, clocks, loaded_config, witnesses
from gatekeeper.signing.statement import pae, subjects_of
from gatekeeper.signing.token import KeyProtection, KeyReference, TokenKey, open_key
from gatekeeper.signing.verified import Verified
from gatekeeper.signing.verifier import verify_digest, verify_statement


@contextmanager
def open_token_signer(
    reference: KeyReference,
    pin: str,
    public_sha256: str,
    instance: Instance | None,
    limits: Limits | None = None,
    *,
    logged: bool = True,
) -> Iterator[TokenSigner]:
    """A signer with a key in a token, which must be the one whose public half (SHA-256 of its DER) is pinned.

    Raises CredentialError, KeyProtectionError, TrustRootError; signing also raises ServiceOutageError.
    """
    with open_key(reference, pin) as key:
        if key.protection.key_sha256 != public_sha256:
            raise CredentialError(
                f"the token's key has SHA-256 {key.protection.key_sha256}, not the pinned {public_sha256}",
                "Pin the public key of the key that the reference names, with a review.",
            )
        signer = TokenSigner(key, ExpectedKey(key.pem, logged), instance, limits or Limits())
        try:
            yield signer
        finally:
            signer.close()


class TokenSigner:
    """Signs in the token, on the caller's thread; speaks to the services within the limits."""

    def __init__(self, key: TokenKey, expected: ExpectedKey, instance: Instance | None, limits: Limits) -> None:
        self._key = key
        self._expected = expected
        self._instance = instance
        self._limits = limits
        self._worker = Worker()
        self._witnesses = _witnesses(instance, expected, self._limits) if instance else None
        self._root = instance.trusted_root if instance else b""
        self._rehearsal = is_rehearsal(self._root)

    @property
    def expected(self) -> ExpectedKey:
        """What receivers must hold: the public key."""
        return self._expected

    @property
    def protection(self) -> KeyProtection:
        """What the token said about the key."""
        return self._key.protection

    def close(self) -> None:
        """Let the worker go; the token's session is closed by open_token_signer."""
        self._worker.close()

    def sign_digest(self, sha256: bytes) -> tuple[bytes, Verified]:
        """The bundle over a file's digest, and what verifying it established."""
        signature = self._key.sign(sha256)
        message = {
            "messageDigest": {"algorithm": "SHA2_256", "digest": _b64(sha256)},
            "signature": _b64(signature),
        }
        raw = self._bundle({"messageSignature": message}, signature, self._hashed(sha256, signature))
        return raw, checked_bundle(
            lambda: verify_digest(
                raw,
                sha256,
                self._root,
                self._expected,
                rehearsal=self._rehearsal,
                timestamp=self._witnesses is not None,
            )
        )

    def sign_digests(self, digests: Sequence[bytes]) -> Iterator[tuple[bytes, Verified]]:
        """One bundle after another: a token signs one thing at a time."""
        return map(self.sign_digest, digests)

    def sign_statement(self, payload: bytes) -> tuple[bytes, Verified]:
        """The bundle over an in-toto statement, and what verifying it established."""
        subjects_of(payload)
        signed = hashlib.sha256(pae(payload)).digest()
        signature = self._key.sign(signed)
        envelope = {"payload": _b64(payload), "payloadType": STATEMENT_TYPE, "signatures": [{"sig": _b64(signature)}]}
        entry = self._hashed(signed, signature) if self._log_version() == 2 else self._enveloped(envelope)
        raw = self._bundle({"dsseEnvelope": envelope}, signature, entry)
        timed = self._witnesses is not None
        _, verified = checked_bundle(
            lambda: verify_statement(raw, self._root, self._expected, rehearsal=self._rehearsal, timestamp=timed)
        )
        return raw, verified

    def _bundle(self, content: Json, signature: bytes, entry: Json) -> bytes:
        """The whole bundle; what the services add is fetched within the budget."""
        material: Json = {"publicKey": {"hint": hint(self._key.der)}, "tlogEntries": []}
        if self._witnesses is not None:
            material |= persistently(self._worker, self._limits, lambda: self._witnessed(signature, entry))
        return json.dumps({"mediaType": MEDIA_TYPE, "verificationMaterial": material, **content}).encode()

    def _witnessed(self, signature: bytes, entry: Json) -> Json:
        """Timestamp, then log entry. In the worker's thread; the one boundary for this signer's services."""
        assert self._witnesses is not None
        try:
            log, clocks = self._witnesses
            stamps = [{"signedTimestamp": _b64(c.request_timestamp(signature).as_bytes())} for c in clocks]
            material: Json = {"timestampVerificationData": {"rfc3161Timestamps": stamps}, "tlogEntries": []}
            if log is not None:
                material["tlogEntries"] = [log.create_entry(entry)._inner.to_dict()]
            return material
        except GatekeeperError:
            raise
        except Exception as e:  # thirty kinds, from requests to pydantic; refusals.py tells them apart
            raise signing_failure(e) from e

    def _log_version(self) -> int:
        log = self._witnesses[0] if self._witnesses else None
        return log.version if log else 1

    def _hashed(self, digest: bytes, signature: bytes) -> Json:
        """A hashed entry, for either version of the log."""
        if self._log_version() == 2:
            verifier = {"publicKey": {"rawBytes": _b64(self._key.der)}, "keyDetails": "PKIX_ECDSA_P256_SHA_256"}
            made = {"content": _b64(signature), "verifier": verifier}
            return {"hashedRekordRequestV002": {"digest": _b64(digest), "signature": made}}
        made = {"content": _b64(signature), "publicKey": {"content": _b64(self._key.pem)}}
        hashed = {"hash": {"algorithm": "sha256", "value": digest.hex()}}
        return {"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {"data": hashed, "signature": made}}

    def _enveloped(self, envelope: Json) -> Json:
        """An envelope's entry on version 1 of the log, which is sent the whole envelope and keeps its hashes."""
        proposed = {"envelope": json.dumps(envelope), "verifiers": [_b64(self._key.pem)]}
        return {"apiVersion": "0.0.1", "kind": "dsse", "spec": {"proposedContent": proposed}}


def _witnesses(
    instance: Instance, expected: ExpectedKey, limits: Limits
) -> tuple[Log | None, tuple[TimestampService, ...]]:
    """Log and clocks; for a key that is kept out of every log the clocks alone, which the instance may have alone."""
    if expected.logged:
        return witnesses(loaded_config(instance), limits)
    return None, clocks(instance, limits)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()

"""Verifying bundles of managed keys (HSM, KMS), which sigstore's own verifier does not read.

There is no certificate: the receiver pins the public key. The log's proof, its signed times and the timestamps are
checked by sigstore's code; that the entry is about this signature, this digest *and this key* is checked here.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from gatekeeper.signing import bundle as form
from gatekeeper.signing import periods
from gatekeeper.signing import timestamps as stamps
from gatekeeper.signing.boundary import verifying
from gatekeeper.signing.failures import TamperedError, TrustRootError, WrongIdentityError
from gatekeeper.signing.identity import ExpectedKey
from gatekeeper.signing.keyless import Times
from gatekeeper.signing.statement import pae
from gatekeeper.signing.trust import Trust, trust_for
from gatekeeper.signing.verified import Verified

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

UNLOGGED = "If the manufacturer says that releases are entered in no log, add --unlogged; else do not use these files."
MANAGED = "managed key"  # where a certificate's issuer stands otherwise


def verify_managed_digest(
    bundle: bytes, sha256: bytes, trusted_root: bytes, expected: ExpectedKey, *, rehearsal: bool, timestamp: bool
) -> Verified:
    """Verify a managed key's signature over a file's SHA-256. Raises NotAuthenticError, TrustRootError."""
    form.bounded(bundle, form.MAX_DIGEST_BUNDLE)
    check = _Check(bundle, trusted_root, expected, rehearsal, timestamp)
    with verifying():
        message = check.model.message_signature
        if message is None:
            raise TamperedError("it signs a statement, not a file")
        if message.message_digest is not None and message.message_digest.digest != sha256:
            raise TamperedError("it is the signature of another file")
        return check.verified(message.signature, sha256, sha256.hex(), None)


def verify_managed_statement(
    bundle: bytes, trusted_root: bytes, expected: ExpectedKey, *, rehearsal: bool, timestamp: bool
) -> tuple[bytes, Verified]:
    """Verify a managed key's signature over a statement; its subjects are the caller's to check."""
    form.bounded(bundle, form.MAX_STATEMENT_BUNDLE)
    check = _Check(bundle, trusted_root, expected, rehearsal, timestamp)
    with verifying():
        envelope = check.model.dsse_envelope
        if envelope is None or len(envelope.signatures) != 1:
            raise TamperedError("it is not a statement with exactly one signature")
        signed = hashlib.sha256(pae(envelope.payload, envelope.payload_type)).digest()
        payload: bytes = envelope.payload
        digest = hashlib.sha256(payload)
        return payload, check.verified(envelope.signatures[0].sig, signed, digest.hexdigest(), digest.digest())


class _Check:
    """One bundle, one key, one trust root."""

    def __init__(
        self, raw: bytes, trusted_root: bytes, expected: ExpectedKey, rehearsal: bool, timestamp: bool
    ) -> None:
        self.raw = raw
        self.expected = expected
        self.timestamp = timestamp
        self.key, self.der = public_key(expected)
        self.trust: Trust | None = trust_for(trusted_root, rehearsal) if trusted_root else None
        with verifying():
            self.tree, self.model = form.parsed(raw)

    def verified(self, signature: bytes, signed: bytes, digest: str, payload_sha256: bytes | None) -> Verified:
        """Signature, key hint, log entry and times, in this order. Raises TamperedError, WrongIdentityError."""
        self._signature(signature, signed)
        entry = self._logged(signature, signed, payload_sha256)
        times = self._timestamps(signature)
        if self.timestamp and not times:
            raise TamperedError("no time-stamping authority vouches for the time of signing")
        times = (*times, *(form.promised(entry) if entry else ()))
        if entry and self.trust:
            periods.log_in_use(entry["logId"]["keyId"], (time for _, time in times), self.trust.root)
        return Verified(
            digest=digest,
            identity=key_identity(self.expected),
            issuer=MANAGED,
            key="managed",
            key_sha256=hashlib.sha256(self.der).hexdigest(),
            root_sha256=self.trust.sha256 if self.trust else "",
            bundle_sha256=hashlib.sha256(self.raw).hexdigest(),
            rehearsal=self.trust.rehearsal if self.trust else False,
            timestamps=tuple(stamp for stamp, _ in times),
            log=form.logged(entry) if entry else None,
        )

    def _signature(self, signature: bytes, signed: bytes) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

        named = self.model.verification_material.public_key
        if named is None:
            raise WrongIdentityError("it was signed with a certificate, not with the managed key that is expected")
        if named.hint != hint(self.der):
            raise WrongIdentityError("it was signed with another key than the pinned one")
        try:
            self.key.verify(signature, signed, ec.ECDSA(Prehashed(hashes.SHA256())))
        except InvalidSignature as e:
            raise TamperedError("the signature was not made over these bytes with the pinned key") from e

    def _logged(self, signature: bytes, signed: bytes, payload_sha256: bytes | None) -> form.Json | None:
        entries = self.model.verification_material.tlog_entries
        if not entries:
            if self.expected.logged:
                raise TamperedError("it has no entry in a transparency log", UNLOGGED)
            return None
        if self.trust is None or self.trust.logless:
            raise TrustRootError("the signature has a log entry, which cannot be judged without a trust root")
        from sigstore._internal.trust import KeyringPurpose
        from sigstore.models import TransparencyLogEntry

        (entry,) = entries
        TransparencyLogEntry(entry)._verify(self.trust.root.rekor_keyring(KeyringPurpose.VERIFY))
        tree = form.log_entry(self.tree, self.trust.log_ids)
        about = _entry_is_about(tree, signature, signed, payload_sha256)
        if about != self.der:
            raise TamperedError("its log entry is about another signature, file or key")
        return tree

    def _timestamps(self, signature: bytes) -> Times:
        data = self.model.verification_material.timestamp_verification_data
        if not data or not data.rfc3161_timestamps:
            return ()
        if self.trust is None:
            raise TrustRootError("the signature has a timestamp, which cannot be judged without a trust root")
        return stamps.in_bundle(self.model, signature, self.trust.root)


def _entry_is_about(entry: form.Json, signature: bytes, signed: bytes, payload_sha256: bytes | None) -> bytes | None:
    """The key (SubjectPublicKeyInfo) of a log entry that is about exactly this, else None."""
    body = form.strict_json(base64.b64decode(entry["canonicalizedBody"]), "log entry")
    spec: dict[str, Any] = body["spec"]
    if "hashedRekordV002" in spec:
        kept = spec["hashedRekordV002"]
        found = base64.b64decode(kept["data"]["digest"]), base64.b64decode(kept["signature"]["content"])
        same = found == (signed, signature) and kept["data"]["algorithm"] == "SHA2_256"
        return base64.b64decode(kept["signature"]["verifier"]["publicKey"]["rawBytes"]) if same else None
    if body["kind"] == "hashedrekord":
        found = bytes.fromhex(spec["data"]["hash"]["value"]), base64.b64decode(spec["signature"]["content"])
        same = payload_sha256 is None and found == (signed, signature)
        return _der(spec["signature"]["publicKey"]["content"]) if same else None
    (made,) = spec["signatures"]
    found = bytes.fromhex(spec["payloadHash"]["value"]), base64.b64decode(made["signature"])
    return _der(made["verifier"]) if found == (payload_sha256, signature) else None


def _der(pem: str) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    return load_pem_public_key(base64.b64decode(pem)).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_identity(expected: ExpectedKey) -> str:
    """How records name a managed key: `sha256:` and the digest of its DER, in hex. Raises TrustRootError."""
    return f"sha256:{hashlib.sha256(public_key(expected)[1]).hexdigest()}"


def hint(der: bytes) -> str:
    """How bundles name a key, in the way of cosign and sigstore-go: base64 of the SHA-256 of its DER."""
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def public_key(expected: ExpectedKey) -> tuple[ec.EllipticCurvePublicKey, bytes]:
    """The pinned key and its DER. Raises TrustRootError for anything but an ECDSA P-256 public key in PEM."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    try:
        key = load_pem_public_key(form.bounded(expected.public_pem, 16 * 1024, "public key"))
    except Exception as e:  # cryptography raises several kinds; all mean: no public key
        raise TrustRootError("the public key cannot be read", "Give it in PEM (BEGIN PUBLIC KEY).") from e
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise TrustRootError("the public key is not an ECDSA key on P-256", "Sign with a P-256 key.")
    return key, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

"""Verifying certificates' bundles of an instance without a transparency log, such as GitHub's for private repositories.

Only a trust root that names no log leads here; under any other one a log entry is obligatory. The time of signing
then comes from a time-stamping authority alone. sigstore's own verifier does not read such bundles: the path to the
issuing authority is built by cryptography (RFC 5280), the certificate's log is asked where the root names one.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from gatekeeper.signing import bundle as form
from gatekeeper.signing import timestamps as stamps
from gatekeeper.signing.boundary import verifying
from gatekeeper.signing.failures import TamperedError, TrustRootError
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.keyless import SignerPolicy, established
from gatekeeper.signing.statement import pae
from gatekeeper.signing.trust import Trust
from gatekeeper.signing.verified import Verified

if TYPE_CHECKING:
    from cryptography import x509
    from sigstore_models.bundle.v1 import Bundle


def verify_unlogged_digest(raw: bytes, sha256: bytes, trust: Trust, expected: Expected) -> Verified:
    """Verify a signature over a file's SHA-256. Raises NotAuthenticError, TrustRootError."""
    authorities = trust.authorities
    with verifying():
        _, model = form.parsed(raw)
        message = model.message_signature
        if message is None:
            raise TamperedError("it signs a statement, not a file")
        if message.message_digest is not None and message.message_digest.digest != sha256:
            raise TamperedError("it is the signature of another file")
        return _verified(raw, model, trust, authorities, expected, message.signature, sha256, sha256.hex())


def verify_unlogged_statement(raw: bytes, trust: Trust, expected: Expected) -> tuple[bytes, Verified]:
    """Verify a signature over a statement; its subjects are the caller's to check."""
    authorities = trust.authorities
    with verifying():
        _, model = form.parsed(raw)
        envelope = model.dsse_envelope
        if envelope is None or len(envelope.signatures) != 1:
            raise TamperedError("it is not a statement with exactly one signature")
        payload: bytes = envelope.payload
        signed = hashlib.sha256(pae(payload, envelope.payload_type)).digest()
        digest = hashlib.sha256(payload).hexdigest()
        signature = envelope.signatures[0].sig
        return payload, _verified(raw, model, trust, authorities, expected, signature, signed, digest)


def _verified(
    raw: bytes,
    model: Bundle,
    trust: Trust,
    authorities: list[x509.Certificate],
    expected: Expected,
    signature: bytes,
    signed: bytes,
    digest: str,
) -> Verified:
    """Time, path, certificate, signer and signature, in this order."""
    leaf = _leaf(model)
    times = stamps.in_bundle(model, signature, trust.root)
    if not times:
        raise TamperedError("neither a log nor a time-stamping authority vouches for the time of signing")
    paths = [_path(leaf, authorities, time) for _, time in times]
    _in_certificate_log(leaf, paths[0], trust)
    _key_may_sign(leaf)
    SignerPolicy(expected).verify(leaf)
    _signature_holds(leaf, signature, signed)
    return established(raw, trust, leaf, digest, times, None)


def _leaf(model: Bundle) -> x509.Certificate:
    from cryptography import x509

    material = model.verification_material
    if material.tlog_entries:
        raise TrustRootError(
            "the signature has a log entry, but the trust root names no log",
            "Give the trust root of the instance that signed.",
        )
    if material.certificate is None:
        raise TamperedError("it carries no signing certificate")
    return x509.load_der_x509_certificate(material.certificate.raw_bytes)


def _path(leaf: x509.Certificate, authorities: list[x509.Certificate], time: datetime) -> list[x509.Certificate]:
    """The certificates above the leaf, each valid at that time. Raises TamperedError."""
    from cryptography.x509 import ExtendedKeyUsage, verification
    from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store

    above = ExtensionPolicy.webpki_defaults_ca().may_be_present(ExtendedKeyUsage, Criticality.NON_CRITICAL, None)
    own = ExtensionPolicy.webpki_defaults_ee().may_be_present(ExtendedKeyUsage, Criticality.NON_CRITICAL, None)
    builder = PolicyBuilder().store(Store(authorities)).time(time).extension_policies(ca_policy=above, ee_policy=own)
    try:
        return list(builder.build_client_verifier().verify(leaf, []).chain[1:])
    except verification.VerificationError as e:
        said = "its certificate was not issued under this trust root, or was not valid when it was used"
        raise TamperedError(said) from e


def _in_certificate_log(leaf: x509.Certificate, chain: list[x509.Certificate], trust: Trust) -> None:
    """A promise of the certificates' own log (RFC 6962), where the instance has one. Raises what the library raises."""
    from sigstore._internal.sct import verify_sct
    from sigstore._internal.trust import KeyringPurpose

    if trust.root._inner.ctlogs:
        verify_sct(leaf, chain, trust.root.ct_keyring(KeyringPurpose.VERIFY))


def _key_may_sign(leaf: x509.Certificate) -> None:
    from cryptography.x509 import ExtendedKeyUsage, KeyUsage
    from cryptography.x509.oid import ExtendedKeyUsageOID

    usage = leaf.extensions.get_extension_for_class(KeyUsage).value
    extended = leaf.extensions.get_extension_for_class(ExtendedKeyUsage).value
    if not usage.digital_signature or ExtendedKeyUsageOID.CODE_SIGNING not in extended:
        raise TamperedError("its certificate is not one for signing code")


def _signature_holds(leaf: x509.Certificate, signature: bytes, signed: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise TamperedError("its certificate is not for an ECDSA key on P-256")
    try:
        key.verify(signature, signed, ec.ECDSA(Prehashed(hashes.SHA256())))
    except InvalidSignature as e:
        raise TamperedError("the signature was not made over these bytes with the certificate's key") from e

"""Checking RFC 3161 timestamps: signed by an authority of the trust root, and with nothing beside what is signed.

The libraries verify the signature but look past the parts of the message around it (RFC 5652 5.3): versions, the
name of the signature algorithm, a status text, attributes that nobody signed. A sealed file must not be open to
changes there, so these parts must be the only ones that they can rightly be.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gatekeeper.signing import certificate as certificates
from gatekeeper.signing import der
from gatekeeper.signing.failures import TamperedError
from gatekeeper.signing.verified import Timestamp

if TYPE_CHECKING:
    from cryptography import x509
    from sigstore.models import TrustedRoot
    from sigstore_models.bundle.v1 import Bundle

MAX_TIMESTAMPS = 8
_GRANTED = bytes.fromhex("3003020100")
# The name of the signature algorithm follows from the digest's (RFC 5754, RFC 5758): ECDSA and RSA.
_SIGNATURES = {
    "2.16.840.1.101.3.4.2.1": ("1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11"),
    "2.16.840.1.101.3.4.2.2": ("1.2.840.10045.4.3.3", "1.2.840.113549.1.1.12"),
    "2.16.840.1.101.3.4.2.3": ("1.2.840.10045.4.3.4", "1.2.840.113549.1.1.13"),
}
_RSA = "1.2.840.113549.1.1.1"
_NULL = b"\x05\x00"


def in_bundle(bundle: Bundle, signature: bytes, root: TrustedRoot) -> tuple[tuple[Timestamp, datetime], ...]:
    """The proven time of every timestamp in a bundle; the library passes over those that are wrong."""
    from rfc3161_client import decode_timestamp_response

    data = bundle.verification_material.timestamp_verification_data
    stamps = data.rfc3161_timestamps if data else None
    return all_checked([decode_timestamp_response(s.signed_timestamp) for s in stamps or ()], signature, root)


def all_checked(replies: list[Any], signature: bytes, root: TrustedRoot) -> tuple[tuple[Timestamp, datetime], ...]:
    """The proven time of each reply over a signature; one that is wrong spoils them all. Raises TamperedError."""
    if len(replies) > MAX_TIMESTAMPS:
        raise TamperedError(f"it carries {len(replies)} timestamps; {MAX_TIMESTAMPS} are the most accepted")
    if len({reply.as_bytes() for reply in replies}) != len(replies):
        raise TamperedError("it carries a timestamp twice")
    return tuple(checked(reply, signature, root) for reply in replies)


def checked(reply: Any, signature: bytes, root: TrustedRoot) -> tuple[Timestamp, datetime]:
    """The proven time of one reply over a signature. Raises TamperedError, ValueError."""
    from rfc3161_client import VerificationError, VerifierBuilder

    time: datetime = reply.tst_info.gen_time
    for authority in root.get_timestamp_authorities():
        chain = authority.certificates(allow_expired=True)
        end = authority.validity_period_end
        if not (authority.validity_period_start <= time and (end is None or time < end)):
            continue
        builder = VerifierBuilder(tsa_certificate=chain[0], intermediates=chain[1:-1], roots=[chain[-1]])
        try:
            builder.build().verify_message(reply, signature)
        except VerificationError:
            continue
        _plain(reply.as_bytes(), chain)
        return Timestamp("tsa", certificates.utc(time), chain[0].subject.rfc4514_string()), time
    raise TamperedError("a timestamp in the bundle is wrong, or of an authority that the trust root does not know")


def _plain(reply: bytes, chain: list[x509.Certificate]) -> None:
    """Refuse a reply that carries more than the signed statement of a time and certificates of the chain."""
    from cryptography.hazmat.primitives.serialization import Encoding

    (_, _, status), (_, _, token) = der.inside(reply)
    _demand(status == _GRANTED, "its status says more than that it was granted")
    _, (_, signed_data, _) = der.inside(token)
    version, _, _, *rest = der.inside(signed_data)
    _demand(version[2] == der.integer(3), "its version is not 3")
    *optional, (_, signers, _) = rest
    _demand(all(tag == der.FIELD_0 for tag, _, _ in optional), "it carries revocation lists")
    known = {certificate.public_bytes(Encoding.DER) for certificate in chain}
    embedded = [whole for _, value, _ in optional for _, _, whole in der.elements(value)]
    _demand(all(certificate in known for certificate in embedded), "it carries a certificate of someone else")
    _plain_signer(signers, chain[0])


def _plain_signer(signers: bytes, leaf: x509.Certificate) -> None:
    (_, content, _), *others = der.elements(signers)
    version, signer, digest, _, algorithm, _, *unsigned = der.elements(content)
    _demand(signer[2] == _name_of(leaf), "it names its signer in another way than the certificate does")
    _demand(not others and not unsigned, "it carries attributes that nobody signed")
    _demand(version[2] == der.integer(1), "its signer's version is not 1")
    hashed = der.inside(digest[2])[0][2]
    wanted = next((names for name, names in _SIGNATURES.items() if der.oid(name) == hashed), ())
    ecdsa = [der.sequence(der.oid(name)) for name in wanted[:1]]
    rsa = [der.sequence(der.oid(name), _NULL) for name in (*wanted[1:], _RSA)]
    _demand(algorithm[2] in (*ecdsa, *rsa), "its signature algorithm is not the one of its digest")


def _name_of(leaf: x509.Certificate) -> bytes:
    """Issuer and serial number, byte for byte as the certificate states them (RFC 5652 10.2.4)."""
    parts = [whole for tag, _, whole in der.inside(leaf.tbs_certificate_bytes) if tag != der.FIELD_0]
    serial, _, issuer, *_ = parts
    return der.sequence(issuer, serial)


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise TamperedError(f"a timestamp in the bundle was changed: {otherwise}")

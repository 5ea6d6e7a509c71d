"""Reading a signing certificate: its one subject name, its issuer, and Fulcio's extensions by name."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gatekeeper.signing.failures import TamperedError
from gatekeeper.signing.identity import EXTENSIONS, FULCIO_ARC
from gatekeeper.signing.verified import Certificate

if TYPE_CHECKING:
    from cryptography import x509

_FIRST_ISSUER = f"{FULCIO_ARC}.1"  # raw bytes, deprecated, still in every certificate
_OTHER_NAME = f"{FULCIO_ARC}.7"


def utc(time: datetime) -> str:
    """RFC 3339 in UTC, with Z."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def identity_of(certificate: x509.Certificate) -> str:
    """The certificate's only subject alternative name. Raises TamperedError, x509.ExtensionNotFound."""
    from cryptography import x509
    from cryptography.hazmat import asn1

    names = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    if len(names) != 1:
        raise TamperedError(f"the certificate has {len(names)} subject names; exactly one was expected")
    name = names[0]
    if isinstance(name, x509.OtherName) and name.type_id.dotted_string == _OTHER_NAME:
        return asn1.decode_der(str, name.value)
    if isinstance(name, x509.UniformResourceIdentifier | x509.RFC822Name):
        return name.value
    raise TamperedError(f"the certificate's subject name is of a kind that Sigstore does not use: {name}")


def extensions_of(certificate: x509.Certificate) -> dict[str, str]:
    """Fulcio's extensions by name; one without a name of ours keeps its number. Raises ValueError."""
    from cryptography import x509
    from cryptography.hazmat import asn1

    found: dict[str, str] = {}
    for extension in certificate.extensions:
        arc, _, number = extension.oid.dotted_string.rpartition(".")
        if arc == FULCIO_ARC and int(number) >= 8 and isinstance(extension.value, x509.UnrecognizedExtension):
            name = EXTENSIONS.get(int(number), f"1.{number}")
            found[name] = asn1.decode_der(str, extension.value.value)
    return found


def issuer_of(certificate: x509.Certificate, extensions: dict[str, str]) -> str:
    """Who vouched for the identity, in the new and the old extension alike. Raises TamperedError."""
    from cryptography import x509

    old = ""
    for extension in certificate.extensions:
        if extension.oid.dotted_string == _FIRST_ISSUER and isinstance(extension.value, x509.UnrecognizedExtension):
            old = extension.value.value.decode()
    new = extensions.get("issuer", "")
    if old and new and old != new:
        raise TamperedError(f"the certificate names two issuers: {old} and {new}")
    return new or old


def facts_of(certificate: x509.Certificate) -> Certificate:
    """Serial number, digest, issuer and validity."""
    from cryptography.hazmat.primitives.serialization import Encoding

    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Certificate(
        serial=f"{certificate.serial_number:x}",
        sha256=hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
        issuer=certificate.issuer.rfc4514_string(),
        not_before=utc(start),
        not_after=utc(end),
        life_seconds=int((end - start).total_seconds()),
    )

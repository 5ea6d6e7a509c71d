"""When the keys of a trust root were in use: one that was withdrawn vouches for nothing afterwards.

A trust root states a range for each authority and log (sigstore protobuf-specs, trustroot; a client must check both the
range and the certificates). The library does so for timestamp authorities only.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gatekeeper.signing.failures import TamperedError

if TYPE_CHECKING:
    from cryptography import x509
    from sigstore.models import TrustedRoot
    from sigstore_models.common.v1 import TimeRange


def authority_in_use(leaf: x509.Certificate, times: Iterable[datetime], root: TrustedRoot) -> None:
    """An authority that issued this certificate was in use at every one of the times. Raises TamperedError."""
    ranges = [
        authority.valid_for
        for authority in root._inner.certificate_authorities
        if any(_issued(leaf, certificate.raw_bytes) for certificate in authority.cert_chain.certificates)
    ]
    _demand(ranges, times, "the authority that issued its certificate")


def certificate_log_in_use(leaf: x509.Certificate, root: TrustedRoot) -> None:
    """So was the log that promised to enter the certificate, where the root names one. Raises TamperedError."""
    from cryptography.x509 import ExtensionNotFound, PrecertificateSignedCertificateTimestamps

    try:
        promises = leaf.extensions.get_extension_for_class(PrecertificateSignedCertificateTimestamps).value
    except ExtensionNotFound:
        return  # whoever asks for a promise has refused it by now
    for promise in promises if root._inner.ctlogs else ():
        ranges = [log.public_key.valid_for for log in root._inner.ctlogs if log.log_id.key_id == promise.log_id]
        _demand(ranges, [promise.timestamp.replace(tzinfo=UTC)], "the log of its certificate")


def log_in_use(log_id: str, times: Iterable[datetime], root: TrustedRoot) -> None:
    """So was the transparency log, which the entry names in base64. Raises TamperedError."""
    key = base64.b64decode(log_id)
    _demand([log.public_key.valid_for for log in root._inner.tlogs if log.log_id.key_id == key], times, "its log")


def _issued(leaf: x509.Certificate, authority: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.x509 import load_der_x509_certificate

    try:
        leaf.verify_directly_issued_by(load_der_x509_certificate(authority))
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _demand(ranges: Sequence[TimeRange | None], times: Iterable[datetime], what: str) -> None:
    for time in times:
        if not any(_within(valid_for, time) for valid_for in ranges):
            raise TamperedError(f"{what} was not in use at {time.isoformat()}, as the trust root states it")


def _within(valid_for: TimeRange | None, time: datetime) -> bool:
    """Both ends belong to it; without a range a key is in use always."""
    if valid_for is None:
        return True
    return valid_for.start <= time and (valid_for.end is None or time <= valid_for.end)

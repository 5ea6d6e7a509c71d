"""What every verification of a certificate's signature asks, with a log entry or without one."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from gatekeeper.signing import certificate as certificates
from gatekeeper.signing import periods
from gatekeeper.signing.failures import RehearsalError, TamperedError, WrongIdentityError
from gatekeeper.signing.identity import Expected, mismatch
from gatekeeper.signing.rehearsal import ORGANISATION
from gatekeeper.signing.trust import Trust
from gatekeeper.signing.verified import LogEntry, Timestamp, Verified

if TYPE_CHECKING:
    from cryptography import x509

Times = tuple[tuple[Timestamp, datetime], ...]


class SignerPolicy:
    """The expectation in the form that the library calls; it raises our own error, which passes through."""

    def __init__(self, expected: Expected) -> None:
        self.expected = expected

    def verify(self, cert: x509.Certificate) -> None:
        """Raises WrongIdentityError for any other signer."""
        extensions = certificates.extensions_of(cert)
        issuer = certificates.issuer_of(cert, extensions)
        if reason := mismatch(self.expected, certificates.identity_of(cert), issuer, extensions):
            raise WrongIdentityError(
                f"the signature is valid, but {reason}",
                "If that signer is right, correct the expected identity, with a review; else do not use these files.",
            )


def established(
    raw: bytes, trust: Trust, leaf: x509.Certificate, digest: str, times: Times, log: LogEntry | None
) -> Verified:
    """The result for a signature that holds, if all its times lie within the certificate. Raises NotAuthenticError."""
    if trust.rehearsal is False and ORGANISATION in leaf.issuer.rfc4514_string():
        raise RehearsalError("it was signed in a rehearsal")
    for stamp, time in times:
        if not leaf.not_valid_before_utc <= time <= leaf.not_valid_after_utc:
            raise TamperedError(f"it was signed at {stamp.time}, when its certificate was not valid")
    periods.authority_in_use(leaf, (time for _, time in times), trust.root)
    periods.certificate_log_in_use(leaf, trust.root)
    extensions = certificates.extensions_of(leaf)
    return Verified(
        digest=digest,
        identity=certificates.identity_of(leaf),
        issuer=certificates.issuer_of(leaf, extensions),
        key="keyless",
        key_sha256=_key_sha256(leaf),
        root_sha256=trust.sha256,
        bundle_sha256=hashlib.sha256(raw).hexdigest(),
        rehearsal=trust.rehearsal,
        timestamps=tuple(stamp for stamp, _ in times),
        log=log,
        certificate=certificates.facts_of(leaf),
        extensions=extensions,
    )


def _key_sha256(leaf: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()

"""Verifying bundles offline: the one boundary between sigstore's exceptions and a verdict.

Whatever the library raises means *not verified*. Beyond what the library checks, a signature counts only if

1. the bundle is in the one form that a signer writes (bundle.py);
2. identity, issuer and extensions are exactly those expected, and no outsider could have started the run (identity.py);
3. every timestamp in it verifies, at least one is there, and all lie within the certificate's validity;
4. a statement is an in-toto statement about exactly the subjects that are expected (statement.py);
5. nothing of it comes from a rehearsal, unless a rehearsal is being verified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from gatekeeper.signing import bundle as form
from gatekeeper.signing import certificate as certificates
from gatekeeper.signing import managed, statement
from gatekeeper.signing import timestamps as stamps
from gatekeeper.signing.boundary import ADVICE, verifying
from gatekeeper.signing.failures import RehearsalError, TamperedError, WrongIdentityError
from gatekeeper.signing.identity import Expected, ExpectedKey, mismatch
from gatekeeper.signing.rehearsal import ORGANISATION
from gatekeeper.signing.trust import Trust, trust_for
from gatekeeper.signing.verified import Timestamp, Verified

if TYPE_CHECKING:
    from cryptography import x509
    from sigstore.models import Bundle


def verify_digest(
    bundle: bytes,
    sha256: bytes,
    trusted_root: bytes,
    expected: Expected | ExpectedKey,
    *,
    rehearsal: bool = False,
    timestamp: bool = True,
) -> Verified:
    """Verify a signature over the 32-byte SHA-256 of a file.

    `timestamp` demands a time-stamping authority's word; without it the log's signed time is enough.
    Raises NotAuthenticError (a judgement was made) or TrustRootError (it could not be made).
    """
    if isinstance(expected, ExpectedKey):
        return managed.verify_managed_digest(
            bundle, sha256, trusted_root, expected, rehearsal=rehearsal, timestamp=timestamp
        )
    trust = trust_for(trusted_root, rehearsal)
    form.bounded(bundle, form.MAX_DIGEST_BUNDLE)

    def check(parsed: Bundle) -> None:
        from sigstore.hashes import Hashed
        from sigstore_models.common.v1 import HashAlgorithm

        hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=sha256)
        trust.verifier.verify_artifact(hashed, parsed, _Policy(expected))

    with verifying():
        return _verified(bundle, trust, check, sha256.hex(), timestamp)


def verify_statement(
    bundle: bytes,
    trusted_root: bytes,
    expected: Expected | ExpectedKey,
    *,
    predicate_type: str = "",
    subjects: Mapping[str, str] | None = None,
    rehearsal: bool = False,
    timestamp: bool = True,
) -> tuple[bytes, Verified]:
    """Verify a signed in-toto statement; returns its payload, byte for byte, and what was established.

    `subjects` maps names to SHA-256 in hex and is compared both ways; None leaves the comparison to the caller.
    Raises NotAuthenticError or TrustRootError.
    """
    if isinstance(expected, ExpectedKey):
        payload, verified = managed.verify_managed_statement(
            bundle, trusted_root, expected, rehearsal=rehearsal, timestamp=timestamp
        )
    else:
        payload, verified = _verify_statement(bundle, trust_for(trusted_root, rehearsal), expected, timestamp)
    with verifying():
        found = statement.subjects_of(payload, predicate_type)
        if subjects is not None:
            statement.compare_subjects(found, subjects)
    return payload, verified


def verify_artifact(
    bundle: bytes,
    sha256: bytes,
    trusted_root: bytes,
    expected: Expected | ExpectedKey,
    *,
    rehearsal: bool = False,
    timestamp: bool = True,
) -> Verified:
    """Verify one file against whatever bundle came with it: a signature over it, or a statement about it.

    Of a statement's subjects one must have the file's digest, whatever its name. Raises as verify_digest does.
    """
    form.bounded(bundle, form.MAX_STATEMENT_BUNDLE)
    if "dsseEnvelope" not in form.strict_json(bundle, "bundle"):
        return verify_digest(bundle, sha256, trusted_root, expected, rehearsal=rehearsal, timestamp=timestamp)
    payload, verified = verify_statement(bundle, trusted_root, expected, rehearsal=rehearsal, timestamp=timestamp)
    if sha256.hex() not in statement.subjects_of(payload).values():
        raise TamperedError("the signed statement is not about this file", ADVICE)
    return verified


def _verify_statement(bundle: bytes, trust: Trust, expected: Expected, timestamp: bool) -> tuple[bytes, Verified]:
    form.bounded(bundle, form.MAX_STATEMENT_BUNDLE)
    payload = b""

    def check(parsed: Bundle) -> None:
        nonlocal payload
        kind, payload = trust.verifier.verify_dsse(parsed, _Policy(expected))
        if kind != form.STATEMENT_TYPE:
            raise TamperedError(f"the payload is {kind!r}, not an in-toto statement")

    with verifying():
        verified = _verified(bundle, trust, check, "", timestamp)
        return payload, _with_digest(verified, payload)


def _with_digest(verified: Verified, payload: bytes) -> Verified:
    import msgspec

    return msgspec.structs.replace(verified, digest=hashlib.sha256(payload).hexdigest())


def _verified(raw: bytes, trust: Trust, check: Callable[[Bundle], None], digest: str, timestamp: bool) -> Verified:
    from sigstore.models import Bundle

    tree = form.strict_json(raw, "bundle")
    parsed = Bundle.from_json(raw)
    if parsed._inner.to_dict() != tree:
        raise TamperedError("the bundle is not in the form in which signers write it")
    form.envelope_is_plain(tree)
    check(parsed)
    leaf = parsed.signing_certificate
    if trust.rehearsal is False and ORGANISATION in leaf.issuer.rfc4514_string():
        raise RehearsalError("it was signed in a rehearsal")
    entry = form.log_entry(tree, trust.log_ids)
    proven = _timestamps(parsed, trust)
    if timestamp and not proven:
        raise TamperedError("no time-stamping authority vouches for the time of signing")
    times = (*proven, *form.promised(entry))
    _within(times, leaf)
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
        log=form.logged(entry),
        certificate=certificates.facts_of(leaf),
        extensions=extensions,
    )


def _key_sha256(leaf: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _timestamps(parsed: Bundle, trust: Trust) -> tuple[tuple[Timestamp, datetime], ...]:
    """Every timestamp of the bundle, verified: the library passes over those that are not. Raises TamperedError."""
    data = parsed.verification_material.timestamp_verification_data
    return stamps.all_checked(data.rfc3161_timestamps if data else [], parsed.signature, trust.root)


def _within(times: tuple[tuple[Timestamp, datetime], ...], leaf: x509.Certificate) -> None:
    for stamp, time in times:
        if not leaf.not_valid_before_utc <= time <= leaf.not_valid_after_utc:
            raise TamperedError(f"it was signed at {stamp.time}, when its certificate was not valid")


class _Policy:
    """The expectation in the form that the library calls; it raises our own error, which passes through."""

    def __init__(self, expected: Expected) -> None:
        self.expected = expected

    def verify(self, cert: x509.Certificate) -> None:
        extensions = certificates.extensions_of(cert)
        issuer = certificates.issuer_of(cert, extensions)
        if reason := mismatch(self.expected, certificates.identity_of(cert), issuer, extensions):
            raise WrongIdentityError(
                f"the signature is valid, but {reason}",
                "If that signer is right, correct the expected identity, with a review; else do not use these files.",
            )

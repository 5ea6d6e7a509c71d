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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.signing import bundle as form
from gatekeeper.signing import certificate as certificates
from gatekeeper.signing import statement
from gatekeeper.signing.failures import RehearsalError, TamperedError, TrustRootError, WrongIdentityError
from gatekeeper.signing.identity import Expected, mismatch
from gatekeeper.signing.rehearsal import ORGANISATION, is_rehearsal
from gatekeeper.signing.verified import LogEntry, Timestamp, Verified

if TYPE_CHECKING:
    from cryptography import x509
    from sigstore.models import Bundle, TrustedRoot
    from sigstore.verify import Verifier

ADVICE = "Do not use these files. Get them again from the manufacturer, and tell them what was seen."
MAX_TEXT = 300


def verify_digest(
    bundle: bytes,
    sha256: bytes,
    trusted_root: bytes,
    expected: Expected,
    *,
    rehearsal: bool = False,
    timestamp: bool = True,
) -> Verified:
    """Verify a signature over the 32-byte SHA-256 of a file.

    `timestamp` demands a time-stamping authority's word; without it the log's signed time is enough.
    Raises NotAuthenticError (a judgement was made) or TrustRootError (it could not be made).
    """
    trust = _trust(trusted_root, rehearsal)
    form.bounded(bundle, form.MAX_DIGEST_BUNDLE)

    def check(parsed: Bundle) -> None:
        from sigstore.hashes import Hashed
        from sigstore_models.common.v1 import HashAlgorithm

        hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=sha256)
        trust.verifier.verify_artifact(hashed, parsed, _Policy(expected))

    with _boundary():
        return _verified(bundle, trust, check, sha256.hex(), timestamp)


def verify_statement(
    bundle: bytes,
    trusted_root: bytes,
    expected: Expected,
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
    payload, verified = _verify_statement(bundle, _trust(trusted_root, rehearsal), expected, timestamp)
    with _boundary():
        found = statement.subjects_of(payload, predicate_type)
        if subjects is not None:
            statement.compare_subjects(found, subjects)
    return payload, verified


def verify_artifact(
    bundle: bytes,
    sha256: bytes,
    trusted_root: bytes,
    expected: Expected,
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

    with _boundary():
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
    stamps = trust.timestamps(parsed)
    if timestamp and not stamps:
        raise TamperedError("no time-stamping authority vouches for the time of signing")
    times = (*stamps, *_promised(entry))
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
        log=logged(entry),
        certificate=certificates.facts_of(leaf),
        extensions=extensions,
    )


def _key_sha256(leaf: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def logged(entry: form.Json) -> LogEntry:
    """The log entry in the record's words."""
    origin, size = form.checkpoint_lines(entry["inclusionProof"])
    promised = [stamp.time for stamp, _ in _promised(entry)]
    return LogEntry(
        index=entry["logIndex"],
        log_id=entry["logId"]["keyId"],
        kind=f"{entry['kindVersion']['kind']}/{entry['kindVersion']['version']}",
        origin=origin,
        tree_size=size,
        integrated=promised[0] if promised else "",
    )


def _promised(entry: form.Json) -> tuple[tuple[Timestamp, datetime], ...]:
    """The log's own time, which the library verified with the promise that signs it."""
    if "inclusionPromise" not in entry:
        return ()
    time = datetime.fromtimestamp(int(entry["integratedTime"]), UTC)
    return ((Timestamp("log", certificates.utc(time), form.checkpoint_lines(entry["inclusionProof"])[0]), time),)


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


class Trust:
    """A trust root, loaded once: the library's verifier, and what it does not check itself."""

    def __init__(self, raw: bytes, root: TrustedRoot, verifier: Verifier, log_ids: frozenset[str]) -> None:
        self.sha256 = hashlib.sha256(raw).hexdigest()
        self.rehearsal = is_rehearsal(raw)
        self.root = root
        self.verifier = verifier
        self.log_ids = log_ids

    def timestamps(self, parsed: Bundle) -> tuple[tuple[Timestamp, datetime], ...]:
        """Every timestamp of the bundle, verified: the library passes over those that are not. Raises TamperedError."""
        data = parsed.verification_material.timestamp_verification_data
        return tuple(self.timestamp(reply, parsed.signature) for reply in (data.rfc3161_timestamps if data else ()))

    def timestamp(self, reply: Any, signature: bytes) -> tuple[Timestamp, datetime]:
        """One verified RFC 3161 reply over a signature. Raises TamperedError."""
        from rfc3161_client import VerificationError, VerifierBuilder

        time: datetime = reply.tst_info.gen_time
        for authority in self.root.get_timestamp_authorities():
            leaf, *between, top = authority.certificates(allow_expired=True)
            end = authority.validity_period_end
            if not (authority.validity_period_start <= time and (end is None or time < end)):
                continue
            builder = VerifierBuilder(tsa_certificate=leaf, intermediates=between, roots=[top])
            try:
                builder.build().verify_message(reply, signature)
            except VerificationError:
                continue
            return Timestamp("tsa", certificates.utc(time), leaf.subject.rfc4514_string()), time
        raise TamperedError("a timestamp in the bundle is of an authority that the trust root does not know, or wrong")


def _trust(trusted_root: bytes, rehearsal: bool) -> Trust:
    trust = load_trust(trusted_root)
    if trust.rehearsal and not rehearsal:
        raise RehearsalError(
            "the trust root is a rehearsal's: what it vouches for is no release",
            "Use --rehearsal to look at a rehearsal. A release is verified with the trust root of its real Sigstore.",
        )
    return trust


@lru_cache(maxsize=4)
def load_trust(trusted_root: bytes) -> Trust:
    """Load a trust root, offline. Raises TrustRootError."""
    import base64

    from sigstore.models import TrustedRoot
    from sigstore.verify import Verifier
    from sigstore_models.trustroot.v1 import TrustedRoot as RootModel

    try:
        root = TrustedRoot(RootModel.from_json(trusted_root))
        verifier = Verifier(trusted_root=root)
        log_ids = frozenset(base64.b64encode(log.log_id.key_id).decode() for log in root._inner.tlogs)
        for authority in root.get_timestamp_authorities():
            _leaf, _top, *_ = authority.certificates(allow_expired=True)
        return Trust(trusted_root, root, verifier, log_ids)
    except Exception as e:  # pydantic, cryptography and sigstore raise many kinds; all mean: no trust root
        raise TrustRootError(
            f"the trust root cannot be used ({type(e).__name__}: {one_line(e)})",
            "Give the trusted_root.json of the Sigstore that signed, as its operator or the manufacturer publishes it.",
        ) from e


@contextmanager
def _boundary() -> Iterator[None]:
    """The one place where the library's exceptions become ours: any exception means *not verified*."""
    try:
        yield
    except GatekeeperError as e:
        e.advice = e.advice or ADVICE
        raise
    except Exception as e:  # crafted bundles raise anything: ValueError, OSError, AttributeError ...
        raise TamperedError(_explained(e), ADVICE) from e


def _explained(error: Exception) -> str:
    from sigstore.errors import CertValidationError, VerificationError
    from sigstore.models import InvalidBundle

    if isinstance(error, CertValidationError):
        return "its certificate was not issued under this trust root, or was not valid when it was used"
    if isinstance(error, InvalidBundle):
        return f"it is not a Sigstore bundle that can be judged: {one_line(error)}"
    if isinstance(error, VerificationError):
        return f"the signature does not hold: {one_line(error)}"
    return f"the bundle does not hold together ({type(error).__name__}: {one_line(error)})"


def one_line(error: BaseException) -> str:
    """An exception's text, short and without control characters."""
    text = " ".join(str(error).split())
    return "".join(c if c.isprintable() else "?" for c in text)[:MAX_TEXT]

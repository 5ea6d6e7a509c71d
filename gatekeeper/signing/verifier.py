"""Verifying bundles offline: the one boundary between sigstore's exceptions and a verdict.

Whatever the library raises means *not verified*. Beyond what the library checks, a signature counts only if

1. the bundle is in the one form that a signer writes (bundle.py);
2. identity, issuer and extensions are exactly those expected, and no outsider could have started the run (identity.py);
3. every timestamp in it verifies, at least one is there, and all lie within the certificate's validity and within
   the ranges that the trust root states for authority and logs (periods.py);
4. a statement is an in-toto statement about exactly the subjects that are expected (statement.py);
5. nothing of it comes from a rehearsal, unless a rehearsal is being verified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gatekeeper.signing import bundle as form
from gatekeeper.signing import managed, periods, statement, unlogged
from gatekeeper.signing import timestamps as stamps
from gatekeeper.signing.boundary import ADVICE, verifying
from gatekeeper.signing.failures import TamperedError
from gatekeeper.signing.identity import Expected, ExpectedKey
from gatekeeper.signing.keyless import SignerPolicy, established
from gatekeeper.signing.trust import Trust, trust_for
from gatekeeper.signing.verified import Verified

if TYPE_CHECKING:
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
    if trust.logless:
        return unlogged.verify_unlogged_digest(bundle, sha256, trust, expected)
    verifier = trust.verifier

    def check(parsed: Bundle) -> None:
        from sigstore.hashes import Hashed
        from sigstore_models.common.v1 import HashAlgorithm

        hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=sha256)
        verifier.verify_artifact(hashed, parsed, SignerPolicy(expected))

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
    return _with(verified, statement=statement.predicate_type(payload))


def _verify_statement(bundle: bytes, trust: Trust, expected: Expected, timestamp: bool) -> tuple[bytes, Verified]:
    form.bounded(bundle, form.MAX_STATEMENT_BUNDLE)
    if trust.logless:
        return unlogged.verify_unlogged_statement(bundle, trust, expected)
    payload, verifier = b"", trust.verifier

    def check(parsed: Bundle) -> None:
        nonlocal payload
        kind, payload = verifier.verify_dsse(parsed, SignerPolicy(expected))
        if kind != form.STATEMENT_TYPE:
            raise TamperedError(f"the payload is {kind!r}, not an in-toto statement")

    with verifying():
        verified = _verified(bundle, trust, check, "", timestamp)
        return payload, _with(verified, digest=hashlib.sha256(payload).hexdigest())


def _with(verified: Verified, **changes: str) -> Verified:
    import msgspec

    return msgspec.structs.replace(verified, **changes)


def _verified(raw: bytes, trust: Trust, check: Callable[[Bundle], None], digest: str, timestamp: bool) -> Verified:
    from sigstore.models import Bundle

    tree = form.strict_json(raw, "bundle")
    parsed = Bundle.from_json(raw)
    if parsed._inner.to_dict() != tree:
        raise TamperedError("the bundle is not in the form in which signers write it")
    form.envelope_is_plain(tree)
    check(parsed)
    entry = form.log_entry(tree, trust.log_ids)
    proven = stamps.in_bundle(parsed._inner, parsed.signature, trust.root)
    if timestamp and not proven:
        raise TamperedError("no time-stamping authority vouches for the time of signing")
    times = (*proven, *form.promised(entry))
    periods.log_in_use(entry["logId"]["keyId"], (time for _, time in times), trust.root)
    return established(raw, trust, parsed.signing_certificate, digest, times, form.logged(entry))

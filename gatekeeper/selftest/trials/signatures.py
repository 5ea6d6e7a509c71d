"""SIGN: signatures made here by the throw-away Sigstore, and what must not be taken for one of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from gatekeeper.model.errors import GatekeeperError, NotAuthenticError
from gatekeeper.model.selftest import SampleResult
from gatekeeper.model.words import Outcome
from gatekeeper.selftest.specimen import Trial

if TYPE_CHECKING:
    from gatekeeper.signing.identity import Expected

_FILE, _OTHER = (hashlib.sha256(text).digest() for text in (b"the released file", b"another file"))


def _run() -> Iterator[SampleResult]:
    from gatekeeper.signing.rehearsal import rehearsal
    from gatekeeper.signing.signer import open_signer
    from gatekeeper.signing.verifier import verify_digest

    with rehearsal() as place, rehearsal() as elsewhere:
        with open_signer(place.instance, place.credential, place.expected) as signer:
            bundle, _ = signer.sign_digest(_FILE)
        root, who = place.trusted_root, place.expected
        stranger = msgspec.structs.replace(who, identity="https://example.org/another/workflow@refs/heads/main")

        def verified(
            raw: bytes = bundle, digest: bytes = _FILE, trusted: bytes = root, expected: Expected = who
        ) -> object:
            return verify_digest(raw, digest, trusted, expected, rehearsal=True)

        yield _tried("SIGN-01", "a good signature", verified)
        for rule, name, attempt in (
            ("SIGN-02", "a signature over another file", lambda: verified(digest=_OTHER)),
            ("SIGN-01", "another identity", lambda: verified(expected=stranger)),
            ("SIGN-01", "the root of another instance", lambda: verified(trusted=elsewhere.trusted_root)),
            ("SIGN-01", "half a bundle", lambda: verified(bundle[:500])),
            ("SIGN-04", "no timestamp", lambda: verified(_unstamped(bundle))),
            ("SIGN-08", "a rehearsal taken for a release", lambda: verify_digest(bundle, _FILE, root, who)),
        ):
            yield _tried(rule, name, attempt, bad=True)


def _unstamped(bundle: bytes) -> bytes:
    content = msgspec.json.decode(bundle)
    content["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": []}
    return msgspec.json.encode(content)


def _tried(rule: str, name: str, attempt: Callable[[], object], *, bad: bool = False) -> SampleResult:
    """Verified is passed; a judgement against it is failed; anything else of ours is undecided."""
    try:
        attempt()
    except NotAuthenticError as e:
        return SampleResult(rule, name, bad, Outcome.FAILED, e.message)
    except GatekeeperError as e:
        return SampleResult(rule, name, bad, Outcome.UNDECIDED, e.message)
    return SampleResult(rule, name, bad, Outcome.PASSED)


TRIAL = Trial("signatures", lambda: tuple(_run()), signing=True)

"""Signing with an identity instead of a kept key: the boundary between sigstore's exceptions and advice.

Every bundle is parsed again from its serialised form and verified for the expected identity before it is handed
out (the library returns bundles without their timestamp, or that nobody can load, without a word). The timestamp
is asked for first: if it cannot be had, nothing is sent to the log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.signing.credential import Credential
from gatekeeper.signing.failures import ServiceOutageError
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.instance import Instance
from gatekeeper.signing.limits import Limits, Worker, persistently
from gatekeeper.signing.refusals import signing_failure
from gatekeeper.signing.rehearsal import is_rehearsal
from gatekeeper.signing.services import checked_bundle, loaded_config, signing_context
from gatekeeper.signing.statement import subjects_of
from gatekeeper.signing.verified import Verified
from gatekeeper.signing.verifier import verify_digest, verify_statement

if TYPE_CHECKING:
    from sigstore.models import Bundle
    from sigstore.sign import Signer as LibrarySigner

RENEW_BEFORE_SECONDS = 120.0  # of the certificate's end, so that log and timestamp still fall within it


class Signer(Protocol):
    """Signs digests and statements; each bundle that it returns has been verified."""

    def sign_digest(self, sha256: bytes) -> tuple[bytes, Verified]:
        """The bundle (JSON) over a file's 32-byte SHA-256."""
        ...

    def sign_digests(self, digests: Sequence[bytes]) -> Iterator[tuple[bytes, Verified]]:
        """The same for many files, in their order; several are under way at once."""
        ...

    def sign_statement(self, payload: bytes) -> tuple[bytes, Verified]:
        """The bundle (JSON) over an in-toto statement, byte for byte."""
        ...


@contextmanager
def open_signer(
    instance: Instance, credential: Credential, expected: Expected, limits: Limits | None = None
) -> Iterator[Signer]:
    """A signer for this instance whose signatures must carry the expected identity.

    Nothing is sent before the first signature. Raises TrustRootError for an unusable instance; signing raises
    ServiceOutageError, CredentialError, ClockError (exit 3) or WrongIdentityError (exit 1).
    """
    signer = KeylessSigner(instance, credential, expected, limits or Limits())
    try:
        yield signer
    finally:
        signer.close()


class _Held(NamedTuple):
    signer: LibrarySigner
    renew_at: float  # by the monotonic clock


class KeylessSigner:
    """Holds one certificate at a time and gets a fresh token and certificate before it ends."""

    def __init__(self, instance: Instance, credential: Credential, expected: Expected, limits: Limits) -> None:
        self._instance = instance
        self._credential = credential
        self._expected = expected
        self._limits = limits
        self._config = loaded_config(instance)
        self._rehearsal = is_rehearsal(instance.trusted_root)
        self._idle: list[Worker] = []
        self._renewing = Lock()
        self._held: _Held | None = None

    def close(self) -> None:
        """Forget the key."""
        self._held = None
        for worker in self._idle:
            worker.close()

    def sign_digest(self, sha256: bytes) -> tuple[bytes, Verified]:
        """The bundle over a file's digest, and what verifying it established."""
        return self._checked(sha256, self._digest_signed(sha256))

    def sign_digests(self, digests: Sequence[bytes]) -> Iterator[tuple[bytes, Verified]]:
        """The bundles over many digests, with one certificate; the first failure ends it.

        Waiting for the services is done at once, verifying one by one, as it keeps the processor busy.
        """
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self._limits.at_once) as pool:
            signed = [pool.submit(self._digest_signed, digest) for digest in digests]
            try:
                for digest, raw in zip(digests, signed, strict=True):
                    yield self._checked(digest, raw.result())
            finally:
                pool.shutdown(cancel_futures=True)

    def _digest_signed(self, sha256: bytes) -> bytes:
        from sigstore.hashes import Hashed
        from sigstore_models.common.v1 import HashAlgorithm

        hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=sha256)
        return self._signed(lambda signer: signer.sign_artifact(hashed))

    def _checked(self, sha256: bytes, raw: bytes) -> tuple[bytes, Verified]:
        root, expected = self._instance.trusted_root, self._expected
        return raw, checked_bundle(lambda: verify_digest(raw, sha256, root, expected, rehearsal=self._rehearsal))

    def sign_statement(self, payload: bytes) -> tuple[bytes, Verified]:
        """The bundle over a statement, and what verifying it established."""
        from sigstore.dsse import Statement

        subjects_of(payload)
        statement = Statement(payload)
        raw = self._signed(lambda signer: signer.sign_dsse(statement))
        root, expected = self._instance.trusted_root, self._expected
        found, verified = checked_bundle(lambda: verify_statement(raw, root, expected, rehearsal=self._rehearsal))
        if found != payload:
            raise ServiceOutageError("the signed statement is not the one that was given", "Sign again.")
        return raw, verified

    def _signed(self, act: Callable[[LibrarySigner], Bundle]) -> bytes:
        """One signature; each try makes a new one, with a fresh certificate."""
        worker = self._idle.pop() if self._idle else Worker()
        try:
            return persistently(worker, self._limits, lambda: self._attempt(act), self._forget)
        finally:
            self._idle.append(worker)

    def _forget(self) -> None:
        self._held = None

    def _attempt(self, act: Callable[[LibrarySigner], Bundle]) -> bytes:
        """In a worker's thread. The one boundary for signing."""
        try:
            return act(self._current()).to_json().encode()
        except GatekeeperError:
            raise
        except Exception as e:  # thirty kinds, from requests to pydantic; refusals.py tells them apart
            raise signing_failure(e) from e

    def _current(self) -> LibrarySigner:
        """The signer in hand, or a fresh one, got by one thread while the others go on with what they hold."""
        held = self._held
        if held is None or time.monotonic() >= held.renew_at:
            with self._renewing:
                if self._held is held:
                    self._held = self._fresh()
                held = self._held or self._fresh()
        return held.signer

    def _fresh(self) -> _Held:
        from sigstore.oidc import IdentityToken
        from sigstore.sign import Signer as LibrarySigner

        token = IdentityToken(self._credential())
        signer = LibrarySigner(token, signing_context(self._config, self._limits))
        certificate = signer._signing_cert()
        life = (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds()
        return _Held(signer, time.monotonic() + life - RENEW_BEFORE_SECONDS)

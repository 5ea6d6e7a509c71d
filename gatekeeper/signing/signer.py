"""Signing with an identity instead of a kept key: the boundary between sigstore's exceptions and advice.

Every bundle is parsed again from its serialised form and verified for the expected identity before it is handed
out (the library returns bundles without their timestamp, or that nobody can load, without a word). The timestamp
is asked for first: if it cannot be had, nothing is sent to the log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from gatekeeper.model.errors import GatekeeperError, NotAuthenticError
from gatekeeper.signing.credential import Credential
from gatekeeper.signing.failures import (
    ClockError,
    CredentialError,
    ServiceOutageError,
    TrustRootError,
    WrongIdentityError,
)
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.instance import CONFIG_TYPE, Instance
from gatekeeper.signing.limits import Limits, Worker, bound
from gatekeeper.signing.refusals import signing_failure
from gatekeeper.signing.rehearsal import is_rehearsal
from gatekeeper.signing.verified import Verified
from gatekeeper.signing.verifier import verify_digest, verify_statement

if TYPE_CHECKING:
    from sigstore.models import Bundle, ClientTrustConfig
    from sigstore.sign import Signer as LibrarySigner
    from sigstore.sign import SigningContext

T = TypeVar("T")
RENEW_BEFORE_SECONDS = 120.0  # of the certificate's end, so that log and timestamp still fall within it


class Signer(Protocol):
    """Signs digests and statements; each bundle that it returns has been verified."""

    def sign_digest(self, sha256: bytes) -> tuple[bytes, Verified]:
        """The bundle (JSON) over a file's 32-byte SHA-256."""
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


class KeylessSigner:
    """Holds one certificate at a time and gets a fresh token and certificate before it ends."""

    def __init__(self, instance: Instance, credential: Credential, expected: Expected, limits: Limits) -> None:
        self._instance = instance
        self._credential = credential
        self._expected = expected
        self._limits = limits
        self._config = _config(instance)
        self._rehearsal = is_rehearsal(instance.trusted_root)
        self._worker = Worker()
        self._held: tuple[LibrarySigner, float] | None = None

    def close(self) -> None:
        """Forget the key."""
        self._held = None
        self._worker.close()

    def sign_digest(self, sha256: bytes) -> tuple[bytes, Verified]:
        """The bundle over a file's digest, and what verifying it established."""
        from sigstore.hashes import Hashed
        from sigstore_models.common.v1 import HashAlgorithm

        hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=sha256)
        raw = self._signed(lambda signer: signer.sign_artifact(hashed))
        root, expected = self._instance.trusted_root, self._expected
        return raw, _checked(lambda: verify_digest(raw, sha256, root, expected, rehearsal=self._rehearsal))

    def sign_statement(self, payload: bytes) -> tuple[bytes, Verified]:
        """The bundle over a statement, and what verifying it established."""
        from sigstore.dsse import Statement

        statement = Statement(payload)
        raw = self._signed(lambda signer: signer.sign_dsse(statement))
        root, expected = self._instance.trusted_root, self._expected
        found, verified = _checked(lambda: verify_statement(raw, root, expected, rehearsal=self._rehearsal))
        if found != payload:
            raise ServiceOutageError("the signed statement is not the one that was given", "Sign again.")
        return raw, verified

    def _signed(self, act: Callable[[LibrarySigner], Bundle]) -> bytes:
        """One signature, tried again after an outage while the budget lasts; each try makes a new one."""
        deadline = time.monotonic() + self._limits.budget
        attempt = 1
        while True:
            try:
                left = deadline - time.monotonic()
                return self._worker.call(lambda: self._attempt(act), left)
            except ServiceOutageError as e:
                self._held = None
                if not self._limits.wait(attempt, deadline):
                    raise _outage(e, attempt) from e
                attempt += 1

    def _attempt(self, act: Callable[[LibrarySigner], Bundle]) -> bytes:
        """In the worker's thread, where the library's sessions live. The one boundary for signing."""
        try:
            return act(self._current()).to_json().encode()
        except GatekeeperError:
            raise
        except Exception as e:  # thirty kinds, from requests to pydantic; refusals.py tells them apart
            raise signing_failure(e) from e

    def _current(self) -> LibrarySigner:
        if self._held is None or time.monotonic() >= self._held[1]:
            self._held = None
            self._held = self._fresh()
        return self._held[0]

    def _fresh(self) -> tuple[LibrarySigner, float]:
        from sigstore.oidc import IdentityToken
        from sigstore.sign import Signer as LibrarySigner

        token = IdentityToken(self._credential())
        signer = LibrarySigner(token, _context(self._config, self._limits))
        certificate = signer._signing_cert()
        life = (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds()
        return signer, time.monotonic() + life - RENEW_BEFORE_SECONDS


def _config(instance: Instance) -> ClientTrustConfig:
    from sigstore.models import ClientTrustConfig

    if not instance.signing_config:
        raise TrustRootError(
            f"{instance.source} says whom to trust, but not where to sign",
            "Give a client trust config: it holds the trusted root and the signing config.",
        )
    whole = b'{"mediaType":"%s","trustedRoot":%s,"signingConfig":%s}'
    parts = CONFIG_TYPE.encode(), instance.trusted_root, instance.signing_config
    try:
        config = ClientTrustConfig.from_json((whole % parts).decode())
        config.force_tlog_version = instance.log_version
        if not config.signing_config.get_tsas():
            raise TrustRootError(f"{instance.source} names no timestamp service; signatures need one")
        return config
    except GatekeeperError:
        raise
    except Exception as e:  # pydantic, cryptography and sigstore raise many kinds; all mean: unusable
        raise TrustRootError(
            f"the configuration of {instance.source} cannot be used ({type(e).__name__})",
            "Fetch the client trust config again from the instance's operator.",
        ) from e


def _context(config: ClientTrustConfig, limits: Limits) -> SigningContext:
    """As the library makes it, with bounds on each session and timestamps that must not be missing."""
    from sigstore.sign import SigningContext

    signing = config.signing_config
    fulcio, rekor = signing.get_fulcio(), signing.get_tlogs()[0]
    stamps = signing.get_tsas()
    for client in (rekor, *stamps):
        bound(_session(client, "_session"), limits)
    bound(_session(fulcio, "session"), limits)
    wanted: Any = [_MandatoryTimestamps(client) for client in stamps]
    return SigningContext(fulcio=fulcio, rekor=rekor, trusted_root=config.trusted_root, tsa_clients=wanted)


def _session(client: object, name: str) -> Any:
    """The client's HTTP session, by a name that is not public: a change of it must not go unnoticed."""
    session = getattr(client, name, None)
    if session is None or not hasattr(session, "mount"):
        raise TypeError(f"this release of sigstore keeps its sessions elsewhere than {type(client).__name__}.{name}")
    return session


class _MandatoryTimestamps:
    """A timestamp service whose failure stops the signature; the library would only log it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.url: str = client.url

    def request_timestamp(self, signature: bytes) -> object:
        from sigstore._internal.timestamp import TimestampError

        try:
            return self._client.request_timestamp(signature)
        except TimestampError as e:
            raise ServiceOutageError(f"the timestamp service {self.url} gave no timestamp") from e


def _checked(verify: Callable[[], T]) -> T:
    """A bundle just made must verify: if not, a service answered wrongly, unless it names somebody else."""
    try:
        return verify()
    except WrongIdentityError as e:
        e.advice = "Sign in the workflow, on the ref and for the commit that the policy names, or correct the policy."
        raise
    except NotAuthenticError as e:
        raise ServiceOutageError(
            f"a signature was made, but does not verify: {e.message}",
            "A signing service answered wrongly, or the trust root is too old for it. Refresh the trust root, "
            "then run again with --resume; if it stays, tell the instance's operator.",
        ) from e


def _outage(error: ServiceOutageError, attempts: int) -> ServiceOutageError:
    tries = "once" if attempts == 1 else f"{attempts} times"
    advice = error.advice or "Nothing is lost: run again with --resume when the service is back."
    return ServiceOutageError(f"{error.message} (tried {tries})", advice)


__all__ = ["ClockError", "CredentialError", "KeylessSigner", "Signer", "open_signer"]

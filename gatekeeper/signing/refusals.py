"""Telling the library's signing exceptions apart: half of them have no text, and a third are not its own."""

from __future__ import annotations

import re

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.signing.credential import ADVICE as IDENTITY_ADVICE
from gatekeeper.signing.failures import ClockError, CredentialError, ServiceOutageError, TrustRootError

_TOKEN_STATUS = re.compile(r"code=(\d{3})")
CLOCK_ADVICE = "Set this machine's clock (NTP), then run again with --resume."
OUTAGE_ADVICE = "Nothing is lost: run again with --resume when the service is back."


def signing_failure(error: Exception) -> GatekeeperError:
    """Our error for whatever went wrong while signing, in the order of what can be known for sure."""
    return _identity(error) or _service(error) or _unexpected(error)


def _identity(error: Exception) -> GatekeeperError | None:
    import jwt
    from sigstore._internal.fulcio import ExpiredCertificate
    from sigstore.oidc import ExpiredIdentity, IdentityError, IssuerError

    cause = error.__cause__
    if isinstance(error, ExpiredCertificate):
        return ClockError("the certificate just issued is already expired by this machine's clock", CLOCK_ADVICE)
    if isinstance(cause, jwt.ImmatureSignatureError):
        return ClockError("the identity token is not valid yet by this machine's clock", CLOCK_ADVICE)
    if isinstance(error, ExpiredIdentity) or isinstance(cause, jwt.ExpiredSignatureError):
        return CredentialError(
            "the identity token has expired",
            f"Get a fresh token right before signing, and check the clock. {IDENTITY_ADVICE}",
        )
    if isinstance(error, IdentityError):
        return _token_fault(error)
    if isinstance(error, IssuerError):
        return ServiceOutageError("the identity provider answers nonsense", OUTAGE_ADVICE)
    return None


def _token_fault(error: Exception) -> GatekeeperError:
    """The text is the `id` library's: it says whether the endpoint failed or the job has no right to a token."""
    text = str(error)
    code = _TOKEN_STATUS.search(text)
    unanswered = "timed out" in text or "malformed or incomplete" in text
    if unanswered or (code and (int(code[1]) < 400 or _passing(int(code[1])))):
        return ServiceOutageError("the CI system's token service does not answer as it should", OUTAGE_ADVICE)
    if "permission" in text:
        return CredentialError("this job may not have an identity token", IDENTITY_ADVICE)
    if "request failed" in text:
        return CredentialError("the CI system refused an identity token", IDENTITY_ADVICE)
    return CredentialError("the identity token is malformed or not meant for signing", IDENTITY_ADVICE)


def _service(error: Exception) -> GatekeeperError | None:
    import requests
    import urllib3
    from sigstore._internal.fulcio.client import FulcioClientError
    from sigstore._internal.rekor import RekorClientError
    from sigstore.errors import NetworkError, TUFError

    status = _status(error)
    if isinstance(error, FulcioClientError):
        if status is None or _passing(status):
            return ServiceOutageError(f"the certificate authority fails{_code(status)}", OUTAGE_ADVICE)
        return CredentialError(
            f"the certificate authority refused the identity (HTTP {status})",
            "Check that the instance accepts this issuer, that the token is for it, and that the clock is right.",
        )
    if isinstance(error, RekorClientError):
        if status is None or _passing(status):
            return ServiceOutageError(f"the transparency log fails{_code(status)}", OUTAGE_ADVICE)
        return TrustRootError(
            f"the transparency log refused the entry (HTTP {status})",
            "Check that the signing configuration names the right log and version, and its size limit.",
        )
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        return TrustRootError("the signing configuration holds an address that is none", "Ask the instance's operator.")
    if isinstance(error, requests.exceptions.RequestException | urllib3.exceptions.HTTPError | NetworkError | TUFError):
        return ServiceOutageError(f"a signing service could not be reached ({type(error).__name__})", OUTAGE_ADVICE)
    return None


def _status(error: Exception) -> int | None:
    """The HTTP status behind an error, where the library kept it."""
    for cause in (error.__cause__, error.__context__):
        status = getattr(getattr(cause, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
    return None


def _passing(status: int) -> bool:
    """Whether the same request may do better later: 409 is an entry that is already there, and a new try differs."""
    return status >= 500 or status in (408, 409, 425, 429)


def _code(status: int | None) -> str:
    return f" (HTTP {status})" if status else ""


def _unexpected(error: Exception) -> GatekeeperError:
    """An answer that the library stumbles over: garbage from a service is an outage, and may pass."""
    name = type(error).__name__
    return ServiceOutageError(f"a signing service answered something that cannot be used ({name})", OUTAGE_ADVICE)

"""What can go wrong around signatures, told apart for the person who has to act.

Each kind is one of gatekeeper's own errors, so that the exit code follows from the base class.
"""

from __future__ import annotations

from gatekeeper.model.errors import EvidenceError, NotAuthenticError, OutageError


class ServiceOutageError(OutageError):
    """A signing service is down, slow, over its limit or answers nonsense: sealed, unsigned, try again later."""


class CredentialError(EvidenceError):
    """There is no usable identity to sign with: none offered, expired, refused, or a PIN is missing."""


class ClockError(EvidenceError):
    """This machine's clock and the services' clocks disagree."""


class TrustRootError(EvidenceError):
    """The trust root or the signing configuration is missing, unreadable, or not the pinned one."""


class KeyProtectionError(EvidenceError):
    """The token does not show that the signing key is protected, or the reference to it cannot be accepted."""


class TamperedError(NotAuthenticError):
    """Bytes, signature, certificate, log proof or time do not hold together."""


class WrongIdentityError(NotAuthenticError):
    """Validly signed, but by someone else than expected."""


class RehearsalError(NotAuthenticError):
    """Signed by a throw-away rehearsal instance: no release."""

"""The one place where sigstore's verification exceptions become ours: any exception means *not verified*."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.signing.failures import TamperedError

ADVICE = "Do not use these files. Get them again from the manufacturer, and tell them what was seen."
MAX_TEXT = 300


@contextmanager
def verifying() -> Iterator[None]:
    """Around every look at a bundle. Warnings about odd certificates are for nobody: they are judged, not displayed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except GatekeeperError as e:
        e.advice = e.advice or ADVICE
        raise
    except BaseException as e:  # crafted bundles raise anything: ValueError, OSError, AttributeError, a panic ...
        if not is_fault(e):
            raise
        raise TamperedError(_explained(e), ADVICE) from e


def is_fault(error: BaseException) -> bool:
    """Whether a library stumbled. Libraries in Rust raise their panics past Exception, of a class without a module."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def _explained(error: BaseException) -> str:
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

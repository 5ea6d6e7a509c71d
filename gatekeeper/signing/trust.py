"""A trust root, loaded once, offline; it does not depend on the network, on HOME, or on this machine's settings."""

from __future__ import annotations

import gc
import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from gatekeeper.signing.boundary import one_line
from gatekeeper.signing.failures import RehearsalError, TrustRootError
from gatekeeper.signing.rehearsal import is_rehearsal

if TYPE_CHECKING:
    from sigstore.models import TrustedRoot
    from sigstore.verify import Verifier


class Trust:
    """A trust root, loaded once: the library's verifier, and what it does not check itself."""

    def __init__(self, raw: bytes, root: TrustedRoot, verifier: Verifier, log_ids: frozenset[str]) -> None:
        self.sha256 = hashlib.sha256(raw).hexdigest()
        self.rehearsal = is_rehearsal(raw)
        self.root = root
        self.verifier = verifier
        self.log_ids = log_ids


def trust_for(trusted_root: bytes, rehearsal: bool) -> Trust:
    """The trust root for a release, or for a rehearsal. Raises TrustRootError, RehearsalError."""
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

    with _imported_for_good():
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
def _imported_for_good() -> Iterator[None]:
    """What an import makes stays: searching it for garbage, meanwhile and at the end, is a quarter of its cost."""
    if "sigstore.verify" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()

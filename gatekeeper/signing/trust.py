"""A trust root, loaded once, offline; it does not depend on the network, on HOME, or on this machine's settings."""

from __future__ import annotations

import gc
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from gatekeeper.signing.boundary import is_fault, one_line
from gatekeeper.signing.bundle import strict_json
from gatekeeper.signing.failures import RehearsalError, TrustRootError
from gatekeeper.signing.rehearsal import is_rehearsal

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import TrustedRoot
    from sigstore.verify import Verifier

_LISTS = ("tlogs", "ctlogs", "certificateAuthorities", "timestampAuthorities")


class Trust:
    """A trust root, loaded once: what the library makes of it, and what the library does not check itself.

    `logless` says that it names no transparency log: then a timestamp alone proves when something was signed.
    """

    def __init__(self, raw: bytes, root: TrustedRoot, log_ids: frozenset[str]) -> None:
        self.sha256 = hashlib.sha256(raw).hexdigest()
        self.rehearsal = is_rehearsal(raw)
        self.root = root
        self.log_ids = log_ids
        self.logless = not log_ids

    @cached_property
    def verifier(self) -> Verifier:
        """The library's, for certificates with a log entry. Raises TrustRootError."""
        from sigstore.verify import Verifier

        with _usable():
            return Verifier(trusted_root=self.root)

    @cached_property
    def authorities(self) -> list[Certificate]:
        """The certificates under which signing certificates must have been issued. Raises TrustRootError."""
        with _usable():
            return self.root.get_fulcio_certs()


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
        from sigstore.verify import Verifier  # noqa: F401  # here, where nothing is collected
        from sigstore_models.trustroot.v1 import TrustedRoot as RootModel

    with _usable():
        root = TrustedRoot(RootModel.from_json(_with_all_lists(trusted_root)))
        log_ids = frozenset(base64.b64encode(log.log_id.key_id).decode() for log in root._inner.tlogs)
        clocks = root.get_timestamp_authorities()
        for authority in clocks:
            _leaf, _top, *_ = chain = authority.certificates(allow_expired=True)
            _refuse_broken(chain)
        if not log_ids and not clocks:
            raise ValueError("it names neither a log nor a time-stamping authority")
        return Trust(trusted_root, root, log_ids)


def _refuse_broken(chain: list[Certificate]) -> None:
    """Certificates that OpenSSL cannot read, over which the timestamps' library would panic. Raises ssl.SSLError."""
    from ssl import PROTOCOL_TLS_CLIENT, SSLContext, SSLError

    from cryptography.hazmat.primitives.serialization import Encoding

    for certificate in chain:
        raw = certificate.public_bytes(Encoding.DER)
        try:
            SSLContext(PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=raw)
        except SSLError:  # or an error of the HSM's module was left in OpenSSL's queue, which this emptied: ask again
            SSLContext(PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=raw)


def _with_all_lists(trusted_root: bytes) -> bytes:
    """The root with its empty lists written out: many tools leave them away, the library demands them."""
    tree = strict_json(trusted_root, "trust root")
    return json.dumps({kind: [] for kind in _LISTS} | tree).encode()


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except BaseException as e:  # pydantic, cryptography and sigstore raise many kinds; all mean: no trust root
        if not is_fault(e):
            raise
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

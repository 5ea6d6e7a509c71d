"""What a receiver brings to verifying: who must have signed and which trust root to believe, never from the dossier."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec

from gatekeeper.model.check import Product
from gatekeeper.model.errors import EvidenceError, NotAuthenticError, PolicyError, UsageError
from gatekeeper.policy.toml_file import read
from gatekeeper.signing.identity import Expected, ExpectedKey

RECEIVER_FILE = "gatekeeper-verify.toml"
WHOLE = "Give the whole --identity."
MAX_KEY_BYTES = 64 * 1024
MAX_ROOT_BYTES = 4 * 1024 * 1024
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}")


class ReceiverFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """gatekeeper-verify.toml: what a hospital keeps about one manufacturer.

    `product` is the name of the only product that this is about; `identity` may hold `{version}`, which stands for the
    version that the dossier says it is; `key` (the public key of a manufacturer that signs with one) and `trusted_root`
    are paths beside this file; `unlogged` accepts that key without a transparency log; `certificate` are further values
    that the certificate must state.
    """

    schema: Annotated[int, msgspec.Meta(ge=1, le=1)]
    product: str = ""
    identity: str = ""
    issuer: str = ""
    key: str = ""
    unlogged: bool = False
    trusted_root: str = ""
    trusted_root_sha256: str = ""
    certificate: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom to believe. Without `trusted_root` the dossier's own is used, and that is said."""

    identity: str = ""
    issuer: str = ""
    certificate: dict[str, str] = field(default_factory=dict)
    trusted_root: bytes = b""
    trusted_root_sha256: str = ""
    key: bytes = b""  # PEM of a managed key; identity and issuer then name the pipeline beside it, if given
    key_in_dossier: bool = False  # that key was taken out of the dossier itself, and proves nothing by itself
    unlogged: bool = False  # the managed key's signatures may stand in no log
    rehearsal: bool = False
    replay: bool = False
    previous: Path | None = None  # the dossier that must come before this one
    product: str = ""  # the name that the dossier must be about, if it is said
    version: str = ""  # likewise

    def pinned(self, root: bytes) -> bytes:
        """The same trust root, if it is the one that was pinned, where one was. Raises NotAuthenticError."""
        digest = root_digest(root)
        if self.trusted_root_sha256 and digest != self.trusted_root_sha256:
            raise NotAuthenticError(
                f"the trust root has SHA-256 {digest}, not the pinned {self.trusted_root_sha256}",
                "Do not use these files. Ask the manufacturer whether the trust root was renewed.",
            )
        return root

    def refuse_other(self, seen: Product) -> str:
        """A signer signs other products and older versions as well. Raises NotAuthenticError for one not asked for."""
        for what, wanted, found in (("product", self.product, seen.name), ("version", self.version, seen.version)):
            if wanted and wanted != found:
                raise NotAuthenticError(
                    f"it is about the {what} {found!r}, not {wanted!r}",
                    f"Ask for the dossier of {wanted}. It may be authentic, and still not the one to install.",
                )
        return f"{seen.name} {seen.version}"

    def expected(self, version: str) -> Expected | ExpectedKey:
        """Who must have signed a dossier of this version. Raises UsageError where that is not said."""
        if self.key:
            return ExpectedKey(self.key, logged=not self.unlogged)
        return self.certified(version)

    def certified(self, version: str) -> Expected:
        """Whom a certificate must name. Raises UsageError where that is not said."""
        if not self.identity or not self.issuer:
            raise UsageError(
                "who must have signed was not said: identity and issuer are needed, both",
                f"Give --identity and --issuer as the manufacturer published them, or keep them in {RECEIVER_FILE}.",
            )
        identity = self.identity
        if "{version}" in identity:
            if not version:
                raise UsageError("the identity holds {version}, and a single file has none", WHOLE)
            if not _VERSION.fullmatch(version) or ".+" in version:  # the dossier's own word
                raise EvidenceError(f"the version {version!r} cannot stand in an identity", WHOLE)
            identity = identity.replace("{version}", version)
        return Expected(identity=identity, issuer=self.issuer, extensions=tuple(sorted(self.certificate.items())))


def named_in_record(identity: str, issuer: str, extensions: Mapping[str, str] | None = None) -> Expected:
    """A signer as a record tells of them. Raises NotAuthenticError for one that no certificate can name."""
    try:
        return Expected(identity=identity, issuer=issuer, extensions=tuple(sorted((extensions or {}).items())))
    except UsageError as e:
        raise NotAuthenticError(f"the record tells of a signer that cannot be: {e.message}") from e


def read_receiver(path: Path, dossier: Path) -> Receiver:
    """Read gatekeeper-verify.toml. Raises PolicyError for any fault of it, EvidenceError for its trust root.

    Nothing that it refers to may lie in the dossier that is to be verified.
    """
    file = read(path)
    try:
        found = msgspec.convert(file.data, ReceiverFile)
    except msgspec.ValidationError as e:
        raise PolicyError((f"{path.name}: {e}",)) from e
    if bool(found.identity) != bool(found.issuer) or not (found.identity or found.key):
        raise PolicyError((f"{path.name}: state identity and issuer, both, or the key that signs",))
    if found.certificate and not found.identity:
        raise PolicyError((f"{path.name}: [certificate] says what the certificate of an identity states: name it",))
    for name in filter(None, (found.trusted_root, found.key)):
        if within(path.parent / name, dossier):
            raise PolicyError((f"{path.name}: {name} lies in the dossier: what it says proves nothing",))
    return Receiver(
        found.identity,
        found.issuer,
        found.certificate,
        read_root(path.parent / found.trusted_root) if found.trusted_root else b"",
        found.trusted_root_sha256,
        read_key(path.parent / found.key) if found.key else b"",
        unlogged=found.unlogged,
        product=found.product,
    )


def within(path: Path, dossier: Path) -> bool:
    """Whether a file lies in a dossier, links followed."""
    return dossier.is_dir() and path.resolve().is_relative_to(dossier.resolve())


def read_root(path: Path) -> bytes:
    """A trust root of the receiver's own. Raises EvidenceError."""
    return bounded(path, MAX_ROOT_BYTES, "trust root")


def read_key(path: Path) -> bytes:
    """The public key of a manufacturer, in PEM. Raises EvidenceError."""
    return bounded(path, MAX_KEY_BYTES, "public key")


def bounded(path: Path, limit: int, what: str) -> bytes:
    """A small file, whole. Raises EvidenceError."""
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as e:
        raise EvidenceError(f"the {what} {path} cannot be read: {e.strerror}", "Check the path.") from e
    if len(raw) > limit:
        raise EvidenceError(f"{path} is larger than {limit} bytes: no {what}", "Check the path.")
    return raw


def root_digest(root: bytes) -> str:
    """SHA-256 of a trust root, in hex."""
    return hashlib.sha256(root).hexdigest()

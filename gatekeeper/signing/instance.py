"""Which Sigstore: the public one, a private one, or the rehearsal's, with its trust root pinned by digest.

An Instance is plain bytes, so that what was used can be archived and used again, offline, twenty years later.
There is no fall-back from one instance to another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.signing.failures import TrustRootError

MAX_TRUST_BYTES = 4 * 1024 * 1024
CONFIG_TYPE = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
_COMPARE = "Compare it with the instance's operator; then commit the new file and its digest, with a review."


@dataclass(frozen=True, slots=True)
class Instance:
    """One Sigstore: what to trust, and where to sign.

    `trusted_root` and `signing_config` are JSON bytes; `signing_config` is empty where one can only verify.
    `obtained` is the day on which the root was fetched from a verified source, as the update or the policy states
    it (a file's own time is no evidence); None means that nobody said. `log_version` pins Rekor 1 or 2.
    """

    name: str
    source: str
    trusted_root: bytes
    signing_config: bytes = b""
    obtained: date | None = None
    log_version: int | None = None

    @property
    def root_sha256(self) -> str:
        """Of the trust root's bytes, in hex: what a policy pins and a record states."""
        return hashlib.sha256(self.trusted_root).hexdigest()

    def age_days(self, today: date) -> int | None:
        """How old the trust root is on that day; None if nobody stated when it was obtained."""
        return (today - self.obtained).days if self.obtained else None

    def pinned(self, sha256: str) -> Instance:
        """The same instance, if its root has this digest. Raises TrustRootError."""
        if self.root_sha256 != sha256:
            raise TrustRootError(
                f"the trust root of {self.source} has SHA-256 {self.root_sha256}, not the pinned {sha256}",
                _COMPARE,
            )
        return self

    @property
    def client_trust_config(self) -> bytes:
        """Root and signing config as one file, for `from_file` and for sigstore's own tools."""
        parts = CONFIG_TYPE.encode(), self.trusted_root, self.signing_config
        return b'{"mediaType":"%s","trustedRoot":%s,"signingConfig":%s}' % parts

    def urls(self) -> tuple[str, ...]:
        """Every service address of the signing configuration, for the record."""
        if not self.signing_config:
            return ()
        config = _object(self.signing_config, self.source)
        kinds = ("caUrls", "oidcUrls", "rekorTlogUrls", "tsaUrls")
        return tuple(str(service.get("url", "")) for kind in kinds for service in config.get(kind, ()))


def from_file(
    path: Path, *, sha256: str = "", obtained: date | None = None, log_version: int | None = None
) -> Instance:
    """An instance from a client trust config file (`--trust-config` of sigstore's own tools).

    `sha256` pins the file itself, in hex. A bare trusted root is accepted too; it can verify but not sign.
    Raises TrustRootError.
    """
    raw = _read(path)
    found = hashlib.sha256(raw).hexdigest()
    if sha256 and found != sha256:
        raise TrustRootError(f"{path} has SHA-256 {found}, not the pinned {sha256}", _COMPARE)
    value = _object(raw, str(path))
    if value.get("mediaType") != CONFIG_TYPE:
        return Instance(path.name, f"file {path}", raw, obtained=obtained)
    parts = [value.get("trustedRoot"), value.get("signingConfig")]
    if not all(isinstance(part, dict) and part for part in parts):
        raise TrustRootError(
            f"{path} lacks its trusted root or its signing config", "Ask the operator for a whole one."
        )
    exact = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])  # byte for byte, so that digests stay the same
    root, config = bytes(exact["trustedRoot"]), bytes(exact["signingConfig"])
    return Instance(path.name, f"file {path}", root, config, obtained, log_version)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_TRUST_BYTES + 1)
    except OSError as e:
        raise TrustRootError(f"the trust root {path} cannot be read: {e.strerror}", "Check the path.") from e
    if len(raw) > MAX_TRUST_BYTES:
        raise TrustRootError(f"{path} is larger than {MAX_TRUST_BYTES} bytes: no trust root", "Check the path.")
    return raw


def _object(raw: bytes, source: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError) as e:
        raise TrustRootError(f"{source} is not JSON: {e}", "Fetch the file again from the instance's operator.") from e
    if not isinstance(value, dict):
        raise TrustRootError(f"{source} is JSON, but not a trust root", "Fetch the file again from its operator.")
    return value

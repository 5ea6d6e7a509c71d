"""`Cargo.lock`, version 3 and 4. It holds every feature and target, so it may list more than one build needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatekeeper.sbom.bom import Digest
from gatekeeper.sbom.evidence import Locked
from gatekeeper.sbom.locking import LockError, LockFormat, Pins, Wish
from gatekeeper.sbom.toml import load


def read(text: str, _wish: Wish, _beside: Mapping[str, str]) -> Pins:
    """Every package with a source; those without are the workspace's own. Raises LockError."""
    lock = load(text)
    if lock.get("version") not in (3, 4):
        raise LockError(f"Cargo.lock version {lock.get('version')!r} is not known")
    return Pins(tuple(_locked(p) for p in lock.get("package", []) if "source" in p))


def _locked(package: dict[str, Any]) -> Locked:
    digests = (Digest("sha256", package["checksum"]),) if "checksum" in package else ()
    return Locked("cargo", package["name"], package["version"], digests)


LOCK = LockFormat("cargo", "cargo", r"Cargo\.lock", read)

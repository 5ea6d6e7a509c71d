"""`conan.lock`, version 0.5 (Conan 2): recipes with their revision; a revision is no hash of a file."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.sbom import strict_json
from gatekeeper.sbom.evidence import Locked
from gatekeeper.sbom.locking import LockError, LockFormat, Pins, Wish


def read(text: str, _wish: Wish, _beside: Mapping[str, str]) -> Pins:
    """What is required at run time; build and python requires do not ship. Raises LockError."""
    lock = strict_json.load(text.encode())
    if lock.get("version") != "0.5":
        raise LockError(f"conan.lock version {lock.get('version')!r} is not known")
    return Pins(tuple(_locked(reference) for reference in lock["requires"]))


def _locked(reference: str) -> Locked:
    name, slash, rest = reference.partition("/")
    version = rest.partition("#")[0].partition("@")[0]
    if not (name and slash and version):
        raise LockError(f"{reference[:60]!r} is no recipe reference")
    return Locked("conan", name, version)


LOCK = LockFormat("conan", "conan", r"conan\.lock", read)

"""`pnpm-lock.yaml`, lockfileVersion 6 and 9: walk from the importers, so that development dependencies stay out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.sbom.evidence import Direct, Locked
from gatekeeper.sbom.integrity import digests
from gatekeeper.sbom.locking import LockError, LockFormat, Pins, Wish
from gatekeeper.sbom.yaml import load

Table = dict[str, Any]
_KEY = re.compile(r"/?((?:@[^/@]+/)?[^@/]+)@([^(@]+)(\(.*\))?")


def read(text: str, _wish: Wish, _beside: Mapping[str, str]) -> Pins:
    """What the importers need at run time. Raises LockError."""
    lock = load(text)
    version = str(lock.get("lockfileVersion", ""))
    if version.split(".")[0] not in ("6", "9"):
        raise LockError(f"lockfileVersion {version!r} is not known")
    importers: Table = lock.get("importers") or {".": lock}
    direct = [edge for importer in importers.values() for edge in _edges(importer)]
    snapshots: Table = lock.get("snapshots") or lock.get("packages") or {}
    return Pins(
        tuple(_walk(direct, snapshots, lock.get("packages") or {})),
        tuple(Direct("npm", name.lower(), condition) for name, _, condition in direct if name),
    )


def _edges(holder: Table) -> Iterator[tuple[str, str, str]]:
    for section, condition in (("dependencies", ""), ("optionalDependencies", "optional")):
        for name, given in (holder.get(section) or {}).items():
            version = str(given["version"] if isinstance(given, dict) else given)
            if version.startswith("file:"):
                raise LockError(f"{name} comes from a file or folder ({version[:60]}), so nothing is known of it")
            if not version.startswith(("link:", "workspace:")):
                yield name, version, condition


def _walk(direct: list[tuple[str, str, str]], snapshots: Table, packages: Table) -> Iterator[Locked]:
    found: dict[str, str] = {}
    waiting = list(direct)
    while waiting:
        name, version, condition = waiting.pop()
        key = _snapshot(name, version, snapshots)
        if key in found and (not found[key] or condition):
            continue
        found[key] = condition
        waiting += [(n, v, condition or c) for n, v, c in _edges(snapshots[key] or {})]
    for key, condition in found.items():
        parts = _KEY.fullmatch(key)
        if not parts:
            raise LockError(f"the package key {key[:60]!r} is not understood")
        bare = key if key in packages else key.partition("(")[0]
        integrity = (packages.get(bare) or {}).get("resolution", {}).get("integrity", "")
        yield Locked("npm", parts[1].lower(), parts[2], digests(integrity), condition)


def _snapshot(name: str, version: str, snapshots: Table) -> str:
    for key in (f"{name}@{version}", f"/{name}@{version}", version, f"/{version}"):
        if key in snapshots:
            return key
    raise LockError(f"{name} {version} is needed and not in the lock")


LOCK = LockFormat("pnpm", "npm", r"pnpm-lock\.yaml", read)

"""`poetry.lock`, lock-version 2.x: its groups (2.1 and later) tell what ships from what is for development."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.sbom.bom import Digest
from gatekeeper.sbom.evidence import Locked
from gatekeeper.sbom.identity import pep503
from gatekeeper.sbom.locking import LockError, LockFormat, Pins, Wish
from gatekeeper.sbom.marking import answer
from gatekeeper.sbom.toml import load


def read(text: str, wish: Wish, _beside: Mapping[str, str]) -> Pins:
    """The packages of the main group; optional ones only with an extra that asks for them. Raises LockError."""
    lock = load(text)
    version = str(lock["metadata"]["lock-version"])
    if not version.startswith("2.") or version == "2.0":
        raise LockError(f"lock-version {version!r}: only 2.1 and later say what is for development; lock again")
    groups = lock.get("extras", {})
    if missing := set(wish.extras) - set(groups):
        raise LockError(f"there is no extra {sorted(missing)[0]!r}")
    asked = {pep503(name.split(" ")[0]) for extra in wish.extras for name in groups[extra]}
    return Pins(tuple(_packages(lock.get("package", []), wish, asked)))


def _packages(packages: list[dict[str, Any]], wish: Wish, asked: set[str]) -> Iterator[Locked]:
    for p in packages:
        if "main" not in p["groups"]:
            continue
        condition = _condition(p, wish)
        if condition is None:
            continue
        if p.get("optional") and pep503(p["name"]) not in asked:
            # an optional package may still be reached through an extra's own dependencies
            condition = "an extra asks for it" if asked else None
            if condition is None:
                continue
        digests = tuple(Digest(*f["hash"].split(":", 1)) for f in p.get("files", []))
        yield Locked("pypi", pep503(p["name"]), p["version"], digests, condition)


def _condition(package: dict[str, Any], wish: Wish) -> str | None:
    markers = package.get("markers", "")
    if isinstance(markers, dict):  # by group
        markers = markers.get("main", "")
    return answer(markers, wish.target)


LOCK = LockFormat("poetry", "pypi", r"poetry\.lock", read)

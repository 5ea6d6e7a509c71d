"""`pdm.lock`, lock_version 4.x."""

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
    """The packages of the default group and of the extras that ship. Raises LockError."""
    lock = load(text)
    version = str(lock["metadata"]["lock_version"])
    if not version.startswith("4."):
        raise LockError(f"lock_version {version!r} is not known")
    return Pins(tuple(_packages(lock.get("package", []), wish)))


def _packages(packages: list[dict[str, Any]], wish: Wish) -> Iterator[Locked]:
    shipped = {"default", *wish.extras}
    for p in packages:
        if not shipped & set(p["groups"]):
            continue
        condition = answer(p.get("marker", ""), wish.target)
        if condition is None:
            continue
        digests = tuple(Digest(*f["hash"].split(":", 1)) for f in p.get("files", []))
        yield Locked("pypi", pep503(p["name"]), p["version"], digests, condition)


LOCK = LockFormat("pdm", "pypi", r"pdm\.lock", read)

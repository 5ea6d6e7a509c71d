"""`pylock.toml` and `pylock.NAME.toml` (PEP 751, lock-version 1.x)."""

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
    """All packages whose marker holds for the target. The format knows no graph, so nothing is told to be direct."""
    lock = load(text)
    if not str(lock.get("lock-version", "")).startswith("1."):
        raise LockError(f"lock-version {lock.get('lock-version')!r} is not known")
    return Pins(tuple(_packages(lock["packages"], wish)))


def _packages(packages: list[dict[str, Any]], wish: Wish) -> Iterator[Locked]:
    for p in packages:
        if pep503(p["name"]) == pep503(wish.product):
            continue
        condition = answer(p.get("marker", ""), wish.target)
        if condition is None:
            continue
        if "version" not in p:
            raise LockError(f"{p['name']} has no version (a folder or a repository)")
        files = [*p.get("wheels", []), *(p[k] for k in ("sdist", "archive") if k in p)]
        digests = tuple(Digest(a.lower(), v.lower()) for f in files for a, v in f.get("hashes", {}).items())
        yield Locked("pypi", pep503(p["name"]), p["version"], digests, condition)


LOCK = LockFormat("pylock", "pypi", r"pylock(\.[^.]+)?\.toml", read)

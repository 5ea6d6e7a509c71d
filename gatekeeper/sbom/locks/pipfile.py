"""`Pipfile.lock`: the `default` section ships, `develop` does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.sbom import strict_json
from gatekeeper.sbom.bom import Digest
from gatekeeper.sbom.evidence import Locked
from gatekeeper.sbom.identity import pep503
from gatekeeper.sbom.locking import LockError, LockFormat, Pins, Wish
from gatekeeper.sbom.marking import answer


def read(text: str, wish: Wish, _beside: Mapping[str, str]) -> Pins:
    """The packages of `default`. Raises LockError for one without a pinned version."""
    lock = strict_json.load(text.encode())
    if lock["_meta"].get("pipfile-spec") != 6:
        raise LockError(f"pipfile-spec {lock['_meta'].get('pipfile-spec')!r} is not known")
    return Pins(tuple(_packages(lock["default"], wish)))


def _packages(section: dict[str, Any], wish: Wish) -> Iterator[Locked]:
    for name, p in section.items():
        if not str(p.get("version", "")).startswith("=="):
            raise LockError(f"{name} has no pinned version")
        condition = answer(p.get("markers", ""), wish.target)
        if condition is not None:
            digests = tuple(Digest(*h.split(":", 1)) for h in p.get("hashes", []))
            yield Locked("pypi", pep503(name), p["version"][2:], digests, condition)


LOCK = LockFormat("pipfile", "pypi", r"Pipfile\.lock", read)

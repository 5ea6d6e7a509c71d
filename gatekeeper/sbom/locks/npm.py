"""`package-lock.json` and `npm-shrinkwrap.json`, lockfileVersion 2 and 3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.sbom import strict_json
from gatekeeper.sbom.evidence import Direct, Locked
from gatekeeper.sbom.integrity import digests
from gatekeeper.sbom.locking import LockError, LockFormat, Pins, Wish


def read(text: str, _wish: Wish, _beside: Mapping[str, str]) -> Pins:
    """All installed packages but those for development, links and extraneous ones. Raises LockError."""
    lock = strict_json.load(text.encode())
    if lock.get("lockfileVersion") not in (2, 3):
        raise LockError(f"lockfileVersion {lock.get('lockfileVersion')!r}: only 2 and 3 list all packages; lock again")
    packages: dict[str, dict[str, Any]] = lock["packages"]
    root = packages[""]
    direct = [*root.get("dependencies", {}), *root.get("optionalDependencies", {})]
    optional = set(root.get("optionalDependencies", {}))
    named = tuple(Direct("npm", n.lower(), "optional" if n in optional else "") for n in direct)
    return Pins(tuple(_packages(packages)), named)


def _packages(packages: dict[str, dict[str, Any]]) -> Iterator[Locked]:
    for path, p in packages.items():
        if not path or p.get("dev") or p.get("link") or p.get("extraneous") or "node_modules/" not in path:
            _refuse_outside(path, p)
            continue  # the product itself and its workspaces are no dependencies
        name = p.get("name") or path.rsplit("node_modules/", 1)[-1]
        condition = "optional" if p.get("optional") or p.get("devOptional") else ""
        yield Locked("npm", name.lower(), p["version"], digests(p.get("integrity", "")), condition)


def _refuse_outside(path: str, package: dict[str, Any]) -> None:
    if package.get("link") and str(package.get("resolved", "")).startswith(".."):
        raise LockError(f"{path} is a folder outside of the product, so nothing is known of it")


LOCK = LockFormat("npm", "npm", r"package-lock\.json|npm-shrinkwrap\.json", read)

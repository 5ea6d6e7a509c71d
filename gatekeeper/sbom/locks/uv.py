"""`uv.lock`, version 1: walk from the product's own package, so that development groups stay out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatekeeper.sbom.bom import Digest
from gatekeeper.sbom.evidence import Direct, Locked
from gatekeeper.sbom.identity import pep503
from gatekeeper.sbom.locking import LockError, LockFormat, Pins, Wish
from gatekeeper.sbom.marking import answer
from gatekeeper.sbom.toml import load

Table = dict[str, Any]


def read(text: str, wish: Wish, _beside: Mapping[str, str]) -> Pins:
    """What the product needs at run time, with the extras that ship. Raises LockError."""
    lock = load(text)
    if lock.get("version") != 1:
        raise LockError(f"uv.lock version {lock.get('version')!r} is not known")
    packages = lock.get("package", [])
    root = _root(packages, wish)
    direct = [(d, "") for d in root.get("dependencies", [])]
    for extra in wish.extras:
        direct += [(d, "") for d in _extra(root, extra)]
    found = _walk(packages, root, direct, wish)
    named = {}
    for edge, _ in direct:
        condition = answer(edge.get("marker", ""), wish.target)
        if condition is not None:
            named[pep503(edge["name"])] = condition
    return Pins(found, tuple(Direct("pypi", name, condition) for name, condition in named.items()))


def _root(packages: list[Table], wish: Wish) -> Table:
    own = [p for p in packages if {"editable", "virtual"} & set(p.get("source", {}))]
    named = [p for p in own if pep503(p["name"]) == pep503(wish.product)] or own
    if len(named) != 1:
        raise LockError(f"{len(named)} packages of its own, and none is called {wish.product!r}")
    return named[0]


def _extra(package: Table, extra: str) -> list[Table]:
    groups = package.get("optional-dependencies", {})
    if extra not in groups:
        raise LockError(f"{package['name']} has no optional dependencies {extra!r}")
    return list(groups[extra])


def _walk(packages: list[Table], root: Table, direct: list[tuple[Table, str]], wish: Wish) -> tuple[Locked, ...]:
    by_name: dict[str, list[Table]] = {}
    for p in packages:
        by_name.setdefault(pep503(p["name"]), []).append(p)
    found: dict[tuple[str, str], Locked] = {}
    waiting = list(direct)
    seen: set[tuple[str, str, str, str]] = set()
    while waiting:
        edge, inherited = waiting.pop()
        own = answer(edge.get("marker", ""), wish.target)
        if own is None:
            continue  # answered: not for the target
        condition = inherited or own
        for package in _ends(by_name, edge):
            if package is root:
                continue
            key = (pep503(package["name"]), package.get("version", ""))
            for extra in ("", *edge.get("extra", [])):
                if (*key, extra, condition) not in seen:
                    seen.add((*key, extra, condition))
                    more = _extra(package, extra) if extra else package.get("dependencies", [])
                    waiting += [(d, condition) for d in more]
            if key not in found or found[key].conditional:
                found[key] = _locked(package, condition)
    return tuple(found.values())


def _ends(by_name: dict[str, list[Table]], edge: Table) -> list[Table]:
    ends = by_name.get(pep503(edge["name"]), [])
    if "version" in edge:
        ends = [p for p in ends if p.get("version") == edge["version"]]
    if len(ends) != 1:
        raise LockError(f"the edge to {edge['name']} ends at {len(ends)} packages")
    return ends


def _locked(package: Table, condition: str) -> Locked:
    if "version" not in package:
        raise LockError(f"{package['name']} has no version (a dynamic one of a source tree)")
    files = [package["sdist"]] if "sdist" in package else []
    hashed = [(f["hash"], f.get("url", f.get("path", ""))) for f in (*files, *package.get("wheels", [])) if "hash" in f]
    digests = tuple(Digest(*value.split(":", 1)) for value, _ in hashed)
    return Locked("pypi", pep503(package["name"]), package["version"], digests, condition, tuple(u for _, u in hashed))


LOCK = LockFormat("uv", "pypi", r"uv\.lock", read)

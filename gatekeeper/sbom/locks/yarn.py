"""`yarn.lock`, classic (version 1, a format of its own) and berry (YAML), walked from `package.json`.

A yarn lock does not say what is for development; `package.json` beside it does, and without it nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gatekeeper.sbom import strict_json
from gatekeeper.sbom.evidence import Direct, Locked
from gatekeeper.sbom.integrity import digests
from gatekeeper.sbom.locking import LockError, LockFormat, Pins, Wish
from gatekeeper.sbom.yaml import load

Table = dict[str, Any]
_FIELD = re.compile(r'  (?:"([^"]+)"|([^\s"]+)) (?:"([^"]*)"|(\S+))')
_RESOLVED = re.compile(r"(@[^/@]+/[^/@]+|[^/@]+)@(?:npm|patch):")
_EDGE = re.compile(r'    (?:"([^"]+)"|([^\s"]+)) (?:"([^"]*)"|(.+))')


def read(text: str, _wish: Wish, beside: Mapping[str, str]) -> Pins:
    """What the product's package.json needs at run time. Raises LockError."""
    if "package.json" not in beside:
        raise LockError("there is no package.json beside it, which says what ships")
    manifest = strict_json.load(beside["package.json"].encode())
    if manifest.get("workspaces"):
        raise LockError(
            "package.json has workspaces, whose own dependencies stand in other files: lock with npm or pnpm"
        )
    entries = _classic(text) if "# yarn lockfile v1" in text[:500] else _berry(text)
    wanted = {**manifest.get("dependencies", {}), **manifest.get("optionalDependencies", {})}
    optional = set(manifest.get("optionalDependencies", {}))
    direct = [(name, spec, "optional" if name in optional else "") for name, spec in wanted.items()]
    return Pins(_walk(direct, entries), tuple(Direct("npm", name.lower(), c) for name, _, c in direct))


def _walk(direct: list[tuple[str, str, str]], entries: dict[str, Table]) -> tuple[Locked, ...]:
    found: dict[tuple[str, str], Locked] = {}
    waiting = list(direct)
    while waiting:
        name, spec, condition = waiting.pop()
        entry = _entry(name, spec, entries)
        condition = condition or str(entry.get("conditions", ""))  # berry: os=darwin ...
        real = str(entry.get("name", name)).lower()
        key = (real, entry["version"])
        if key in found and (not found[key].conditional or condition):
            continue
        found[key] = Locked("npm", real, entry["version"], entry["digests"], condition)
        loose = {n for n, meta in entry.get("dependenciesMeta", {}).items() if meta.get("optional")}
        for section, own in (("dependencies", ""), ("optionalDependencies", "optional")):
            edges = entry.get(section, {}).items()
            waiting += [(n, s, condition or own or ("optional" if n in loose else "")) for n, s in edges]
    return tuple(found.values())


def _entry(name: str, spec: str, entries: dict[str, Table]) -> Table:
    for key in (f"{name}@{spec}", f"{name}@npm:{spec}"):
        if key in entries:
            return entries[key]
    raise LockError(f"{name}@{spec} is needed and not in the lock")


def _classic(text: str) -> dict[str, Table]:
    entries: dict[str, Table] = {}
    entry: Table = {}
    section = ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            entry, section = {"digests": ()}, ""
            entries.update(dict.fromkeys((k.strip().strip('"') for k in line.rstrip(":").split(", ")), entry))
        elif line.startswith("    ") and section and (edge := _EDGE.fullmatch(line)):
            entry[section][edge[1] or edge[2]] = edge[3] or edge[4] or ""
        elif line.startswith("  ") and line.endswith(":"):
            section = line.strip(" :")
            entry[section] = {}
        elif field := _FIELD.fullmatch(line):
            _set(entry, field[1] or field[2], field[3] or field[4] or "")
        else:
            raise LockError(f"the line {line[:60]!r} is not understood")
    return entries


def _set(entry: Table, name: str, value: str) -> None:
    if name == "version":
        entry["version"] = value
    elif name == "integrity":
        entry["digests"] = digests(value)


def _berry(text: str) -> dict[str, Table]:
    lock = load(text)
    if not isinstance(lock, dict) or "__metadata" not in lock:
        raise LockError("neither a classic nor a berry lock")
    entries: dict[str, Table] = {}
    for keys, given in lock.items():
        if keys == "__metadata":
            continue
        if given.get("linkType") == "soft":  # the workspace itself
            continue
        resolution = str(given["resolution"])
        # berry's checksum is of its own zip, not of the published file, so it proves nothing about an SBOM's hash
        named = _RESOLVED.match(resolution)
        if not named:
            raise LockError(f"the resolution {resolution[:60]!r} is not understood")
        entry = {**given, "version": str(given["version"]), "digests": (), "name": named[1]}
        entries.update(dict.fromkeys((k.strip() for k in keys.split(",")), entry))
    return entries


LOCK = LockFormat("yarn", "npm", r"yarn\.lock", read, siblings=("package.json",))

"""BUILD-05: every dependency is pinned by hash, and what was installed is what the lock files name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import tomli
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from gatekeeper.model.check import Context
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged

LARGEST_FILE = 16 << 20
_FREEZE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>\S+)")


class Pin(msgspec.Struct, frozen=True):
    """One package of a lock file."""

    lock: str
    name: str
    version: str
    hashed: bool


class Pins(msgspec.Struct, frozen=True, kw_only=True):
    """What lock files pin, what building asks for, and what was installed."""

    pinned: tuple[Pin, ...] = ()
    faults: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    installed: tuple[tuple[str, str], ...] = ()
    foreign: tuple[str, ...] = ()  # installed from elsewhere than an index: editable, path, address
    log: str = ""


def collect(context: Context, locks: Iterable[str], log: str) -> Pins:
    """Read the lock files, what building asks for, and the list of what was installed."""
    from gatekeeper.sbom.locking import Wish, load

    read = [load(context.root, name, Wish(product=context.product.name)) for name in locks]
    pinned = tuple(Pin(lock.path, p.name, p.version, bool(p.digests)) for lock in read for p in lock.packages)
    faults = [f"{lock.path}: {lock.fault}" for lock in read if lock.fault]
    try:
        build = tuple(_build_requirements(context.root))
        installed, foreign = _installed(context.root, log)
    except (OSError, ValueError) as e:
        return Pins(pinned=pinned, faults=(*faults, str(e)), log=log)
    return Pins(pinned=pinned, faults=tuple(faults), build=build, installed=installed, foreign=foreign, log=log)


def judge(pins: Pins, product: Iterable[str]) -> Judgement:
    """BUILD-05."""
    if pins.faults:  # what a lock file does not name cannot be told from a part of it
        return Judgement("BUILD-05", doubts=pins.faults)
    findings = [*_unpinned(pins), *_differences(pins, {str(canonicalize_name(name)) for name in product})]
    if not pins.pinned:
        findings.append(finding("BUILD-05", "no lock file pins anything", key=("none",)))
    said = f"{len(pins.pinned)} packages pinned, {len(pins.build)} build requirements, {len(pins.installed)} installed"
    return judged("BUILD-05", said if pins.pinned else "", findings)


def _unpinned(pins: Pins) -> Iterator[Finding]:
    for pin in pins.pinned:
        if not pin.hashed:
            told = f"{pin.name} {pin.version} has no hash in {pin.lock}"
            yield finding("BUILD-05", told, key=("hash", pin.lock, pin.name, pin.version), where=Where(pin.lock))
    hashed = {canonicalize_name(pin.name) for pin in pins.pinned if pin.hashed}
    for name in pins.build:
        if canonicalize_name(name) not in hashed:
            told = f"the build requirement {name} is in no lock file with a hash"
            yield finding("BUILD-05", told, key=("build", name), where=Where("pyproject.toml", pointer="build-system"))


def _differences(pins: Pins, own: set[str]) -> Iterator[Finding]:
    place = Where(pins.log)
    if not pins.log:
        told = "no list of what was installed is named (installed)"
        yield finding(
            "BUILD-05", told, key=("log",), where=Where("gatekeeper.toml", pointer="build-identity.installed")
        )
        return
    for line in pins.foreign:
        yield finding("BUILD-05", f"{line!r} was not installed from an index", key=("foreign", line), where=place)
    known = {(canonicalize_name(pin.name), pin.version) for pin in pins.pinned}
    for name, version in pins.installed:
        if canonicalize_name(name) not in own and (canonicalize_name(name), version) not in known:
            told = f"{name} {version} was installed, and no lock file pins it"
            yield finding("BUILD-05", told, key=("installed", name, version), where=place)


def _build_requirements(root: Path) -> Iterator[str]:
    path = root / "pyproject.toml"
    if not path.is_file():
        return
    for text in tomli.loads(_text(path)).get("build-system", {}).get("requires", ()):
        try:
            yield Requirement(text).name
        except InvalidRequirement as e:
            raise ValueError(f"pyproject.toml: {text!r} is no requirement") from e


def _installed(root: Path, log: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """What `pip freeze` or `uv pip freeze` printed: `name==version`, and all that is neither that nor a remark."""
    if not log:
        return (), ()
    lines = [line.strip() for line in _text(root / log).splitlines() if line.strip() and not line.startswith("#")]
    matches = [(line, _FREEZE.fullmatch(line)) for line in lines]
    if not lines:
        raise ValueError(f"{log} lists nothing")
    return tuple((m["name"], m["version"]) for _, m in matches if m), tuple(line for line, m in matches if not m)


def _text(path: Path) -> str:
    with path.open("rb") as stream:
        content = stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ValueError(f"{path.name} is larger than {LARGEST_FILE} bytes")
    return content.decode()

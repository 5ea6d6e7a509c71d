"""Is what ships what was scanned? Single files, and the code inside wheels, zips and tars, known by its hash.

Python must be among the scanned files; code in other languages, which no scan of ours reads, must at least be a file
of the tree, so that CODE-05 can ask who reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import msgspec

from gatekeeper.scanners.results import FileScan
from gatekeeper.scanners.sources import listed

_ZIPS = (".whl", ".zip", ".egg", ".pyz", ".pyzw")
_TARS = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz")


class Module(msgspec.Struct, frozen=True, omit_defaults=True):
    """One piece of code in an artifact; byte code has no hash that a scan could know. `language` is empty
    for Python."""

    name: str
    sha256: str
    language: str = ""


class Shipped(msgspec.Struct, frozen=True, omit_defaults=True):
    """The code of one artifact, or why it could not be told. `archive` is False for a single file."""

    artifact: str
    archive: bool = True
    modules: tuple[Module, ...] = ()
    fault: str = ""


def is_tar(name: str) -> bool:
    """Whether a file is a tar, by its name."""
    return name.lower().endswith(_TARS)


def is_archive(name: str) -> bool:
    """Whether a file is of a kind that can hold Python, by its name."""
    return name.lower().endswith((*_ZIPS, *_TARS))


def look_into(artifacts: Iterable[Path]) -> tuple[Shipped, ...]:
    """The modules and scripts of each artifact."""
    from gatekeeper.scanners.unpacking import unpacked

    return tuple(map(unpacked, artifacts))


def without_sources(found: tuple[Shipped, ...], root: Path) -> tuple[Shipped, ...]:
    """The same, but of the code in other languages only what no file of the tree under that name equals."""
    from gatekeeper.scanners.unpacking import digest_of

    names = {PurePosixPath(m.name).name for each in found for m in each.modules if m.language}
    if not names:
        return found
    places = ((PurePosixPath(name).name, root / name) for name in listed(root))
    tree = {(name, digest_of(path)) for name, path in places if name in names}
    return tuple(
        msgspec.structs.replace(each, modules=tuple(m for m in each.modules if not m.language or _key(m) not in tree))
        for each in found
    )


def _key(module: Module) -> tuple[str, str]:
    return PurePosixPath(module.name).name, module.sha256


def not_scanned(shipped: Shipped, files: Iterable[FileScan]) -> Iterator[tuple[Module, str]]:
    """The modules that no scanned file equals, each with the scanned file that bears its name, if there is one."""
    scanned = tuple(files)
    known = {file.sha256 for file in scanned if not file.unread}
    for module in shipped.modules:
        if module.language:
            yield module, ""
        elif module.sha256 not in known:
            yield module, next((file.path for file in scanned if _same_place(module.name, file.path)), "")


def _same_place(member: str, path: str) -> bool:
    """Whether a source lies where the member would come from: `src/pkg/a.py` for `pkg/a.py`."""
    inside = member.partition("/")[2]  # without the top folder of an sdist
    return path == member or path.endswith("/" + member) or (bool(inside) and path == inside)

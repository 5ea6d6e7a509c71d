"""Is what ships what was scanned? The Python inside wheels, zips and tars, known by its hash.

Archives come from outside: members are read within bounds and never written anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from gatekeeper.scanners.results import FileScan
from gatekeeper.scanners.sources import MAY_BE_SCRIPT, PYTHON_SUFFIXES, begins_like_python

LARGEST_MEMBER = 64 * 2**20  # bytes
MOST_EXPANDED = 2 * 2**30  # bytes of Python in one archive
MOST_MEMBERS = 200_000
_ZIPS = (".whl", ".zip", ".egg", ".pyz", ".pyzw")
_TARS = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz")
_BYTE_CODE = (".pyc", ".pyo")


class Module(msgspec.Struct, frozen=True):
    """One piece of Python in an artifact; byte code without its source has no hash that a scan could know."""

    name: str
    sha256: str


class Shipped(msgspec.Struct, frozen=True, omit_defaults=True):
    """The Python of one artifact, or why it could not be told. `archive` is False for what is none."""

    artifact: str
    archive: bool = True
    modules: tuple[Module, ...] = ()
    fault: str = ""


class _BeyondBoundsError(Exception):
    """More than is read."""


def is_archive(name: str) -> bool:
    """Whether a file is of a kind that can hold Python, by its name."""
    return name.lower().endswith((*_ZIPS, *_TARS))


def look_into(artifacts: Iterable[Path]) -> tuple[Shipped, ...]:
    """The Python modules and scripts of each artifact."""
    return tuple(_look_into(path) for path in artifacts)


def _look_into(path: Path) -> Shipped:
    from tarfile import TarError
    from zipfile import BadZipFile
    from zlib import error as ZlibError  # noqa: N812 - beside the other two, `error` would say nothing

    members = _members_of(path.name.lower())
    if members is None:
        return Shipped(path.name, archive=False)
    try:
        return Shipped(path.name, modules=tuple(_bounded(members(path))))
    except _BeyondBoundsError as e:
        return Shipped(path.name, fault=str(e))
    except (OSError, EOFError, RuntimeError, ValueError, BadZipFile, TarError, ZlibError) as e:
        return Shipped(path.name, fault=f"cannot be unpacked: {e}")


def _members_of(name: str) -> Callable[[Path], Iterator[tuple[str, Callable[[], IO[bytes] | None]]]] | None:
    if name.endswith(_ZIPS):
        return _zipped
    return _tarred if name.endswith(_TARS) else None


def _zipped(path: Path) -> Iterator[tuple[str, Callable[[], IO[bytes] | None]]]:
    from zipfile import ZipFile

    with ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield info.filename, lambda info=info: archive.open(info)  # type: ignore[misc]  # bound at once


def _tarred(path: Path) -> Iterator[tuple[str, Callable[[], IO[bytes] | None]]]:
    import tarfile

    with tarfile.open(path) as archive:
        for info in archive:
            if info.isfile() or info.islnk():
                yield info.name, lambda info=info: archive.extractfile(info)  # type: ignore[misc]  # bound at once


def _bounded(members: Iterator[tuple[str, Callable[[], IO[bytes] | None]]]) -> Iterator[Module]:
    room = MOST_EXPANDED
    for number, (name, opened) in enumerate(members):
        if number >= MOST_MEMBERS:
            raise _BeyondBoundsError(f"more than {MOST_MEMBERS} members")
        path = PurePosixPath(name)
        suffix = path.suffix.lower()
        if suffix in _BYTE_CODE and path.parent.name != "__pycache__":
            yield Module(name, "")
        if suffix not in PYTHON_SUFFIXES and suffix not in MAY_BE_SCRIPT:
            continue
        file = opened()
        if file is None:
            continue
        with file:
            beginning = file.read(256)
            if suffix not in PYTHON_SUFFIXES and not begins_like_python(beginning):
                continue
            data = beginning + file.read(LARGEST_MEMBER)
        room -= len(data)
        if len(data) > LARGEST_MEMBER or room < 0:
            raise _BeyondBoundsError(f"{name}: more Python than is read")
        yield Module(name, hashlib.sha256(data).hexdigest())


def not_scanned(shipped: Shipped, files: Iterable[FileScan]) -> Iterator[tuple[Module, str]]:
    """The modules that no scanned file equals, each with the scanned file that bears its name, if there is one."""
    scanned = tuple(files)
    known = {file.sha256 for file in scanned if not file.unread}
    for module in shipped.modules:
        if module.sha256 not in known:
            yield module, next((file.path for file in scanned if _same_place(module.name, file.path)), "")


def _same_place(member: str, path: str) -> bool:
    """Whether a source lies where the member would come from: `src/pkg/a.py` for `pkg/a.py`."""
    inside = member.partition("/")[2]  # without the top folder of an sdist
    return path == member or path.endswith("/" + member) or (bool(inside) and path == inside)

"""The code inside an archive that comes from outside: members are read within bounds, also in archives inside
archives, and never written anywhere."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec
import tomli

from gatekeeper.scanners.entry_points import FILE as ENTRY_POINTS
from gatekeeper.scanners.entry_points import astray
from gatekeeper.scanners.languages import (
    BEGINNING,
    NOTEBOOK_SUFFIX,
    OTHER_LANGUAGES,
    PYTHON_SUFFIXES,
    begins_like_python,
    is_script,
)
from gatekeeper.scanners.shipped import Module, Shipped, is_archive, is_tar

LARGEST_MEMBER = 64 * 2**20  # bytes
MOST_EXPANDED = 2 * 2**30  # bytes of code in one archive
MOST_MEMBERS = 200_000
_BYTE_CODE = (".pyc", ".pyo")
_BUILD_FILE = "pyproject.toml"  # says what runs when a source distribution is built
_PATHS = ".pth"
_TELLING = (*_BYTE_CODE, *PYTHON_SUFFIXES, *OTHER_LANGUAGES, NOTEBOOK_SUFFIX, _PATHS)  # code, whatever is in it
_DEEPEST = 3  # archives inside archives
_BROKEN = (OSError, EOFError, KeyError, RuntimeError, ValueError, zipfile.BadZipFile, tarfile.TarError, zlib.error)

Opened = Callable[[], IO[bytes] | None]
Members = Iterator[tuple[str, Opened]]


class _BeyondBoundsError(Exception):
    """More than is read."""


def unpacked(path: Path) -> Shipped:
    """The code of one archive, or of one single file."""
    try:
        with path.open("rb") as file:
            members = _members(path.name, file) if is_archive(path.name) else _by_content(file)
            if members is None:
                return Shipped(path.name, archive=False, modules=_single(path))
            return Shipped(path.name, modules=tuple(_Reader().modules(members)))
    except _BeyondBoundsError as e:
        return Shipped(path.name, fault=str(e))
    except _BROKEN as e:
        return Shipped(path.name, fault=f"cannot be unpacked: {e}")


def _by_content(file: IO[bytes]) -> Members | None:
    """The members of an archive whose name does not say that it is one: Python runs a zip under any name."""
    if zipfile.is_zipfile(file):
        return _zipped(file)
    file.seek(0)
    if tarfile.is_tarfile(file):
        file.seek(0)
        return _tarred(file)
    return None


def _single(path: Path) -> tuple[Module, ...]:
    return tuple(_Reader().modules(iter([(path.name, lambda: path.open("rb"))])))


def digest_of(path: Path) -> str:
    """Of a regular file; nothing where it is none or cannot be read."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return _meaning(path.name, file.read(LARGEST_MEMBER + 1))
    except OSError:
        return ""


def _meaning(name: str, data: bytes) -> str:
    """The digest of what counts in a file: all of it, but of the build's configuration what is run in which way, since
    build tools write the rest anew."""
    if name == _BUILD_FILE:
        with suppress(ValueError, RecursionError):  # what cannot be read counts whole
            data = msgspec.json.encode(tomli.loads(data.decode()).get("build-system"), order="deterministic")
    return hashlib.sha256(data).hexdigest()


def _members(name: str, file: IO[bytes]) -> Members:
    return _tarred(file) if is_tar(name) else _zipped(file)


def _zipped(file: IO[bytes]) -> Members:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield info.filename, lambda info=info: archive.open(info)  # type: ignore[misc]  # bound at once


def _tarred(file: IO[bytes]) -> Members:
    with tarfile.open(fileobj=file) as archive:
        for info in archive:
            telling = is_archive(info.name) or info.name.lower().endswith(_TELLING)
            if not info.isdir() and (telling or not info.issym()):  # unknown kinds are unpacked as files
                yield info.name, lambda info=info: archive.extractfile(info)  # type: ignore[misc]  # bound at once


class _Reader:
    """Reads one artifact, and counts how much of it."""

    def __init__(self) -> None:
        self.room = MOST_EXPANDED
        self.members = 0

    def modules(self, members: Members, prefix: str = "", depth: int = 0) -> Iterator[Module]:
        """The code among the members, and in the archives among them."""
        names: list[str] = []
        entries: list[tuple[str, bytes]] = []
        for name, opened in members:
            names.append(name)
            self.members += 1
            if self.members > MOST_MEMBERS:
                raise _BeyondBoundsError(f"more than {MOST_MEMBERS} members")
            if is_archive(name):
                yield from self._archive(f"{prefix}{name}", opened, depth + 1)
            elif (module := self._module(f"{prefix}{name}", opened)) is not None:
                yield module
            if ENTRY_POINTS.fullmatch(name):
                entries.append((name, self._read(name, opened)))
        for name, data in entries:
            for line in astray(data, names):
                said = f"{prefix}{name}: {line}"
                yield Module(said, hashlib.sha256(data).hexdigest(), "an entry point outside of what ships")

    def _archive(self, name: str, opened: Opened, depth: int) -> Iterator[Module]:
        if depth > _DEEPEST:
            raise _BeyondBoundsError(f"{name}: archives in archives, deeper than is read")
        data = self._read(name, opened)
        try:
            yield from self.modules(_members(name, io.BytesIO(data)), f"{name}/", depth)
        except _BROKEN:  # nobody can import from it either, but what it is has to be known
            yield Module(name, hashlib.sha256(data).hexdigest(), "an archive that cannot be unpacked")

    def _module(self, name: str, opened: Opened) -> Module | None:
        path = PurePosixPath(name)
        suffix = path.suffix.lower()
        if suffix in _BYTE_CODE:  # also beside its source: Python may run it unchecked (PEP 552)
            return Module(name, "")
        if suffix in PYTHON_SUFFIXES:
            return Module(name, hashlib.sha256(self._read(name, opened)).hexdigest())
        if suffix in _TELLING or path.name == _BUILD_FILE or _is_script(opened):
            return self._other(path, opened)
        return None

    def _other(self, path: PurePosixPath, opened: Opened) -> Module | None:
        data, suffix = self._read(str(path), opened), path.suffix.lower()
        digest = _meaning(path.name, data)
        if begins_like_python(data) or (suffix == _PATHS and _runs_at_start(data)):
            return Module(str(path), digest)
        if suffix in OTHER_LANGUAGES:
            return Module(str(path), digest, OTHER_LANGUAGES[suffix])
        if suffix == NOTEBOOK_SUFFIX:
            return Module(str(path), digest, "a notebook")
        if path.name == _BUILD_FILE:
            return Module(str(path), digest, "the build's configuration")
        return Module(str(path), digest, "a script") if is_script(data) else None

    def _read(self, name: str, opened: Opened) -> bytes:
        file = opened()
        if file is None:
            return b""
        with file:
            data = file.read(LARGEST_MEMBER + 1)
        self.room -= len(data)
        if len(data) > LARGEST_MEMBER or self.room < 0:
            raise _BeyondBoundsError(f"{name}: more code than is read")
        return data


def _is_script(opened: Opened) -> bool:
    file = opened()
    if file is None:
        return False
    with file:
        return is_script(file.read(BEGINNING))


def _runs_at_start(data: bytes) -> bool:
    """Whether Python executes a line of a .pth file when it starts."""
    return any(line.startswith(("import ", "import\t")) for line in data.decode("utf-8-sig", "replace").splitlines())

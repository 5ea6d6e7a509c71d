"""Searching files and archives inside archives, within bounds of depth, size and count.

Everything is read once, in pieces; nothing is extracted to a path that an archive chose. What lies beyond a bound or
cannot be opened is reported, never passed over.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO, cast

from gatekeeper.checks._private_keys.marks import LONGEST_MARK, anywhere, at_start

PIECE = 1 << 20
IN_MEMORY = 32 << 20
MOST_MEMBERS = 200_000
MOST_SIGHTINGS = 1_000
LARGEST_DIRECTORY = 16 << 20  # bytes of a zip's central directory, which zipfile reads whole
LARGEST_HEADER = 1 << 20  # bytes of a long name or extended header in a tar, likewise

_BROKEN = (
    OSError,
    MemoryError,  # a dictionary of gigabytes was asked for
    EOFError,
    RuntimeError,  # a password is needed
    NotImplementedError,
    ValueError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
)
_ARCHIVE_SUFFIXES = (".zip", ".whl", ".egg", ".jar", ".war", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_SINGLE: dict[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
    b"\x1f\x8b": lambda stream: cast(IO[bytes], gzip.GzipFile(fileobj=stream, mode="rb")),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_UNKNOWN = {
    b"\x04\x22\x4d\x18": "LZ4",
    b"\x02\x21\x4c\x18": "LZ4",
    b"LZIP\x01": "lzip",
    b"\x89LZO\x00\r\n\x1a\n": "lzop",
    b"\x1f\x9d": "compress",
    b"hsqs": "SquashFS",
    b"sqsh": "SquashFS",
    b"xar!\x00\x1c": "macOS installer",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"MSCF\x00\x00\x00\x00": "Windows cabinet",
    b"!<arch>\ndebian-binary": "Debian package",
    b"\xed\xab\xee\xdb": "RPM package",
}


_DISK_IMAGE, _TRAILER = b"koly", 512  # macOS: told in the last 512 bytes


class BeyondBoundError(Exception):
    """An archive holds more than may be looked at."""


@dataclass(slots=True)
class Search:
    """One search over many files: what was seen, what could not be read. The bounds hold for each file of the top."""

    max_depth: int
    max_bytes: int
    files: int = 0
    archives: int = 0
    size: int = 0
    sightings: list[tuple[str, str, str, int]] = field(default_factory=list)  # path, sha256, kind, line
    unread: list[tuple[str, str, str]] = field(default_factory=list)  # path, sha256, reason
    _left: int = 0
    _members: int = 0

    def file(self, path: Path, name: str) -> str:
        """Search one file, and if it is an archive everything inside; the digest of what was searched, if it was."""
        try:
            with path.open("rb") as stream:
                return self._top(stream, name)
        except OSError as e:
            self.unread.append((name, "", f"could not be read: {e.strerror or e}"))
            return ""

    def content(self, raw: bytes, name: str) -> None:
        """The same for bytes at hand."""
        with BytesIO(raw) as stream:
            self._top(stream, name)

    def _top(self, stream: IO[bytes], name: str) -> str:
        self._left, self._members = self.max_bytes, 0
        try:
            return self._stream(stream, name, depth=0)
        except BeyondBoundError as e:
            digest = _digest(stream)
            self.unread.append((name, digest, str(e)))
            return digest

    def _stream(self, stream: IO[bytes], name: str, depth: int) -> str:
        self.files += 1
        digest, found, head = self._bytes(stream, name)
        self._note(name, digest, found)
        if _is_archive(stream, head):
            self.archives += 1
            try:
                self._archive(stream, name, head, depth)
            except _BROKEN as e:
                self.unread.append((name, digest, f"could not be opened as an archive: {str(e) or type(e).__name__}"))
        elif kind := _unknown(stream, head):
            self.unread.append((name, digest, f"is a {kind} archive, which the gate cannot open"))
        elif name.lower().endswith(_ARCHIVE_SUFFIXES):
            self.unread.append((name, digest, "is named as an archive and is none"))
        return digest

    def _bytes(self, stream: IO[bytes], name: str) -> tuple[str, dict[tuple[str, int], None], bytes]:
        """Read a stream once: its digest, what stands in it (kind and line), its first bytes."""
        digest, head, tail, lines = hashlib.sha256(), b"", b"", 1
        found: dict[tuple[str, int], None] = {}
        while piece := stream.read(PIECE):
            digest.update(piece)
            self.size += len(piece)
            window = tail + piece
            if not head:
                head = window[:512]
                found |= {(seen.kind, 1): None for seen in at_start(head, name)}
            for seen in islice(
                anywhere(window), max(0, MOST_SIGHTINGS + 1 - len(found))
            ):  # one more tells that there are more
                found[seen.kind, lines + window.count(b"\n", 0, seen.offset)] = None
            tail = window[-LONGEST_MARK:]
            lines += window.count(b"\n", 0, len(window) - len(tail))
        if not head:
            found |= {(seen.kind, 1): None for seen in at_start(b"", name)}
        return digest.hexdigest(), found, head

    def _note(self, name: str, digest: str, found: dict[tuple[str, int], None]) -> None:
        room = MOST_SIGHTINGS - len(self.sightings)
        self.sightings += [(name, digest, kind, line) for kind, line in list(found)[:room]]
        if len(found) > room:
            raise BeyondBoundError(f"shows more than {MOST_SIGHTINGS} private keys or credentials")

    def _archive(self, stream: IO[bytes], name: str, head: bytes, depth: int) -> None:
        if depth >= self.max_depth:
            raise BeyondBoundError(f"is nested deeper than {self.max_depth} archives: {name}")
        for member, inner in _members(stream, name, head):
            self._members += 1
            if self._members > MOST_MEMBERS:
                raise BeyondBoundError(f"holds more than {MOST_MEMBERS} members")
            with SpooledTemporaryFile(IN_MEMORY) as copy:
                self._copy(inner, copy)
                self._stream(copy, f"{name}!{member}", depth + 1)

    def _copy(self, inner: IO[bytes], copy: IO[bytes]) -> None:
        while piece := inner.read(PIECE):
            self._left -= len(piece)
            if self._left < 0:
                raise BeyondBoundError(f"expands to more than {self.max_bytes} bytes")
            copy.write(piece)
        copy.seek(0)


def _is_archive(stream: IO[bytes], head: bytes) -> bool:
    if _opener(head) or head.startswith(b"PK\x03\x04") or _is_tar(head):
        return True
    return zipfile.is_zipfile(stream)  # with a program in front, as zipapps have


def _unknown(stream: IO[bytes], head: bytes) -> str:
    """What it is, where the gate knows that it cannot open it."""
    length = stream.seek(0, 2)
    stream.seek(max(0, length - _TRAILER))
    if length >= _TRAILER and stream.read(4) == _DISK_IMAGE:
        return "macOS disk image"
    return next((kind for magic, kind in _UNKNOWN.items() if head.startswith(magic)), "")


def _opener(head: bytes) -> Callable[[IO[bytes]], IO[bytes]] | None:
    if head.startswith(b"]\0\0") and head[5:13] == b"\xff" * 8:  # LZMA alone, of unknown length: it has no magic
        return lzma.LZMAFile
    return next((opener for magic, opener in _SINGLE.items() if head.startswith(magic)), None)


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _members(stream: IO[bytes], name: str, head: bytes) -> Iterator[tuple[str, IO[bytes]]]:
    stream.seek(0)
    opener = _opener(head)
    if opener is not None:
        yield PurePosixPath(name.rpartition("!")[2]).stem or "content", opener(stream)
    elif _is_tar(head):
        yield from _tar_members(stream)
    else:
        yield from _zip_members(stream)


def _zip_members(stream: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    if _directory_size(stream) > LARGEST_DIRECTORY:
        raise BeyondBoundError(f"has a directory of more than {LARGEST_DIRECTORY} bytes")
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            if not info.is_dir() or info.file_size:
                with archive.open(info) as inner:
                    yield info.filename, inner


def _directory_size(stream: IO[bytes]) -> int:
    """What the end records of a zip claim for the size of its directory (APPNOTE 4.3.14 and 4.3.16)."""
    length = stream.seek(0, 2)
    stream.seek(max(0, length - (1 << 16) - 200))
    tail = stream.read()
    stream.seek(0)
    sizes = [
        int.from_bytes(tail[at + offset : at + offset + width], "little")
        for mark, offset, width in ((b"PK\x05\x06", 12, 4), (b"PK\x06\x06", 40, 8))
        if (at := tail.rfind(mark)) >= 0
    ]
    return max((size for size in sizes if size != 0xFFFFFFFF), default=0)


class _BoundedTarInfo(tarfile.TarInfo):
    """Refuses headers that tarfile would read into memory whole."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _HEADERS and self.size > LARGEST_HEADER:
            raise tarfile.ReadError(f"a header of {self.size} bytes")
        return super()._proc_member(archive)  # type: ignore[misc,no-any-return]  # the documented place to override


_HEADERS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


def _tar_members(stream: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(fileobj=stream, mode="r:", tarinfo=_BoundedTarInfo) as archive:
        for info in archive:
            if info.isreg() and (inner := archive.extractfile(info)):
                yield info.name, inner
        stream.seek(archive.offset)
    while piece := stream.read(PIECE):  # tarfile stops without a word at a damaged header
        if piece.strip(b"\0"):
            raise tarfile.ReadError("bytes that belong to no member follow its end")


def _digest(stream: IO[bytes]) -> str:
    stream.seek(0)
    digest = hashlib.sha256()
    while piece := stream.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()

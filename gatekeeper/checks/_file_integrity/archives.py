"""Looking into wheels, zips and tars (FILE-08): read to the end within bounds, nothing extracted.

Sources: PKWARE APPNOTE (zip), POSIX pax (tar), the binary distribution format of PyPA (RECORD: name, sha256, size).
"""

from __future__ import annotations

import base64
import bz2
import csv
import gzip
import hashlib
import io
import lzma
import posixpath
import stat
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import msgspec

MAX_ENTRIES = 200_000
MAX_RECORD_BYTES = 64 * 1024 * 1024
CHUNK = 1024 * 1024
LONGEST_TARGET = 4096  # bytes of what a link points to
SUFFIXES = (".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_COMPRESSED: dict[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
    b"\x1f\x8b": lambda file: cast(IO[bytes], gzip.GzipFile(fileobj=file)),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_BROKEN = (
    OSError, EOFError, ValueError, RuntimeError, NotImplementedError, MemoryError,
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError,
)  # fmt: skip


class SeenArchive(msgspec.Struct, frozen=True, omit_defaults=True):
    """One archive: how much is in it, what is wrong inside, and why it could not be read to its end, if so."""

    name: str
    entries: int = 0
    size: int = 0  # unpacked, in bytes
    faults: tuple[str, ...] = ()
    unread: str = ""


class BeyondBoundError(Exception):
    """More is inside than may be looked at."""


@dataclass(slots=True)
class _Found:
    """How far the reading of one archive got."""

    entries: int = 0
    size: int = 0


def is_archive(name: str) -> bool:
    """Whether the name says so."""
    return name.lower().endswith(SUFFIXES)


def look_inside(path: Path, name: str, max_bytes: int) -> SeenArchive:
    """Read one archive to its end. What cannot be opened is a fault, what is too much stays unread."""
    found = _Found()
    try:
        opened = _zip if zipfile.is_zipfile(path) and not _is_tar(name) else _tar
        faults = tuple(opened(path, max_bytes, found))
    except BeyondBoundError as e:
        return SeenArchive(name, found.entries, found.size, unread=str(e))
    except _BROKEN as e:
        fault = f"cannot be read as an archive: {str(e)[:200] or type(e).__name__}"
        return SeenArchive(name, found.entries, found.size, (fault,))
    return SeenArchive(name, found.entries, found.size, faults)


def _is_tar(name: str) -> bool:
    return ".tar" in name.lower() or name.lower().endswith((".tgz", ".tbz2", ".txz"))


def _zip(path: Path, max_bytes: int, found: _Found) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        _bounded(len(entries))
        if first := min((e.header_offset for e in entries), default=0):
            yield f"{first} bytes stand before the archive in the file"
        yield from _name_faults(e.orig_filename for e in entries)
        digests: dict[str, tuple[str, int]] = {}
        for entry in entries:
            if not entry.is_dir():
                with archive.open(entry) as stream:
                    digests[entry.filename] = _read(stream, max_bytes, found)
            if stat.S_ISLNK(entry.external_attr >> 16):
                with archive.open(entry) as stream:
                    target = stream.read(LONGEST_TARGET).decode(errors="replace")
                yield from (f"{entry.filename} points to {f}" for f in _name_faults((target,)))
        if path.suffix == ".whl":
            yield from _record_faults(archive, digests)


def _tar(path: Path, max_bytes: int, found: _Found) -> Iterator[str]:
    _to_the_end(path, max_bytes)
    names: list[str] = []
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            names.append(member.name)
            _bounded(len(names))
            if member.issym() or member.islnk():
                yield from (f"{member.name} points to {f}" for f in _name_faults((member.linkname,)))
            elif not (member.isfile() or member.isdir()):
                yield f"{member.name} is neither a file nor a folder"
            elif member.isfile() and (stream := archive.extractfile(member)):
                _read(stream, max_bytes, found)
    yield from _name_faults(names)


def _to_the_end(path: Path, max_bytes: int) -> None:
    """Read the compressed stream whole: tarfile stops before the checksum at its end. Headers come on top of files."""
    with path.open("rb") as file:
        head = file.read(6)
        opener = next((o for magic, o in _COMPRESSED.items() if head.startswith(magic)), None)
        if opener is None:
            return
        file.seek(0)
        left = 2 * max_bytes
        with opener(file) as stream:
            while block := stream.read(CHUNK):
                left -= len(block)
                if left < 0:
                    raise BeyondBoundError(f"unpacks to more than {max_bytes} bytes")


def _bounded(count: int) -> None:
    if count > MAX_ENTRIES:
        raise BeyondBoundError(f"has more than {MAX_ENTRIES} entries")


def _read(stream: IO[bytes], max_bytes: int, found: _Found) -> tuple[str, int]:
    """Digest and size of one entry; its checksum is tested on the way by the library."""
    digest, size = hashlib.sha256(), 0
    while block := stream.read(CHUNK):
        digest.update(block)
        size += len(block)
        found.size += len(block)
        if found.size > max_bytes:
            raise BeyondBoundError(f"unpacks to more than {max_bytes} bytes")
    found.entries += 1
    return digest.hexdigest(), size


def _name_faults(names: Iterable[str]) -> Iterator[str]:
    known = tuple(names)
    times = Counter(map(posixpath.normpath, known))  # a/./b is a/b wherever it is unpacked
    for name in dict.fromkeys(known):
        shown = name if name.isprintable() else ascii(name)
        if (count := times.pop(posixpath.normpath(name), 1)) > 1:
            yield f"{shown} is there {count} times"
        if name.startswith("/") or "\\" in name or name[1:2] == ":" or ".." in name.split("/") or "\0" in name:
            yield f"{shown} leads out of the archive"


def _record_faults(archive: zipfile.ZipFile, digests: dict[str, tuple[str, int]]) -> Iterator[str]:
    """A wheel's own list, both ways. RECORD itself and signatures over it carry no hash."""
    records = [n for n in digests if n.endswith(".dist-info/RECORD") and n.count("/") == 1]
    if len(records) != 1:
        yield f"the wheel has {len(records)} RECORD files"
        return
    if digests[records[0]][1] > MAX_RECORD_BYTES:
        raise BeyondBoundError(f"its RECORD is larger than {MAX_RECORD_BYTES} bytes")
    rows = list(csv.reader(io.StringIO(archive.read(records[0]).decode("utf-8"))))
    listed = {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}
    bare = {records[0], f"{records[0]}.jws", f"{records[0]}.p7s"}
    for name in sorted(digests.keys() - listed.keys() - bare):
        yield f"{name} is not in the wheel's RECORD"
    for name in sorted(listed.keys() - digests.keys()):
        yield f"{name} is in the wheel's RECORD, but not in the wheel"
    for name in sorted((listed.keys() & digests.keys()) - bare):
        if listed[name] != _as_recorded(*digests[name]):
            yield f"{name} does not have the hash and size of the wheel's RECORD"


def _as_recorded(sha256: str, size: int) -> tuple[str, str]:
    encoded = base64.urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=").decode()
    return f"sha256={encoded}", str(size)

"""OSV snapshots: one zip of records for an ecosystem, read in memory and bounded; nothing is unpacked to disk.

200,000 records pass through here, so each is decoded only as far as its packages' names, and in whole only where it is
about a package of the SBOM. The zip's directory is read by the library, its members are inflated one after the other.
"""

from __future__ import annotations

import mmap
import struct
import zipfile
import zlib
from collections.abc import Collection, Container, Iterator
from pathlib import Path

import msgspec

from gatekeeper.sbom.known.commits import repository
from gatekeeper.sbom.known.ecosystems import normal, plain
from gatekeeper.sbom.known.evidence import Advisory, Affected, Range, names
from gatekeeper.sbom.known.severity import level

MAX_RECORDS = 2_000_000
MAX_RECORD_BYTES = 16 * 2**20
MAX_FAULTS = 20
MAX_ECOSYSTEMS = 1000  # releases of distributions among them
_BROKEN = (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, zlib.error, struct.error)


class _Package(msgspec.Struct, gc=False):
    ecosystem: str = ""
    name: str = ""


class _PeekAffected(msgspec.Struct, gc=False):
    package: _Package | None = None


class _Peek(msgspec.Struct, gc=False):
    id: str
    modified: str
    withdrawn: str | None = None
    affected: tuple[_PeekAffected, ...] = ()


class _PeekRange(msgspec.Struct, gc=False):
    repo: str | None = None


class _PeekSource(_PeekAffected, gc=False):
    ranges: tuple[_PeekRange, ...] = ()


class _PeekSources(_Peek, gc=False):
    """Deeper than most snapshots need: only where some component was built from a commit."""

    affected: tuple[_PeekSource, ...] = ()


class _Event(msgspec.Struct, gc=False):
    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class _Range(msgspec.Struct, gc=False):
    type: str
    events: tuple[_Event, ...]
    repo: str | None = None


class _Affected(msgspec.Struct, gc=False):
    package: _Package | None = None
    ranges: tuple[_Range, ...] = ()
    versions: tuple[str, ...] = ()
    severity: tuple[dict[str, str], ...] | None = None


class _Record(msgspec.Struct, gc=False):
    id: str
    aliases: tuple[str, ...] | None = None
    upstream: tuple[str, ...] | None = None
    severity: tuple[dict[str, str], ...] | None = None
    affected: tuple[_Affected, ...] = ()
    database_specific: msgspec.Raw = msgspec.Raw(b"null")
    summary: str = ""


class Contents(msgspec.Struct, frozen=True):
    """What a snapshot holds about the packages that are asked for."""

    advisories: tuple[Advisory, ...] = ()
    newest: str = ""
    records: int = 0
    withdrawn: int = 0
    ecosystems: tuple[str, ...] = ()  # those that the records speak of
    faults: tuple[str, ...] = ()


def read(path: Path, wanted: Container[tuple[str, str]], repositories: Collection[str] = ()) -> Contents:
    """The advisories on the wanted (ecosystem, normal name) pairs and repositories (spelt by `commits.repository`).

    What cannot be read is a fault, never skipped.
    """
    peek = msgspec.json.Decoder(_PeekSources if repositories else _Peek)
    advisories: list[Advisory] = []
    faults: list[str] = []
    records = withdrawn = 0
    newest = ""
    ecosystems: set[str] = set()
    try:
        for name, raw in _members(path):
            try:
                seen = peek.decode(raw)
                records += 1
                newest = max(newest, seen.modified)
                ecosystems.update([plain(a.package.ecosystem) for a in seen.affected if a.package])
                if seen.withdrawn:
                    withdrawn += 1
                elif _about(seen, wanted) or (repositories and _in(seen, repositories)):
                    advisories.append(parse(raw))
            except msgspec.DecodeError as e:
                faults.append(f"{name}: {e}")
    except _BROKEN as e:
        faults.append(f"it cannot be read to its end: {e}")
    return Contents(
        tuple(advisories),
        newest,
        records,
        withdrawn,
        tuple(sorted(ecosystems)[:MAX_ECOSYSTEMS]),
        tuple(faults[:MAX_FAULTS]),
    )


def _about(seen: _Peek, wanted: Container[tuple[str, str]]) -> bool:
    return any(a.package and _key(a.package) in wanted for a in seen.affected)


def _key(package: _Package) -> tuple[str, str]:
    ecosystem = plain(package.ecosystem)
    return ecosystem, normal(ecosystem, package.name)


def _in(seen: _Peek, repositories: Collection[str]) -> bool:
    sources = [a for a in seen.affected if isinstance(a, _PeekSource)]
    return any(r.repo and repository(r.repo) in repositories for a in sources for r in a.ranges)


def _members(path: Path) -> Iterator[tuple[str, memoryview | bytes]]:
    """Name and bytes of each record."""
    with path.open("rb") as file, zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_RECORDS:
            raise ValueError(f"{len(entries)} records, more than the {MAX_RECORDS} that are read")
        if not entries:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for entry in entries:
                if not entry.is_dir():
                    yield entry.filename, _inflate(data, entry)


def _inflate(data: mmap.mmap, entry: zipfile.ZipInfo) -> bytes:
    start = entry.header_offset
    magic, name_length, extra_length = struct.unpack("<4s22xHH", data[start : start + 30])
    if magic != b"PK\x03\x04" or entry.flag_bits & 1:
        raise ValueError(f"{entry.filename}: a broken or encrypted member")
    start += 30 + name_length + extra_length
    packed = data[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        packed = zlib.decompressobj(-15).decompress(packed, MAX_RECORD_BYTES)
    elif entry.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{entry.filename}: an unknown compression")
    if len(packed) != entry.file_size or zlib.crc32(packed) != entry.CRC:
        raise ValueError(
            f"{entry.filename}: its content is not what the directory says, or over {MAX_RECORD_BYTES} bytes"
        )
    return packed


def parse(raw: bytes | memoryview) -> Advisory:
    """One OSV record in whole. Raises msgspec.DecodeError."""
    r = msgspec.json.decode(raw, type=_Record)
    scores = [*(r.severity or ()), *(s for a in r.affected for s in a.severity or ())]
    ids, stems = names((r.id, *(r.aliases or ())), r.upstream or ())
    return Advisory(
        id=r.id,
        ids=ids,
        level=level([s.get("score", "") for s in scores], _word(r.database_specific)),
        affected=tuple(
            Affected(
                *(_key(a.package) if a.package else ("", "")),
                tuple(Range(x.type, tuple(_events(x)), repository(x.repo or "")) for x in a.ranges),
                a.versions,
            )
            for a in r.affected
        ),
        summary=r.summary[:200],
        stems=stems,
    )


def _events(given: _Range) -> Iterator[tuple[str, str]]:
    for e in given.events:
        for kind in ("introduced", "fixed", "last_affected", "limit"):
            value = getattr(e, kind)
            if value is not None:
                yield kind, value


def _word(raw: msgspec.Raw) -> str:
    specific = msgspec.json.decode(raw)
    word = specific.get("severity") if isinstance(specific, dict) else ""
    return word if isinstance(word, str) else ""

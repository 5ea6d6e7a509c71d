"""What lies inside the artifacts: foreign packages, vendored folders, native libraries, and what they require.

Nothing is unpacked to disk.
"""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from email import message_from_bytes
from pathlib import Path, PurePosixPath
from typing import IO

from gatekeeper.sbom.evidence import Bundled, Contents, Required
from gatekeeper.sbom.identity import pep503

_BROKEN = (OSError, zipfile.BadZipFile, tarfile.TarError, EOFError, KeyError, RuntimeError, ValueError, zlib.error)
MAX_NAMES = 200_000
MAX_BYTES = 2 * 2**30
MAX_METADATA = 4 * 2**20
MAX_NESTED = 256 * 2**20
_ZIPS = (".whl", ".zip", ".egg", ".pyz")
_TARS = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz")
_VENDOR = frozenset({"_vendor", "_vendored", "vendor", "vendored", "third_party", "extern", "_extern", "node_modules"})
_NATIVE = re.compile(r"\.(dll|dylib|pyd|so(\.[0-9][\w.]*)?|a|lib|exe|node)$", re.IGNORECASE)
_PACKAGE = re.compile(
    r"(?:^|/)(?:([^/]+)-([^/-]+)\.dist-info/METADATA|([^/]+)\.egg-info/PKG-INFO|([^/-]+)-([^/-]+)-[^/]+\.(?:whl|egg))$"
)
_OWN_METADATA = re.compile(r"[^/]+(?:\.dist-info/METADATA|/PKG-INFO)")  # what installers read

Opened = Callable[[], IO[bytes] | None]
Members = Iterator[tuple[str, Opened]]


def look_inside(artifacts: Iterable[Path], product: str) -> Contents:
    """List what is bundled in wheels, zips and tars, and what they require; what cannot be listed is a fault."""
    opened: list[str] = []
    found: list[Bundled] = []
    faults: list[str] = []
    required: list[Required] = []
    for path in artifacts:
        try:
            names, asked = _read(path)
        except _BROKEN as e:
            faults.append(f"{path.name} cannot be listed: {e}")
            continue
        opened.append(path.name)
        found += bundled(names, path.name, product)
        required += (Required(path.name, text) for text in asked)
    return Contents(tuple(opened), tuple(found), tuple(faults), tuple(dict.fromkeys(required)))


def _read(path: Path) -> tuple[list[str], list[str]]:
    """The names of all members, also of wheels among them, and the requirements in the metadata of each."""
    names: list[str] = []
    required: list[str] = []
    for prefix, name, opened in _every(_members(path)):
        names.append(prefix + name)
        if len(names) > MAX_NAMES:
            raise ValueError(f"more than {MAX_NAMES} entries")
        if _OWN_METADATA.fullmatch(name):
            required += _requirements(prefix + name, opened())
    return names, required


def _every(members: Members) -> Iterator[tuple[str, str, Opened]]:
    for name, opened in members:
        yield "", name, opened
        if name.lower().endswith(".whl"):
            for inner, open_inner in _zipped(io.BytesIO(_content(name, opened(), MAX_NESTED))):
                yield f"{name}/", inner, open_inner


def _content(name: str, file: IO[bytes] | None, limit: int) -> bytes:
    with file or io.BytesIO() as member:
        raw = member.read(limit + 1)
    if len(raw) > limit:
        raise ValueError(f"{name} has more than {limit} bytes")
    return raw


def _requirements(name: str, file: IO[bytes] | None) -> list[str]:
    metadata = message_from_bytes(_content(name, file, MAX_METADATA))
    return [str(text) for text in metadata.get_all("Requires-Dist", [])]


def _members(path: Path) -> Members:
    name = path.name.lower()
    if name.endswith(_ZIPS) or zipfile.is_zipfile(path):
        yield from _zipped(path)
    elif name.endswith(_TARS) or tarfile.is_tarfile(path):
        yield from _tarred(path)
    else:
        yield path.name, lambda: None  # a single file, judged by its own name


def _zipped(archive_file: Path | IO[bytes]) -> Members:
    with zipfile.ZipFile(archive_file) as archive:
        for info in archive.infolist():
            yield info.filename, lambda info=info: archive.open(info)  # type: ignore[misc]  # bound at once


def _tarred(path: Path) -> Members:
    total = 0
    with tarfile.open(path) as archive:  # nothing is extracted
        for member in archive:
            total += member.size
            if total > MAX_BYTES:
                raise ValueError(f"it unpacks to more than {MAX_BYTES} bytes")
            yield member.name, lambda member=member: archive.extractfile(member)  # type: ignore[misc]  # bound at once


def bundled(names: Iterable[str], artifact: str, product: str) -> tuple[Bundled, ...]:
    """The foreign items among the names of one archive, each once."""
    found: dict[tuple[str, str, str], Bundled] = {}
    for name in names:
        item = _foreign(name, artifact, pep503(product))
        if item:
            found.setdefault((item.kind, item.name, item.version), item)
    return tuple(found.values())


def _foreign(name: str, artifact: str, product: str) -> Bundled | None:
    path = PurePosixPath(name)
    if info := _PACKAGE.search(name):
        bare, version = info[1] or info[3] or info[4], info[2] or info[5] or ""
        return Bundled(artifact, name, "package", bare, version) if pep503(bare) != product else None
    for number, part in enumerate(path.parts[:-1]):
        if part.lower() in _VENDOR and len(path.parts) > number + 1:
            return _vendored(path, number, artifact)
    if path.suffix.lower() in (".jar", ".war", ".ear", ".aar"):
        return Bundled(artifact, name, "jar", path.stem)
    if _NATIVE.search(path.name):
        return Bundled(artifact, name, "library", path.name)
    return None


def _vendored(path: PurePosixPath, number: int, artifact: str) -> Bundled | None:
    below = path.parts[number + 1 :]
    if len(below) == 1 and below[0] in ("__init__.py", "README", "README.md", "vendor.txt"):
        return None
    scoped = below[0].startswith("@") and len(below) > 1
    name = "/".join(below[:2]) if scoped else PurePosixPath(below[0]).stem if len(below) == 1 else below[0]
    return Bundled(artifact, str(PurePosixPath(*path.parts[: number + 2])), "vendored", name)

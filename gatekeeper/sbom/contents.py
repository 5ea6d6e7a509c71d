"""What lies inside the artifacts: foreign packages, vendored folders, native libraries. Nothing is unpacked to disk."""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from gatekeeper.sbom.evidence import Bundled, Contents
from gatekeeper.sbom.identity import pep503

_BROKEN = (OSError, zipfile.BadZipFile, tarfile.TarError, EOFError, ValueError, zlib.error, NotImplementedError)
MAX_NAMES = 200_000
MAX_BYTES = 2 * 2**30
_VENDOR = frozenset({"_vendor", "_vendored", "vendor", "vendored", "third_party", "extern", "_extern", "node_modules"})
_NATIVE = re.compile(r"\.(dll|dylib|pyd|so(\.[0-9][\w.]*)?|a|lib|exe)$", re.IGNORECASE)
_DIST_INFO = re.compile(r"(?:^|/)([^/]+)-([^/-]+)\.dist-info/METADATA$")


def look_inside(artifacts: Iterable[Path], product: str) -> Contents:
    """List what is bundled in wheels, zips and tars; an archive that cannot be listed is a fault, never skipped."""
    opened: list[str] = []
    found: list[Bundled] = []
    faults: list[str] = []
    for path in artifacts:
        try:
            names = list(_names(path))
        except (
            OSError,
            zipfile.BadZipFile,
            tarfile.TarError,
            EOFError,
            ValueError,
            zlib.error,
            NotImplementedError,
        ) as e:
            faults.append(f"{path.name} cannot be listed: {e}")
            continue
        opened.append(path.name)
        found += bundled(names, path.name, product)
    return Contents(tuple(opened), tuple(found), tuple(faults))


def _names(path: Path) -> Iterator[str]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from _bounded(archive.namelist())
    elif path.name.lower().endswith((".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")):
        with tarfile.open(path) as archive:  # names only, nothing is extracted
            yield from _bounded(_tar_names(archive))
    else:
        yield path.name  # a single file, judged by its own name


def _tar_names(archive: tarfile.TarFile) -> Iterator[str]:
    total = 0
    for member in archive:
        total += member.size
        if total > MAX_BYTES:
            raise ValueError(f"it unpacks to more than {MAX_BYTES} bytes")
        yield member.name


def _bounded(names: Iterable[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        if number >= MAX_NAMES:
            raise ValueError(f"more than {MAX_NAMES} entries")
        yield name


def bundled(names: Iterable[str], artifact: str, product: str) -> tuple[Bundled, ...]:
    """The foreign items among the names of one archive, each once."""
    found: dict[tuple[str, str], Bundled] = {}
    for name in names:
        item = _foreign(name, artifact, pep503(product))
        if item:
            found.setdefault((item.kind, item.name), item)
    return tuple(found.values())


def _foreign(name: str, artifact: str, product: str) -> Bundled | None:
    path = PurePosixPath(name)
    if info := _DIST_INFO.search(name):
        other = pep503(info[1]) != product
        return Bundled(artifact, name, "package", info[1], info[2]) if other else None
    for number, part in enumerate(path.parts[:-1]):
        if part.lower() in _VENDOR and len(path.parts) > number + 1:
            return _vendored(path, number, artifact)
    if path.suffix.lower() in (".jar", ".war"):
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

"""What a product leaves out of the scan, and what it hides by that."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

import msgspec

from gatekeeper.scanners.languages import PYTHON_SUFFIXES, is_source

_WILD = re.compile(r"[*?\[]")


class Exclusion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file, a folder or a pattern that is not scanned, and why. A pattern never reaches a whole package."""

    path: str
    reason: str


class Excluded(msgspec.Struct, frozen=True):
    """What one exclusion left out: how many files, and which packages (folders with an `__init__.py`)."""

    path: str
    reason: str
    files: int
    packages: tuple[str, ...] = ()


def without(names: list[str], exclusions: tuple[Exclusion, ...]) -> tuple[list[str], tuple[Excluded, ...]]:
    """The names that are scanned, and an account of what each exclusion leaves out."""
    hidden_by: dict[str, list[str]] = {e.path: [] for e in exclusions}
    kept: list[str] = []
    for name in names:
        path = next((e.path for e in exclusions if excludes(e.path, name)), None)
        (kept if path is None else hidden_by[path]).append(name)
    return kept, tuple(
        Excluded(e.path, e.reason, sum(map(is_source, hidden_by[e.path])), _packages(e.path, hidden_by[e.path], kept))
        for e in exclusions
    )


def excludes(pattern: str, name: str) -> bool:
    """Whether an exclusion covers a path: the file itself, everything in a folder, or a pattern over the whole path."""
    plain = _plain(pattern)
    return fnmatch.fnmatchcase(name, plain) if _WILD.search(plain) else under(name, plain)


def too_wide(exclusion: Excluded) -> tuple[str, ...]:
    """The packages that an exclusion hides without naming them."""
    named = _plain(exclusion.path)
    if not _WILD.search(named) and any(package == named for package in exclusion.packages):
        return ()
    return exclusion.packages


def _packages(pattern: str, hidden: Iterable[str], kept: Iterable[str]) -> tuple[str, ...]:
    """The packages that an exclusion hides; a pattern that spares nothing but their `__init__.py` hides them too."""
    found = set(_homes(hidden, init=True))
    if _WILD.search(_plain(pattern)):
        found |= (set(_homes(hidden)) & set(_homes(kept, init=True))) - set(_homes(kept))
    return tuple(sorted(found))


def _homes(names: Iterable[str], *, init: bool = False) -> Iterator[str]:
    """The folders of the `__init__.py` files, or of all other modules, among the names."""
    for name in names:
        path = PurePosixPath(name)
        if (path.name == "__init__.py") is init and path.suffix.lower() in PYTHON_SUFFIXES:
            yield str(path.parent)


def _plain(path: str) -> str:
    return path.removeprefix("./").strip("/")


def plain_all(paths: Iterable[str]) -> tuple[str, ...]:
    """Paths of the policy without `./` and slashes at their ends."""
    return tuple(map(_plain, paths))


def under(name: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it; every path lies in the root."""
    return folder in ("", ".") or name == folder or name.startswith(folder + "/")


def under_any(name: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of the folders or lies in one."""
    return any(under(name, folder) for folder in folders)

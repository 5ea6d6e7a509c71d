"""Every file of a tree: what git knows and what merely lies there. Nothing is chosen here."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.model.errors import EvidenceError

if TYPE_CHECKING:
    from gatekeeper.tools.git import Repository

_NEVER = (".git",)
_BYTE_CODE = (".pyc", ".pyo")


def repository_of(root: Path) -> Repository | None:
    """The repository that a folder lies in, if it lies in one. Raises EvidenceError where git cannot be asked."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None
    from gatekeeper.tools.git import open_repository

    return open_repository(root)


def every_file(root: Path, repository: Repository | None, commit: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All files relative to `root`, and the folders that are only named. Raises EvidenceError."""
    return _known_to_git(repository, root, commit) if repository else _lying_in(root)


def _lying_in(root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Without git: every file of the folder, but environments at its top are only named."""
    environments = tuple(sorted(f"{place.parent.name}/" for place in root.glob("*/pyvenv.cfg")))
    return tuple(sorted(n for n in walk(root, "") if n.partition("/")[0] + "/" not in environments)), environments


def _known_to_git(repository: Repository, root: Path, commit: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every file of the commit, of the index, and every one that merely lies in the tree, relative to `root`.

    Ignored files that stand in a folder with tracked ones belong to the product as well (generated modules);
    folders at the top that are ignored as a whole (environments, build results) are only named.
    """
    status = repository.status()
    prefix = root.resolve().relative_to(repository.top.resolve()).as_posix()
    tracked = set(repository.files(commit)) | set(status.changed) | set(status.untracked)
    homes = _folders_above(tracked)
    ignored: list[str] = []
    for name in status.ignored:
        home, _, last = name.rstrip("/").rpartition("/")
        if not name.endswith("/"):
            tracked.add(name)
        elif home in homes and last not in _NEVER:
            tracked.update(walk(repository.top, name.rstrip("/")))
        else:
            ignored.append(name)
    below = [n for name in tracked for n in _submodule_files(repository.top, name)]
    return _relative(below, prefix), _relative(ignored, prefix)


def _folders_above(names: Iterable[str]) -> set[str]:
    """Every folder that one of these files stands in, at any depth; not the top itself."""
    found: set[str] = set()
    for name in names:
        folder = name.rstrip("/").rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def _submodule_files(top: Path, name: str) -> Iterable[str]:
    if not _is_folder(f"{top}/{name}"):
        return (name,)
    return tuple(walk(top, name.rstrip("/"))) or (f"{name}/__init__.py",)  # not checked out: a file that is missing


def _is_folder(path: str) -> bool:
    """A folder itself, not a link to one. Without a Path for each of thousands of files."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _relative(names: Iterable[str], prefix: str) -> tuple[str, ...]:
    if prefix == ".":
        return tuple(sorted(names))
    return tuple(sorted(n.removeprefix(prefix + "/") for n in names if n.startswith(prefix + "/")))


def walk(root: Path, start: str) -> Iterator[str]:
    """All files below `start` but byte code, relative to `root`; links to folders are named and not followed."""

    def broken(error: OSError) -> None:
        raise EvidenceError(f"{error.filename} cannot be listed: {error.strerror}", "Make the folder readable.")

    for folder, folders, files in os.walk(root / start, onerror=broken):
        links = [f for f in folders if os.path.islink(os.path.join(folder, f))]  # noqa: PTH114, PTH118 - many folders
        folders[:] = [f for f in folders if f not in _NEVER and f not in links]
        base = Path(folder).relative_to(root)
        yield from ((base / name).as_posix() for name in (*files, *links) if not name.endswith(_BYTE_CODE))

"""Which files have to be scanned: everything that git knows or that lies beside it, minus exclusions with a reason.

The scanned tree has no say in it. What is left out is counted and named, so that nothing falls out of sight.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from gatekeeper.model.errors import EvidenceError
from gatekeeper.scanners.languages import (
    MAY_BE_SCRIPT,
    OTHER_LANGUAGES,
    beginning_of,
    begins_like_python,
    is_script,
    language_of,
)

if TYPE_CHECKING:
    from gatekeeper.tools.git import Repository

PYTHON_SUFFIXES = (".py", ".pyw", ".wsgi")
NOTEBOOK_SUFFIX = ".ipynb"
_NEVER = (".git",)
_BYTE_CODE = (".pyc", ".pyo")
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


class Selection(msgspec.Struct, frozen=True):
    """The files to be scanned, sorted, and an account of the others.

    `listing` is `git` or `folder`; `links` leave what is scanned; `ignored` are folders that git ignores as a whole,
    which are not looked into; `languages` counts sources that Bandit cannot read; `filtered` pass a filter of git, so
    that they may lie here otherwise than in the commit.
    """

    listing: str
    commit: str = ""
    python: tuple[str, ...] = ()
    notebooks: tuple[str, ...] = ()
    others: tuple[str, ...] = ()  # sources in other languages
    excluded: tuple[Excluded, ...] = ()
    ignored: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    missing_roots: tuple[str, ...] = ()
    filtered: tuple[str, ...] = ()

    @property
    def languages(self) -> dict[str, int]:
        """How many files of each language other than Python."""
        return dict(sorted(Counter(language_of(path) for path in self.others).items()))


def select(root: Path, roots: Iterable[str], exclusions: Iterable[Exclusion]) -> Selection:
    """List the sources under `roots`. Raises EvidenceError where a repository is there but cannot be asked."""
    repository = _repository(root)
    listing, commit = ("git", repository.head()) if repository else ("folder", "")
    names, ignored = _known(root, repository, commit)
    wanted = _plain_all(roots)
    inside = [name for name in names if _under_any(name, wanted)]
    kept, excluded = _without(inside, tuple(exclusions))
    listed = frozenset(kept)
    links = tuple(name for name in kept if _leaves(root, name) or _hides(root, name, listed))
    return _sorted_out(
        root,
        [name for name in kept if name not in links],
        Selection(
            listing,
            commit,
            excluded=excluded,
            ignored=tuple(name for name in ignored if _under_any(name, wanted)),
            links=links,
            missing_roots=tuple(r for r in wanted if r not in ("", ".") and not any(_under(n, r) for n in names)),
        ),
    )


def with_filtered(root: Path, selection: Selection) -> Selection:
    """The same, and which of the sources lie here otherwise than in the commit without git saying so."""
    repository = _repository(root)
    if repository is None:
        return selection
    prefix = root.resolve().relative_to(repository.top.resolve())
    names = {(prefix / n).as_posix(): n for n in (*selection.python, *selection.notebooks, *selection.others)}
    found = repository.filtered(names)
    return msgspec.structs.replace(selection, filtered=tuple(name for path, name in names.items() if path in found))


def listed(root: Path) -> tuple[str, ...]:
    """Every file of the product's tree, relative to `root`. Raises EvidenceError as `select` does."""
    repository = _repository(root)
    return _known(root, repository, repository.head() if repository else "")[0]


def given(root: Path, names: Iterable[str], roots: Iterable[str], exclusions: Iterable[Exclusion]) -> Selection:
    """The sources among the files that somebody named, without asking git: for the hook."""
    wanted = _plain_all(roots)
    kept, excluded = _without(sorted({n for n in names if _under_any(n, wanted)}), tuple(exclusions))
    links = tuple(name for name in kept if _leaves(root, name))
    return _sorted_out(
        root, [n for n in kept if n not in links], Selection("arguments", excluded=excluded, links=links)
    )


def _repository(root: Path) -> Repository | None:
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None
    from gatekeeper.tools.git import open_repository

    return open_repository(root)


def _known(root: Path, repository: Repository | None, commit: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return _known_to_git(repository, root, commit) if repository else _lying_in(root)


def _lying_in(root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Without git: every file of the folder, but environments at its top are only named."""
    environments = tuple(sorted(f"{place.parent.name}/" for place in root.glob("*/pyvenv.cfg")))
    return tuple(sorted(n for n in _walk(root, "") if n.partition("/")[0] + "/" not in environments)), environments


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
            tracked.update(_walk(repository.top, name.rstrip("/")))
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
    return tuple(_walk(top, name.rstrip("/"))) or (f"{name}/__init__.py",)  # not checked out: a file that is missing


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


def _walk(root: Path, start: str) -> Iterator[str]:
    """All files below `start` but byte code, relative to `root`; links to folders are named and not followed."""

    def broken(error: OSError) -> None:
        raise EvidenceError(f"{error.filename} cannot be listed: {error.strerror}", "Make the folder readable.")

    for folder, folders, files in os.walk(root / start, onerror=broken):
        links = [f for f in folders if os.path.islink(os.path.join(folder, f))]  # noqa: PTH114, PTH118 - many folders
        folders[:] = [f for f in folders if f not in _NEVER and f not in links]
        base = Path(folder).relative_to(root)
        yield from ((base / name).as_posix() for name in (*files, *links) if not name.endswith(_BYTE_CODE))


def _plain(path: str) -> str:
    return path.removeprefix("./").strip("/")


def _plain_all(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(_plain, paths))


def _under(name: str, folder: str) -> bool:
    return folder in ("", ".") or name == folder or name.startswith(folder + "/")


def _under_any(name: str, folders: Iterable[str]) -> bool:
    return any(_under(name, folder) for folder in folders)


def _without(names: list[str], exclusions: tuple[Exclusion, ...]) -> tuple[list[str], tuple[Excluded, ...]]:
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
    return fnmatch.fnmatchcase(name, plain) if _WILD.search(plain) else _under(name, plain)


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


def is_source(name: str) -> bool:
    """Whether a file is code, by its suffix."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix in PYTHON_SUFFIXES or suffix == NOTEBOOK_SUFFIX or suffix in OTHER_LANGUAGES


def _leaves(root: Path, name: str) -> bool:
    path = f"{root}/{name}"
    return os.path.islink(path) and not Path(path).resolve().is_relative_to(root.resolve())  # noqa: PTH114 - as above


def _sorted_out(root: Path, names: Iterable[str], frame: Selection) -> Selection:
    python: list[str] = []
    notebooks: list[str] = []
    others: list[str] = []
    for name in names:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in PYTHON_SUFFIXES:
            python.append(name)
        elif suffix == NOTEBOOK_SUFFIX:
            notebooks.append(name)
        elif suffix in MAY_BE_SCRIPT or (suffix not in OTHER_LANGUAGES and os.access(f"{root}/{name}", os.X_OK)):
            _place(name, beginning_of(root / name), python, others)
        elif suffix in OTHER_LANGUAGES:
            others.append(name)
    _refuse_unwritable((*python, *notebooks, *others, *frame.links, *frame.ignored))
    return msgspec.structs.replace(frame, python=tuple(python), notebooks=tuple(notebooks), others=tuple(others))


def _refuse_unwritable(names: Iterable[str]) -> None:
    """A record is UTF-8, and what it cannot name it cannot judge."""
    for name in names:
        if not name.isascii() and any("\ud800" <= letter <= "\udfff" for letter in name):
            raise EvidenceError(f"the name of a file is not UTF-8: {name!a}", "Rename the file.")


def _hides(root: Path, name: str, listed: frozenset[str]) -> bool:
    """Whether a name is a link to a folder with a source that is not listed; a file is read through its link."""
    path = f"{root}/{name}"
    if not (os.path.islink(path) and os.path.isdir(path)):  # noqa: PTH112, PTH114 - thousands of files: no Path for each
        return False
    top = root.resolve()
    below = _walk(top, Path(path).resolve().relative_to(top).as_posix())
    return any(is_source(each) and each not in listed for each in below)


def _place(name: str, beginning: bytes | None, python: list[str], others: list[str]) -> None:
    """Put a file that may be a script where it belongs. What cannot be read is left to the scan, which says so."""
    if beginning is None or begins_like_python(beginning):
        python.append(name)
    elif is_script(beginning) or PurePosixPath(name).suffix.lower() in OTHER_LANGUAGES:
        others.append(name)

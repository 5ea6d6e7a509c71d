"""Which files have to be scanned: everything that git knows or that lies beside it, minus exclusions with a reason.

The scanned tree has no say in it. What is left out is counted and named, so that nothing falls out of sight.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import msgspec

from gatekeeper.model.errors import EvidenceError
from gatekeeper.scanners.exclusions import Excluded, Exclusion, plain_all, under, under_any, without
from gatekeeper.scanners.languages import (
    MAY_BE_SCRIPT,
    NOTEBOOK_SUFFIX,
    OTHER_LANGUAGES,
    PYTHON_SUFFIXES,
    beginning_of,
    begins_like_python,
    is_script,
    is_source,
    language_of,
)
from gatekeeper.scanners.listing import every_file, repository_of, walk


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
    repository = repository_of(root)
    listing, commit = ("git", repository.head()) if repository else ("folder", "")
    names, ignored = every_file(root, repository, commit)
    wanted = plain_all(roots)
    inside = [name for name in names if under_any(name, wanted)]
    kept, excluded = without(inside, tuple(exclusions))
    listed = frozenset(kept)
    links = tuple(name for name in kept if _leaves(root, name) or _hides(root, name, listed))
    return _sorted_out(
        root,
        [name for name in kept if name not in links],
        Selection(
            listing,
            commit,
            excluded=excluded,
            ignored=tuple(name for name in ignored if under_any(name, wanted)),
            links=links,
            missing_roots=tuple(r for r in wanted if r not in ("", ".") and not any(under(n, r) for n in names)),
        ),
    )


def with_filtered(root: Path, selection: Selection) -> Selection:
    """The same, and which of the sources lie here otherwise than in the commit without git saying so."""
    repository = repository_of(root)
    if repository is None:
        return selection
    prefix = root.resolve().relative_to(repository.top.resolve())
    names = {(prefix / n).as_posix(): n for n in (*selection.python, *selection.notebooks, *selection.others)}
    found = repository.filtered(names)
    return msgspec.structs.replace(selection, filtered=tuple(name for path, name in names.items() if path in found))


def listed(root: Path) -> tuple[str, ...]:
    """Every file of the product's tree, relative to `root`. Raises EvidenceError as `select` does."""
    repository = repository_of(root)
    return every_file(root, repository, repository.head() if repository else "")[0]


def given(root: Path, names: Iterable[str], roots: Iterable[str], exclusions: Iterable[Exclusion]) -> Selection:
    """The sources among the files that somebody named, without asking git: for the hook."""
    wanted = plain_all(roots)
    kept, excluded = without(sorted({n for n in names if under_any(n, wanted)}), tuple(exclusions))
    links = tuple(name for name in kept if _leaves(root, name))
    return _sorted_out(
        root, [n for n in kept if n not in links], Selection("arguments", excluded=excluded, links=links)
    )


def _leaves(root: Path, name: str) -> bool:
    path = f"{root}/{name}"
    return os.path.islink(path) and not Path(path).resolve().is_relative_to(root.resolve())  # noqa: PTH114 - as above


def _hides(root: Path, name: str, listed: frozenset[str]) -> bool:
    """Whether a name is a link to a folder with a source that is not listed; a file is read through its link."""
    path = f"{root}/{name}"
    if not (os.path.islink(path) and os.path.isdir(path)):  # noqa: PTH112, PTH114 - thousands of files: no Path for each
        return False
    top = root.resolve()
    below = walk(top, Path(path).resolve().relative_to(top).as_posix())
    return any(is_source(each) and each not in listed for each in below)


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


def _place(name: str, beginning: bytes | None, python: list[str], others: list[str]) -> None:
    """Put a file that may be a script where it belongs. What cannot be read is left to the scan, which says so."""
    if beginning is None or begins_like_python(beginning):
        python.append(name)
    elif is_script(beginning) or PurePosixPath(name).suffix.lower() in OTHER_LANGUAGES:
        others.append(name)


def _refuse_unwritable(names: Iterable[str]) -> None:
    """A record is UTF-8, and what it cannot name it cannot judge."""
    for name in names:
        if not name.isascii() and any("\ud800" <= letter <= "\udfff" for letter in name):
            raise EvidenceError(f"the name of a file is not UTF-8: {name!a}", "Rename the file.")

"""Which lines of the release the approvers of deviations wrote themselves: nobody answers for their own change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gatekeeper.checks._security_issues.approvals import Colleague
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.tools.git import Repository, open_repository
from gatekeeper.tools.git_answers import Change, Identity

MOST_FILES = 1000  # that are looked at line by line


class Lines(msgspec.Struct, frozen=True):
    """The lines of one file (relative to the root) that one person wrote."""

    path: str
    lines: tuple[int, ...]


class Hand(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one person wrote of the release; `fault` says why that could not be told."""

    person: str
    wrote: tuple[Lines, ...] = ()
    fault: str = ""

    def has_written(self, path: str, line: int) -> bool:
        """That line, or any line of the file where a finding names none."""
        return any(w.path == path and (not line or line in w.lines) for w in self.wrote)


def hands(root: Path, commit: str, people: Iterable[Colleague]) -> tuple[Hand, ...]:
    """What each of these people wrote of a commit, line by line."""
    listed = tuple(people)
    if not listed:
        return ()
    try:
        repository = open_repository(root)
        history = repository.changes("", commit)
        prefix = _prefix(root, repository)
        return tuple(_hand(person, repository, commit, history, prefix) for person in listed)
    except GatekeeperError as e:
        return tuple(Hand(person.id, fault=e.message) for person in listed)


def known_as(who: Identity) -> frozenset[str]:
    """The names by which git knows somebody, letter case aside."""
    return frozenset(name.strip().casefold() for name in (who.name, who.email) if name.strip())


def authors(change: Change) -> tuple[Identity, ...]:
    """Who wrote a change: author and co-authors, not who committed it."""
    return (change.author, *change.co_authors)


def _prefix(root: Path, repository: Repository) -> str:
    folder = root.resolve().relative_to(repository.top.resolve()).as_posix()
    return "" if folder == "." else f"{folder}/"


def _hand(person: Colleague, repository: Repository, commit: str, history: Iterable[Change], prefix: str) -> Hand:
    own = {c.commit for c in history if any(known_as(a) & person.names for a in authors(c))}
    if not own:
        return Hand(person.id)
    files = sorted(repository.touched(own) & set(repository.files(commit)))
    if len(files) > MOST_FILES:
        return Hand(person.id, fault=f"{person.id} changed {len(files)} files, more than the {MOST_FILES} looked at")
    return Hand(person.id, tuple(_lines(repository, commit, [f for f in files if f.startswith(prefix)], own, prefix)))


def _lines(repository: Repository, commit: str, files: Iterable[str], own: set[str], prefix: str) -> Iterator[Lines]:
    for path in files:
        lines = tuple(n for n, by in enumerate(repository.blamed(commit, path), start=1) if by in own)
        if lines:
            yield Lines(path.removeprefix(prefix), lines)

"""What git tells, as plain values: people, commits, tags, the state of the working tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

CONTACT = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<email>[^<>]*)>")


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as git names one, after the mail map."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Change:
    """One commit of the history; `committed` is RFC 3339."""

    commit: str
    committed: str
    author: Identity
    committer: Identity
    co_authors: tuple[Identity, ...] = ()

    @property
    def people(self) -> tuple[Identity, ...]:
        """Everyone who had a hand in it."""
        return tuple(dict.fromkeys((self.author, self.committer, *self.co_authors)))


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag; `signed` says only that it carries a signature, not that the signature is good."""

    name: str
    commit: str
    annotated: bool
    signed: bool


@dataclass(frozen=True, slots=True)
class Status:
    """How the working tree differs from the commit that is checked out."""

    changed: tuple[str, ...]  # modified, staged, deleted, or a submodule at another commit
    untracked: tuple[str, ...]
    ignored: tuple[str, ...]  # a folder that is ignored as a whole ends in a slash
    hidden: tuple[str, ...]  # marked assume-unchanged or skip-worktree: git looks away from them

    @property
    def clean(self) -> bool:
        """Nothing tracked differs, nothing untracked lies about, nothing is hidden; ignored files may be there."""
        return not (self.changed or self.untracked or self.hidden)


def identity(contact: str) -> Identity:
    """A person out of `Name <address>`; what is no contact is a name."""
    match = CONTACT.fullmatch(contact)
    return Identity(match["name"].strip(), match["email"].strip()) if match else Identity(contact, "")


def lines(text: str) -> tuple[str, ...]:
    """The lines as git ends them. Names and messages may hold what other readers take for the end of a line."""
    return tuple(text.removesuffix("\n").split("\n")) if text else ()


def changed_paths(entries: Iterator[str]) -> Iterator[str]:
    """The paths of `git status --porcelain=v2 -z`: each follows a fixed number of fields."""
    for entry in entries:
        if entry[0] == "?":  # asked for so that submodules tell theirs; our own are listed file by file elsewhere
            continue
        fields = {"1": 8, "2": 9, "u": 10}[entry[0]]
        yield entry.split(" ", fields)[fields]
        if entry[0] == "2":
            yield next(entries)  # the old name of a renamed file

"""Who looked at the code: the merges of this change set, the implementation review, and what was suppressed before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from gatekeeper.model.errors import EvidenceError, GatekeeperError
from gatekeeper.model.people import Member, people_of

if TYPE_CHECKING:
    from gatekeeper.tools.git_answers import Change

LARGEST = 64 * 2**20  # bytes
T = TypeVar("T")


class Review(msgspec.Struct, frozen=True, rename="kebab"):
    """One review of a merged change: by whom (an e-mail address or id), with what result, of which revision."""

    by: str
    state: str
    revision: str


class Merge(msgspec.Struct, frozen=True, rename="kebab"):
    """One merged change: its commits, the revision that was merged, and its reviews."""

    id: str
    commits: tuple[str, ...]
    merged: str
    reviews: tuple[Review, ...] = ()


class Merges(msgspec.Struct, frozen=True, rename="kebab"):
    """The export of the code platform's merge records; `total` is what the platform says that there are."""

    schema: Literal[1]
    total: int
    merges: tuple[Merge, ...]


class Exempt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A commit that nobody else reviewed, and why."""

    commit: str
    reason: str


class Reviewer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who reviewed."""

    name: str
    id: str


class Implementation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The implementation review record: a person states for one version what was looked at and what was found."""

    schema: Literal[1]
    version: str
    reviewer: Reviewer
    reviewed: date
    looked_at: tuple[str, ...]
    findings: tuple[str, ...] = ()  # ids of issues
    none: str = ""  # the statement, where nothing was found


class Commit(msgspec.Struct, frozen=True):
    """One commit of the change set, and everybody who had a hand in it, as one name each."""

    commit: str
    people: tuple[str, ...]


class Before(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the previous record told of suppressions and exclusions, or why it could not be read."""

    suppressed: tuple[tuple[str, str], ...] = ()  # test and fingerprint
    exclusions: tuple[str, ...] = ()
    imported: dict[str, int] = {}
    fault: str = ""


class Reviews(msgspec.Struct, frozen=True, omit_defaults=True):
    """All of it. A fault says why a part is missing or cannot be read; `people` tells that two names are one person."""

    commits: tuple[Commit, ...] = ()
    history_fault: str = ""
    merges: Merges | None = None
    merges_fault: str = ""
    implementation: Implementation | None = None
    implementation_fault: str = ""
    people: dict[str, str] = {}
    before: Before | None = None


def collect(root: Path, tables: Mapping[str, Any], since: str, merges: str, implementation: str) -> Reviews:
    """Read history, merge records and review record; what is not there or not readable is said, not raised."""
    members = people_of(tables)
    commits, history_fault = _history(root, since, members)
    exported, merges_fault = _read(root, merges, lambda raw: msgspec.json.decode(raw, type=Merges))
    reviewed, implementation_fault = _read(root, implementation, _implementation)
    known = {address.casefold(): member.id for member in members for address in _names(member)}
    return Reviews(commits, history_fault, exported, merges_fault, reviewed, implementation_fault, known)


def one_name(who: str, people: Mapping[str, str]) -> str:
    """The same word for the same person: the id of the policy's people, else the address without its case."""
    address = who.rpartition("<")[2].rstrip(">").strip().casefold() or who.strip().casefold()
    return people.get(address, people.get(who.strip().casefold(), address))


def _names(member: Member) -> tuple[str, ...]:
    return tuple(filter(None, (member.id, member.name, member.identity, *member.git)))


def _history(root: Path, since: str, members: Iterable[Member]) -> tuple[tuple[Commit, ...], str]:
    from gatekeeper.tools.git import open_repository

    known = {address.casefold(): member.id for member in members for address in _names(member)}
    try:
        repository = open_repository(root)
        if repository.shallow():
            raise EvidenceError("the history is cut off; fetch it whole")
        start = repository.resolve(since) if since else ""
        changes = repository.changes(start, repository.head())
    except GatekeeperError as e:
        return (), e.message
    return tuple(_commit(change, known) for change in changes), ""


def _commit(change: Change, people: Mapping[str, str]) -> Commit:
    return Commit(change.commit, tuple(dict.fromkeys(one_name(str(who), people) for who in change.people)))


def _read(root: Path, name: str, parse: Any) -> tuple[Any, str]:
    if not name:
        return None, "the policy names none"
    path = root / name
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            return None, f"{name} lies outside the repository"
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        return (None, f"{name} is too large") if len(raw) > LARGEST else (parse(raw), "")
    except OSError as e:
        return None, f"{name}: {e.strerror}"
    except (ValueError, RecursionError) as e:
        return None, f"{name}: {str(e)[:300]}"


def _implementation(raw: bytes) -> Implementation:
    import tomli

    return msgspec.convert(tomli.loads(raw.decode("utf-8")), Implementation)

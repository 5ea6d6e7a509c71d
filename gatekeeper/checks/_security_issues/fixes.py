"""What git knows of the commits that issues name as their fixes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from gatekeeper.checks._security_issues.authors import authors, known_as
from gatekeeper.checks._security_issues.evidence import Fix
from gatekeeper.model.errors import EvidenceError, ToolError
from gatekeeper.tools.git import Repository, open_repository

FULL_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def release(root: Path) -> tuple[str, str]:
    """The commit that is checked out, and whether its history is whole; an empty commit with the reason otherwise."""
    try:
        repository = open_repository(root)
        return repository.head(), "shallow: fetch all of it" if repository.shallow() else "whole"
    except (EvidenceError, ToolError) as e:
        return "", e.message


def look_up(root: Path, commit: str, named: Iterable[str]) -> tuple[Fix, ...]:
    """Each named commit: in the release, elsewhere, unknown or abbreviated, and which commit took it back."""
    wanted = tuple(named)
    full = [name for name in wanted if FULL_ID.fullmatch(name)]
    if not full:
        return tuple(Fix(name, "abbreviated") for name in wanted)
    repository = open_repository(root)
    inside, reverted = repository.history(commit), repository.reverted(commit)
    return tuple(_fix(name, repository, inside, reverted.get(name, "")) for name in wanted)


def _fix(name: str, repository: Repository, inside: frozenset[str], reverted_by: str) -> Fix:
    if not FULL_ID.fullmatch(name):
        return Fix(name, "abbreviated")
    if name in inside:
        return Fix(name, "in the release", reverted_by, _authors(repository, name))
    return (
        Fix(name, "elsewhere", authors=_authors(repository, name)) if repository.knows(name) else Fix(name, "unknown")
    )


def _authors(repository: Repository, name: str) -> tuple[str, ...]:
    return tuple(sorted({known for who in authors(repository.change(name)) for known in known_as(who)}))

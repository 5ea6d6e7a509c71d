"""The suppression ledger: who wrote each `nosec`, and which files of the tree try to steer a scanner."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.scanners.evidence import Blame
from gatekeeper.scanners.results import FileScan
from gatekeeper.tools.git import open_repository

MOST_BLAMES = 200  # each costs two calls of git; what is beyond stands in the ledger without an author
_OWN_FILES = (".bandit", "bandit.yaml", "bandit.yml", ".bandit.yml", "bandit.ini", "bandit_baseline.json")
_SHARED_FILES = {
    "pyproject.toml": b"[tool.bandit",
    "setup.cfg": b"[bandit",
    "tox.ini": b"[bandit",
    ".pre-commit-config.yaml": b"bandit",
}
_LARGEST = 1024 * 1024


def blames(root: Path, files: Iterable[FileScan]) -> tuple[Blame, ...]:
    """Author and commit of every line with a `nosec` comment; lines that are not committed have none."""
    places = [(file.path, comment.line) for file in files for comment in file.comments][:MOST_BLAMES]
    if not places:
        return ()
    repository = open_repository(root)
    commit = repository.head()
    prefix = root.resolve().relative_to(repository.top.resolve())
    found = []
    for path, line in places:
        try:
            change = repository.blame(commit, (prefix / path).as_posix(), line)
        except GatekeeperError:
            continue  # not committed yet: the ledger shows the line without an author
        found.append(Blame(path, line, str(change.author), change.commit))
    return tuple(found)


def settings(root: Path) -> tuple[str, ...]:
    """Files at the top of the tree that hold settings or a baseline for Bandit. None of them is ever applied."""
    own = [name for name in _OWN_FILES if (root / name).exists()]
    shared = [name for name, mark in _SHARED_FILES.items() if mark in _beginning(root / name)]
    return tuple(own + shared)


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return b""

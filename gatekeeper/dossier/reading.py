"""Reading a dossier that somebody hands over: every file of it, within bounds, as bytes that were hashed.

Nothing in it is trusted: no link is followed, no special file opened, no name used that is not plain.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.dossier import layout
from gatekeeper.model.errors import EvidenceError, GatekeeperError, NotAuthenticError
from gatekeeper.model.names import collisions, name_fault
from gatekeeper.model.record import Record, from_bytes, statement, to_bytes
from gatekeeper.model.sums import parse
from gatekeeper.tools.hashing import Progress, Task, digest_all, kind_of

MAX_FILES = 200_000
MAX_DEPTH = 40
MAX_READ = 1024 * 1024 * 1024
REGULAR = "a regular file"
TAMPERED = "Do not use these files. Get the dossier again from whoever published it, and tell them what was seen."


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a dossier with their digests, and what is wrong with the set of them."""

    folder: Path
    digests: dict[str, str]
    faults: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every file, with slashes, in order."""
        return tuple(sorted(self.digests))

    def refuse_faults(self) -> None:
        """Raises NotAuthenticError that names every fault."""
        if self.faults:
            raise NotAuthenticError("\n".join(self.faults), TAMPERED)

    def read(self, name: str) -> bytes:
        """The bytes that were hashed. Raises NotAuthenticError where they are missing or others by now."""
        if name not in self.digests:
            raise NotAuthenticError(f"{name} is missing", TAMPERED)
        try:
            with (self.folder / name).open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                raw = file.read(min(size, MAX_READ) + 1)  # asked for more, Python takes the room for more
        except OSError as e:
            raise EvidenceError(f"{name} cannot be read: {e.strerror}", "Copy the dossier to a sound disk.") from e
        if len(raw) > MAX_READ:
            raise NotAuthenticError(f"{name} is larger than {MAX_READ} bytes", TAMPERED)
        if hashlib.sha256(raw).hexdigest() != self.digests[name]:
            raise NotAuthenticError(f"{name} changed while it was being verified", TAMPERED)
        return raw

    def record(self) -> Record:
        """The record, if record.json is the one form in which such a record is written. Raises NotAuthenticError."""
        raw = self.read(layout.RECORD)
        try:
            found = from_bytes(raw)
        except (ValueError, RecursionError) as e:  # msgspec's errors are ValueErrors
            raise NotAuthenticError(f"record.json is not a release record: {e}", TAMPERED) from e
        if to_bytes(statement(found.predicate)) != raw:
            raise NotAuthenticError("record.json is not as the gate writes it: something was added or moved", TAMPERED)
        return found.predicate


def open_dossier(folder: Path, progress: Progress | None = None) -> Contents:
    """Look at every file of it. Raises EvidenceError where there is no dossier to look at."""
    if not folder.is_dir():
        raise EvidenceError(f"{folder} is not a folder", "Name the folder of a dossier.")
    if not (folder / layout.RECORD).exists() and not (folder / layout.SUMS).exists():
        raise EvidenceError(f"{folder} holds no dossier", "Name the folder that holds record.json.")
    kinds = dict(_walk(folder))
    plain = [name for name, kind in kinds.items() if kind == REGULAR and not name_fault(name)]
    faults = [*_strange(kinds), *_unfinished(folder)]
    digests: dict[str, str] = {}
    try:
        found = digest_all([Task(name, folder / name) for name in plain], progress=progress)
        digests = {name: digest.sha256 for name, digest in zip(plain, found, strict=True)}
    except EvidenceError as e:
        raise EvidenceError(e.message, "Copy the dossier to a sound disk and verify it there.") from e
    return Contents(folder, digests, (*faults, *_against_sums(folder, digests)))


def _walk(folder: Path, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Names and kinds; links are not followed, and a folder counts only where it is empty."""
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as e:
        raise EvidenceError(f"{folder} cannot be read: {e.strerror}", "Check its permissions.") from e
    if depth > MAX_DEPTH or len(entries) > MAX_FILES:
        raise NotAuthenticError(f"{prefix or folder} holds more than a dossier does", TAMPERED)
    if prefix and not entries:
        yield prefix, "an empty folder"
    for entry in entries:
        name = f"{prefix}/{entry.name}" if prefix else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), name, depth + 1)
        else:
            yield name, kind_of(entry.stat(follow_symlinks=False).st_mode)


def _strange(kinds: dict[str, str]) -> Iterator[str]:
    for name, kind in kinds.items():
        if kind != REGULAR:
            yield f"{_shown(name)} is {kind}, no regular file"
        elif fault := name_fault(name):
            yield f"{_shown(name)} {fault}"
    for first, second in collisions(kinds):
        yield f"{_shown(first)} and {_shown(second)} are one file on some systems"


def _unfinished(folder: Path) -> Iterator[str]:
    if layout.UNFINISHED in folder.resolve().name:
        yield "this folder was left behind by a run of `gatekeeper release` that did not end"


def _against_sums(folder: Path, digests: dict[str, str]) -> Iterator[str]:
    """SHA256SUMS lists every file but itself and its signature, and nothing else, with these digests."""
    if layout.SUMS not in digests:
        yield f"{layout.SUMS} is missing"
        return
    try:
        raw = Contents(folder, digests, ()).read(layout.SUMS)
        listed = parse(raw.decode())
    except (ValueError, GatekeeperError) as e:
        yield f"{layout.SUMS} is not as the gate writes it: {e}"
        return
    there = digests.keys() - layout.NEVER_LISTED
    for name in sorted(there - listed.keys()):
        yield f"{name} is not listed in {layout.SUMS}"
    for name in sorted(listed.keys() - there):
        yield f"{_shown(name)} is listed in {layout.SUMS}, but is missing"
    for name in sorted(there & listed.keys()):
        if listed[name] != digests[name]:
            yield f"{name} was changed: it has SHA-256 {digests[name]}, not {listed[name]}"
    for name in layout.ALWAYS:
        if name not in digests:
            yield f"{name} is missing"


def _shown(name: str) -> str:
    return name if name.isprintable() else ascii(name)

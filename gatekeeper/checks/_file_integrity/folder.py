"""Walking and hashing the release folder: what is there, of what kind, and whether it held still meanwhile."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gatekeeper.checks._file_integrity.archives import SeenArchive, is_archive, look_inside
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.sums import Listed, read_manifest
from gatekeeper.tools.hashing import Digest, Progress, Task, digest, digest_all, kind_of

MAX_FILES = 100_000
MAX_TEXT_BYTES = 4 * 1024 * 1024
REGULAR = "a regular file"
OTHER_HASHES = ("sha384", "sha512")


class SeenFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of the release folder. Digests are of one reading; `fault` says why there are none."""

    name: str
    kind: str
    size: int = 0
    sha256: str = ""
    sha512: str = ""
    twin: str = ""  # another name of the very same file
    fault: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The release folder as it was read. `moved` names what came or went while it was being read."""

    folder: str
    files: tuple[SeenFile, ...]
    moved: tuple[str, ...] = ()
    given: tuple[str, ...] = ()  # files named in the call, relative to the folder
    strangers: tuple[str, ...] = ()  # files named in the call that do not lie in the folder
    archives: tuple[SeenArchive, ...] = ()
    left_out: tuple[str, ...] = ()  # there, but by the policy no part of the release
    manifest: str = ""
    listed: tuple[Listed, ...] = ()
    bad_lines: tuple[int, ...] = ()
    compared: dict[str, str] = {}  # "algorithm name" of a line of the manifest to the digest that the file has
    document: str = ""
    document_text: str = ""
    signer: tuple[tuple[str, str], ...] = ()  # what users must be told of the signer: the value's name and value


@dataclass(frozen=True, slots=True)
class Request:
    """What to look for: the folder's name for people, the files of the call, and what the policy says of others."""

    called: str
    given: Sequence[Path] = ()
    manifest: str = ""
    document: str = ""
    not_released: tuple[str, ...] = ()
    sha512: bool = False
    max_expanded_bytes: int = 1 << 31
    progress: Progress | None = None


def collect_folder(folder: Path, request: Request, signer: tuple[tuple[str, str], ...] = ()) -> Evidence:
    """Everything in the folder. Raises EvidenceError where there is too much, or no reading it."""
    before = dict(_walk(folder))
    released = {name: kind for name, kind in before.items() if name not in request.not_released}
    files = _hashed(folder, released, request)
    archives = tuple(
        look_inside(folder / f.name, f.name, request.max_expanded_bytes)
        for f in files
        if f.sha256 and is_archive(f.name)
    )
    after = dict(_walk(folder))
    inside, strangers = _placed(folder, request.given)
    listed, bad = _manifest(folder, request.manifest)
    return Evidence(
        folder=request.called,
        files=files,
        moved=tuple(sorted({name for name, _ in before.items() ^ after.items()})),
        given=inside,
        strangers=strangers,
        archives=archives,
        left_out=tuple(sorted(before.keys() - released.keys())),
        manifest=request.manifest,
        listed=listed,
        bad_lines=bad,
        compared=dict(_compared(folder, files, listed)),
        document=request.document,
        document_text=_text(folder, request.document),
        signer=signer,
    )


def _walk(folder: Path, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Names and kinds, links not followed; a folder counts only where it is empty."""
    if depth > 32:
        raise EvidenceError(f"{prefix} lies more than 32 folders deep", "Build into a flat release folder.")
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as e:
        raise EvidenceError(f"{folder} cannot be read: {e.strerror}", "Check its permissions.") from e
    if not entries and prefix:
        yield prefix, "an empty folder"
    for count, entry in enumerate(entries):
        if count > MAX_FILES:
            raise EvidenceError(f"{folder} holds more than {MAX_FILES} files", "Build into an empty release folder.")
        name = f"{prefix}/{entry.name}" if prefix else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), name, depth + 1)
        else:
            yield name, kind_of(entry.stat(follow_symlinks=False).st_mode)


def _hashed(folder: Path, kinds: dict[str, str], request: Request) -> tuple[SeenFile, ...]:
    tasks = [Task(name, folder / name) for name, kind in kinds.items() if kind == REGULAR]
    found = _digests(tasks, request)
    first: dict[tuple[int, int], str] = {}
    seen = []
    for name, kind in kinds.items():
        one = found.get(name)
        if not isinstance(one, Digest):
            seen.append(SeenFile(name, kind, fault=one or ""))
            continue
        twin = first.setdefault(one.identity, name)
        seen.append(SeenFile(name, kind, one.size, one.sha256, one.sha512, "" if twin == name else twin))
    return tuple(seen)


def _digests(tasks: Sequence[Task], request: Request) -> dict[str, Digest | str]:
    """The digest of each file, or why there is none: every fault is told, not only the first."""
    try:
        found = digest_all(tasks, sha512=request.sha512, progress=request.progress)
        return {t.name: d for t, d in zip(tasks, found, strict=True)}
    except EvidenceError:
        return {t.name: _digest_or_fault(t, sha512=request.sha512) for t in tasks}


def _digest_or_fault(task: Task, *, sha512: bool) -> Digest | str:
    try:
        return digest(task, sha512=sha512)
    except EvidenceError as e:
        return e.message


def _placed(folder: Path, given: Sequence[Path]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files of the call: those in the folder by their name there, and the others as they were given."""
    top = folder.resolve()
    inside, strangers = [], []
    for path in given:
        place = path.parent.resolve() / path.name
        if place.is_relative_to(top):
            inside.append(place.relative_to(top).as_posix())
        else:
            strangers.append(str(path))
    return tuple(inside), tuple(strangers)


def _manifest(folder: Path, name: str) -> tuple[tuple[Listed, ...], tuple[int, ...]]:
    return read_manifest(_text(folder, name), name) if name else ((), ())


def _compared(folder: Path, files: Sequence[SeenFile], listed: Sequence[Listed]) -> Iterator[tuple[str, str]]:
    """The strong hashes that a manifest has beside the ones that the gate computes for itself."""
    hashed = {file.name for file in files if file.sha256}
    for entry in listed:
        name = entry.name.removeprefix("./")
        if entry.algorithm in OTHER_HASHES and name in hashed:
            with Path(folder, name).open("rb") as file:
                yield f"{entry.algorithm} {name}", hashlib.file_digest(file, entry.algorithm).hexdigest()


def _text(folder: Path, name: str) -> str:
    """A text file of the release folder; empty where none is named. Raises EvidenceError."""
    if not name:
        return ""
    try:
        with Path(folder, name).open("rb") as file:
            raw = file.read(MAX_TEXT_BYTES + 1)
        if len(raw) > MAX_TEXT_BYTES:
            raise EvidenceError(f"{name} is larger than {MAX_TEXT_BYTES} bytes", "Name the right file in the policy.")
        return raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise EvidenceError(f"{name} cannot be read: {e}", "Ship it in the release folder, as UTF-8 text.") from e

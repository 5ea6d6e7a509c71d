"""Read a file once, from one open handle: its digest and, if asked, a copy of exactly the bytes that were hashed.

Links, devices, pipes and sockets are refused, and so is a file that changes while it is read. SHA-256 always,
SHA-512 on top where the policy asks. hashlib lets go of the interpreter's lock, so several files run at once.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from gatekeeper.model.errors import EvidenceError, SealError

CHUNK = 1024 * 1024  # few turns of the interpreter, and still little memory for each worker
FOR_ONE = 4 * CHUNK  # bytes; reading no more than these, a second worker costs more than it brings
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_WRITE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_REBUILD = "Finish all build steps before the gate runs, and run it again."

Progress = Callable[[str, int, int], None]  # a file's name, how many bytes of it are read by now, and its size


@dataclass(frozen=True, slots=True)
class Digest:
    """What one reading of a file gave: size in bytes, digests in hex, and the file's identity on its device."""

    size: int
    sha256: str
    sha512: str = ""
    identity: tuple[int, int] = (0, 0)
    links: int = 1


@dataclass(frozen=True, slots=True)
class Task:
    """One file to hash, and where its copy goes, if anywhere. `name` is what people call it."""

    name: str
    source: Path
    copy: Path | None = None


def digest(
    task: Task, *, sha512: bool = False, progress: Progress | None = None, buffer: bytearray | None = None
) -> Digest:
    """Hash one regular file and copy it in the same pass; the copy is on disk when this returns.

    `buffer` is room to read into, where the caller has one. Raises EvidenceError for a file that is missing, no
    regular file, unreadable or changed while it was read; SealError where the copy cannot be written.
    """
    with _opened(task) as source:
        before = os.fstat(source.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise EvidenceError(f"{task.name} is {kind_of(before.st_mode)}, no regular file", "Put a plain file there.")
        hashes = [hashlib.sha256(), *([hashlib.sha512()] if sha512 else [])]
        size = _stream(source, before.st_size, task, hashes, memoryview(buffer or bytearray(CHUNK)), progress)
        _refuse_change(task, before, os.fstat(source.fileno()), size)
    hexes = [h.hexdigest() for h in hashes]
    return Digest(size, hexes[0], hexes[1] if sha512 else "", (before.st_dev, before.st_ino), before.st_nlink)


def digest_all(
    tasks: Sequence[Task], *, sha512: bool = False, workers: int = 0, progress: Progress | None = None
) -> tuple[Digest, ...]:
    """The digests of many files, in their order; each worker takes the largest file that is left."""
    sizes = [_size(t.source) for t in tasks]
    workers = min(workers or _worth(tasks, sizes), len(tasks))
    if workers < 2:
        room = bytearray(CHUNK)
        return tuple(digest(t, sha512=sha512, progress=progress, buffer=room) for t in tasks)
    from concurrent.futures import ThreadPoolExecutor

    left = deque(_largest_first(sizes))

    def work(_number: int) -> list[tuple[int, Digest]]:
        buffer = bytearray(CHUNK)
        try:
            return [(i, digest(tasks[i], sha512=sha512, progress=progress, buffer=buffer)) for i in _taken(left)]
        except BaseException:
            left.clear()  # one failure is enough: the others need not go on
            raise

    with ThreadPoolExecutor(workers) as pool:
        found = dict(pair for pairs in pool.map(work, range(workers)) for pair in pairs)
    return tuple(found[index] for index in range(len(tasks)))


def kind_of(mode: int) -> str:
    """What a file's mode says it is, in words."""
    kinds = (
        (stat.S_ISREG, "a regular file"),
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((word for test, word in kinds if test(mode)), "a device")


def _worth(tasks: Sequence[Task], sizes: Sequence[int]) -> int:
    """How many workers; copies are waited for until they are on disk, so several of them always go together."""
    alone = sum(sizes) <= FOR_ONE and not any(t.copy for t in tasks)
    return 1 if alone else os.cpu_count() or 1


def _largest_first(sizes: Sequence[int]) -> list[int]:
    """So that no worker is left with the largest file when the others are done."""
    return sorted(range(len(sizes)), key=lambda i: -sizes[i])


def _taken(left: deque[int]) -> Iterator[int]:
    """One after another, until no worker finds any."""
    while True:
        try:
            yield left.popleft()
        except IndexError:
            return


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0  # reading it will say what is wrong


@contextmanager
def _opened(task: Task) -> Iterator[FileIO]:
    try:
        mode = task.source.lstat().st_mode
        if not stat.S_ISREG(mode):
            raise EvidenceError(f"{task.name} is {kind_of(mode)}, no regular file", "Put a plain file there.")
        handle = os.open(task.source, _OPEN_FLAGS)
    except OSError as e:
        raise EvidenceError(f"{task.name} cannot be read: {e.strerror}", "Check that it is there and readable.") from e
    with FileIO(handle) as source:
        yield source


def _stream(
    source: FileIO,
    expected: int,
    task: Task,
    hashes: Iterable[hashlib._Hash],
    buffer: memoryview,
    progress: Progress | None,
) -> int:
    """Read to the end, feeding hashes and copy from the same bytes; a file that outgrows its size has no end."""
    target = _create(task) if task.copy else None
    try:
        total = 0
        while size := _read(source, buffer, task):
            block = buffer[:size]
            for each in hashes:
                each.update(block)
            if target is not None:
                _write(target, block, task)
            total += size
            if total > expected:
                raise EvidenceError(f"{task.name} changed while it was read", _REBUILD)
            if progress:
                progress(task.name, total, expected)
        if target is not None:
            _flush(target, task)
        return total
    finally:
        if target is not None:
            os.close(target)


def _read(source: FileIO, buffer: memoryview, task: Task) -> int:
    try:
        return source.readinto(buffer) or 0
    except OSError as e:
        raise EvidenceError(f"{task.name} cannot be read: {e.strerror}", "Check the disk it lies on.") from e


def _create(task: Task) -> int:
    assert task.copy is not None
    try:
        task.copy.parent.mkdir(parents=True, exist_ok=True)
        return os.open(task.copy, _WRITE_FLAGS, 0o644)
    except OSError as e:
        raise _unwritable(task, e) from e


def _write(target: int, block: memoryview, task: Task) -> None:
    try:
        written = os.write(target, block)
        while written < len(block):
            written += os.write(target, block[written:])
    except OSError as e:
        raise _unwritable(task, e) from e


def _flush(target: int, task: Task) -> None:
    try:
        os.fsync(target)
    except OSError as e:
        raise _unwritable(task, e) from e


def _unwritable(task: Task, error: OSError) -> SealError:
    return SealError(f"{task.copy} cannot be written: {error.strerror}", "Make room or choose another folder.")


def _refuse_change(task: Task, before: os.stat_result, after: os.stat_result, size: int) -> None:
    """The handle must tell the same before and after, and the name must still lead to it."""
    try:
        named = task.source.lstat()
    except OSError:
        named = None
    same_handle = _state(before) == _state(after) and size == before.st_size
    if not same_handle or named is None or _state(named) != _state(after):
        raise EvidenceError(f"{task.name} changed while it was read", _REBUILD)


def _state(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

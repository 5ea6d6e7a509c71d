"""The scan over several processes: files handed out biggest first, so that the last one to finish is a small one.

The one place beside tools/ that starts processes, and they are copies of this one: nothing is executed.
"""

from __future__ import annotations

import errno
import gc
import os
import stat
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from gatekeeper.model.errors import EvidenceError, ToolError
from gatekeeper.scanners.languages import NOTEBOOK_SUFFIX
from gatekeeper.scanners.results import FileScan, Source

LARGEST_FILE = 64 * 2**20  # bytes
MOST_PROCESSES = 8
WORTH_A_PROCESS = 400_000  # bytes of source; below, starting processes costs more than it saves
PORTIONS = 16  # for each process, so that none waits long for the others

Driver = Callable[[Sequence[Source]], list[FileScan]]


def processes_for(size: int) -> int:
    """How many processes to use for so many bytes of source: one where forking is missing or not safe."""
    forks = sys.platform == "linux" and threading.active_count() == 1
    if not forks or size < WORTH_A_PROCESS:
        return 1
    return max(1, min(MOST_PROCESSES, len(os.sched_getaffinity(0))))


def scan_all(root: Path, paths: Sequence[str], driver: Driver) -> tuple[list[FileScan], int]:
    """Scan the files and say with how many processes. Raises ToolError where a process died."""
    sizes = {path: _size(root / path) for path in paths}
    jobs = processes_for(sum(sizes.values()))
    if jobs == 1:
        return _scan_portion(root, paths, driver), 1
    return _in_processes(root, sizes, driver, jobs), jobs


def _in_processes(root: Path, sizes: dict[str, int], driver: Driver, jobs: int) -> list[FileScan]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    gc.freeze()  # what is there now stays shared with the copies
    try:
        with ProcessPoolExecutor(jobs, multiprocessing.get_context("fork")) as pool:
            waiting = [
                pool.submit(_encoded_portion, root, portion, driver)
                for portion in portions(sizes, sum(sizes.values()) // (jobs * PORTIONS))
            ]
            decode = msgspec.msgpack.Decoder(list[FileScan]).decode
            return [result for future in waiting for result in decode(future.result())]
    except BrokenProcessPool as e:
        raise ToolError("a scanning process died", "It may have run out of memory; run the scan in shards.") from e
    finally:
        gc.unfreeze()


def portions(sizes: dict[str, int], enough: int) -> list[list[str]]:
    """Paths biggest first, in portions of about `enough` bytes each; every path in exactly one."""
    found: list[list[str]] = []
    room = 0
    for path in sorted(sizes, key=lambda p: (-sizes[p], p)):
        if room <= 0:
            found.append([])
            room = max(enough, 1)
        found[-1].append(path)
        room -= max(sizes[path], 1)
    return found


def _encoded_portion(root: Path, paths: Sequence[str], driver: Driver) -> bytes:
    return msgspec.msgpack.encode(_scan_portion(root, paths, driver))


def _scan_portion(root: Path, paths: Iterable[str], driver: Driver) -> list[FileScan]:
    read_ = [read(root, path) for path in paths]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the scanned code's invalid escapes are not ours to report
        done = driver([each for each in read_ if isinstance(each, Source)])
    return [*(each for each in read_ if isinstance(each, FileScan)), *done]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def read(root: Path, path: str) -> Source | FileScan:
    """The bytes of one file, or a result that says why there are none."""
    try:
        data = _bytes(f"{root}/{path}")
    except (OSError, ValueError) as e:
        return FileScan(path, "", unread=getattr(e, "strerror", None) or "cannot be read")
    return _notebook(path, data) if path.lower().endswith(NOTEBOOK_SUFFIX) else Source(path, data)


def _bytes(place: str) -> bytes:
    """The whole of a regular file, with few calls: there are thousands. Raises OSError for what is none, or changes."""
    descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "no regular file")
        if about.st_size > LARGEST_FILE:
            raise OSError(errno.EFBIG, f"larger than {LARGEST_FILE >> 20} MiB")
        data = os.read(descriptor, about.st_size + 1)
    finally:
        os.close(descriptor)
    if len(data) != about.st_size:
        raise OSError(errno.EAGAIN, "changed while it was read")
    return data


def _notebook(path: str, data: bytes) -> Source | FileScan:
    from gatekeeper.scanners.notebooks import Notebook

    try:
        notebook = Notebook(data)
    except EvidenceError as e:
        return FileScan(path, "", unread=e.message)
    if notebook.foreign:
        return FileScan(path, "", unread=f"cells in another language: {', '.join(sorted(set(notebook.foreign)))}")
    return Source(path, notebook.python, tuple(notebook.cells))

"""Scan files with Bandit: the one door to the drivers."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path

import msgspec

from gatekeeper.model.errors import EvidenceError
from gatekeeper.scanners import toolchain
from gatekeeper.scanners.notebooks import Notebook
from gatekeeper.scanners.results import FileScan, Source
from gatekeeper.scanners.sources import NOTEBOOK_SUFFIX
from gatekeeper.scanners.toolchain import Toolchain

LARGEST_FILE = 64 * 2**20  # bytes


class Scan(msgspec.Struct, frozen=True):
    """What came of all files, in the order asked for, and how it was done."""

    tools: Toolchain
    driver: str  # fast | stock
    files: tuple[FileScan, ...] = ()
    processes: int = 1
    cached: int = 0  # files whose result came from the cache; 0 is a cold scan
    why: str = ""  # why not the fast driver

    @property
    def how(self) -> str:
        """The scan in words, for the record."""
        heat = f"warm ({self.cached} of {len(self.files)} from the cache)" if self.cached else "cold"
        driver = f"{self.driver} driver" + (f" ({self.why})" if self.why else "")
        return f"{driver}, {self.processes} {'process' if self.processes == 1 else 'processes'}, {heat}"


def scan(root: Path, paths: Iterable[str]) -> Scan:
    """Scan the files (relative to `root`). What cannot be read is in the result as unread, never missing from it."""
    tools = toolchain.load(root)
    from gatekeeper.scanners import stock

    sources, unread = _read(root, paths)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the scanned code's invalid escapes are not ours to report
        done = {result.path: result for result in (*unread, *stock.scan(sources))}
    return Scan(tools, "stock", tuple(done[path] for path in sorted(done)))


def _read(root: Path, paths: Iterable[str]) -> tuple[list[Source], list[FileScan]]:
    sources, unread = [], []
    for path in paths:
        source = read(root, path)
        if isinstance(source, Source):
            sources.append(source)
        else:
            unread.append(source)
    return sources, unread


def read(root: Path, path: str) -> Source | FileScan:
    """The bytes of one file, or a result that says why there are none."""
    try:
        with (root / path).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as e:
        return FileScan(path, "", unread=e.strerror or "cannot be read")
    if len(data) > LARGEST_FILE:
        return FileScan(path, "", unread=f"larger than {LARGEST_FILE >> 20} MiB")
    return _notebook(path, data) if path.endswith(NOTEBOOK_SUFFIX) else Source(path, data)


def _notebook(path: str, data: bytes) -> Source | FileScan:
    try:
        notebook = Notebook(data)
    except EvidenceError as e:
        return FileScan(path, "", unread=e.message)
    if notebook.foreign:
        return FileScan(path, "", unread=f"cells in another language: {', '.join(sorted(set(notebook.foreign)))}")
    return Source(path, notebook.python, tuple(notebook.cells))

"""Scan files with Bandit: the one door to the drivers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from gatekeeper.scanners.cache import Store
from gatekeeper.scanners.pool import Driver, read, scan_all
from gatekeeper.scanners.results import FileScan, Source, Toolchain


class Scan(msgspec.Struct, frozen=True):
    """What came of all files, in the order of their paths, and how it was done."""

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


def scan(root: Path, paths: Iterable[str], *, warm: bool = False) -> Scan:
    """Scan the files (relative to `root`). What cannot be read is in the result as unread, never missing from it.

    With `warm`, results of unchanged files come from the user's cache; Bandit is not even loaded where all do.
    Raises ToolError where Bandit cannot be loaded safely or a process died.
    """
    wanted = sorted(set(paths))
    store = Store(root, os.environ) if warm else None
    known = _known(store, root, wanted) if store else {}
    if store and store.tools and wanted and len(known) == len(wanted):
        return Scan(store.tools, store.driver, tuple(known[path] for path in wanted), cached=len(known))
    from gatekeeper.scanners import toolchain

    tools = toolchain.load(root)
    name, driver, why = _driver(tools)
    if store and (store.tools, store.driver) != (tools, name):
        known = {}
    found, processes = scan_all(root, [path for path in wanted if path not in known], driver)
    if store:
        store.keep(tools, name, found)
    files = sorted((*found, *known.values()), key=lambda each: each.path)
    return Scan(tools, name, tuple(files), processes, cached=len(known), why=why)


def _known(store: Store, root: Path, paths: Iterable[str]) -> dict[str, FileScan]:
    found = {}
    for path in paths:
        source = read(root, path)
        if isinstance(source, Source) and (result := store.find(path, source.sha256)):
            found[path] = result
    return found


def _driver(tools: Toolchain) -> tuple[str, Driver, str]:
    """The fast driver for a Bandit that it knows, the stock driver for any other, and why."""
    from gatekeeper.scanners import guards, stock

    if tools.bandit not in guards.VERSIONS:
        return "stock", stock.scan, f"Bandit {tools.bandit} is not known to the fast driver"
    if tools.foreign:
        return "stock", stock.scan, f"plugins that are not Bandit's own: {', '.join(tools.foreign)}"
    from gatekeeper.scanners import bandit_tests, fast

    if why := bandit_tests.unfit():
        return "stock", stock.scan, why
    return "fast", fast.scan, ""

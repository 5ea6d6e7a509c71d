"""Scan files with Bandit: the one door to the drivers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from gatekeeper.scanners import toolchain
from gatekeeper.scanners.pool import Driver, scan_all
from gatekeeper.scanners.results import FileScan
from gatekeeper.scanners.toolchain import Toolchain


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


def scan(root: Path, paths: Iterable[str]) -> Scan:
    """Scan the files (relative to `root`). What cannot be read is in the result as unread, never missing from it.

    Raises ToolError where Bandit cannot be loaded safely or a process died.
    """
    tools = toolchain.load(root)
    name, driver, why = _driver(tools)
    found, processes = scan_all(root, sorted(set(paths)), driver)
    return Scan(tools, name, tuple(sorted(found, key=lambda each: each.path)), processes, why=why)


def _driver(tools: Toolchain) -> tuple[str, Driver, str]:
    """The fast driver for a Bandit that it knows, the stock driver for any other, and why."""
    from gatekeeper.scanners import guards, stock

    if tools.bandit not in guards.VERSIONS:
        return "stock", stock.scan, f"Bandit {tools.bandit} is not known to the fast driver"
    if tools.foreign:
        return "stock", stock.scan, f"plugins that are not Bandit's own: {', '.join(tools.foreign)}"
    from gatekeeper.scanners import fast

    if why := fast.unfit():
        return "stock", stock.scan, why
    return "fast", fast.scan, ""

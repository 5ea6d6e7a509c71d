"""Measure two commands honestly: alternating runs on one machine, medians of the paired ratios, CPU beside wall."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FOUND = (0, 1)  # a scanner that finds something exits 1
UNUSUAL = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")  # as users have it: byte code is kept
HEAD = """| what | ours wall s | yardstick wall s | wall ratio | CPU ratio | peak MiB | pairs |
|---|---|---|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Cost:
    """One run: seconds of wall and CPU time (children included), peak memory of the largest process in MiB."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Pair:
    """The medians of several alternating runs. Ratios are ours / yardstick, paired run by run."""

    name: str
    ours: Cost
    yardstick: Cost
    wall_ratio: float
    cpu_ratio: float
    runs: int

    def row(self) -> str:
        """A line of a Markdown table."""
        return (
            f"| {self.name} | {self.ours.wall:.3f} | {self.yardstick.wall:.3f} | **{self.wall_ratio:.3f}** "
            f"| {self.cpu_ratio:.3f} | {self.ours.peak:.0f} / {self.yardstick.peak:.0f} | {self.runs} |"
        )


def cost(command: Sequence[str], cwd: Path | None = None, codes: Sequence[int] = (0,)) -> Cost:
    """Run once. Raises RuntimeError for another exit status than those: what ends early only looks fast."""
    start = time.perf_counter()
    env = {name: value for name, value in os.environ.items() if name not in UNUSUAL}
    child = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)  # reaped here; nothing is left for Popen to wait for
    if child.returncode not in codes:
        raise RuntimeError(f"exit status {child.returncode} of {' '.join(command)[:300]}")
    return Cost(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def paired(
    name: str,
    ours: Sequence[str],
    yardstick: Sequence[str],
    runs: int = 7,
    cwd: Path | None = None,
    before: Callable[[], object] = lambda: None,
    between: Callable[[], object] = lambda: None,
) -> Pair:
    """Warm each once, then alternate the two and take medians. `before` makes ready for ours, `between` for the
    yardstick; neither is timed.
    """
    cost(ours, cwd)
    cost(yardstick, cwd, FOUND)
    pairs = []
    for _ in range(runs):
        before()
        mine = cost(ours, cwd)
        between()
        pairs.append((mine, cost(yardstick, cwd, FOUND)))
    return Pair(
        name,
        _median([a for a, _ in pairs]),
        _median([b for _, b in pairs]),
        statistics.median(a.wall / b.wall for a, b in pairs),
        statistics.median(a.cpu / max(b.cpu, 1e-6) for a, b in pairs),
        runs,
    )


def machine() -> str:
    """Date, interpreter and size of the machine, for the head of a table."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.system()}, "
        f"{os.cpu_count()} cores, {memory:.0f} GiB, load {os.getloadavg()[0]:.1f}"
    )


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(c, f) for c in costs) for f in ("wall", "cpu", "peak")))

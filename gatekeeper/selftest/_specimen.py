"""What a specimen is: files of a small good product, its policy tables, and the faults to plant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where and when a specimen is built: the folder, the effective time, the commit once there is one."""

    root: Path
    now: datetime
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One fault: the rule that must stop it, its name, and what it changes.

    `files` replaces or adds files (None removes one) before the commit; `plant` runs after the commit and may do
    anything to the folder; `tables` replaces policy tables.
    """

    rule: str
    name: str
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    plant: Callable[[Stage], None] | None = None
    tables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Specimen:
    """A good product for one family: its files, its policy tables by check, and what must be stopped.

    `late` makes files that hang on time or commit, after the commit; `artifacts` names files to be released.
    `rules` are those that the good specimen must pass.
    """

    id: str
    checks: tuple[str, ...]
    rules: tuple[str, ...]
    files: Files
    tables: Mapping[str, Any]
    samples: tuple[Sample, ...]
    artifacts: tuple[str, ...] = ()
    late: Callable[[Stage], Mapping[str, bytes]] | None = None

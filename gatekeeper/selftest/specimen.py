"""What a specimen is: files of a small good product, its policy tables, and the faults to plant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gatekeeper.model.selftest import SampleResult

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
    also: tuple[str, ...] = ()  # rules that it gives evidence for beside its own


@dataclass(frozen=True, slots=True)
class Trial:
    """One part of the self-test that brings its own way of trying: hostile text through the reports, a broken seal."""

    id: str
    run: Callable[[], Iterable[SampleResult]]
    signing: bool = False  # signs and verifies: only where the command at hand does so too


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

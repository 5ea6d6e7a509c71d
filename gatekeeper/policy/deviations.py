"""deviations.toml, strictly: one bad entry makes the whole file invalid (ISSUE-18)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.model.deviation import DECISIONS, Deviation
from gatekeeper.model.errors import PolicyError
from gatekeeper.model.rule import Rulebook
from gatekeeper.model.words import Level
from gatekeeper.policy.faults import faults
from gatekeeper.policy.schema import deviations_schema
from gatekeeper.policy.toml_file import TomlFile, read

MIN_JUSTIFICATION = 20  # characters; "ok" and "aaaaaaaaaa" are not reasons
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_ID = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Answers:
    """The entries of the file, and the digest of its bytes (empty where there is no file)."""

    entries: tuple[Deviation, ...] = ()
    sha256: str = ""


def read_answers(path: Path, rulebook: Rulebook) -> tuple[Answers, tuple[str, ...]]:
    """The deviations, and every fault of the file. No file means no deviations."""
    if not path.exists() and not path.is_symlink():
        return Answers(), ()
    try:
        file = read(path)
    except PolicyError as e:
        return Answers(), e.faults
    if found := faults(file, deviations_schema()):
        return Answers(), found
    try:
        entries = tuple(_entry(file, index) for index in range(len(file.data.get("deviation", ()))))
    except msgspec.ValidationError as e:
        return Answers(), (f"{file.name}: {e}",)
    return Answers(entries, file.sha256), tuple(_semantic_faults(file, entries, rulebook))


def _entry(file: TomlFile, index: int) -> Deviation:
    data: dict[str, Any] = file.data["deviation"][index] | {"line": file.line(("deviation", index))}
    return msgspec.convert(data, Deviation, builtin_types=(date, datetime))


def _semantic_faults(file: TomlFile, entries: tuple[Deviation, ...], rulebook: Rulebook) -> Iterator[str]:
    seen: dict[str, int] = {}
    targets: dict[tuple[str, str], str] = {}
    for entry in entries:
        at = f"{file.name}:{entry.line}: {entry.id}"
        yield from (f"{at}: {fault}" for fault in _entry_faults(entry, rulebook))
        if entry.id in seen:
            yield f"{at}: this id stands at line {seen[entry.id]} already"
        seen.setdefault(entry.id, entry.line)
        target = (entry.rule, entry.finding)
        if target in targets:
            yield f"{at}: {targets[target]} answers the same finding already; one finding, one deviation"
        targets.setdefault(target, entry.id)


def _entry_faults(entry: Deviation, rulebook: Rulebook) -> Iterator[str]:
    yield from _form_faults(entry)
    yield from _date_faults(entry, rulebook)
    yield from _people_faults(entry, rulebook)
    if entry.rule not in rulebook.rules:
        yield f'there is no rule "{entry.rule}"'
    elif entry.rule not in rulebook.deviable:
        yield f"{entry.rule} cannot be deviated from: it must be put right"


def _form_faults(entry: Deviation) -> Iterator[str]:
    if not _ID.fullmatch(entry.id):
        yield 'an id looks like "DEV-2026-014"'
    if not _FINGERPRINT.fullmatch(entry.finding):
        yield '"finding" is the fingerprint that `gatekeeper check` prints for one finding; no patterns'
    if entry.decision not in DECISIONS:
        yield f'"decision" is one of {", ".join(DECISIONS)}'
    if len(entry.justification.strip()) < MIN_JUSTIFICATION or len(set(entry.justification)) < 8:
        yield f'"justification" must give the reason in words (at least {MIN_JUSTIFICATION} characters)'
    if not entry.risk_ref.strip():
        yield '"risk-ref" must name the entry in the risk management file'
    if not entry.releases or not all(_is_version(v) for v in entry.releases):
        yield '"releases" must list the exact versions that the deviation holds for'


def _is_version(text: str) -> bool:
    return bool(text.strip()) and not set("*?[]<>=~^ ") & set(text)


def _date_faults(entry: Deviation, rulebook: Rulebook) -> Iterator[str]:
    if not entry.approved_on <= entry.starts < entry.expires:
        yield '"approved-on", "valid-from" and "expires" must follow one another in this order'
    longest = _longest(rulebook, entry.severity)
    days = (entry.expires - entry.approved_on).days
    if days > longest:
        yield f"runs for {days} days; at most {longest} are allowed at severity {entry.severity}"


def _longest(rulebook: Rulebook, level: Level) -> int:
    table = rulebook.defaults["deviation_max_days"]
    assert isinstance(table, dict)
    return table.get(level, 0)


def _people_faults(entry: Deviation, rulebook: Rulebook) -> Iterator[str]:
    ids = {_same(p.id) for p in entry.approved_by}
    table = rulebook.defaults["deviation_approvers"]
    assert isinstance(table, dict)
    needed = table.get(entry.severity, max(table.values()))
    if len(ids) < needed:
        yield f"needs {needed} different approver(s) at severity {entry.severity}, has {len(ids)}"
    if _same(entry.author.id) in ids or _same(entry.author.name) in {_same(p.name) for p in entry.approved_by}:
        yield "the author cannot be an approver"
    if not all(part.strip() for p in (entry.author, *entry.approved_by) for part in (p.name, p.id)):
        yield "every person needs a name and an id"


def _same(word: str) -> str:
    return " ".join(word.casefold().split())

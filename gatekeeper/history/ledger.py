"""A folder of dossiers as one chain per product: what follows on what, where it breaks, and how the numbers move.

Each record names the digest of the record before it. So a record that is taken out, put in between or changed
afterwards shows as a gap, a fork or a stranger, whoever did it, as long as one later record is genuine. Signatures
are not looked at here: `gatekeeper verify` does that, dossier by dossier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gatekeeper.model.words import ClauseStatus, Decision, Mode, Outcome, Severity

FIRST = "none"  # what a record says that has none before it


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One record as the ledger counts it. `sha256` is the digest of its record.json, `place` where that lies."""

    sha256: str
    place: str
    product: str
    version: str
    time: str
    decision: Decision
    mode: Mode
    stage: str
    previous: str
    artifacts: tuple[str, ...]
    failed: int
    undecided: int
    open_findings: int
    deviations: int
    open_issues: int
    components: int
    clauses_met: int

    @property
    def released(self) -> bool:
        """A release that went out: sealed, and no rehearsal."""
        return (self.decision, self.stage) == (Decision.RELEASE, "sealed") and self.mode is not Mode.REHEARSAL


class Break(msgspec.Struct, frozen=True):
    """A place where the chain does not hold; `kind` is one word, `what` a sentence, `place` the record."""

    kind: str
    what: str
    place: str


class Ledger(msgspec.Struct, frozen=True):
    """Entries in the order of their chains, product by product, and every break."""

    entries: tuple[Entry, ...]
    breaks: tuple[Break, ...]


class _Finding(msgspec.Struct):
    deviation: str = ""


class _Rule(msgspec.Struct):
    outcome: Outcome
    severity: Severity
    findings: tuple[_Finding, ...]


class _Clause(msgspec.Struct):
    status: ClauseStatus


class _Named(msgspec.Struct):
    name: str
    version: str = ""
    sha256: str = ""


class _Issue(msgspec.Struct):
    state: str


class _Row(msgspec.Struct):
    """The few fields of a record that the ledger needs; the rest of the file is passed over unread."""

    decision: Decision
    mode: Mode
    stage: str
    product: _Named
    effective_time: str
    rules: tuple[_Rule, ...]
    clauses: tuple[_Clause, ...]
    artifacts: tuple[_Named, ...]
    deviations: tuple[msgspec.Raw, ...]
    components: tuple[msgspec.Raw, ...] = ()
    issues: tuple[_Issue, ...] = ()
    previous_record: str = ""


class _Statement(msgspec.Struct):
    predicate: _Row


_MET = (ClauseStatus.MET, ClauseStatus.MET_WITH_DEVIATION, ClauseStatus.MET_WITH_REMARK)


def entry(raw: bytes, sha256: str, place: str) -> Entry:
    """Read one record.json. Raises ValueError for what is no release record."""
    row = _DECODER.decode(raw).predicate
    findings = [f for rule in row.rules for f in rule.findings]
    return Entry(
        sha256=sha256,
        place=place,
        product=row.product.name,
        version=row.product.version,
        time=row.effective_time,
        decision=row.decision,
        mode=row.mode,
        stage=row.stage,
        previous=row.previous_record,
        artifacts=tuple(sorted(a.sha256 for a in row.artifacts)),
        failed=sum(r.outcome is Outcome.FAILED and r.severity is Severity.BLOCK for r in row.rules),
        undecided=sum(r.outcome is Outcome.UNDECIDED for r in row.rules),
        open_findings=sum(not f.deviation for f in findings),
        deviations=len(row.deviations),
        open_issues=sum(i.state != "closed" for i in row.issues),
        components=len(row.components),
        clauses_met=sum(c.status in _MET for c in row.clauses),
    )


_DECODER = msgspec.json.Decoder(_Statement)


def ledger(entries: Iterable[Entry]) -> Ledger:
    """Order the entries along their chains and name every break; nothing is dropped from the list."""
    products: dict[str, list[Entry]] = defaultdict(list)
    for item in sorted(entries, key=lambda e: (e.product, e.time, e.sha256)):
        products[item.product].append(item)
    ordered = [e for group in products.values() for e in _chained(group)]
    return Ledger(tuple(ordered), tuple(b for group in products.values() for b in _breaks(group)))


def _chained(group: Sequence[Entry]) -> list[Entry]:
    """First those without a known predecessor, each followed by what builds on it; then whatever hangs in a circle."""
    known = {e.sha256 for e in group}
    after: dict[str, list[Entry]] = defaultdict(list)
    for item in group:
        after[item.previous].append(item)
    waiting = [e for e in reversed(group) if e.previous not in known]
    found: dict[str, Entry] = {}
    while waiting:
        item = waiting.pop()
        if item.place not in found:
            found[item.place] = item
            waiting += reversed(after[item.sha256])
    return [*found.values(), *(e for e in group if e.place not in found)]


def _breaks(group: Sequence[Entry]) -> Iterator[Break]:
    yield from _links(group)
    yield from _doubles(group)
    yield from _versions(group)
    for item in group:
        if item.mode is Mode.REHEARSAL:
            yield Break(
                "rehearsal", f"{item.version} is a rehearsal: it proves nothing and has no place here", item.place
            )
        if item.decision is Decision.RELEASE and (item.failed or item.undecided):
            against = f"{item.failed} rules failed and {item.undecided} are undecided"
            yield Break("decision", f"{item.version} says release, and {against}", item.place)


def _links(group: Sequence[Entry]) -> Iterator[Break]:
    by_digest = {e.sha256: e for e in group}
    successors: dict[str, list[Entry]] = defaultdict(list)
    for item in group:
        successors[item.previous].append(item)
        before = by_digest.get(item.previous)
        if not item.previous:
            yield Break("unlinked", f"{item.version} names no record before it and is not a first release", item.place)
        elif item.previous != FIRST and before is None:
            missing = f"{item.version} follows on record {item.previous[:16]}…, which is not here"
            yield Break("gap", missing, item.place)
        elif before is not None and before.time > item.time:
            yield Break("time", f"{item.version} is older than {before.version}, on which it follows", item.place)
    for previous, items in successors.items():
        for other in items[1:] if previous else ():
            name = "a second first release" if previous == FIRST else f"a second record after {previous[:16]}…"
            yield Break("fork", f"{other.version} is {name}, beside {items[0].version}", other.place)
    rooted = _rooted(group, by_digest)
    yield from (Break("circle", f"{e.version} hangs in a circle", e.place) for e in group if e.sha256 not in rooted)


def _rooted(group: Sequence[Entry], by_digest: dict[str, Entry]) -> set[str]:
    """The records that lead back to a beginning, or to a gap."""
    good: dict[str, bool] = {}
    for item in group:
        path: dict[str, None] = {}
        at: Entry | None = item
        while at is not None and at.sha256 not in good and at.sha256 not in path:
            path[at.sha256] = None
            at = by_digest.get(at.previous)
        good |= dict.fromkeys(path, at is None or good.get(at.sha256, False))
    return {digest for digest, rooted in good.items() if rooted}


def _doubles(group: Sequence[Entry]) -> Iterator[Break]:
    seen: dict[str, Entry] = {}
    for item in group:
        first = seen.setdefault(item.sha256, item)
        if first is not item:
            yield Break("double", f"{item.version}: the same record lies at {first.place} as well", item.place)


def _versions(group: Sequence[Entry]) -> Iterator[Break]:
    seen: dict[str, Entry] = {}
    for item in group:
        if item.decision is not Decision.RELEASE or item.stage != "sealed":
            continue
        first = seen.setdefault(item.version, item)
        if first.artifacts != item.artifacts:
            yield Break("version", f"{item.version} was released twice with different files", item.place)

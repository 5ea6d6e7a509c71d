"""Which component has which known vulnerability: pure, by the algorithm of the OSV schema, aliases taken together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from gatekeeper.model.words import LEVEL_RANK, Level, level_of
from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.identity import package_key
from gatekeeper.sbom.known.ecosystems import Package, base, normal, ordered, package, variants, without_source
from gatekeeper.sbom.known.evidence import Advisory, Affected, CommitAnswer, Evidence, Range, Scan

_NO_VERSION = "its ranges cannot be compared with a version"


class Known(msgspec.Struct, frozen=True):
    """One vulnerability of one component; `ids` are all its names, `fixed` the versions that no longer have it.

    `via` names the notices that are about this vulnerability and others: what is stated of one holds for each.
    """

    component: Component
    id: str
    ids: tuple[str, ...]
    level: Level
    found_by: tuple[str, ...]
    fixed: tuple[str, ...] = ()
    summary: str = ""
    own: bool = True  # found by the gate's own match, not by a scanner alone
    via: tuple[str, ...] = ()


class Unjudged(msgspec.Struct, frozen=True):
    """A component (and, where there is one, the advisory on it) that the data cannot judge."""

    component: Component
    reason: str
    advisory: str = ""


class Matched(msgspec.Struct, frozen=True):
    """What came of matching: each component is assessed, or stands in `unjudged`."""

    known: tuple[Known, ...]
    unjudged: tuple[Unjudged, ...]
    assessed: int


@dataclass(frozen=True, slots=True)
class _Data:
    """The evidence, ordered for looking things up: by package, by id, and by the component that an answer is about."""

    by_name: dict[tuple[str, str], list[Advisory]]
    by_id: dict[str, Advisory]
    by_commit: dict[str, dict[str, CommitAnswer]]
    present: frozenset[str]  # ecosystems that a sound snapshot holds
    scanned: frozenset[tuple[str, str, str]]  # ecosystem, name and version that another scanner had data for


def match(e: Evidence) -> Matched:
    """Match every component with the snapshots, and add what the scanners reported."""
    data = _ordered(e)
    answers = [_matched(component, data) for component in e.components]
    known = [known for answer in answers for known in answer.known]
    unjudged = tuple(row for answer in answers for row in answer.unjudged)
    return Matched(tuple(_together([*known, *_reported(e)])), unjudged, sum(answer.assessed for answer in answers))


def _ordered(e: Evidence) -> _Data:
    by_name: dict[tuple[str, str], list[Advisory]] = {}
    for advisory in e.advisories:
        for key in dict.fromkeys((a.ecosystem, a.name) for a in advisory.affected):
            by_name.setdefault(key, []).append(advisory)
    by_commit: dict[str, dict[str, CommitAnswer]] = {}
    for answer in e.commits:
        by_commit.setdefault(answer.component, {})[answer.advisory] = answer
    return _Data(
        by_name,
        {a.id: a for a in e.advisories},
        by_commit,
        frozenset(x for s in e.snapshots if not s.faults for x in s.ecosystems if s.ecosystem in (x, base(x))),
        frozenset((x, normal(x, name), version) for scan in usable(e) for x, name, version in scan.assessed),
    )


def _matched(c: Component, data: _Data) -> Matched:
    """One component: by the commit that it was built from, and by its version where the snapshots can be asked."""
    found, told = package(c), data.by_commit.get(c.where, {})
    hit = [data.by_id[i] for i, answer in told.items() if answer.affected and i in data.by_id]
    known = [each for advisory in hit for each in _known(c, advisory, found)]
    if reason := _unassessed(c, found, data):
        if told:  # assessed by its commit
            doubtful = (Unjudged(c, answer.reason, i) for i, answer in told.items() if answer.affected is None)
            return Matched(tuple(known), tuple(doubtful), assessed=1)
        if isinstance(found, Package) and (found.ecosystem, found.name, c.version) in data.scanned:
            return Matched((), (), assessed=1)  # another scanner, whose result is bound to this SBOM, had data for it
        return Matched((), (Unjudged(c, reason),), assessed=0)
    assert isinstance(found, Package)
    more, unjudged = _by_version(c, found, told, data)
    return Matched((*known, *more), unjudged, assessed=1)


def _by_version(
    c: Component, found: Package, told: Mapping[str, CommitAnswer], data: _Data
) -> tuple[tuple[Known, ...], tuple[Unjudged, ...]]:
    """Every advisory about the package; its commit decides where the version cannot."""
    known: list[Known] = []
    unjudged: list[Unjudged] = []
    for advisory in _about(found, data.by_name):
        verdict, by_commit = affects(advisory, found), told.get(advisory.id)
        if verdict is None and by_commit:
            verdict = by_commit.affected
        if verdict is None:
            unjudged.append(Unjudged(c, by_commit.reason if by_commit else _NO_VERSION, advisory.id))
        elif verdict:
            known += _known(c, advisory, found)
    return tuple(known), tuple(unjudged)


def usable(e: Evidence) -> Iterator[Scan]:
    """The scan results that are about this very SBOM and ended well."""
    return (s for s in e.scans if not s.fault and s.sbom_sha256 == e.sbom_sha256)


def _unassessed(c: Component, found: Package | str, data: _Data) -> str:
    """Why the snapshots cannot be asked about a component; empty where they can."""
    if isinstance(found, str):
        return found
    if found.ecosystem not in data.present:
        return f"there are no data on {found.ecosystem}"
    if without_source(c) and not _about(found, data.by_name):
        return "the data are about source packages, and its package URL names none (upstream=...)"
    return ""


def _about(p: Package, by_name: dict[tuple[str, str], list[Advisory]]) -> list[Advisory]:
    found = [a for name in p.names for a in by_name.get((p.ecosystem, name), ())]
    return found if len(p.names) == 1 else list({a.id: a for a in found}.values())


def affects(advisory: Advisory, p: Package) -> bool | None:
    """Whether an advisory is about this version; None where its data cannot tell."""
    answers = [_affects(a, p) for a in advisory.affected if a.ecosystem == p.ecosystem and a.name in p.names]
    if True in answers:
        return True
    return None if None in answers or not answers else False


def _affects(a: Affected, p: Package) -> bool | None:
    answers = [_affects_version(a, p.ecosystem, version) for version in variants(p)]
    return True if True in answers else answers[0]


def _affects_version(a: Affected, ecosystem: str, text: str) -> bool | None:
    version = ordered(ecosystem, text)
    if text in a.versions or any(ordered(ecosystem, v) == version for v in a.versions):
        return True
    ranges = [r for r in a.ranges if r.type in ("SEMVER", "ECOSYSTEM")]
    answers = [_in_range(r, ecosystem, version) for r in ranges]
    if True in answers:
        return True
    if None in answers:
        return None
    if not ranges and not a.versions:
        return None  # nothing but commits, or nothing at all: a version cannot be judged by it
    return False


def _in_range(r: Range, ecosystem: str, version: object) -> bool | None:
    if not any(kind == "introduced" for kind, _ in r.events):
        return None  # the schema demands one: without it nothing says what is affected
    events: list[tuple[object, str]] = []
    vulnerable = False
    for kind, text in r.events:
        if kind == "introduced" and text == "0":
            vulnerable = True
            continue
        if kind == "limit":
            continue
        at = ordered(ecosystem, text)
        if at is None:
            return None
        events.append((at, kind))
    try:
        for at, kind in sorted(events, key=lambda event: event[0]):  # type: ignore[arg-type, return-value]  # one scheme
            if kind == "introduced" and version >= at:  # type: ignore[operator]  # of the same scheme
                vulnerable = True
            elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):  # type: ignore[operator]  # likewise
                vulnerable = False
    except TypeError:
        return None
    return vulnerable


def _known(c: Component, advisory: Advisory, p: Package | str) -> list[Known]:
    fixed = [
        text
        for a in advisory.affected
        if not isinstance(p, str) and a.ecosystem == p.ecosystem and a.name in p.names
        for r in a.ranges
        for kind, text in r.events
        if kind == "fixed" and r.type != "GIT"
    ]
    one = Known(
        component=c,
        id=best(advisory.ids),
        ids=advisory.ids,
        level=level_of(advisory.level),
        found_by=("gatekeeper, OSV",),
        fixed=tuple(dict.fromkeys(fixed)),
        summary=advisory.summary,
    )
    each = [msgspec.structs.replace(one, id=stem, ids=(stem,), via=advisory.ids) for stem in advisory.stems]
    return each or [one]


def best(ids: Iterable[str]) -> str:
    """The name that people know it by: the CVE id, then GHSA, then whatever comes first."""
    rank = {"CVE": 0, "GHS": 1}
    return min(ids, key=lambda i: (rank.get(i[:3].upper(), 2), i))


def _reported(e: Evidence) -> Iterator[Known]:
    """What scanners reported, laid on the components that they mean; a component that is not ours is reported too."""
    by_purl = {c.purl: c for c in e.components if c.purl}
    by_key = {package_key(c)[1:]: c for c in e.components}
    for scan in e.scans:
        for r in scan.reported:
            probe = Component(where=f"{scan.path} {r.name} {r.version}", name=r.name, version=r.version, purl=r.purl)
            c = by_purl.get(r.purl) or by_key.get(package_key(probe)[1:]) or probe
            yield Known(c, best(r.ids), r.ids, level_of(r.level), (scan.tool,), own=False)


def _together(known: Iterable[Known]) -> Iterator[Known]:
    """One entry for each component and set of connected ids, however many data bases know it."""
    by_component: dict[str, list[Known]] = {}
    for k in known:
        by_component.setdefault(k.component.key, []).append(k)
    for group in by_component.values():
        merged: list[Known] = []
        for k in group:
            same = [m for m in merged if set(m.ids) & set(k.ids)]
            merged = [m for m in merged if m not in same]
            merged.append(_merge([*same, k]))
        yield from sorted(merged, key=lambda k: k.id)


def _merge(group: list[Known]) -> Known:
    ids = tuple(dict.fromkeys(i for k in group for i in k.ids))
    return Known(
        component=group[0].component,
        id=best(ids),
        ids=ids,
        level=max((k.level for k in group), key=LEVEL_RANK.__getitem__),
        found_by=tuple(dict.fromkeys(f for k in group for f in k.found_by)),
        fixed=tuple(dict.fromkeys(v for k in group for v in k.fixed)),
        summary=next((k.summary for k in group if k.summary), ""),
        own=any(k.own for k in group),
        via=tuple(dict.fromkeys(v for k in group for v in k.via)),
    )

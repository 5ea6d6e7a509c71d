"""Which component has which known vulnerability: pure, by the algorithm of the OSV schema, aliases taken together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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


def match(e: Evidence) -> Matched:
    """Match every component with the snapshots, and add what the scanners reported."""
    by_name: dict[tuple[str, str], list[Advisory]] = {}
    for advisory in e.advisories:
        for key in dict.fromkeys((a.ecosystem, a.name) for a in advisory.affected):
            by_name.setdefault(key, []).append(advisory)
    present = {x for s in e.snapshots if not s.faults for x in s.ecosystems if s.ecosystem in (x, base(x))}
    known: list[Known] = []
    unjudged: list[Unjudged] = []
    assessed = 0
    by_id = {a.id: a for a in e.advisories}
    by_commit: dict[str, dict[str, CommitAnswer]] = {}
    for answer in e.commits:
        by_commit.setdefault(answer.component, {})[answer.advisory] = answer
    seen = {(x, normal(x, name), version) for scan in usable(e) for x, name, version in scan.assessed}
    for c in e.components:
        found = package(c)
        told = by_commit.get(c.where, {})
        known += [k for i, t in told.items() if t.affected and i in by_id for k in _known(c, by_id[i], found)]
        if reason := _unassessed(c, found, present, by_name):
            if told:
                assessed += 1  # by the commit that it was built from
                unjudged += [Unjudged(c, a.reason, i) for i, a in told.items() if a.affected is None]
            elif isinstance(found, Package) and (found.ecosystem, found.name, c.version) in seen:
                assessed += 1  # another scanner, whose result is bound to this SBOM, had data for it
            else:
                unjudged.append(Unjudged(c, reason))
            continue
        assert isinstance(found, Package)
        assessed += 1
        for advisory in _about(found, by_name):
            verdict = affects(advisory, found)
            if verdict is None and advisory.id in told:
                verdict = told[advisory.id].affected
            if verdict is None:
                reason = told[advisory.id].reason if advisory.id in told else _NO_VERSION
                unjudged.append(Unjudged(c, reason, advisory.id))
            elif verdict:
                known += _known(c, advisory, found)
    return Matched(tuple(_together([*known, *_reported(e)])), tuple(unjudged), assessed)


def usable(e: Evidence) -> Iterator[Scan]:
    """The scan results that are about this very SBOM and ended well."""
    return (s for s in e.scans if not s.fault and s.sbom_sha256 == e.sbom_sha256)


def _unassessed(
    c: Component, found: Package | str, present: set[str], by_name: dict[tuple[str, str], list[Advisory]]
) -> str:
    """Why the snapshots cannot be asked about a component; empty where they can."""
    if isinstance(found, str):
        return found
    if found.ecosystem not in present:
        return f"there are no data on {found.ecosystem}"
    if without_source(c) and not _about(found, by_name):
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

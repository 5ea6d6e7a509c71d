"""References and the graph: SBOM-03, SBOM-10."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gatekeeper.model.finding import Finding, Judgement, finding, undecided
from gatekeeper.sbom.identity import package_key, pep503
from gatekeeper.sbom.rules.subject import Subject, ruled


def resolve(s: Subject) -> Judgement:
    """SBOM-03: ids are unique, every reference ends somewhere, one root is described and stands in the list once."""
    rule = "SBOM-03"
    ids = Counter([c.ref for c in s.bom.everything if c.ref])
    ids.update(s.bom.others)
    known = ids.keys() | {c.where for c in s.bom.everything if not c.ref}
    found = [
        finding(rule, f"the id {ref!r} is given {n} times", key=("twice", ref), where=s.at(_place(s, ref)))
        for ref, n in ids.items()
        if n > 1
    ]
    found += _dangling(s, known)
    found += _roots(s, known)
    observed = f"{len(ids)} ids, {sum(len(e.targets) for e in s.bom.edges)} references, {len(s.bom.roots)} root"
    return ruled(rule, observed, found)


def _place(s: Subject, ref: str) -> str:
    return next((c.where for c in reversed(s.bom.everything) if c.ref == ref), "")


def _dangling(s: Subject, known: set[str]) -> Iterator[Finding]:
    for e in () if s.graph.keys <= known else s.bom.edges:
        for key in (e.source, *e.targets):
            if key not in known:
                text = f"a dependency names {key!r}, which is not in the document"
                yield finding("SBOM-03", text, key=("dangling", key), where=s.at(e.where))
    for key, where in s.bom.mentions:
        if key not in known:
            text = f"{key!r} is referred to and is not in the document"
            yield finding("SBOM-03", text, key=("dangling", key), where=s.at(where))


def _roots(s: Subject, known: set[str]) -> Iterator[Finding]:
    if len(s.bom.roots) != 1:
        text = f"{len(s.bom.roots)} things are described as the product, exactly one is needed"
        yield finding("SBOM-03", text, key=("roots",), where=s.at("/metadata/component"))
    elif s.bom.roots[0] not in known:
        text = f"the root {s.bom.roots[0]!r} is not in the document"
        yield finding("SBOM-03", text, key=("roots",), where=s.at())
    root = s.bom.root
    if root is None:
        return
    for c in s.bom.components:
        same_place = c.version == root.version and c.group == root.group
        if (same_place and pep503(c.name) == pep503(root.name)) or (root.purl and c.purl == root.purl):
            yield s.about("SBOM-03", c, "the root stands in the component list again", "root again")


def connected(s: Subject) -> Judgement:
    """SBOM-10: everything is reached from the root; its direct dependencies are those of the manifest."""
    rule = "SBOM-10"
    if not s.bom.components and not s.params.no_dependencies:
        return undecided(rule, "no components, so there is no graph to judge")
    if not s.bom.roots:
        return undecided(rule, "no root, so nothing can be reached from it (SBOM-03)")
    lost = s.graph.orphans()
    found = [s.about(rule, c, "not reached from the root by any dependency", "orphan") for c in lost]
    differing, doubts, compared = _direct(s)
    ringed = s.graph.rings()
    noted = f"; {ringed} on rings of dependencies" if ringed else ""
    observed = f"{len(s.bom.components) - len(lost)} of {len(s.bom.components)} components reached{noted}; {compared}"
    return ruled(rule, observed, [*found, *differing], doubts)


def _direct(s: Subject) -> tuple[list[Finding], list[str], str]:
    locks = [lock for lock in s.evidence.locks if lock.direct is not None]
    if not locks:
        return [], [], "no lock file tells the direct dependencies"
    covered = {p.ecosystem for lock in locks for p in lock.packages}
    by_key = {c.key: c for c in s.bom.components}
    own = {t for e in s.bom.edges if e.source in s.bom.roots for t in e.targets}
    have = {package_key(by_key[t])[:2] for t in own if t in by_key}
    have |= {package_key(c)[:2] for c in s.bom.components if c.parent in s.bom.roots and c.parent}
    wanted = {(d.ecosystem, d.name): d.conditional for lock in locks for d in lock.direct or ()}
    missing = {k: marker for k, marker in wanted.items() if k not in have and ("", k[1]) not in have}
    found = [_edge(s, k, "is a direct dependency, and the root has no edge to it") for k, m in missing.items() if not m]
    surplus = sorted(k for k in have if k[0] in covered and k not in wanted)
    found += [_edge(s, k, "is no direct dependency, and the root has an edge to it") for k in surplus]
    doubts = [f"{k[1]} is direct where {m}: the policy's target does not answer" for k, m in missing.items() if m]
    return found, doubts, f"{len(wanted)} direct dependencies compared"


def _edge(s: Subject, package: tuple[str, str], text: str) -> Finding:
    return finding("SBOM-10", f"{package[1]} {text}", key=("direct", *package), where=s.at("/dependencies"))

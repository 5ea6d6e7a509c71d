"""The dependency graph of a Bom: what is reached from the root, and where it runs in rings."""

from __future__ import annotations

from gatekeeper.sbom.bom import Bom, Component


def neighbours(bom: Bom) -> dict[str, list[str]]:
    """Outgoing edges by key: dependencies, and from a component to those nested in it."""
    edges: dict[str, list[str]] = {}
    for e in bom.edges:
        edges.setdefault(e.source, []).extend(e.targets)
    for c in bom.components:
        if c.parent:
            edges.setdefault(c.parent, []).append(c.key)
    return edges


def orphans(bom: Bom) -> tuple[Component, ...]:
    """The components that no path from the root reaches. All of them, where there is no root."""
    edges = neighbours(bom)
    reached = set(bom.roots)
    waiting = list(bom.roots)
    while waiting:
        new = [t for t in edges.get(waiting.pop(), ()) if t not in reached]
        reached.update(new)
        waiting += new
    return tuple(c for c in bom.components if c.key not in reached)


def rings(bom: Bom) -> int:
    """How many components lie on a ring of dependencies: those that never run out of edges when peeled both ways."""
    edges = {s: set(ts) for s, ts in neighbours(bom).items()}
    left = _peeled(edges)
    turned: dict[str, set[str]] = {}
    for source in left:
        for target in edges[source] & left:
            turned.setdefault(target, set()).add(source)
    return len(_peeled(turned))


def _peeled(edges: dict[str, set[str]]) -> set[str]:
    """The nodes from which an endless walk is possible."""
    into: dict[str, list[str]] = {}
    degree = {source: len(targets) for source, targets in edges.items()}
    for source, targets in edges.items():
        for target in targets:
            into.setdefault(target, []).append(source)
    done = [node for node in into if not degree.get(node)]
    gone = set(done)
    while done:
        for source in into.get(done.pop(), ()):
            degree[source] -= 1
            if not degree[source] and source not in gone:
                gone.add(source)
                done.append(source)
    return {node for node, count in degree.items() if count > 0}

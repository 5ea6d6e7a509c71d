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


def orphans(bom: Bom, edges: dict[str, list[str]]) -> tuple[Component, ...]:
    """The components that no path from the root reaches. All of them, where there is no root."""
    reached = set(bom.roots)
    waiting = list(bom.roots)
    while waiting:
        new = [t for t in edges.get(waiting.pop(), ()) if t not in reached]
        reached.update(new)
        waiting += new
    return tuple(c for c in bom.components if c.key not in reached)


def rings(edges: dict[str, list[str]]) -> int:
    """How many components lie on a ring of dependencies, or between two: what is left when the ends are peeled off."""
    left = _endless(edges)
    turned: dict[str, list[str]] = {}
    for source in left:
        for target in edges[source]:
            if target in left:
                turned.setdefault(target, []).append(source)
    return len(_endless(turned))


def _endless(edges: dict[str, list[str]]) -> set[str]:
    """The nodes from which an endless walk is possible."""
    into: dict[str, list[str]] = {}
    for source, targets in edges.items():
        for target in targets:
            into.setdefault(target, []).append(source)
    degree = {source: len(targets) for source, targets in edges.items() if targets}
    ends = [node for node in into if node not in degree]
    while ends:
        for source in into.get(ends.pop(), ()):
            degree[source] -= 1
            if not degree[source]:
                del degree[source]
                ends.append(source)
    return set(degree)

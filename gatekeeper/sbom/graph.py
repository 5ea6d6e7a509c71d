"""The dependency graph of a Bom: what is reached from the root, and where it runs in rings."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, count

from gatekeeper.sbom.bom import Bom, Component


class Graph:
    """The nodes by number, and for each the numbers it points to: dependencies, and from a component to those nested
    in it. Keys are looked up once; all further steps are on numbers, which is what makes 50,000 components cheap."""

    def __init__(self, bom: Bom) -> None:
        self.bom = bom
        numbers: defaultdict[str, int] = defaultdict(count().__next__)
        find = numbers.__getitem__  # a key that was not seen before gets the next number
        self.keys = numbers.keys()
        self.roots = [find(key) for key in dict.fromkeys(bom.roots)]
        self.components = [find(c.key) for c in bom.components]
        edges = [(find(e.source), [*map(find, e.targets)]) for e in bom.edges]
        nested = [(find(c.parent), find(c.key)) for c in bom.components if c.parent]
        self.targets: list[list[int]] = [[] for _ in numbers]
        for source, targets in edges:
            self.targets[source] += targets
        for parent, child in nested:
            self.targets[parent].append(child)

    def orphans(self) -> tuple[Component, ...]:
        """The components that no path from the root reaches. All of them, where there is no root."""
        found = list(self.roots)
        reached = bytearray(len(self.targets))
        for number in found:
            reached[number] = 1
        for number in found:  # grows on the way
            for target in self.targets[number]:
                if not reached[target]:
                    reached[target] = 1
                    found.append(target)
        return tuple([c for c, n in zip(self.bom.components, self.components, strict=True) if not reached[n]])

    def rings(self) -> int:
        """How many components lie on a ring of dependencies, or between two: what is left when the ends are peeled."""
        left = _endless(self.targets, range(len(self.targets)))
        if not left:
            return 0
        turned: list[list[int]] = [[] for _ in self.targets]
        for source in left:
            for target in self.targets[source]:
                turned[target].append(source)
        return len(_endless(turned, left))


def _endless(targets: list[list[int]], among: range | set[int]) -> set[int]:
    """Those of some nodes that are left when, again and again, nodes that nothing left points at are taken out."""
    awaited = [0] * len(targets)
    for target in chain.from_iterable([targets[n] for n in among]):
        awaited[target] += 1
    taken = [n for n in among if not awaited[n]]
    for node in taken:  # grows on the way
        for target in targets[node]:
            awaited[target] -= 1
            if not awaited[target]:
                taken.append(target)
    return set(among).difference(taken) if len(taken) < len(among) else set()

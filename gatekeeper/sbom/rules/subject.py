"""What the rules look at: the evidence, the policy and the case, with what several rules need worked out once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.rule import Profile
from gatekeeper.sbom import digests, overlay
from gatekeeper.sbom.bom import Bom, Component, Digest
from gatekeeper.sbom.evidence import Evidence, Lock, Locked
from gatekeeper.sbom.graph import Graph
from gatekeeper.sbom.identity import Purl, key_of, normal_name, normal_version, read
from gatekeeper.sbom.params import Params
from gatekeeper.sbom.text import placeholder

MAX_FINDINGS = 1000
Key = tuple[str, str, str]  # ecosystem, normal name, normal version


class Hashed(msgspec.Struct, frozen=True, gc=False):
    """All digests of one component, what is wrong with them, and whether one of them counts as a hash."""

    every: tuple[Digest, ...]
    faults: tuple[str, ...]
    strong: bool


@dataclass(frozen=True)
class Subject:
    """One SBOM to be judged."""

    evidence: Evidence
    bom: Bom
    params: Params
    case: Case

    @cached_property
    def items(self) -> tuple[overlay.Item, ...]:
        """The components with what the overlay says of them."""
        return overlay.items(self.bom.components, self.evidence.overlay)

    @cached_property
    def texts(self) -> dict[str, set[str]]:
        """What stands in the fields of all components and the root, each text once."""
        components = self.bom.everything
        return {
            "name": {c.name for c in components},
            "version": {c.version for c in components},
            "producer": {i.producer for i in self.items} | ({self.bom.root.producer} if self.bom.root else set()),
            "group": {c.group for c in components if c.group},
            "licence": {x.text for c in components for x in c.licences},
        }

    @cached_property
    def fillers(self) -> frozenset[str]:
        """Those texts that only fill their field."""
        return frozenset([t for t in set().union(*self.texts.values()) if placeholder(t)])

    @cached_property
    def licences(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The licences of each item, in the order of the items: few texts, many items, so each is judged once."""
        return tuple([i.licences for i in self.items])

    @cached_property
    def unsound(self) -> dict[int, Hashed]:
        """The hashes of the components that do not have just one, well-formed and strong, by the component's number."""
        return {n: own for n, c in enumerate(self.bom.components) if (own := _unsound(c))}

    @cached_property
    def graph(self) -> Graph:
        """What depends on what."""
        return Graph(self.bom)

    @cached_property
    def purls(self) -> tuple[Purl | None, ...]:
        """The package URL of each component as read, in the order of the components; None where there is none."""
        return tuple([read(c.purl) if c.purl else None for c in self.bom.components])

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """What each component is called in lock files, in the order of the components."""
        return tuple([key_of(c, purl) for c, purl in zip(self.bom.components, self.purls, strict=True)])

    @cached_property
    def locked(self) -> dict[Key, Locked]:
        """What the readable lock files pin."""
        return locked(lock for lock in self.evidence.locks if not lock.fault)

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """The active profiles, the product's and the check's own."""
        names = dict.fromkeys((*self.case.profiles, *self.params.profiles))
        return tuple(self.case.rulebook.profiles[n] for n in names if n in self.case.rulebook.profiles)

    @cached_property
    def unknown_profiles(self) -> tuple[str, ...]:
        """Profiles that the policy names and the rulebook does not know."""
        names = dict.fromkeys((*self.case.profiles, *self.params.profiles))
        return tuple(n for n in names if n not in self.case.rulebook.profiles)

    def asks(self, field: str) -> str:
        """The ids of the profiles that ask for a field of each component."""
        return ", ".join(p.id for p in self.profiles if field in p.sbom_component_fields)

    def at(self, pointer: str = "") -> Where:
        """A place inside the SBOM."""
        return Where(path=self.evidence.path, pointer=pointer)

    def about(self, rule: str, component: Component, message: str, *key: str, **more: Any) -> Finding:
        """A finding about one component."""
        return finding(
            rule,
            f"{component.label or 'a component without name'}: {message}",
            key=(component.full_name, component.version, *key),
            where=self.at(component.where),
            **more,
        )


def _unsound(c: Component) -> Hashed | None:
    every = c.all_digests
    if len(every) == 1 and every[0].algorithm not in digests.WEAK and not digests.malformed(every[0]):
        return None
    faults = [f"{d.algorithm} {d.value[:16]}: {f}" for d in dict.fromkeys(every) if (f := digests.malformed(d))]
    if len(every) > 1:
        for group in (c.digests, *(r.digests for r in c.references if r.kind == "distribution")):
            if algorithm := digests.contradicting(group):
                faults.append(f"two different {algorithm} values for one thing")
    return Hashed(every, tuple(faults), bool(digests.strong(every)))


def locked(locks: Iterable[Lock]) -> dict[Key, Locked]:
    """All locked packages by their normal key; a package that any lock pins without condition is unconditional."""
    found: dict[Key, Locked] = {}
    for lock in locks:
        for p in lock.packages:
            key = (p.ecosystem, normal_name(p.ecosystem, p.name), normal_version(p.ecosystem, p.version))
            if key not in found or found[key].conditional:
                found[key] = p
    return found


def ruled(rule: str, observed: str, findings: Iterable[Finding], doubts: Iterable[str] = ()) -> Judgement:
    """A judgement over many places: beyond MAX_FINDINGS the rest is counted and leaves a doubt, so nothing hides."""
    every = tuple(findings)
    rest = len(every) - MAX_FINDINGS
    more = (f"{rest} more findings of this kind are not listed",) if rest > 0 else ()
    return judged(rule, observed, every[:MAX_FINDINGS], (*doubts, *more))

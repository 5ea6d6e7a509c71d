"""What the rules look at: the evidence, the policy and the case, with what several rules need worked out once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.rule import Profile
from gatekeeper.sbom import digests, overlay
from gatekeeper.sbom.bom import Bom, Component, Digest
from gatekeeper.sbom.evidence import Evidence, Lock, Locked
from gatekeeper.sbom.identity import normal_name, normal_version, package_key
from gatekeeper.sbom.params import Params
from gatekeeper.sbom.text import placeholder

MAX_FINDINGS = 1000
Key = tuple[str, str, str]  # ecosystem, normal name, normal version


class Hashed(NamedTuple):
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
    def fillers(self) -> frozenset[str]:
        """The names, versions and producers that only fill their field, each looked at once."""
        components = self.bom.everything
        texts = {c.name for c in components} | {c.version for c in components} | {c.producer for c in components}
        texts |= {i.entry.producer for i in self.items if i.entry}
        return frozenset([t for t in texts if placeholder(t)])

    @cached_property
    def hashed(self) -> tuple[Hashed, ...]:
        """The hashes of each component, in the order of the components."""
        return tuple([_hashed(c) for c in self.bom.components])

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """What each component is called in lock files, in the order of the components."""
        return tuple([package_key(c) for c in self.bom.components])

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


def _hashed(c: Component) -> Hashed:
    every = c.all_digests
    if len(every) == 1 and not digests.malformed(every[0]):  # as in nearly every component
        return Hashed(every, (), every[0].algorithm not in digests.WEAK)
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

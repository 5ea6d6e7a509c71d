"""Complete against the lock files, in both directions, and in agreement with their hashes (SBOM-08, SBOM-09)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.model.finding import Finding, Judgement, Where, finding, undecided
from gatekeeper.sbom.bom import Component, Digest
from gatekeeper.sbom.evidence import Lock, Locked
from gatekeeper.sbom.properties import EXCLUDED
from gatekeeper.sbom.rules import contents
from gatekeeper.sbom.rules.subject import Hashed, Key, Subject, ruled


def complete(s: Subject) -> Judgement:
    """SBOM-08: what is locked for the product, or required by an artifact, is in the SBOM in that version; what is not
    locked is named.
    """
    rule = "SBOM-08"
    if not s.evidence.locks:
        return undecided(rule, "no lock file was found", advice="Name the product's lock files in [sbom] locks.")
    readable = [lock for lock in s.evidence.locks if not lock.fault]
    doubts = [f"{lock.path}: {lock.fault}" for lock in s.evidence.locks if lock.fault]
    if not s.params.no_dependencies:
        doubts += [
            f"{lock.path}: it locks no package, which needs a statement" for lock in readable if not lock.packages
        ]
    have = {k: c for k, c in zip(s.keys, s.bom.components, strict=True) if EXCLUDED not in c.marks}
    wanted = s.locked
    missing, conditional = _missing(s, wanted, have)
    unmet, unclear = contents.required(s, have.values())
    extra = _extra(have, wanted, readable)
    found = [*missing, *unmet, *(_unlocked(s, extra) if s.params.strict else ())]
    if s.params.no_dependencies and wanted:
        text = f"the policy states that there are no dependencies, and {len(wanted)} packages are locked"
        found.append(finding(rule, text, key=("none statement",), where=Where(path=readable[0].path)))
    extras = f"; not locked: {', '.join(c.label for c in extra[:20])}" if extra else ""
    observed = (
        f"{len(wanted)} locked packages, {len(have)} components{extras}" if wanted or s.params.no_dependencies else ""
    )
    return ruled(rule, observed, found, [*doubts, *conditional, *unclear])


def _missing(s: Subject, wanted: dict[Key, Locked], have: dict[Key, Component]) -> tuple[list[Finding], list[str]]:
    absent = {k: p for k, p in wanted.items() if k not in have and ("", *k[1:]) not in have}
    excluded = {k for k, c in zip(s.keys, s.bom.components, strict=True) if absent and EXCLUDED in c.marks}
    names: dict[tuple[str, str], set[str]] = {}
    for known, component in have.items() if absent else ():
        names.setdefault(known[:2], set()).add(component.version)
    found, doubts = [], []
    for key, package in absent.items():
        if package.conditional:
            label = f"{package.name} {package.version}"
            doubts.append(f"{label} is locked where {package.conditional}: the policy's target does not answer")

        else:
            found.append(_absent(s, key, package, names, excluded=bool({key, ("", *key[1:])} & excluded)))
    return found, doubts


def _absent(
    s: Subject, key: Key, package: Locked, names: dict[tuple[str, str], set[str]], *, excluded: bool
) -> Finding:
    other = names.get(key[:2]) or names.get(("", key[1]))
    label = f"{package.name} {package.version}"
    text = (
        f"{label} is locked, the SBOM has {', '.join(sorted(other))}"
        if other
        else f"{label} is locked and not in the SBOM"
    )
    text = f"{label} is locked, and the SBOM calls it excluded from the product" if excluded else text
    return finding("SBOM-08", text, key=("missing", *key), where=s.at("/components"))


def _extra(have: dict[Key, Component], wanted: dict[Key, Locked], locks: Iterable[Lock]) -> list[Component]:
    """Components of an ecosystem that some lock file is for, without being locked."""
    strange = [key for key in have if key not in wanted]
    if not strange:
        return []
    kinds = {kind for kind, _, _ in wanted} | {lock.kind for lock in locks}
    by_name = {key[1:] for key in wanted}
    return [have[key] for key in strange if (key[0] in kinds if key[0] else key[1:] not in by_name)]


def _unlocked(s: Subject, extra: Iterable[Component]) -> Iterator[Finding]:
    return (s.about("SBOM-08", c, "in the SBOM and in no lock file", "extra") for c in extra)


def hashes(s: Subject) -> Judgement:
    """SBOM-09: hashes are well-formed, strong, without contradiction, and those that the lock files know."""
    rule = "SBOM-09"
    faulty = [f"{lock.path}: {lock.fault}" for lock in s.evidence.locks if lock.fault]
    known = s.locked
    nameless = {k[1:]: p for k, p in known.items()} if any(not k[0] for k in s.keys) else {}
    found: list[Finding] = []
    hashed = compared = 0
    for n, (c, key) in enumerate(zip(s.bom.components, s.keys, strict=True)):
        every = c.all_digests
        hashed += bool(every)
        if n in s.unsound:
            found += (s.about(rule, c, text, text) for text in _own_faults(s.unsound[n]))
        package = known.get(key) or (nameless.get(key[1:]) if not key[0] else None)
        if package and package.digests:
            compared += bool(every)
            if every != package.digests:
                found += (s.about(rule, c, text, text) for text in _foreign(every, package.digests))
    observed = f"{hashed} of {len(s.bom.components)} components have hashes, {compared} compared with a lock file"
    if not s.bom.components and not s.params.no_dependencies:
        return undecided(rule, "no components, so there are no hashes to judge")
    return ruled(rule, observed, found, faulty)


def _own_faults(own: Hashed) -> Iterator[str]:
    yield from own.faults
    if own.every and not own.strong:
        yield "only MD5 or SHA-1, which count as no hash"


def _foreign(every: tuple[Digest, ...], known: tuple[Digest, ...]) -> Iterator[str]:
    algorithms = {d.algorithm for d in known}
    for d in dict.fromkeys(every):
        if d.algorithm in algorithms and d not in known:
            yield f"the {d.algorithm} {d.value[:16]}... is none that the lock file knows"

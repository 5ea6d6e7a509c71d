"""What changed between two releases' components: added, removed, moved to another version, fallen in class. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.model.facts import ComponentFact
from gatekeeper.sbom.identity import parse

CLASSES = ("required", "supported", "maintained")  # the further right, the more the manufacturer answers for
MOST_NAMED = 20

Components = Iterable[ComponentFact]


def key(component: ComponentFact) -> str:
    """A component through its versions: its package URL without the version, or its name."""
    purl = parse(component.purl) if component.purl else None
    if purl is None:
        return (component.purl.rpartition("@")[0] or component.name).casefold()
    return f"pkg:{purl.type}/{purl.namespace}{'/' if purl.namespace else ''}{purl.name}".casefold()


def told(before: Components, now: Components) -> str:
    """One line: how many were added, removed and changed, and which."""
    then, after = _versions(before), _versions(now)
    added, gone = sorted(after.keys() - then.keys()), sorted(then.keys() - after.keys())
    moved = sorted(f"{k} {then[k]} -> {after[k]}" for k in then.keys() & after.keys() if then[k] != after[k])
    parts = ((f"{len(added)} added", added), (f"{len(gone)} removed", gone), (f"{len(moved)} changed", moved))
    return "; ".join(head + (f": {', '.join(names[:MOST_NAMED])}" if names else "") for head, names in parts)


def _versions(components: Components) -> dict[str, str]:
    """One package may be there in several versions; each of them counts."""
    found: dict[str, set[str]] = {}
    for c in components:
        found.setdefault(key(c), set()).add(c.version)
    return {k: ", ".join(sorted(versions)) for k, versions in found.items()}


def fallen(before: Components, now: Components) -> Iterator[tuple[ComponentFact, ComponentFact]]:
    """Each component of the last release with what stands for it now in a lower class, or in none."""
    earlier = tuple(before)
    lowest: dict[str, ComponentFact] = {}
    for c in now:
        known = lowest.get(key(c))
        if known is None or rank(c) < rank(known):
            lowest[key(c)] = c
    old = {key(c) for c in earlier}
    new = [c for k, c in lowest.items() if k not in old]
    for then in earlier:
        after = lowest.get(key(then)) or _renamed(then, new)
        if after is not None and rank(after) < rank(then):
            yield then, after


def _renamed(then: ComponentFact, new: list[ComponentFact]) -> ComponentFact | None:
    """A new component that is the old one by its bytes, or comes from the same producer in the old one's place."""
    same = [c for c in new if c.sha256 and c.sha256 == then.sha256]
    same = same or [c for c in new if c.producer and c.producer == then.producer]
    return min(same, key=rank, default=None)


def unhashed(before: Components, now: Components) -> tuple[ComponentFact, ...]:
    """Components that had a hash at the last release and have none now."""
    hashed = {key(c) for c in before if c.sha256}
    return tuple(c for c in now if not c.sha256 and key(c) in hashed)


def rank(component: ComponentFact) -> int:
    """How much the manufacturer answers for a component; -1 where its class is no class."""
    return CLASSES.index(component.item_class) if component.item_class in CLASSES else -1

"""Who a component is: identifiers, purls, letters, placeholders (SBOM-12, SBOM-15)."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.model.finding import Judgement, undecided
from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.identity import contradiction, parse, sound
from gatekeeper.sbom.overlay import Item
from gatekeeper.sbom.rules.subject import Subject, ruled
from gatekeeper.sbom.text import mixed_scripts, placeholder, unbuilt, unprintable


def identified(s: Subject) -> Judgement:
    """SBOM-12: each component has an identifier; a purl parses and says what the fields say."""
    rule = "SBOM-12"
    if not s.bom.components and not s.params.no_dependencies:
        return undecided(rule, "no components, so there is nobody to identify")
    found = [s.about(rule, c, text, text) for c in s.bom.components for text in _identity_faults(c)]
    with_purl = sum(bool(c.purl) for c in s.bom.components)
    return ruled(rule, f"{len(s.bom.components)} components, {with_purl} with a package URL", found)


def _identity_faults(c: Component) -> Iterator[str]:
    if not c.purl and not any(value for _, value in c.identifiers):
        yield "a name only: no package URL, CPE, SWID, OmniBOR id or SWHID"
    for kind, value in c.identifiers:
        if value and not sound(kind, value):
            yield f"{value[:80]!r} is no {kind}"
    if c.purl:
        purl = parse(c.purl)
        if purl is None:
            yield f"{c.purl[:80]!r} is no package URL"
        elif clash := contradiction(c, purl):
            yield clash
    if scripts := mixed_scripts(c.full_name):
        yield f"letters of several scripts in the name ({', '.join(scripts)}): is it what it looks like?"


def no_placeholders(s: Subject) -> Judgement:
    """SBOM-15: no name, version, producer or licence only fills its field."""
    rule = "SBOM-15"
    root = [Item(s.bom.root)] if s.bom.root else []
    every = (*root, *s.items)
    filling = _filling(s, every)
    found = [
        s.about(rule, i.component, f"{field} is {text[:80]!r}", field)
        for i in (every if filling else ())
        for field, text in _texts(i)
        if (field, text) in filling and not _excused(i, field)
    ]
    return ruled(rule, f"{len(every)} components looked through", found)


def _filling(s: Subject, every: tuple[Item, ...]) -> frozenset[tuple[str, str]]:
    """What only looks filled, each text looked at once; an empty field is SBOM-14's."""
    components = [i.component for i in every]
    values = {
        "name": {c.name for c in components},
        "version": {c.version for c in components},
        "producer": {i.producer for i in every},
        "group": {c.group for c in components if c.group},
        "licence": {x.text for c in components for x in c.licences},
    }
    return frozenset([(f, t) for f, texts in values.items() for t in texts if t and _fills(s, f, t)])


def _texts(item: Item) -> list[tuple[str, str]]:
    c = item.component
    texts = [("name", c.name), ("version", c.version), ("producer", item.producer)]
    if c.group:
        texts.append(("group", c.group))
    for licence in c.licences:
        texts.append(("licence", licence.text))
    return texts


def _fills(s: Subject, field: str, text: str) -> bool:
    if text in s.fillers or (field in ("group", "licence") and placeholder(text)):
        return True
    if field == "version" and text[:1] in "0vV" and unbuilt(text):
        return True
    return not (text.isascii() and text.isprintable()) and bool(unprintable(text))


def _excused(item: Item, field: str) -> bool:
    statement = item.stated(field)
    return bool(statement and statement.reason)

"""Who a component is: identifiers, purls, letters, placeholders (SBOM-12, SBOM-15)."""

from __future__ import annotations

from gatekeeper.model.finding import Judgement, undecided
from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.identity import Purl, contradiction, sound
from gatekeeper.sbom.overlay import Item
from gatekeeper.sbom.rules.subject import Subject, ruled
from gatekeeper.sbom.text import mixed_scripts, unbuilt, unprintable


def identified(s: Subject) -> Judgement:
    """SBOM-12: each component has an identifier; a purl parses and says what the fields say."""
    rule = "SBOM-12"
    if not s.bom.components and not s.params.no_dependencies:
        return undecided(rule, "no components, so there is nobody to identify")
    pairs = zip(s.bom.components, s.purls, strict=True)
    found = [s.about(rule, c, text, text) for c, purl in pairs for text in _identity_faults(c, purl)]
    with_purl = sum(bool(c.purl) for c in s.bom.components)
    return ruled(rule, f"{len(s.bom.components)} components, {with_purl} with a package URL", found)


def _identity_faults(c: Component, purl: Purl | None) -> list[str]:
    found = []
    if not c.purl and not any(value for _, value in c.identifiers):
        found.append("a name only: no package URL, CPE, SWID, OmniBOR id or SWHID")
    for kind, value in c.identifiers:
        if value and not sound(kind, value):
            found.append(f"{value[:80]!r} is no {kind}")
    if c.purl:
        if purl is None:
            found.append(f"{c.purl[:80]!r} is no package URL")
        elif clash := contradiction(c, purl):
            found.append(clash)
    if scripts := mixed_scripts(c.full_name):
        found.append(f"letters of several scripts in the name ({', '.join(scripts)}): is it what it looks like?")
    return found


def no_placeholders(s: Subject) -> Judgement:
    """SBOM-15: no name, version, producer or licence only fills its field."""
    rule = "SBOM-15"
    root = [Item(s.bom.root)] if s.bom.root else []
    every = (*root, *s.items)
    filling = _filling(s)
    found = [
        s.about(rule, i.component, f"{field} is {text[:80]!r}", field)
        for i in (every if filling else ())
        for field, text in _texts(i)
        if (field, text) in filling and not _excused(i, field)
    ]
    return ruled(rule, f"{len(every)} components looked through", found)


def _filling(s: Subject) -> set[tuple[str, str]]:
    """What only looks filled, by field; an empty field is SBOM-14's."""
    bad = (s.fillers | _hiding(set().union(*s.texts.values()))) - {""}
    unreleased = {("version", v) for v in s.texts["version"] if v[:1] in "0vV" and v and unbuilt(v)}
    return unreleased | {(field, text) for field, texts in s.texts.items() for text in bad & texts}


def _hiding(texts: set[str]) -> set[str]:
    """The texts with characters that nobody sees. One look at all of them settles it for nearly every document."""
    whole = "".join(texts)
    return set() if whole.isascii() and whole.isprintable() else {t for t in texts if unprintable(t)}


def _texts(item: Item) -> list[tuple[str, str]]:
    c = item.component
    texts = [("name", c.name), ("version", c.version), ("producer", item.producer)]
    if c.group:
        texts.append(("group", c.group))
    for licence in c.licences:
        texts.append(("licence", licence.text))
    return texts


def _excused(item: Item, field: str) -> bool:
    statement = item.stated(field)
    return bool(statement and statement.reason)

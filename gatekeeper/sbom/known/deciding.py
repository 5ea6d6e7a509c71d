"""What VEX says of a vulnerability: which statement counts, pure and strict about product and version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.identity import ecosystem, parse, same_version
from gatekeeper.sbom.known.evidence import Evidence, Statement
from gatekeeper.sbom.known.matching import Known
from gatekeeper.sbom.rules.document import moment


class Answer(msgspec.Struct, frozen=True):
    """The statement that counts for one vulnerability, or the two that contradict each other."""

    statement: Statement | None = None
    rival: Statement | None = None


def answer(known: Known, statements: Iterable[Statement], e: Evidence) -> Answer:
    """The newest statement for this vulnerability under any of its ids, this product, and this component or none."""
    ids = {*known.ids, *known.via}
    fitting = [s for s in statements if ids.intersection(s.ids) and about_component(s, known.component, e)]
    if not fitting:
        return Answer()
    newest = max(map(_instant, fitting))
    latest = [s for s in fitting if _instant(s) == newest]
    rivals = [s for s in latest if s.status != latest[0].status]
    return Answer(latest[0], rivals[0] if rivals else None)


def _instant(s: Statement) -> datetime:
    """When it was said, in one zone: texts of several zones do not sort by time. What tells no time is the oldest."""
    return moment(s.timestamp) or datetime.min.replace(tzinfo=UTC)


def about_component(s: Statement, c: Component, e: Evidence) -> bool:
    """Whether a statement is about this product and, where it names parts, about this one."""
    if not any(is_product(i, e) for i in s.products):
        # CycloneDX points straight at the component of our SBOM by BOM-Link, which names the product as well
        return any(_links(i, c, e) for i in s.products) and _about_version(s, c)
    about_part = not s.subcomponents or any(_names(i, c) for i in s.subcomponents)
    return about_part and (e.root is None or _about_version(s, e.root))


def _about_version(s: Statement, c: Component) -> bool:
    return s.versions is None or any(same_version(ecosystem(c), version, c.version) for version in s.versions)


def is_product(text: str, e: Evidence) -> bool:
    """Whether an id names the product in exactly this version. A purl without version names nothing."""
    root = e.root
    if root is None:
        return False
    return _names(text, root) or text in _bom_links(root, e)


def is_part(text: str, e: Evidence) -> bool:
    """Whether an id names a component of the SBOM."""
    return any(_names(text, c) or _links(text, c, e) for c in e.components)


def _names(text: str, c: Component) -> bool:
    if not c.purl or not text.startswith("pkg:"):
        return False
    one, other = parse(text), parse(c.purl)
    if one is None or other is None or not one.version:
        return False
    same = (one.type, one.namespace, one.name) == (other.type, other.namespace, other.name)
    # qualifiers that the statement names have to be the component's; none at all is any build of that version
    return (
        same
        and same_version(one.type, one.version, other.version or c.version)
        and set(one.qualifiers) <= set(other.qualifiers)
    )


def _bom_links(root: Component, e: Evidence) -> Iterator[str]:
    link = f"urn:cdx:{e.serial.removeprefix('urn:uuid:')}/{e.version}"
    if e.serial.startswith("urn:uuid:"):
        yield link
        if root.ref:
            yield f"{link}#{root.ref}"


def _links(text: str, c: Component, e: Evidence) -> bool:
    link = f"urn:cdx:{e.serial.removeprefix('urn:uuid:')}/{e.version}#{c.ref}"
    return bool(c.ref) and e.serial.startswith("urn:uuid:") and text == link

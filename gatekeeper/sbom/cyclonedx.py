"""CycloneDX 1.4-1.7 into the neutral Bom (ECMA-424 for 1.6). Expects a document that its schema accepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from gatekeeper.sbom import properties
from gatekeeper.sbom.bom import (
    Bom,
    Completeness,
    Component,
    Digest,
    Edges,
    Licence,
    Reference,
    Tool,
    digest,
)

Json = dict[str, Any]
_KINDS = frozenset({"cpe", "swid", "omniborId", "swhid"})
_PRODUCERS = ("manufacturer", "authors", "author", "publisher", "supplier")


def read(document: Json, version: str) -> Bom:
    """Make the Bom; nothing is judged here, also not whether references resolve."""
    metadata: Json = document.get("metadata", {})
    described = metadata.get("component")
    root = _component(described, "/metadata/component", "") if described else None
    inside = _nested(described or {}, "/metadata/component", root.key if root else "")
    components = (*inside, *_nested(document, "", ""))
    return Bom(
        format=f"cyclonedx-{version}",
        root=root,
        roots=(root.key,) if root else (),
        components=components,
        edges=_edges(document),
        completeness=_completeness(document),
        mentions=tuple(_mentions(document)),
        serial=document.get("serialNumber", ""),
        version=str(document.get("version", "")),
        timestamp=metadata.get("timestamp", ""),
        authors=_authors(metadata),
        contacts=_contacts(metadata.get("manufacturer", metadata.get("manufacture", {}))),
        tools=_tools(metadata.get("tools", [])),
        phases=tuple(p.get("phase", p.get("name", "")) for p in metadata.get("lifecycles", [])),
        vulnerabilities=len(document.get("vulnerabilities", [])),
        sources=properties.locks(_pairs(metadata)),
        others=tuple(_other_refs(document, metadata)),
    )


def _nested(holder: Json, where: str, parent: str) -> tuple[Component, ...]:
    """All components below a holder, however deep, without recursion."""
    found: list[Component] = []
    waiting = [(holder, where, parent)]
    while waiting:
        owner, place, key = waiting.pop()
        for number, entry in enumerate(owner.get("components", ())):
            component = _component(entry, f"{place}/components/{number}", key)
            found.append(component)
            if "components" in entry:
                waiting.append((entry, component.where, component.key))
    return tuple(found)


def _component(entry: Json, where: str, parent: str) -> Component:
    get = entry.get
    component = Component(
        where=where,
        parent=parent,
        name=get("name", ""),
        version=get("version", ""),
        ref=get("bom-ref", ""),
        group=get("group", ""),
        kind=get("type", ""),
        purl=get("purl", ""),
        identifiers=() if _KINDS.isdisjoint(entry) else tuple(_identifiers(entry)),
        producer=_producer(entry),
        contacts=_contacts(get("manufacturer", get("supplier", {}))),
        digests=_digests(get("hashes", ())),
        references=_distributions(get("externalReferences", ())),
        licences=tuple([_licence(choice) for choice in get("licenses", ())]),
    )
    if "properties" in entry:
        component = properties.heard(component, _pairs(entry))
    if get("scope") == properties.EXCLUDED[1]:
        return msgspec.structs.replace(component, marks=(*component.marks, properties.EXCLUDED))
    return component


def _distributions(references: Iterable[Json]) -> tuple[Reference, ...]:
    """The files that a component is distributed as; no rule asks for addresses of another kind."""
    return tuple(
        [
            Reference("distribution", r.get("url", ""), _digests(r.get("hashes", ())))
            for r in references
            if r.get("type") == "distribution"
        ]
    )


def _identifiers(entry: Json) -> Iterator[tuple[str, str]]:
    if "cpe" in entry:
        yield "cpe", entry["cpe"]
    if "swid" in entry:
        yield "swid", entry["swid"].get("tagId", "")
    for field, kind in (("omniborId", "omnibor"), ("swhid", "swhid")):
        for value in entry.get(field, ()):
            yield kind, value


def _producer(entry: Json) -> str:
    """Who made it: manufacturer, authors, author, publisher, supplier, in this order (CISA 2026)."""
    for field in _PRODUCERS:
        if field in entry and (name := _called(entry[field])):
            return name
    return ""


def _called(given: Any) -> str:
    if isinstance(given, dict):
        return str(given.get("name", ""))
    return given if isinstance(given, str) else ", ".join(a["name"] for a in given if a.get("name"))


def _contacts(organisation: Any) -> tuple[str, ...]:
    if "url" not in organisation and "contact" not in organisation:
        return ()
    mails = (c.get("email", "") for c in organisation.get("contact", ()))
    return tuple(a for a in (*organisation.get("url", ()), *mails) if a)


def _digests(entries: Iterable[Json]) -> tuple[Digest, ...]:
    return tuple([digest(e.get("alg", ""), e.get("content", "")) for e in entries])


def _licence(choice: Json) -> Licence:
    if "expression" in choice:
        return _stated_licence(choice["expression"], "expression", choice.get("acknowledgement", ""))
    licence: Json = choice.get("license", {})
    status = licence.get("acknowledgement", "")
    if "id" in licence:
        return _stated_licence(licence["id"], "expression", status)
    return _stated_licence(licence.get("name", ""), "name", status)


@lru_cache(maxsize=4096)
def _stated_licence(text: str, kind: str, status: str) -> Licence:
    return Licence(text, kind, status)  # few licences, many components: one value for all of them


def _pairs(holder: Json) -> list[tuple[str, str]]:
    return [(p.get("name", ""), p.get("value", "")) for p in holder.get("properties", ())]


def _authors(metadata: Json) -> tuple[str, ...]:
    people = [a.get("name", "") for a in metadata.get("authors", ())]
    makers = [metadata.get(k, {}).get("name", "") for k in ("manufacturer", "manufacture")]
    return tuple(name for name in (*people, *makers) if name)


def _tools(tools: Any) -> tuple[Tool, ...]:
    entries = tools if isinstance(tools, list) else [*tools.get("components", ()), *tools.get("services", ())]
    return tuple(Tool(t.get("name", ""), t.get("version", "")) for t in entries)


def _edges(document: Json) -> tuple[Edges, ...]:
    return tuple(
        [
            Edges(e.get("ref", ""), (*e.get("dependsOn", ()), *e.get("provides", ())), f"/dependencies/{n}")
            for n, e in enumerate(document.get("dependencies", ()))
        ]
    )


def _completeness(document: Json) -> tuple[Completeness, ...]:
    return tuple(
        Completeness(
            c.get("aggregate", ""), (*c.get("assemblies", ()), *c.get("dependencies", ())), f"/compositions/{n}"
        )
        for n, c in enumerate(document.get("compositions", ()))
    )


def _mentions(document: Json) -> Iterator[tuple[str, str]]:
    for n, composition in enumerate(document.get("compositions", ())):
        for kind in ("assemblies", "dependencies"):
            for m, key in enumerate(composition.get(kind, ())):
                if not key.startswith("urn:cdx:"):  # a BOM-Link points to another document
                    yield key, f"/compositions/{n}/{kind}/{m}"


def _other_refs(document: Json, metadata: Json) -> Iterator[str]:
    tools = metadata.get("tools", {})
    waiting = [*document.get("services", ())]
    if isinstance(tools, dict):
        waiting += [*tools.get("components", ()), *tools.get("services", ())]
    while waiting:
        entry = waiting.pop()
        if entry.get("bom-ref"):
            yield entry["bom-ref"]
        waiting += [*entry.get("services", ()), *entry.get("components", ())]

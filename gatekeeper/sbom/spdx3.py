"""SPDX 3.0.1 JSON-LD into the neutral Bom: the software and simple-licensing profiles, read by type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from gatekeeper.sbom import properties
from gatekeeper.sbom.bom import Bom, Completeness, Component, Digest, Edges, Fault, Licence, Reference, Tool, digest
from gatekeeper.sbom.spdx2 import PHASES

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_EDGES = ("dependsOn", "contains", "hasStaticLink", "hasDynamicLink", "hasOptionalDependency", "hasProvidedDependency")
_LICENCES = {"hasConcludedLicense": "concluded", "hasDeclaredLicense": "declared"}
_COMPLETE = {"complete": "complete", "incomplete": "incomplete", "noAssertion": "unknown"}
_KINDS = {"packageUrl": "purl", "cpe22": "cpe", "cpe23": "cpe", "swid": "swid", "swhid": "swhid", "gitoid": "omnibor"}
_TEXTS = ("type", "spdxId", "@id", "name", "software_packageVersion", "software_packageUrl", "relationshipType", "from")

Json = dict[str, Any]


def faults(document: Json) -> tuple[Fault, ...]:
    """What the format demands of every element, before anything is read from it."""
    graph = document.get("@graph")
    if not isinstance(graph, list) or not all(isinstance(e, dict) for e in graph):
        return (Fault("/@graph", "is no list of elements"),)
    return tuple(_faults(graph))


def _faults(graph: list[Json]) -> Iterator[Fault]:
    for n, e in enumerate(graph):
        kind = e.get("type")
        if not isinstance(kind, str):
            yield Fault(f"/@graph/{n}", "an element without type")
            continue
        yield from (Fault(f"/@graph/{n}/{k}", "is no text") for k in _TEXTS if k in e and not isinstance(e[k], str))
        yield from _id_faults(n, e, kind)
        yield from _type_faults(n, e, kind)
    documents = sum(e.get("type") == "SpdxDocument" for e in graph)
    if documents != 1:
        yield Fault("/@graph", f"{documents} elements of type SpdxDocument, exactly one is needed")


def _id_faults(n: int, e: Json, kind: str) -> Iterator[Fault]:
    key = e.get("spdxId", e.get("@id", ""))
    if kind == "CreationInfo":
        for field in ("created", "specVersion", "createdBy"):
            if not e.get(field):
                yield Fault(f"/@graph/{n}/{field}", "is missing in a CreationInfo")
        if e.get("specVersion") not in (None, "3.0.1"):
            yield Fault(f"/@graph/{n}/specVersion", "is not 3.0.1, as the context says")
    elif isinstance(key, str) and not key.startswith("_:") and not _IRI.fullmatch(key):
        yield Fault(f"/@graph/{n}/spdxId", f"{key[:60]!r} is no absolute IRI")
    if kind != "CreationInfo" and not e.get("creationInfo"):
        yield Fault(f"/@graph/{n}/creationInfo", "is missing")


def _type_faults(n: int, e: Json, kind: str) -> Iterator[Fault]:
    if kind.endswith("Relationship"):
        if not isinstance(e.get("to"), list) or not all(isinstance(t, str) for t in e["to"]):
            yield Fault(f"/@graph/{n}/to", "is no list of ids")
        if not e.get("from") or not e.get("relationshipType"):
            yield Fault(f"/@graph/{n}", "a relationship without from or relationshipType")
    elif kind == "software_Package" and not e.get("name"):
        yield Fault(f"/@graph/{n}/name", "is missing in a package")
    for field in ("verifiedUsing", "externalIdentifier", "rootElement", "originatedBy", "software_sbomType"):
        value = e.get(field)
        if value is not None and not isinstance(value, list):
            yield Fault(f"/@graph/{n}/{field}", "is no list")
        elif field in ("verifiedUsing", "externalIdentifier") and not all(isinstance(v, dict) for v in value or ()):
            yield Fault(f"/@graph/{n}/{field}", "holds something that is no object")


def read(document: Json) -> Bom:
    """Make the Bom of a document without faults."""
    return _Graph(document["@graph"]).bom()


class _Graph:
    def __init__(self, graph: list[Json]) -> None:
        self.graph = graph
        self.by_id = {_key(e): e for e in graph}
        self.relationships = [(n, e) for n, e in enumerate(graph) if e["type"].endswith("Relationship")]
        self.annotations: dict[str, list[tuple[str, str]]] = {}
        self.licences: dict[str, list[Licence]] = {}
        self.artifacts: dict[str, list[Reference]] = {}
        self._index()

    def _index(self) -> None:
        for e in self.graph:
            if e["type"] == "Annotation" and isinstance(e.get("statement"), str):
                name, equals, value = e["statement"].partition("=")
                if equals:
                    self.annotations.setdefault(str(e.get("subject", "")), []).append((name.strip(), value.strip()))
        for _, r in self.relationships:
            kind = r["relationshipType"]
            ends = [self.by_id.get(t, {}) for t in r["to"]]
            if kind in _LICENCES:
                texts = (str(e.get("simplelicensing_licenseExpression", "")) for e in ends)
                found = self.licences.setdefault(r["from"], [])
                found += [Licence(t, "expression", _LICENCES[kind]) for t in texts if t]
            elif kind == "hasDistributionArtifact":
                files = [Reference("distribution", str(e.get("name", "")), tuple(_digests(e))) for e in ends if e]
                self.artifacts.setdefault(r["from"], []).extend(files)

    def bom(self) -> Bom:
        document = next(e for e in self.graph if e["type"] == "SpdxDocument")
        sboms = [self.by_id.get(k, {}) for k in document.get("rootElement", ())]
        sboms = [e for e in sboms if e.get("type") == "software_Sbom"]
        roots = tuple(dict.fromkeys(k for e in sboms for k in e.get("rootElement", ())))
        places = {_key(e): n for n, e in enumerate(self.graph)}
        packages = [e for e in self.graph if e["type"] == "software_Package"]
        components = tuple(self._component(e, f"/@graph/{places[_key(e)]}") for e in packages)
        root = next((c for c in components if roots[:1] == (c.ref,)), None)
        info = self.by_id.get(_reference(document.get("creationInfo")), {})
        return Bom(
            format="spdx-3.0.1",
            root=root,
            roots=roots,
            components=tuple(c for c in components if c is not root),
            edges=tuple(self._edges()),
            completeness=tuple(self._completeness()),
            mentions=tuple(self._mentions(document, sboms)),
            serial=_key(document),
            timestamp=str(info.get("created", "")),
            authors=tuple(self._names(info.get("createdBy", ()), ("Person", "Organization"))),
            tools=tuple(_tool(n) for n in self._names(info.get("createdUsing", ()), ("Tool",))),
            phases=tuple(PHASES.get(str(p), str(p)) for e in sboms for p in e.get("software_sbomType", ())),
            vulnerabilities=sum(e["type"].startswith("security_") for e in self.graph),
            sources=properties.locks(self.annotations.get(_key(document), [])),
            others=tuple(_key(e) for e in self.graph if e["type"] != "software_Package"),
        )

    def _component(self, e: Json, where: str) -> Component:
        key = _key(e)
        pairs = list(self.annotations.get(key, []))
        if "supportLevel" in e:
            pairs += [(properties.LEVEL, str(level)) for level in _many(e["supportLevel"]) if level != "noAssertion"]
        if e.get("validUntilTime"):
            pairs.append((properties.END, str(e["validUntilTime"])[:10]))
        found = [(_KINDS.get(str(i.get("externalIdentifierType"))), i) for i in e.get("externalIdentifier", ())]
        identifiers = [(kind, str(i.get("identifier", ""))) for kind, i in found if kind]
        component = Component(
            where=where,
            ref=key,
            name=e["name"],
            version=e.get("software_packageVersion", ""),
            kind=str(e.get("software_primaryPurpose", "library")),
            purl=e.get("software_packageUrl") or next((v for k, v in identifiers if k == "purl"), ""),
            identifiers=tuple((k, v) for k, v in identifiers if k != "purl"),
            producer=next(self._names([*e.get("originatedBy", ()), e.get("suppliedBy", "")], ()), ""),
            digests=tuple(_digests(e)),
            references=tuple(self.artifacts.get(key, ())),
            licences=tuple(self.licences.get(key, ())),
        )
        return properties.heard(component, pairs)

    def _names(self, keys: Any, kinds: tuple[str, ...]) -> Iterator[str]:
        for key in _many(keys):
            e = self.by_id.get(_reference(key), {})
            if e.get("name") and (not kinds or e["type"] in kinds):
                yield str(e["name"])

    def _edges(self) -> Iterator[Edges]:
        for n, r in self.relationships:
            if r["relationshipType"] in _EDGES:
                yield Edges(r["from"], tuple(t for t in r["to"] if not _nothing(t)), f"/@graph/{n}")

    def _completeness(self) -> Iterator[Completeness]:
        for n, r in self.relationships:
            word = _COMPLETE.get(str(r.get("completeness", "")))
            if word and r["relationshipType"] in _EDGES:
                yield Completeness(word, (r["from"],), f"/@graph/{n}")

    def _mentions(self, document: Json, sboms: Iterable[Json]) -> Iterator[tuple[str, str]]:
        for n, e in enumerate(self.graph):
            if isinstance(e.get("creationInfo"), str):
                yield e["creationInfo"], f"/@graph/{n}/creationInfo"
        for n, r in self.relationships:
            if r["relationshipType"] not in _EDGES:
                yield from ((k, f"/@graph/{n}") for k in (r["from"], *r["to"]) if not _nothing(k))
        for owner in (document, *sboms):
            yield from ((str(k), "/@graph rootElement") for k in owner.get("rootElement", ()))


def _key(e: Json) -> str:
    return str(e.get("spdxId", e.get("@id", "")))


def _reference(value: Any) -> str:
    return _key(value) if isinstance(value, dict) else str(value)


def _many(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _nothing(key: str) -> bool:
    return key.rsplit("/", 1)[-1] in ("NoneElement", "NoAssertionElement", "NoneLicense", "NoAssertionLicense")


def _digests(e: Json) -> Iterator[Digest]:
    for h in e.get("verifiedUsing", ()):
        if h.get("type") == "Hash":
            yield digest(str(h.get("algorithm", "")), str(h.get("hashValue", "")))


def _tool(name: str) -> Tool:
    """SPDX 3 has no field for a tool's version; it stands in the name, after the last hyphen or blank."""
    found = re.fullmatch(r"(.+)[- ]v?(\d\S*)", name)
    return Tool(found[1], found[2]) if found else Tool(name)

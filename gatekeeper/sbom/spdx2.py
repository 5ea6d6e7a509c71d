"""SPDX 2.2 and 2.3 into the neutral Bom. The structure is demanded here, field by field (ISO/IEC 5962 for 2.2.1),
beside the official schema of the JSON form: a typed reading is stricter where it matters, and tag-value has none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from gatekeeper.sbom import properties
from gatekeeper.sbom.bom import (
    Bom,
    Completeness,
    Component,
    Edges,
    Fault,
    Licence,
    Stated,
    Tool,
    digest,
)

VERSIONS = ("SPDX-2.2", "SPDX-2.3")
PHASES = {
    "design": "design", "source": "pre-build", "build": "build", "analyzed": "post-build", "deployed": "operations",
    "runtime": "discovery",
}  # fmt: skip
_ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
_NOTHING = ("NONE", "NOASSERTION")
_FORWARD = ("DEPENDS_ON", "CONTAINS")
_BACKWARD = re.compile(r"(?:\w+_)?DEPENDENCY_OF|CONTAINED_BY")
_KINDS = {"purl": "purl", "cpe22Type": "cpe", "cpe23Type": "cpe", "swid": "swid", "swh": "swhid", "gitoid": "omnibor"}


class Checksum(msgspec.Struct, frozen=True, gc=False):
    """SPDX 2.3, 7.10."""

    algorithm: str
    checksumValue: str  # noqa: N815  # the format's own names, here and below


class ExternalRef(msgspec.Struct, frozen=True, gc=False):
    """SPDX 2.3, 7.21."""

    referenceCategory: str  # noqa: N815
    referenceType: str  # noqa: N815
    referenceLocator: str  # noqa: N815


class Annotation(msgspec.Struct, frozen=True, gc=False):
    """SPDX 2.3, clause 12."""

    comment: str
    annotator: str = ""
    annotationType: str = ""  # noqa: N815


class Package(msgspec.Struct, frozen=True, gc=False):
    """SPDX 2.3, clause 7: what of it is used."""

    SPDXID: str
    name: str
    downloadLocation: str  # noqa: N815
    versionInfo: str = ""  # noqa: N815
    supplier: str = ""
    originator: str = ""
    licenseConcluded: str = ""  # noqa: N815
    licenseDeclared: str = ""  # noqa: N815
    checksums: tuple[Checksum, ...] = ()
    externalRefs: tuple[ExternalRef, ...] = ()  # noqa: N815
    annotations: tuple[Annotation, ...] = ()
    validUntilDate: str = ""  # noqa: N815
    packageFileName: str = ""  # noqa: N815
    primaryPackagePurpose: str = ""  # noqa: N815


class Element(msgspec.Struct, frozen=True, gc=False):
    """A file or snippet, known by its id."""

    SPDXID: str


class Relationship(msgspec.Struct, frozen=True, gc=False):
    """SPDX 2.3, clause 11."""

    spdxElementId: str  # noqa: N815
    relationshipType: str  # noqa: N815
    relatedSpdxElement: str  # noqa: N815


class CreationInfo(msgspec.Struct, frozen=True):
    """SPDX 2.3, clause 6."""

    created: str
    creators: tuple[str, ...]
    comment: str = ""


class Document(msgspec.Struct, frozen=True):
    """SPDX 2.3, clause 6."""

    spdxVersion: str  # noqa: N815
    SPDXID: str
    dataLicense: str  # noqa: N815
    name: str
    documentNamespace: str  # noqa: N815
    creationInfo: CreationInfo  # noqa: N815
    packages: tuple[Package, ...] = ()
    files: tuple[Element, ...] = ()
    snippets: tuple[Element, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    documentDescribes: tuple[str, ...] = ()  # noqa: N815
    annotations: tuple[Annotation, ...] = ()


class Places(msgspec.Struct, frozen=True):
    """Where packages and relationships stand in a file that is not JSON; pointers where nothing is given."""

    packages: tuple[str, ...] = ()
    relationships: tuple[str, ...] = ()


def read(document: Any) -> Document | Fault:
    """Demand the fields and types of the format; the first breach is named with its pointer."""
    try:
        return msgspec.convert(document, Document)
    except msgspec.ValidationError as e:
        message, _, path = str(e).partition(" - at ")
        return Fault(_pointer(path), message)


def _pointer(path: str) -> str:
    return re.sub(r"\[(\d+|\.\.\.)\]", r"/\1", path.strip("`").removeprefix("$")).replace(".", "/")


def faults(d: Document) -> tuple[Fault, ...]:
    """What a type cannot say: fixed values and the form of ids."""
    return tuple(_faults(d))


def _faults(d: Document) -> Iterator[Fault]:
    if d.SPDXID != "SPDXRef-DOCUMENT":
        yield Fault("/SPDXID", f"is {d.SPDXID[:60]!r}, not 'SPDXRef-DOCUMENT'")
    if d.dataLicense != "CC0-1.0":
        yield Fault("/dataLicense", f"is {d.dataLicense[:60]!r}, not 'CC0-1.0'")
    if not d.creationInfo.creators:
        yield Fault("/creationInfo/creators", "is empty")
    for n, p in enumerate(d.packages):
        if not _ID.fullmatch(p.SPDXID):
            yield Fault(f"/packages/{n}/SPDXID", f"{p.SPDXID[:60]!r} is no SPDX id (SPDXRef- and letters, digits, . -)")
        if not p.downloadLocation.strip():
            yield Fault(f"/packages/{n}/downloadLocation", "is empty; NOASSERTION says that it is not known")


def bom(d: Document, places: Places = Places()) -> Bom:  # noqa: B008  # frozen
    """Make the Bom."""
    roots = tuple(dict.fromkeys((*d.documentDescribes, *_described(d.relationships))))
    components = tuple([_component(p, _place(places.packages, "/packages", n)) for n, p in enumerate(d.packages)])
    pairs = _pairs(d.annotations)
    root = next((c for c in components if roots[:1] == (c.ref,)), None)
    edges, mentions = _edges(d, places)
    stated = next((v for n, v in pairs if n == properties.COMPLETENESS), "")
    return Bom(
        format=d.spdxVersion.lower(),
        root=root,
        roots=roots,
        components=tuple(c for c in components if c is not root),
        edges=edges,
        completeness=(Completeness(stated, roots, "/annotations"),) if stated else (),
        mentions=mentions,
        serial=d.documentNamespace if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S+$", d.documentNamespace) else "",
        timestamp=d.creationInfo.created if _is_spdx_time(d.creationInfo.created) else "",
        authors=tuple(_people(d.creationInfo.creators)),
        tools=tuple(_tools(d.creationInfo.creators)),
        phases=tuple(PHASES[w] for w in PHASES if re.search(rf"\b{w}\b", d.creationInfo.comment, re.IGNORECASE)),
        sources=properties.locks(pairs),
        others=("SPDXRef-DOCUMENT", *(e.SPDXID for e in (*d.files, *d.snippets))),
    )


def _place(places: tuple[str, ...], pointer: str, number: int) -> str:
    return places[number] if places else f"{pointer}/{number}"


def _is_spdx_time(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text))


def _component(p: Package, where: str) -> Component:
    identifiers = [(_KINDS[r.referenceType], r.referenceLocator) for r in p.externalRefs if r.referenceType in _KINDS]
    purls = [v for k, v in identifiers if k == "purl"]
    component = Component(
        where=where,
        ref=p.SPDXID,
        name=p.name,
        version="" if p.versionInfo in _NOTHING else p.versionInfo,
        kind=p.primaryPackagePurpose.lower() or "library",
        purl=purls[0] if purls else "",
        identifiers=tuple([i for i in identifiers if i[0] != "purl"]),
        producer=_party(p.originator) or _party(p.supplier),
        digests=tuple([digest(c.algorithm, c.checksumValue) for c in p.checksums]),
        licences=_licences(p.licenseConcluded, p.licenseDeclared),
    )
    component = properties.heard(component, _said(p))
    if fields := _unasserted(p.originator, p.supplier, p.licenseConcluded, p.licenseDeclared):
        told = {s.field for s in component.stated}
        bare = [Stated(field, "noassertion") for field in fields if field not in told]
        return msgspec.structs.replace(component, stated=(*component.stated, *bare))
    return component


def _said(p: Package) -> list[tuple[str, str]]:
    """Annotations and the fields that say the same."""
    pairs = _pairs(p.annotations) if p.annotations else []
    if p.validUntilDate:
        pairs.append((properties.END, p.validUntilDate[:10]))
    if p.packageFileName:
        pairs.append((properties.FILENAME, p.packageFileName))
    return pairs


@lru_cache(maxsize=4096)
def _unasserted(originator: str, supplier: str, concluded: str, declared: str) -> tuple[str, ...]:
    """The fields that are NOASSERTION: without a statement beside it, unknown and withheld cannot be told apart."""
    fields = {"producer": {originator, supplier}, "licence": {concluded, declared}}
    return tuple(field for field, given in fields.items() if given - {""} == {"NOASSERTION"})


@lru_cache(maxsize=4096)
def _party(text: str) -> str:
    """The name behind `Organization: ` or `Person: `; anything else names nobody."""
    kind, _, name = text.partition(": ")
    return re.sub(r"\s*\([^()]*\)\s*$", "", name).strip() if kind in ("Organization", "Person") else ""


@lru_cache(maxsize=4096)
def _licences(concluded: str, declared: str) -> tuple[Licence, ...]:
    both = (Licence(concluded, status="concluded"), Licence(declared, status="declared"))
    return tuple(x for x in both if x.text and x.text not in _NOTHING)


def _people(creators: Iterable[str]) -> Iterator[str]:
    return (name for c in creators if (name := _party(c)))


def _tools(creators: Iterable[str]) -> Iterator[Tool]:
    for creator in creators:
        kind, _, text = creator.partition(": ")
        if kind == "Tool":
            name, dash, version = text.rpartition("-")
            yield Tool(name, version) if dash else Tool(text)


def _pairs(annotations: Iterable[Annotation]) -> list[tuple[str, str]]:
    lines = (line.partition("=") for a in annotations for line in a.comment.splitlines())
    return [(name.strip(), value.strip()) for name, equals, value in lines if equals]


def _described(relationships: Iterable[Relationship]) -> Iterator[str]:
    for r in relationships:
        if r.relationshipType == "DESCRIBES" and r.spdxElementId == "SPDXRef-DOCUMENT":
            yield r.relatedSpdxElement
        elif r.relationshipType == "DESCRIBED_BY" and r.relatedSpdxElement == "SPDXRef-DOCUMENT":
            yield r.spdxElementId


def _edges(d: Document, places: Places) -> tuple[tuple[Edges, ...], tuple[tuple[str, str], ...]]:
    targets: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    mentions: list[tuple[str, str]] = []
    for n, r in enumerate(d.relationships):
        source, target = r.spdxElementId, r.relatedSpdxElement
        if r.relationshipType not in _FORWARD:
            if not _BACKWARD.fullmatch(r.relationshipType):
                where = _place(places.relationships, "/relationships", n)
                mentions += [(e, where) for e in (source, target) if not _elsewhere(e)]
                continue
            source, target = target, source
        known = targets.get(source)
        if known is None:
            if _elsewhere(source):
                continue
            known = targets[source] = []
            first[source] = _place(places.relationships, "/relationships", n)
        if not _elsewhere(target):
            known.append(target)
    return tuple(Edges(s, tuple(ts), first[s]) for s, ts in targets.items()), tuple(mentions)


def _elsewhere(key: str) -> bool:
    return key in _NOTHING or key.startswith("DocumentRef-")

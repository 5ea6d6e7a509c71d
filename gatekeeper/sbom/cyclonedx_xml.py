"""CycloneDX XML 1.4-1.7: held against the official XSD, then turned into the JSON form and read as that.

Needs lxml (`pip install "release-gatekeeper[xml]"`). A document type declaration is refused before anything is parsed:
entities and external subsets have no business in an SBOM.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from gatekeeper.model.errors import ToolError
from gatekeeper.sbom import schema, strict_json
from gatekeeper.sbom.bom import Fault
from gatekeeper.sbom.strict_json import UnreadableError

_NAMESPACE = re.compile(r"http://cyclonedx\.org/schema/bom/(\d+\.\d+)")
MAX_DEPTH = 255  # lxml's own bound; deeper is refused as unreadable

Json = dict[str, Any]


def parse(raw: bytes) -> tuple[Any, str]:
    """The root element and the declared version (empty where it is no CycloneDX). Raises UnreadableError, ToolError."""
    text = strict_json.decode(raw)
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise UnreadableError("it has a document type declaration")
    declared = re.match(r"\s*<\?xml[^>]*encoding=[\"']([^\"']+)", text)
    if declared and declared[1].lower() != "utf-8":
        raise UnreadableError(f"it declares the encoding {declared[1][:20]!r}; only UTF-8 is read")
    etree = _etree()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as e:
        raise UnreadableError(f"not XML: {e}") from e
    namespace = _NAMESPACE.fullmatch(etree.QName(root).namespace or "")
    return root, namespace[1] if namespace else ""


def faults(root: Any, version: str) -> tuple[Fault, ...]:
    """Where the document breaks the XSD of its version; places are lines."""
    validator = _validator(version)
    if validator.validate(root):
        return ()
    errors = list(validator.error_log)[: schema.MAX_FAULTS]
    return tuple(Fault(f"line {e.line}", re.sub(r"\{[^}]*\}", "", e.message)[:300]) for e in errors)


@cache
def _validator(version: str) -> Any:
    etree = _etree()
    schema.pinned("spdx.SNAPSHOT.xsd")  # imported by the other
    path = schema.pinned(f"bom-{version}.SNAPSHOT.xsd")
    return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True)))


def _etree() -> Any:
    try:
        from lxml import etree
    except ImportError as e:
        raise ToolError(
            "lxml is not installed", 'Install "release-gatekeeper[xml]", or provide the SBOM as JSON.'
        ) from e
    return etree


def to_json(root: Any) -> Json:
    """The JSON form of what the Bom is made from. `root` is valid for its XSD."""
    out: Json = {"serialNumber": root.get("serialNumber", ""), "version": int(root.get("version", "1"))}
    metadata = _child(root, "metadata")
    if metadata is not None:
        out["metadata"] = _metadata(metadata)
    out["components"] = [_component(c) for c in _inside(root, "components", "component")]
    out["services"] = [_service(s) for s in _inside(root, "services", "service")]
    out["dependencies"] = [_dependency(d) for d in _inside(root, "dependencies", "dependency")]
    out["compositions"] = [_composition(c) for c in _inside(root, "compositions", "composition")]
    out["vulnerabilities"] = [{} for _ in _inside(root, "vulnerabilities", "vulnerability")]
    return out


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Any) -> list[Any]:
    return [c for c in element if isinstance(c.tag, str)]


def _child(element: Any, name: str) -> Any:
    return next((c for c in _children(element) if _name(c) == name), None)


def _inside(element: Any, holder: str, name: str) -> list[Any]:
    found = _child(element, holder)
    return [] if found is None else [c for c in _children(found) if _name(c) == name]


def _text(element: Any, name: str) -> str:
    found = _child(element, name)
    return "" if found is None else (found.text or "").strip()


def _metadata(m: Any) -> Json:
    out: Json = {"properties": _properties(m)}
    if timestamp := _text(m, "timestamp"):
        out["timestamp"] = timestamp
    out["lifecycles"] = [
        {"phase": _text(p, "phase") or _text(p, "name")} for p in _inside(m, "lifecycles", "lifecycle")
    ]
    out["authors"] = [{"name": _text(a, "name")} for a in _inside(m, "authors", "author")]
    tools = _child(m, "tools")
    if tools is not None:
        modern = [_component(c) for c in _inside(tools, "components", "component")]
        old = [{"name": _text(t, "name"), "version": _text(t, "version")} for t in _inside(m, "tools", "tool")]
        out["tools"] = {"components": [*modern, *old]}
    for name in ("manufacturer", "manufacture"):
        if (found := _child(m, name)) is not None:
            out[name] = _organisation(found)
    if (described := _child(m, "component")) is not None:
        out["component"] = _component(described)
    return out


def _organisation(o: Any) -> Json:
    urls = [(u.text or "").strip() for u in _children(o) if _name(u) == "url"]
    mails = [{"email": _text(c, "email")} for c in _children(o) if _name(c) == "contact"]
    return {"name": _text(o, "name"), "url": urls, "contact": mails}


def _component(c: Any) -> Json:
    out: Json = {"type": c.get("type", ""), "bom-ref": c.get("bom-ref", "")}
    for name in ("author", "publisher", "group", "name", "version", "scope", "cpe", "purl"):
        if text := _text(c, name):
            out[name] = text
    for name in ("supplier", "manufacturer"):
        if (found := _child(c, name)) is not None:
            out[name] = _organisation(found)
    if (swid := _child(c, "swid")) is not None:
        out["swid"] = {"tagId": swid.get("tagId", "")}
    out["authors"] = [{"name": _text(a, "name")} for a in _inside(c, "authors", "author")]
    out["hashes"] = _hashes(c)
    licences = _child(c, "licenses")
    out["licenses"] = [] if licences is None else [_licence(x) for x in _children(licences)]
    references = _inside(c, "externalReferences", "reference")
    out["externalReferences"] = [
        {"type": r.get("type", ""), "url": _text(r, "url"), "hashes": _hashes(r)} for r in references
    ]
    out["properties"] = _properties(c)
    out["components"] = [_component(inner) for inner in _inside(c, "components", "component")]
    return out


def _hashes(holder: Any) -> list[Json]:
    return [{"alg": h.get("alg", ""), "content": (h.text or "").strip()} for h in _inside(holder, "hashes", "hash")]


def _licence(element: Any) -> Json:
    status = element.get("acknowledgement", "")
    if _name(element) == "expression":
        return {"expression": (element.text or "").strip(), "acknowledgement": status}
    named = {k: t for k in ("id", "name") if (t := _text(element, k))}
    return {"license": {**named, "acknowledgement": status}}


def _properties(holder: Any) -> list[Json]:
    found = _inside(holder, "properties", "property")
    return [{"name": p.get("name", ""), "value": (p.text or "").strip()} for p in found]


def _service(s: Any) -> Json:
    return {"bom-ref": s.get("bom-ref", ""), "services": [_service(i) for i in _inside(s, "services", "service")]}


def _dependency(d: Any) -> Json:
    targets = {tag: [c.get("ref", "") for c in _children(d) if _name(c) == tag] for tag in ("dependency", "provides")}
    return {"ref": d.get("ref", ""), "dependsOn": targets["dependency"], "provides": targets["provides"]}


def _composition(c: Any) -> Json:
    out: Json = {"aggregate": _text(c, "aggregate")}
    for holder, name in (("assemblies", "assembly"), ("dependencies", "dependency")):
        out[holder] = [e.get("ref", "") for e in _inside(c, holder, name)]
    return out

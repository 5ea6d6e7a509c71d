"""Join what a generator cannot know to what it wrote: hashes from the lock, classes and support from the overlay, the
built files, the phase. Pure, sorted, the same bytes for the same input; nothing is invented, and each joined field says
where it came from. What no source knows stays absent, and the rules then name it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any

import msgspec

from gatekeeper.model.check import Product
from gatekeeper.sbom import cyclonedx, overlay, properties
from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.evidence import Lock, Locked
from gatekeeper.sbom.identity import package_key
from gatekeeper.sbom.overlay import Entry, Overlay
from gatekeeper.sbom.rules.subject import locked

Json = dict[str, Any]
SOURCE = "gatekeeper:source:"


class Built(msgspec.Struct, frozen=True):
    """One file that is released."""

    name: str
    sha256: str
    sha512: str


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What is joined."""

    product: Product
    timestamp: str
    gate_version: str
    built: tuple[Built, ...] = ()
    locks: tuple[Lock, ...] = ()
    overlay: Overlay = Overlay()


def join(generated: Json, parts: Parts) -> bytes:
    """The finished document (CycloneDX 1.6 JSON)."""
    document: Json = msgspec.json.decode(msgspec.json.encode(generated))
    root = document["metadata"]["component"]
    _describe_root(root, parts)
    _describe_document(document, root, parts)
    bom = cyclonedx.read(document, document["specVersion"])
    pinned = locked(lock for lock in parts.locks if not lock.fault)
    items = {i.component.where: i for i in overlay.items(bom.components, parts.overlay)}
    for where, item in items.items():
        entry = document["components"][int(where.rsplit("/", 1)[-1])]
        _join_hashes(entry, pinned.get(package_key(item.component)), parts.locks)
        if item.entry:
            _join_entry(entry, item.entry, parts.overlay)
    complete = _complete(bom.components, pinned)
    document["compositions"] = [
        {"aggregate": "complete" if complete else "incomplete", "assemblies": [root["bom-ref"]]},
    ]
    return _written(document)


def _describe_root(root: Json, parts: Parts) -> None:
    product = parts.product
    root |= {"type": "application", "name": product.name, "version": product.version}
    root["purl"] = f"pkg:pypi/{product.name}@{product.version}"
    root["manufacturer"] = {"name": product.manufacturer}
    kept = [r for r in root.get("externalReferences", []) if r["type"] != "distribution"]
    files = [
        {"type": "distribution", "url": b.name, "hashes": [_hash("SHA-256", b.sha256), _hash("SHA-512", b.sha512)]}
        for b in sorted(parts.built, key=lambda b: b.name)
    ]
    root["externalReferences"] = [*kept, *files]


def _describe_document(document: Json, root: Json, parts: Parts) -> None:
    metadata = document["metadata"]
    metadata["timestamp"] = parts.timestamp
    metadata["lifecycles"] = [{"phase": "build"}]
    metadata["manufacturer"] = {"name": parts.product.manufacturer}
    metadata["tools"]["components"].append(
        {"type": "application", "name": "gatekeeper sbom build", "version": parts.gate_version}
    )
    pairs = [{"name": properties.LOCK + lock.path, "value": lock.sha256} for lock in parts.locks if lock.sha256]
    metadata["properties"] = [*metadata.get("properties", []), *pairs]
    seed = "\n".join([root["purl"], *sorted(b.sha256 for b in parts.built), *sorted(p["value"] for p in pairs)])
    document["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_URL, seed).urn
    document["version"] = 1


def _join_hashes(entry: Json, package: Locked | None, locks: Iterable[Lock]) -> None:
    """One digest is the component's own; several are those of its published files."""
    if package is None or not package.digests:
        return
    if len(package.digests) == 1:
        entry["hashes"] = [_hash(_name(package.digests[0].algorithm), package.digests[0].value)]
    else:
        urls = package.urls or tuple(f"{entry['purl']}?checksum={d.algorithm}:{d.value}" for d in package.digests)
        kept = [r for r in entry.get("externalReferences", []) if r["type"] != "distribution"]
        files = [
            {"type": "distribution", "url": url, "hashes": [_hash(_name(d.algorithm), d.value)]}
            for url, d in sorted(zip(urls, package.digests, strict=True))
        ]
        entry["externalReferences"] = [*kept, *files]
    _note(entry, "hashes", ", ".join(lock.path for lock in locks if package in lock.packages))


def _join_entry(entry: Json, given: Entry, source: Overlay) -> None:
    if given.producer:
        entry["manufacturer"] = {"name": given.producer}
    if given.licence:
        entry["licenses"] = [{"expression": given.licence}]
    pairs = [
        (properties.CLASS, given.item_class),
        (properties.LEVEL, given.support_level),
        (properties.END, given.support_end if given.support_end[:4].isdigit() else ""),
        (properties.JUSTIFICATION, given.justification),
        *((f"gatekeeper:unknown:{field}", reason) for field, reason in given.unknown.items()),
        *((f"gatekeeper:withheld:{field}", reason) for field, reason in given.withheld.items()),
    ]
    present = [{"name": name, "value": value} for name, value in pairs if value]
    entry["properties"] = [*entry.get("properties", []), *present]
    _note(entry, "overlay", f"{source.path} {given.match}")


def _note(entry: Json, what: str, source: str) -> None:
    entry.setdefault("properties", []).append({"name": SOURCE + what, "value": source})


def _complete(components: Iterable[Component], pinned: dict[tuple[str, str, str], Locked]) -> bool:
    have = {package_key(c) for c in components}
    needed = {key for key, package in pinned.items() if not package.conditional}
    return bool(pinned) and needed <= have <= set(pinned)


def _hash(algorithm: str, value: str) -> Json:
    return {"alg": algorithm, "content": value}


def _name(algorithm: str) -> str:
    return {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512", "sha1": "SHA-1", "md5": "MD5"}[algorithm]


def _written(document: Json) -> bytes:
    """Lists in a fixed order, keys as they are read best: the same document gives the same bytes."""
    document["components"].sort(key=lambda c: (c.get("purl", ""), c["bom-ref"]))
    document["dependencies"].sort(key=lambda d: d["ref"])
    order = ("$schema", "bomFormat", "specVersion", "serialNumber", "version", "metadata", "components")
    ordered = {k: document[k] for k in order if k in document} | document
    return msgspec.json.format(msgspec.json.encode(ordered), indent=1) + b"\n"


def digest(name: str, data: bytes) -> Built:
    """A released file by its bytes."""
    return Built(name, hashlib.sha256(data).hexdigest(), hashlib.sha512(data).hexdigest())

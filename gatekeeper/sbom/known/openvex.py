"""OpenVEX 0.2.0 (openvex.dev, specification of August 2023)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from gatekeeper.sbom.bom import Fault
from gatekeeper.sbom.known.evidence import Statement, VexFile

CONTEXT = "https://openvex.dev/ns/v0.2.0"
_REQUIRED = ("@id", "author", "timestamp", "version", "statements")

Json = dict[str, Any]


def read(document: Json, file: VexFile) -> VexFile:
    """Read the statements of one document; older drafts are named, not guessed at."""
    context = document.get("@context")
    if context != CONTEXT:
        text = f"OpenVEX 0.2.0 has the context {CONTEXT}; this one has {str(context)[:80]!r}, which is not supported"
        return msgspec.structs.replace(file, format="openvex", faults=(Fault("/@context", text),))
    missing = [Fault(f"/{name}", "is missing") for name in _REQUIRED if not document.get(name)]
    statements = () if missing else tuple(_statements(document, file.path))
    return msgspec.structs.replace(
        file,
        format="openvex-0.2.0",
        author=str(document.get("author", "")),
        timestamp=str(document.get("last_updated", document.get("timestamp", ""))),
        statements=statements,
        faults=tuple(missing),
    )


def _statements(document: Json, path: str) -> Iterator[Statement]:
    for n, s in enumerate(document["statements"]):
        vulnerability = s["vulnerability"]
        for product in s.get("products") or [{}]:  # each with its own parts: those of one are not those of another
            yield Statement(
                file=path,
                where=f"/statements/{n}",
                ids=tuple(i for i in (vulnerability.get("name", ""), *vulnerability.get("aliases", ())) if i),
                status=s["status"],
                timestamp=s.get("last_updated") or s.get("timestamp") or document["timestamp"],
                products=tuple(_ids(product)),
                subcomponents=tuple(i for c in product.get("subcomponents", ()) for i in _ids(c)),
                justification=s.get("justification", ""),
                impact=s.get("impact_statement", ""),
                action=s.get("action_statement", ""),
                author=s.get("supplier") or document["author"],
            )


def _ids(item: Json) -> Iterator[str]:
    if item.get("@id"):
        yield item["@id"]
    yield from (item.get("identifiers") or {}).values()

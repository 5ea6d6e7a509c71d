"""CycloneDX VEX: `vulnerabilities` in a document of its own, pointing at the SBOM by BOM-Link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from gatekeeper.sbom import schema
from gatekeeper.sbom.bom import Fault
from gatekeeper.sbom.known.evidence import Statement, VexFile

_STATES = {
    "resolved": "fixed", "resolved_with_pedigree": "fixed", "exploitable": "affected", "not_affected": "not_affected",
    "false_positive": "not_affected", "in_triage": "under_investigation",
}  # fmt: skip
_JUSTIFICATIONS = {
    "requires_dependency": "component_not_present",
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "requires_configuration": "vulnerable_code_cannot_be_controlled_by_adversary",
    "requires_environment": "vulnerable_code_cannot_be_controlled_by_adversary",
    "protected_by_compiler": "inline_mitigations_already_exist",
    "protected_at_runtime": "inline_mitigations_already_exist",
    "protected_at_perimeter": "inline_mitigations_already_exist",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
}

Json = dict[str, Any]


def read(document: Json, file: VexFile) -> VexFile:
    """Read the statements of one document that its schema accepts."""
    version = document.get("specVersion")
    if version not in schema.VERSIONS:
        unknown = Fault("/specVersion", f"{str(version)[:20]!r} is not known")
        return msgspec.structs.replace(file, format="cyclonedx", faults=(unknown,))
    faults = schema.faults(document, version)
    metadata: Json = document.get("metadata", {}) if not faults else {}
    authors = [a.get("name", "") for a in metadata.get("authors", [])]
    makers = [metadata.get(k, {}).get("name", "") for k in ("manufacturer", "manufacture", "supplier")]
    author = next((n for n in (*authors, *makers) if n), "")
    timestamp = metadata.get("timestamp", "")
    return msgspec.structs.replace(
        file,
        format=f"cyclonedx-{version}",
        author=author,
        timestamp=timestamp,
        statements=() if faults else tuple(_statements(document, file.path, author, timestamp)),
        faults=faults,
    )


def _statements(document: Json, path: str, author: str, timestamp: str) -> Iterator[Statement]:
    described = document.get("metadata", {}).get("component", {})
    names = {described.get("bom-ref"): described.get("purl", "")}
    for n, v in enumerate(document.get("vulnerabilities", [])):
        analysis = v.get("analysis", {})
        state = analysis.get("state", "")
        status = _STATES.get(state, state or "missing")
        every = Statement(
            file=path,
            where=f"/vulnerabilities/{n}",
            ids=tuple(i for i in (v.get("id", ""), *(r.get("id", "") for r in v.get("references", []))) if i),
            status=status,
            timestamp=analysis.get("lastUpdated") or v.get("updated") or timestamp,
            products=tuple(names.get(a["ref"]) or a["ref"] for a in v.get("affects", []) if "versions" not in a),
            justification=_JUSTIFICATIONS.get(analysis.get("justification", ""), analysis.get("justification", "")),
            impact=analysis.get("detail", ""),
            action=", ".join(analysis.get("response", [])) or v.get("recommendation", ""),
            author=author,
        )
        some = [a for a in v.get("affects", []) if "versions" in a]
        if every.products or not some:
            yield every
        for a in some:
            product = names.get(a["ref"]) or a["ref"]
            yield msgspec.structs.replace(every, products=(product,), versions=tuple(_versions(a, status)))


def _versions(affected: Json, status: str) -> Iterator[str]:
    """The single versions of which an entry says the same as the analysis does; a range names none."""
    agreeing = ("unaffected",) if status in ("fixed", "not_affected") else ("affected", "unknown")
    for row in affected["versions"]:
        if "version" in row and row.get("status", "affected") in agreeing:
            yield row["version"]

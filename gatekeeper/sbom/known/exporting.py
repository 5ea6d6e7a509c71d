"""VEX from the decisions taken: each known vulnerability of this release with what was stated or decided about it.

Pure and deterministic. A vulnerability that only a deviation lets pass is `affected`, with the deviation as the action:
VEX is about exploitability, a deviation about acceptance. Who signs and publishes it is elsewhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import msgspec

from gatekeeper.model.check import Product
from gatekeeper.model.deviation import Deviation
from gatekeeper.model.facts import VulnerabilityFact
from gatekeeper.sbom.known.openvex import CONTEXT
from gatekeeper.sbom.known.vex import JUSTIFICATIONS

Json = dict[str, Any]


def openvex(
    product: Product,
    product_purl: str,
    facts: Iterable[VulnerabilityFact],
    purls: dict[str, str],
    answered: dict[str, Deviation],
    timestamp: str,
) -> bytes:
    """An OpenVEX 0.2.0 document. `purls` maps components (name and version) to their package URL, `answered` the id of
    a vulnerability to the deviation that answers it."""
    statements = [_statement(f, product_purl, purls, answered.get(f.id)) for f in sorted(facts, key=_order)]
    seed = msgspec.json.encode([product_purl, timestamp, statements], order="sorted").decode()
    document = {
        "@context": CONTEXT,
        "@id": uuid.uuid5(uuid.NAMESPACE_URL, seed).urn,
        "author": product.manufacturer,
        "timestamp": timestamp,
        "version": 1,
        "tooling": "gatekeeper",
        "statements": statements,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _order(fact: VulnerabilityFact) -> tuple[str, str]:
    return fact.id, fact.component


def _statement(f: VulnerabilityFact, product: str, purls: dict[str, str], deviation: Deviation | None) -> Json:
    part = [{"@id": purls[f.component]}] if purls.get(f.component) else []
    out: Json = {
        "vulnerability": {"name": f.id, "aliases": sorted(set(f.aliases) - {f.id})},
        "products": [{"@id": product, **({"subcomponents": part} if part else {})}],
        "status": f.vex_status or "under_investigation",
    }
    if out["status"] == "not_affected":
        if f.reason not in JUSTIFICATIONS:
            return out | {"status": "under_investigation"}  # a reason that is none is not repeated to others
        out["justification"] = f.reason
    elif deviation is not None:
        out |= {"status": "affected", "action_statement": _action(deviation)}
    elif out["status"] == "affected":
        out["action_statement"] = f.reason
    return out


def _action(deviation: Deviation) -> str:
    parts = [deviation.compensating_control]
    if deviation.deferral:
        parts.append(f"A fix is planned for {deviation.deferral.target_version} ({deviation.deferral.date}).")
    return " ".join(p for p in parts if p) or deviation.justification

"""OpenVEX 0.2.0: what was decided about each known vulnerability, for the tools of those who receive the product.

A vulnerability that only a deviation lets pass is `affected`, with the deviation as the action: VEX is about
exploitability, a deviation about acceptance.
"""

from __future__ import annotations

import uuid
from typing import Any

from gatekeeper.model.facts import VulnerabilityFact
from gatekeeper.model.record import DeviationRow, Record
from gatekeeper.model.report import Options, Report
from gatekeeper.reports._escape import address
from gatekeeper.reports._export import document
from gatekeeper.reports._vex import status

CONTEXT = "https://openvex.dev/ns/v0.2.0"
JUSTIFICATION = {
    "code_not_present": "vulnerable_code_not_present",
    "component_not_present": "component_not_present",
    "vulnerable_code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "vulnerable_code_not_in_execute_path": "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary": "vulnerable_code_cannot_be_controlled_by_adversary",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
    "inline_mitigations_already_exist": "inline_mitigations_already_exist",
}
_NAMESPACE = uuid.UUID("6c1b6f0e-5a53-5cb0-9a3f-0c5f6f0b7a11")


def render(record: Record, options: Options) -> str:
    """`not_affected` only with a reason; what is undecided is `under_investigation`."""
    rows = {d.id: d for d in record.deviations if d.used}
    found_here = [f for r in record.rules if r.id == "VULN-03" for f in r.findings]
    answered = {f.note: rows[f.deviation] for f in found_here if f.deviation in rows}
    return document(
        {
            "@context": CONTEXT,
            "@id": f"urn:uuid:{uuid.uuid5(_NAMESPACE, options.record_sha256 or record.record_id)}",
            "author": record.product.manufacturer,
            "role": "manufacturer",
            "timestamp": record.effective_time,
            "version": 1,
            "tooling": f"gatekeeper {record.gate_version}; record sha256 {options.record_sha256 or 'none'}; "
            f"decision {record.decision}",
            "statements": [_statement(found, record, answered.get(found.id)) for found in record.vulnerabilities],
        }
    )


def _statement(found: VulnerabilityFact, record: Record, deviation: DeviationRow | None) -> dict[str, Any]:
    product = f"pkg:generic/{address(record.product.name)}@{address(record.product.version)}"
    part: dict[str, Any] = {"@id": product}
    if found.component:
        part["subcomponents"] = [{"@id": found.component}]
    made: dict[str, Any] = {"vulnerability": {"name": found.id}, "products": [part]}
    if found.aliases:
        made["vulnerability"]["aliases"] = list(found.aliases)
    stated = status(found)
    reason = JUSTIFICATION.get(found.reason.lower(), "")
    if deviation is not None:  # whatever was stated, it did not answer the finding
        return made | {"status": "affected", "action_statement": _action(deviation)}
    made["status"] = stated
    if stated == "not_affected":
        made |= {"justification": reason} if reason else {"impact_statement": found.reason}
    if stated == "affected":
        decided = f"decided by deviation {found.deviation}" if found.deviation else "see the accompanying documents"
        made["action_statement"] = found.reason or decided
    return made


def _action(deviation: DeviationRow) -> str:
    what = deviation.compensating_control or deviation.justification
    return f"{what} (Decided by deviation {deviation.id}, which ends on {deviation.expires}.)"


REPORT = Report(id="openvex", title="OpenVEX of the known vulnerabilities (JSON)", render=render, suffix=".json")

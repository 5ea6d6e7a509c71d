"""A previous dossier, as far as issues and continuity read it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.checks._security_issues.evidence import Evidence
from gatekeeper.gate import Stored
from gatekeeper.model.check import Product
from gatekeeper.model.facts import SourceFact
from gatekeeper.model.record import PolicyRow, Record, statement, to_bytes
from gatekeeper.model.words import Decision, Mode
from gatekeeper.trackers import Answer


def policy_row(deviations: bytes = b"") -> PolicyRow:
    """The policy of the release before, with these deviations beside it."""
    return PolicyRow(
        sha256="0" * 64,
        deviations_sha256=sha256(deviations).hexdigest() if deviations else "",
        profiles=("iec",),
        conformance_route="clauses-4-9",
        catalogue_version="1.0.0",
        catalogue_sha256="0" * 64,
        rules_version="1.0.0",
        rules_sha256="0" * 64,
    )


def previous_record(**fields: Any) -> Record:
    """The record of version 2.3.0: a release, with nothing in its lists."""
    given: dict[str, Any] = {
        "record_id": "r-1",
        "decision": Decision.RELEASE,
        "reasons": (),
        "stage": "sealed",
        "mode": Mode.CI,
        "product": Product(name="pump-link", version="2.3.0", manufacturer="Example Devices"),
        "source": SourceFact(),
        "policy": policy_row(),
        "effective_time": "2026-10-01T09:00:00Z",
        "created": "2026-10-01T09:00:00Z",
        "gate_version": "0.1.0",
        **dict.fromkeys(("limits", "rules", "outside", "deferred", "clauses", "tools", "artifacts", "signatures"), ()),
        "deviations": (),
    }
    return Record(**(given | fields))


def previous_dossier(folder: Path, sources: tuple[str, ...] = ("tracker",), **fields: Any) -> Path:
    """Write the record and the evidence of its issues, as the gate keeps it."""
    (folder / "evidence").mkdir(parents=True, exist_ok=True)
    found = Evidence(answers=tuple(Answer(source=source, kind="export") for source in sources))
    stored = Stored(
        check="security-issues",
        gate_version="0.1.0",
        commit="a" * 40,
        policy_sha256="0" * 64,
        collected="2026-10-01T09:00:00Z",
        evidence=msgspec.Raw(msgspec.json.encode(found)),
    ).to_bytes()
    given = {"evidence": {"security-issues": sha256(stored).hexdigest()}} | fields
    (folder / "record.json").write_bytes(to_bytes(statement(previous_record(**given))))
    (folder / "evidence/security-issues.json").write_bytes(stored)
    return folder

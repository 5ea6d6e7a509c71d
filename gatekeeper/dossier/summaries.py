"""The verdict for consumers of in-toto and SLSA statements, derived from the record alone, so that verify can tell.

A rehearsal has none: whoever reads such a statement does not read the word rehearsal.
"""

from __future__ import annotations

import re
from datetime import datetime

from gatekeeper.dossier import layout
from gatekeeper.model.record import Record
from gatekeeper.model.summary import SVR_TYPE, VSA_TYPE, is_released, result_of, verification_summary

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def summaries(record: Record, record_sha256: str) -> dict[str, tuple[str, bytes]]:
    """The place of each statement's bundle, with its predicate type and payload; none but for a real release."""
    if not is_released(record):
        return {}
    subjects = {a.name: a.sha256 for a in record.artifacts}
    time = datetime.fromisoformat(record.effective_time)
    summary = verification_summary(
        subjects,
        time,
        record.gate_version,
        resource=f"pkg:generic/{_plain(record.product.name)}@{_plain(record.product.version)}",
        policy=layout.POLICY_FILE,
        policy_sha256=record.policy.sha256,
        record_sha256=record_sha256,
        released=True,
    )
    return {layout.SVR: (SVR_TYPE, result_of(record)), layout.VSA: (VSA_TYPE, summary)}


def _plain(text: str) -> str:
    """What may stand in a package URL without escapes."""
    return _UNSAFE.sub("-", text)

"""The dossier of the release before: what the checks read of it must be what its record names.

The signature that they verify covers the record alone; policy, deviations and evidence beside it are bound by the
digests in it. A copy that lay about in a job could say of the last release whatever suits this one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from gatekeeper.dossier import layout
from gatekeeper.dossier.receiver import bounded
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.record import Record, from_bytes

MAX_BYTES = 1024 * 1024 * 1024


def refuse_changed(folder: Path) -> None:
    """Raises EvidenceError for a kept file of that dossier that is another one than its record names."""
    try:
        record = from_bytes(bounded(folder / layout.RECORD, MAX_BYTES, "record")).predicate
    except (EvidenceError, ValueError):
        return  # the rules of continuity say what is wrong with it
    named = _named(record)
    kept = (folder / layout.POLICY_FILE, folder / layout.DEVIATIONS_FILE, *(folder / layout.EVIDENCE).glob("*.json"))
    for file in kept:
        name = file.relative_to(folder).as_posix()
        if (file.exists() or file.is_symlink()) and _digest(file) != named.get(name):
            raise EvidenceError(
                f"{name} of the previous dossier {folder} is not the one that its record names",
                "Fetch that dossier again from where it is archived, and look into who changed it.",
            )


def _named(record: Record) -> dict[str, str]:
    files = {layout.POLICY_FILE: record.policy.sha256, layout.DEVIATIONS_FILE: record.policy.deviations_sha256}
    return files | {layout.evidence(check): sha256 for check, sha256 in record.evidence.items()}


def _digest(file: Path) -> str:
    return hashlib.sha256(bounded(file, MAX_BYTES, "file")).hexdigest()

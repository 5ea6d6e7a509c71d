"""What consumers of in-toto statements read: the verdict, the SBOM, and VEX of what is known about its components.

All of it follows from the record and the released files, so that verify can make it again and compare. A rehearsal has
none: whoever reads such a statement does not read the word rehearsal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from gatekeeper.dossier import layout
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.record import Record
from gatekeeper.model.report import Options
from gatekeeper.model.summary import SVR_TYPE, VSA_TYPE, is_released, result_of, verification_summary
from gatekeeper.sbom import attesting

MAX_PREDICATE = 2 * 2**20  # what logs take in one entry; a larger SBOM is bound by its digest
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
Read = Callable[[str], bytes]
Subjects = Mapping[str, str]


def summaries(record: Record, record_sha256: str, read: Read) -> dict[str, tuple[str, bytes, Subjects]]:
    """The place of each statement's bundle, with predicate type, payload and subjects; none but for a real release.

    `read` gives the bytes of a file of the dossier.
    """
    if not is_released(record):
        return {}
    every = {a.name: a.sha256 for a in record.artifacts}
    found: dict[str, tuple[str, bytes, Subjects]] = {
        place: (kind, payload, every) for place, kind, payload in _verdict(record, record_sha256, every)
    }
    subjects = {a.name: a.sha256 for a in record.artifacts if a.kind == "artifact"}
    if not subjects:
        return found
    for a in record.artifacts:
        if a.kind == "sbom":
            found[layout.statement(a.name)] = (*_sbom(a.name, read(layout.artifact(a.name)), subjects), subjects)
    for name in plain(record, record_sha256):
        found[layout.VEX_STATEMENT] = (attesting.OPENVEX, attesting.statement(read(name), subjects), subjects)
    return found


def plain(record: Record, record_sha256: str) -> dict[str, bytes]:
    """The VEX file that lies beside its statement, since not every consumer looks inside statements."""
    if not is_released(record) or not record.vulnerabilities:
        return {}
    from gatekeeper.reports.openvex import REPORT

    page = REPORT.render(record, Options(record_sha256=record_sha256))
    return {layout.VEX: page if isinstance(page, bytes) else page.encode()}


def _verdict(record: Record, record_sha256: str, subjects: dict[str, str]) -> tuple[tuple[str, str, bytes], ...]:
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
    return (layout.SVR, SVR_TYPE, result_of(record)), (layout.VSA, VSA_TYPE, summary)


def _sbom(name: str, raw: bytes, subjects: Subjects) -> tuple[str, bytes]:
    """The SBOM as predicate where it is JSON of a usual size, else its digest."""
    if len(raw) <= MAX_PREDICATE:
        try:
            return attesting.predicate_type(raw), attesting.statement(raw, subjects)
        except EvidenceError:  # XML or tag-value: no JSON predicate can be made of it
            pass
    return attesting.REFERENCE, attesting.reference(name, raw, subjects)


def _plain(text: str) -> str:
    """What may stand in a package URL without escapes."""
    return _UNSAFE.sub("-", text)

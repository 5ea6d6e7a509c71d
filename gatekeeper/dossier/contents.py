"""Everything in a dossier beside artifacts and signatures: record, evidence, policy, trust, report, instructions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from gatekeeper.dossier import layout, receipt, replay
from gatekeeper.dossier.folder import Unfinished
from gatekeeper.dossier.instructions import instructions
from gatekeeper.model.errors import SealError
from gatekeeper.model.record import Record, statement, to_bytes
from gatekeeper.model.report import Options
from gatekeeper.model.sums import render
from gatekeeper.signing.identity import ExpectedKey
from gatekeeper.signing.instance import CONFIG_TYPE
from gatekeeper.tools.hashing import Task, digest_all

if TYPE_CHECKING:
    from gatekeeper.dossier.desk import Desk
    from gatekeeper.gate import Gathered


def write_contents(
    folder: Unfinished,
    record: Record,
    gathered: Gathered,
    kept_files: Mapping[str, bytes],
    predecessor: Record | None = None,
) -> None:
    """Record, report, evidence, policy and approvals: what every dossier holds, also that of a refusal."""
    raw = to_bytes(statement(record))
    folder.write(layout.RECORD, raw)
    folder.write(layout.REPORT, report_of(record, hashlib.sha256(raw).hexdigest(), predecessor).encode())
    for stored in gathered.stored:
        folder.write(layout.evidence(stored.check), stored.to_bytes())
    for name, content in kept_files.items():
        folder.write(name, content)


def report_of(record: Record, record_sha256: str, predecessor: Record | None = None) -> str:
    """The page for auditors, in both languages, with what changed since the release before where that is at hand."""
    from gatekeeper.reports.html import REPORT

    page = REPORT.render(record, Options(lang="both", record_sha256=record_sha256, previous=predecessor))
    return page if isinstance(page, str) else page.decode()


def write_trust(folder: Unfinished, record: Record, desk: Desk) -> None:
    """The trust root, and how to check with it."""
    root = desk.trusted_root
    folder.write(layout.TRUSTED_ROOT, root)
    parts = {"mediaType": CONFIG_TYPE, "trustedRoot": msgspec.Raw(root)}
    parts["signingConfig"] = msgspec.Raw(desk.instance.signing_config)
    folder.write(layout.TRUST_CONFIG, msgspec.json.encode(parts))
    if isinstance(desk.expected, ExpectedKey):
        folder.write(layout.PUBLIC_KEY, desk.expected.public_pem)
    folder.write(layout.VERIFY, instructions(record, root).encode())


def write_receipt(folder: Unfinished, record: Record, gathered: Gathered, env: Mapping[str, str]) -> None:
    """Judge the record that was just signed, from disk. Raises SealError unless every rule about it passes."""
    raw, page = folder.read(layout.RECORD), folder.read(layout.REPORT).decode()
    digest = hashlib.sha256(raw).hexdigest()
    again = replay.regather(record, folder.read, gathered.checks)
    written = {name: folder.read(name) for name in names(folder) if not name.startswith(f"{layout.ARTIFACTS}/")}
    found = receipt.receipt_of(
        digest,
        record.decision,
        (
            receipt.record_is_bound(digest, (), page),
            receipt.decision_is_derived(replay.differences(record, again), len(record.rules)),
            receipt.outputs_agree(record, page),
            receipt.nothing_secret(written, env),
        ),
    )
    if found.faults:
        raise SealError(
            f"the record does not hold: {'; '.join(found.faults)}",
            "Nothing was sealed. Remove a secret at its source and replace it; report anything else with the log.",
        )
    folder.write(layout.RECEIPT, to_bytes(found))


def write_sums(folder: Unfinished, known: Mapping[str, str]) -> None:
    """SHA256SUMS over every file; `known` are digests of files that were just read from there."""
    rest = [name for name in names(folder) if name not in known]
    digests = digest_all([Task(name, folder.path / name) for name in rest])
    folder.write(layout.SUMS, render({**known, **{n: d.sha256 for n, d in zip(rest, digests, strict=True)}}).encode())


def names(folder: Unfinished) -> list[str]:
    """Every file that was written so far, with slashes."""
    return sorted(p.relative_to(folder.path).as_posix() for p in folder.path.rglob("*") if p.is_file())

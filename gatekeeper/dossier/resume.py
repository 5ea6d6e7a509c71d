"""Finishing a dossier that was sealed while signing was not possible: the identical files, and nothing collected anew.

It is refused where anything moved: a file of the dossier, the built artifacts, the commit, the policy, the rules, the
version of the gate, or more time than the policy allows.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from gatekeeper import __version__
from gatekeeper.dossier import layout, replay
from gatekeeper.dossier.desk import pinned_instance
from gatekeeper.dossier.kept_approvals import approvals_hold
from gatekeeper.dossier.kept_deviations import deviations_hold
from gatekeeper.dossier.order import desk_of, predecessor
from gatekeeper.dossier.reading import Contents, open_dossier
from gatekeeper.dossier.seal import Order
from gatekeeper.gate import Gathered
from gatekeeper.model.check import AnyCheck, Context
from gatekeeper.model.errors import EvidenceError, NotAuthenticError, UsageError
from gatekeeper.model.record import PolicyRow, Record
from gatekeeper.model.words import Mode, Phase
from gatekeeper.tools.hashing import Task, digest, digest_all

KEPT = (f"{layout.POLICY}/", f"{layout.APPROVALS}/", f"{layout.DEVIATION_BUNDLES}/")
AGAIN = "Run `gatekeeper release` again, into a new folder: it collects and judges everything anew."


def resumed(
    target: Path, context: Context, row: PolicyRow, checks: Mapping[str, AnyCheck], sealed_sha256: str = ""
) -> Order:
    """The order to sign what is sealed. Raises NotAuthenticError where something moved, EvidenceError if too late.

    `sealed_sha256` is the digest of SHA256SUMS as the run told it that sealed the dossier. Nobody signed that list, so
    nothing else tells the dossier from one that somebody wrote, evidence and approvals included.
    """
    contents = open_dossier(target)
    contents.refuse_faults()
    if sealed_sha256 and contents.digests[layout.SUMS] != sealed_sha256:
        said = f"{target} is not what was sealed: its {layout.SUMS} has SHA-256 {contents.digests[layout.SUMS]}"
        raise NotAuthenticError(f"{said}, not {sealed_sha256}", AGAIN)
    record = contents.record()
    if record.stage != "unsigned":
        raise UsageError(f"{target} is not an unsigned dossier", "There is nothing to resume.")
    _same_world(record, context, row)
    gathered = replay.regather(record, contents.read, checks)
    _in_time(record, gathered, context.now)
    _same_artifacts(record, gathered, context, contents)
    _same_approvals(record, gathered, context, contents)
    _same_results(record, gathered)
    return Order(
        target=target,
        gathered=gathered,
        artifacts=target / layout.ARTIFACTS,
        kept_files={name: contents.read(name) for name in contents.names if name.startswith(KEPT)},
        policy_row=row,
        open_desk=desk_of(gathered.policy, context),
        approvals=record.approvals,
        switches=record.switches | {"--resume": f"sealed {record.created}, signed {context.now.isoformat()}"},
        env=os.environ,
        previous_record=record.previous_record,
        progress=context.progress,
        predecessor=predecessor(context.previous, record.previous_record),
        replaces=True,
    )


def _same_world(record: Record, context: Context, row: PolicyRow) -> None:
    for what, then, now in (
        ("commit", record.source.commit, context.commit),
        ("policy, catalogue or rules", record.policy, row),
        ("version of gatekeeper", record.gate_version, __version__),
        ("mode", record.mode, context.mode),
    ):
        if then != now:
            raise NotAuthenticError(f"the {what} is another one than when this was sealed: {then}, now {now}", AGAIN)


def _in_time(record: Record, gathered: Gathered, now: datetime) -> None:
    hours = gathered.policy.params["signing"].resume_within_hours
    sealed = datetime.fromisoformat(record.effective_time)
    if not timedelta() <= now - sealed <= timedelta(hours=hours):
        raise EvidenceError(f"it was sealed at {sealed.isoformat()}; the policy allows {hours} hours to sign it", AGAIN)
    over = [d.id for d in record.deviations if d.used and date.fromisoformat(d.expires) <= now.date()]
    if over:
        raise EvidenceError(f"{', '.join(over)} ended since this was sealed, and its findings stand", AGAIN)


def _same_artifacts(record: Record, gathered: Gathered, context: Context, contents: Contents) -> None:
    """In the dossier as recorded, and, where they still lie where they were built, unchanged there as well."""
    for artifact in record.artifacts:
        if contents.digests.get(layout.artifact(artifact.name)) != artifact.sha256:
            raise NotAuthenticError(f"{artifact.name} in the dossier is not the one that was judged", AGAIN)
    built = context.root / gathered.policy.params["file-integrity"].folder
    there = [Task(a.name, built / a.name) for a in record.artifacts if (built / a.name).exists()]
    wanted = {a.name: a.sha256 for a in record.artifacts}
    for task, found in zip(there, digest_all(there), strict=True):
        if found.sha256 != wanted[task.name]:
            raise NotAuthenticError(f"{task.name} was built again since it was sealed", AGAIN)
    for path in context.artifacts:
        sealed = {sha256 for name, sha256 in wanted.items() if Path(name).name == path.name}
        if not sealed:
            raise NotAuthenticError(f"{path.name} is no part of what was sealed", AGAIN)
        if path.exists() and digest(Task(path.name, path)).sha256 not in sealed:
            raise NotAuthenticError(f"{path} is not the {path.name} that was sealed", AGAIN)


def _same_approvals(record: Record, gathered: Gathered, context: Context, contents: Contents) -> None:
    """Each is still proven by its own signature, whoever wrote the record that nobody has signed yet."""
    rehearsal = record.mode is Mode.REHEARSAL
    root = b"" if rehearsal else pinned_instance(context.root, gathered.policy.params["signing"]).trusted_root
    approvals_hold(contents, record, root, rehearsal=rehearsal)
    deviations_hold(contents, record, root, rehearsal=rehearsal)


def _same_results(record: Record, gathered: Gathered) -> None:
    if said := replay.differences(record, gathered, Phase.ON_APPROVALS):
        raise NotAuthenticError(f"judged again, it comes out differently: {said[0]}", AGAIN)

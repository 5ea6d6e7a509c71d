"""From a run of the gate to an order to seal: where things lie, and the bytes of the policy that was judged under."""

from __future__ import annotations

import hashlib
import os
from contextlib import AbstractContextManager
from pathlib import Path

from gatekeeper.dossier import kept_approvals, kept_deviations, layout
from gatekeeper.dossier.desk import Desk, open_desk, open_key_desk, open_rehearsal
from gatekeeper.dossier.receiver import bounded
from gatekeeper.dossier.seal import OpenDesk, Order
from gatekeeper.gate import Gathered
from gatekeeper.model.approval import Approval
from gatekeeper.model.check import Context
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.record import PolicyRow, Record, from_bytes
from gatekeeper.model.words import Mode
from gatekeeper.policy.policy import DEVIATIONS_FILE, Policy
from gatekeeper.policy.rulebook import shipped

MAX_RECORD = 1024 * 1024 * 1024


def order_of(
    gathered: Gathered,
    context: Context,
    policy_path: Path,
    row: PolicyRow,
    target: Path,
    *,
    approvals: tuple[Approval, ...] = (),
    approvals_folder: Path = Path(),
) -> Order:
    """The order for a fresh run. Raises EvidenceError where policy or approvals are not what was judged."""
    previous_record = _previous(gathered)
    return Order(
        target=target,
        gathered=gathered,
        artifacts=context.root / _folder(gathered),
        kept_files=policy_files(policy_path, row)
        | kept_deviations.files_of(context.root, gathered.stored)
        | kept_approvals.files_of(approvals_folder, approvals),
        policy_row=row,
        open_desk=desk_of(gathered.policy, context),
        approvals=approvals,
        switches=dict(context.switches),
        env=os.environ,
        previous_record=previous_record,
        progress=context.progress,
        predecessor=predecessor(context.previous, previous_record),
    )


def _previous(gathered: Gathered) -> str:
    """What the policy says about the record before this one; the rules of continuity judge it."""
    return str(getattr(gathered.policy.params.get("continuity"), "previous_record", ""))


def predecessor(folder: Path | None, sha256: str) -> Record | None:
    """The record of the dossier before this one, if it is the one with that digest; only the report needs it."""
    try:
        raw = bounded(folder / layout.RECORD, MAX_RECORD, "record") if folder else b""
        return from_bytes(raw).predicate if hashlib.sha256(raw).hexdigest() == sha256 else None
    except (EvidenceError, ValueError):
        return None  # the rules of continuity say what is wrong with it


def _folder(gathered: Gathered) -> str:
    params = gathered.policy.params.get("file-integrity")
    return params.folder if params else ""


def policy_files(policy_path: Path, row: PolicyRow) -> dict[str, bytes]:
    """Policy, deviations, catalogue and rules, byte for byte as they were read. Raises EvidenceError."""
    files = {layout.POLICY_FILE: policy_path.read_bytes()}
    if row.deviations_sha256:
        files[layout.DEVIATIONS_FILE] = policy_path.with_name(DEVIATIONS_FILE).read_bytes()
    wanted = {layout.POLICY_FILE: row.sha256, layout.DEVIATIONS_FILE: row.deviations_sha256}
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != wanted[name]:
            raise EvidenceError(f"{name} changed while the gate ran", "Run the gate again.")
    return files | {layout.CATALOGUE_FILE: shipped("catalogue.toml"), layout.RULES_FILE: shipped("rules.toml")}


def desk_of(policy: Policy, context: Context) -> OpenDesk:
    """How to open the desk that the mode of this run signs at. Raises EvidenceError where the policy names none."""
    params = policy.params.get("signing")
    product = policy.product

    def opened() -> AbstractContextManager[Desk]:
        if params is None:
            raise EvidenceError("the policy has no [signing] table", "Say who signs: add [signing] to gatekeeper.toml.")
        if context.mode is Mode.REHEARSAL:
            return open_rehearsal(params, product, context.commit)
        if (key := getattr(policy.params.get("private-keys"), "key", None)) is not None:
            return open_key_desk(context.root, params, key, context.env, product, context.commit)
        return open_desk(context.root, params, product, context.commit)

    return opened

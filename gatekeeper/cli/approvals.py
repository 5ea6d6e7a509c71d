"""The approvals that a call brings: verified against the people of the policy, under the root that the policy pins."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.cli.exits import say
from gatekeeper.model.approval import Approval
from gatekeeper.model.check import Context
from gatekeeper.model.people import people_of
from gatekeeper.model.words import Mode
from gatekeeper.policy.policy import Policy


def brought(folder: Path | None, policy: Policy, context: Context) -> tuple[Approval, ...]:
    """Every approval of the folder; none where no folder is named. Raises EvidenceError, and TrustRootError where
    the policy pins no usable root."""
    if folder is None:
        return ()
    if not (context.root / folder).is_dir():
        say(f"there is no folder {context.root / folder}: no approvals are read")
        return ()
    from gatekeeper.dossier.approvals import read_approvals
    from gatekeeper.dossier.desk import pinned_instance

    rehearsal = context.mode is Mode.REHEARSAL
    signing = policy.params.get("signing")
    root = b"" if rehearsal or not signing else pinned_instance(context.root, signing).trusted_root
    return read_approvals(context.root / folder, people_of(policy.tables), root, rehearsal=rehearsal)

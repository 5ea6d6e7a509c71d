"""The signed approvals that a dossier keeps, so that a receiver need not take the record's word for who approved."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gatekeeper.dossier import layout
from gatekeeper.dossier.approvals import approval_of, place_of_root, read_again, with_digests
from gatekeeper.dossier.reading import TAMPERED, Contents
from gatekeeper.dossier.receiver import named_in_record
from gatekeeper.model.approval import APPROVAL_TYPE, Approval
from gatekeeper.model.errors import NotAuthenticError
from gatekeeper.model.record import Record
from gatekeeper.signing.verifier import verify_statement


def files_of(folder: Path, approvals: Iterable[Approval]) -> dict[str, bytes]:
    """The files behind these approvals by their places in a dossier, byte for byte as they were verified.

    Raises EvidenceError where one is another by now.
    """
    return {place: read_again(folder / Path(place).name, sha256) for place, sha256 in places(approvals).items()}


def places(approvals: Iterable[Approval]) -> dict[str, str]:
    """Where a dossier keeps the files of approvals, each with its SHA-256. What does not count is told, not kept."""
    wanted: dict[str, str] = {}
    for approval in approvals:
        if approval.problem:
            continue
        wanted[layout.approval(approval.file)] = approval.sha256
        if approval.root_sha256:
            wanted[place_of_root(approval)] = approval.root_sha256
    return wanted


def approvals_hold(contents: Contents, record: Record, trusted_root: bytes, *, rehearsal: bool) -> str:
    """Each approval that the record tells of is signed, by that person, with these words, and no file is beside them.

    Raises NotAuthenticError, and TrustRootError where nothing can be said under this root.
    """
    wanted = places(record.approvals)
    there = {n: d for n, d in contents.digests.items() if n.startswith(f"{layout.APPROVALS}/")}
    if wanted != there:
        odd = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
        raise NotAuthenticError(f"{odd[0]} is not the approval that the record tells of", TAMPERED)
    counted = [approval for approval in record.approvals if not approval.problem]
    for approval in counted:
        if _proven(approval, contents, trusted_root, rehearsal=rehearsal) != approval:
            raise NotAuthenticError(f"{approval.file} does not say what the record tells of it", TAMPERED)
    people = ", ".join(dict.fromkeys(f"{a.identity} as {a.role}" for a in counted if _stands(a, record)))
    return f"of this very evidence: {people}" if people else "none of this evidence"


def _stands(approval: Approval, record: Record) -> bool:
    return approval.evidence_set == record.evidence_set and not approval.revoked


def _proven(approval: Approval, contents: Contents, trusted_root: bytes, *, rehearsal: bool) -> Approval:
    """What the kept files prove by themselves. Only a rehearsed approval may rest on a root of its own."""
    bundle = contents.read(layout.approval(approval.file))
    own = contents.read(place_of_root(approval)) if rehearsal and approval.root_sha256 else b""
    signer = named_in_record(approval.identity, approval.issuer)
    payload, verified = verify_statement(
        bundle, own or trusted_root, signer, predicate_type=APPROVAL_TYPE, rehearsal=rehearsal
    )
    return with_digests(approval_of(approval.file, payload, verified), bundle, own)

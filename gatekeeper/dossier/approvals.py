"""Approvals as files: a signed in-toto statement about one evidence set, by one person, in one role.

A file is read only through its signature. Whatever does not verify stays in the list with its problem, so that
nothing that was meant as an approval vanishes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from gatekeeper.dossier import layout
from gatekeeper.model.approval import APPROVAL_TYPE, Approval
from gatekeeper.model.errors import EvidenceError, NotAuthenticError
from gatekeeper.model.names import collisions, name_fault
from gatekeeper.model.people import Member
from gatekeeper.model.record import STATEMENT_TYPE, Subject
from gatekeeper.signing.failures import TrustRootError, WrongIdentityError
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.verified import Verified
from gatekeeper.signing.verifier import verify_statement

SUFFIX = ".sigstore.json"
AGAIN = "Run the gate again."
SUBJECT = "evidence-set"
MAX_FILES = 1000
MAX_BYTES = 4 * 1024 * 1024


class Meaning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the signer states: the predicate of an approval."""

    role: str
    meaning: str
    product: str
    version: str
    revokes: bool = False


class ApprovalStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """in-toto Statement v1 about one evidence set."""

    type_: str = msgspec.field(name="_type", default=STATEMENT_TYPE)
    subject: tuple[Subject, ...]
    predicateType: str = APPROVAL_TYPE  # noqa: N815 - the name is the specification's
    predicate: Meaning


def statement_of(evidence_set: str, meaning: Meaning) -> bytes:
    """The payload that an approver signs."""
    subject = Subject(SUBJECT, {"sha256": evidence_set})
    return msgspec.json.encode(ApprovalStatement(subject=(subject,), predicate=meaning), order="sorted")


def read_approvals(
    folder: Path, members: Sequence[Member], trusted_root: bytes, *, rehearsal: bool = False
) -> tuple[Approval, ...]:
    """Every approval file of a folder, in order of name, each verified against the people of the policy.

    A folder that is not there holds no approvals. Raises EvidenceError for one with too many files, and
    TrustRootError where the root cannot be used.
    """
    files = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    if len(files) > MAX_FILES:
        raise EvidenceError(f"{folder}: more than {MAX_FILES} approvals")
    twice = {name for _, name in collisions(file.name for file in files)}
    return tuple(
        Approval(file=file.name, problem="has the name of another approval on some systems")
        if file.name in twice
        else _read(file, members, trusted_root, rehearsal=rehearsal)
        for file in files
    )


def _read(file: Path, members: Iterable[Member], trusted_root: bytes, *, rehearsal: bool) -> Approval:
    try:
        bundle, own = bounded(file), _own_root(file, rehearsal)
    except OSError as e:
        return Approval(file=file.name, problem=f"cannot be read: {e.strerror}")
    if len(bundle) > MAX_BYTES:
        return Approval(file=file.name, problem=f"larger than {MAX_BYTES} bytes")
    if fault := name_fault(file.name):  # it could not lie in a dossier
        return Approval(file=file.name, problem=f"its name {fault}")
    found = _verified(file.name, bundle, members, own or trusted_root, rehearsal=rehearsal)
    return found if found.problem else with_digests(found, bundle, own)


def _own_root(file: Path, rehearsal: bool) -> bytes:
    """Only in a rehearsal may an approval bring a root of its own."""
    own = root_beside(file)
    return bounded(own) if rehearsal and own.is_file() else b""


def bounded(file: Path) -> bytes:
    """The bytes of an approval or its root; one more than is allowed of what is too large. Raises OSError."""
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def read_again(file: Path, sha256: str) -> bytes:
    """The bytes of such a file for the dossier. Raises EvidenceError where it is not what was verified."""
    try:
        raw = bounded(file)
    except OSError as e:
        raise EvidenceError(f"{file} cannot be read again: {e.strerror}", AGAIN) from e
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise EvidenceError(f"{file} changed while the gate ran", AGAIN)
    return raw


def _verified(name: str, bundle: bytes, members: Iterable[Member], root: bytes, *, rehearsal: bool) -> Approval:
    """Try each person whose signature the policy knows: the first whose exact identity verifies is the signer."""
    for member in members:
        if not (member.identity and member.issuer):
            continue
        expected = Expected(identity=member.identity, issuer=member.issuer)
        try:
            payload, verified = verify_statement(
                bundle, root, expected, predicate_type=APPROVAL_TYPE, rehearsal=rehearsal
            )
        except WrongIdentityError:
            continue
        except NotAuthenticError as e:
            return Approval(file=name, problem=e.message)
        except TrustRootError as e:
            if not rehearsal:  # the one root of the policy: nothing can be said about any approval
                raise
            return Approval(file=name, problem=f"the throw-away root beside it cannot be used: {e.message}")
        return approval_of(name, payload, verified)
    return Approval(file=name, problem="signed by nobody whom the [people] table names")


def approval_of(name: str, payload: bytes, verified: Verified) -> Approval:
    """The approval that a verified statement is; with its problem where it is none."""
    try:
        said = msgspec.json.decode(payload, type=ApprovalStatement)
        (subject,) = said.subject
        if subject.name != SUBJECT:
            raise ValueError(f"it is about {subject.name!r}")
        digest = subject.digest["sha256"]
    except (msgspec.MsgspecError, ValueError, KeyError) as e:
        return Approval(file=name, problem=f"not an approval of one evidence set: {e}")
    return Approval(
        file=name,
        identity=verified.identity,
        issuer=verified.issuer,
        role=said.predicate.role,
        meaning=said.predicate.meaning,
        evidence_set=digest,
        signed=min((t.time for t in verified.timestamps), default=""),
        revoked=said.predicate.revokes,
    )


def with_digests(approval: Approval, bundle: bytes, own_root: bytes) -> Approval:
    """The approval bound to the files that prove it, which the dossier keeps."""
    root = hashlib.sha256(own_root).hexdigest() if own_root else ""
    return msgspec.structs.replace(approval, sha256=hashlib.sha256(bundle).hexdigest(), root_sha256=root)


def root_beside(bundle: Path) -> Path:
    """Where a rehearsed approval keeps the throw-away root that it was signed under."""
    return bundle.with_name(f"{bundle.name.removesuffix(SUFFIX)}.root.json")


def place_of_root(approval: Approval) -> str:
    """Where a dossier keeps that root."""
    return layout.approval(root_beside(Path(approval.file)).name)

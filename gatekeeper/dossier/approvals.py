"""Approvals as files: a signed in-toto statement about one evidence set, by one person, in one role.

A file is read only through its signature. Whatever does not verify stays in the list with its problem, so that
nothing that was meant as an approval vanishes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from gatekeeper.model.approval import APPROVAL_TYPE, Approval
from gatekeeper.model.errors import EvidenceError, NotAuthenticError
from gatekeeper.model.people import Member
from gatekeeper.model.record import STATEMENT_TYPE, Subject
from gatekeeper.signing.failures import TrustRootError, WrongIdentityError
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.verified import Verified
from gatekeeper.signing.verifier import verify_statement

SUFFIX = ".sigstore.json"
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
    return tuple(_read(file, members, _root_for(file, trusted_root, rehearsal), rehearsal=rehearsal) for file in files)


def _root_for(file: Path, trusted_root: bytes, rehearsal: bool) -> bytes:
    """Only in a rehearsal may an approval bring a root of its own."""
    own = root_beside(file)
    return own.read_bytes()[:MAX_BYTES] if rehearsal and own.is_file() else trusted_root


def _read(file: Path, members: Iterable[Member], trusted_root: bytes, *, rehearsal: bool) -> Approval:
    try:
        with file.open("rb") as stream:
            bundle = stream.read(MAX_BYTES + 1)
    except OSError as e:
        return Approval(file=file.name, problem=f"cannot be read: {e.strerror}")
    if len(bundle) > MAX_BYTES:
        return Approval(file=file.name, problem=f"larger than {MAX_BYTES} bytes")
    return _verified(file.name, bundle, members, trusted_root, rehearsal=rehearsal)


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
        return _approval(name, payload, verified)
    return Approval(file=name, problem="signed by nobody whom the [people] table names")


def _approval(name: str, payload: bytes, verified: Verified) -> Approval:
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


def root_beside(bundle: Path) -> Path:
    """Where a rehearsed approval keeps the throw-away root that it was signed under."""
    return bundle.with_name(f"{bundle.name.removesuffix(SUFFIX)}.root.json")

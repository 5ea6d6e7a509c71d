"""Sealing a release: the only writer of dossiers. Reads like the procedure.

1. Copy and hash the artifacts, in one pass; they must be the ones that were judged.
2. Sign the list of them and each one that the policy selects; read every bundle back and verify it.
3. Read the copies again, and try the users' check on a clean copy.
4. Judge the rules about signatures and the last ones; only a release goes on.
5. Write and sign the record; judge the rules about it and write the receipt.
6. List every file, sign the list, flush to disk, rename into place.

A refusal leaves an unsigned record. An outage of signing leaves everything sealed but unsigned, never releasable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gatekeeper import __version__, gate
from gatekeeper.dossier import layout
from gatekeeper.dossier.contents import write_contents, write_receipt, write_sums, write_trust
from gatekeeper.dossier.desk import Desk
from gatekeeper.dossier.folder import Unfinished, unfinished
from gatekeeper.dossier.signatures import Signatures, selected
from gatekeeper.dossier.users_check import try_users_check
from gatekeeper.gate import Gathered
from gatekeeper.model.approval import Approval
from gatekeeper.model.check import SealedFile, Sealing
from gatekeeper.model.errors import EvidenceError, GatekeeperError, OutageError, SealError
from gatekeeper.model.record import PolicyRow, Record
from gatekeeper.model.recording import record_of
from gatekeeper.model.run import Verdict
from gatekeeper.model.sums import render
from gatekeeper.model.words import Decision, Phase
from gatekeeper.signing.failures import ClockError, CredentialError, KeyProtectionError, TrustRootError
from gatekeeper.tools.hashing import Progress, Task, digest, digest_all

REBUILT = "Finish all build steps before the gate runs, and run it again."
UNSIGNABLE = (OutageError, CredentialError, ClockError, TrustRootError, KeyProtectionError)
OpenDesk = Callable[[], AbstractContextManager[Desk]]


@dataclass(frozen=True, slots=True)
class Order:
    """What to seal: everything that was gathered, where the artifacts lie, and where the dossier goes.

    `kept_files` are the bytes of policy and approvals, as they were read, by their names in the dossier; `env` is
    searched for secrets that must not be written; `predecessor` is the record whose digest is `previous_record`, where
    it is at hand; `replaces` is the unsigned dossier that this one finishes.
    """

    target: Path
    gathered: Gathered
    artifacts: Path
    kept_files: Mapping[str, bytes]
    policy_row: PolicyRow
    open_desk: OpenDesk
    approvals: tuple[Approval, ...] = ()
    switches: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    previous_record: str = ""
    predecessor: Record | None = None
    replaces: bool = False
    progress: Progress | None = None


def seal(order: Order) -> Record:
    """Judge, sign and seal; what comes back is what the dossier holds. Raises SealError, and then leaves nothing."""
    verdict = gate.judge(order.gathered, Phase.ON_APPROVALS, approvals=order.approvals)
    with unfinished(order.target) as folder:
        if verdict.decision is not Decision.RELEASE:
            return _refused(order, folder, verdict)
        return _Sealing(order, folder, verdict).run()


def _refused(order: Order, folder: Unfinished, verdict: Verdict, stage: str = "checked") -> Record:
    """The record of a refusal: unsigned, without the artifacts."""
    record = _record(order, verdict, stage)
    write_contents(folder, record, order.gathered, order.kept_files, order.predecessor)
    write_sums(folder, {})
    if not order.replaces:  # a resumed run refuses without touching what was sealed
        folder.finish(order.target)
    return record


def _record(order: Order, verdict: Verdict, stage: str, trusted_root: bytes = b"") -> Record:
    return record_of(
        verdict,
        order.policy_row,
        gate_version=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        stage=stage,
        switches=dict(order.switches),
        previous_record=order.previous_record,
        trust_root_sha256=hashlib.sha256(trusted_root).hexdigest() if trusted_root else "",
    )


class _Sealing:
    """One run of sealing; its steps share the folder and what became of the files."""

    def __init__(self, order: Order, folder: Unfinished, verdict: Verdict) -> None:
        self.order = order
        self.folder = folder
        self.artifacts = verdict.case.facts.artifacts

    def run(self) -> Record:
        """All steps; an outage of signing ends in a sealed, unsigned dossier."""
        copied = self._copy()
        try:
            with self.order.open_desk() as desk:
                return self._signed(copied, desk)
        except UNSIGNABLE as e:
            return self._unsigned(copied, e)

    def _copy(self) -> Sealing:
        """Step 1."""
        if not self.artifacts:
            raise SealError("there are no artifacts to seal", "Name them in [file-integrity] artifacts.")
        tasks = [Task(a.name, self.order.artifacts / a.name, self._place(a.name)) for a in self.artifacts]
        digests = digest_all(tasks, progress=self.order.progress)
        for artifact, copy in zip(self.artifacts, digests, strict=True):
            if artifact.sha256 != copy.sha256:
                raise EvidenceError(f"{artifact.name} changed between judging and sealing", REBUILT)
        files = tuple(SealedFile(a.name, d.size, d.sha256, "") for a, d in zip(self.artifacts, digests, strict=True))
        self.folder.write(layout.MANIFEST, render({f.name: f.sha256 for f in files}).encode())
        return Sealing(files)

    def _signed(self, copied: Sealing, desk: Desk) -> Record:
        """Steps 2 to 4."""
        signatures = Signatures(self.folder, desk)
        manifest = hashlib.sha256(self.folder.read(layout.MANIFEST)).hexdigest()
        signatures.files([(layout.MANIFEST_NAME, manifest), *selected(self.order.gathered, self.artifacts)])
        signatures.pipeline(manifest)
        sealing = self._read_again(copied, desk)
        verdict = self._judge(Phase.LAST, sealing, signatures)
        if verdict.decision is Decision.RELEASE:
            return self._sealed(verdict, desk, signatures)
        with unfinished(self.order.target) as refusal:
            return _refused(self.order, refusal, verdict)

    def _read_again(self, copied: Sealing, desk: Desk) -> Sealing:
        """Step 3."""
        again = self._again([f.name for f in copied.files])
        files = tuple(msgspec.structs.replace(f, again=again.get(f.name, "")) for f in copied.files)
        bundle = self.folder.path / layout.bundle(layout.MANIFEST_NAME)
        trials = (
            try_users_check(
                self.folder.path / layout.ARTIFACTS,
                bundle.read_bytes(),
                desk.trusted_root,
                desk.expected,
                rehearsal=desk.rehearsal,
            )
            if bundle.exists()
            else ()
        )
        return Sealing(files, trials, desk.identity, desk.issuer)

    def _again(self, names: Sequence[str]) -> dict[str, str]:
        """The digests of the copies as they lie on disk now; none for one that cannot be read (FILE-07 fails)."""
        tasks = [Task(name, self._place(name)) for name in names]
        try:
            return {
                t.name: d.sha256 for t, d in zip(tasks, digest_all(tasks, progress=self.order.progress), strict=True)
            }
        except EvidenceError:
            return {t.name: sha256 for t in tasks if (sha256 := _digest_if_readable(t))}

    def _sealed(self, verdict: Verdict, desk: Desk, signatures: Signatures) -> Record:
        """Steps 5 and 6."""
        order, folder = self.order, self.folder
        record = _record(order, verdict, "sealed", desk.trusted_root)
        write_contents(folder, record, order.gathered, order.kept_files, order.predecessor)
        write_trust(folder, record, desk)
        signatures.record(record)
        write_receipt(folder, record, order.gathered, order.env)
        write_sums(folder, {layout.artifact(f.name): f.again for f in verdict.case.sealing.files})
        signatures.sums()
        folder.finish(order.target, keep_old_as=_aside(order))
        return record

    def _unsigned(self, copied: Sealing, error: GatekeeperError) -> Record:
        """What is left where signing could not be finished: the same files, without any signature, to be resumed."""
        verdict = self._judge(Phase.ON_APPROVALS, msgspec.structs.replace(copied, outage=_sentence(error)))
        record = _record(self.order, verdict, "unsigned")
        if self.order.replaces:  # it lies there already
            return record
        with unfinished(self.order.target) as fresh:
            (self.folder.path / layout.ARTIFACTS).rename(fresh.path / layout.ARTIFACTS)
            write_contents(fresh, record, self.order.gathered, self.order.kept_files, self.order.predecessor)
            write_sums(fresh, {layout.artifact(f.name): f.sha256 for f in copied.files})
            fresh.finish(self.order.target)
        return record

    def _judge(self, through: Phase, sealing: Sealing, signatures: Signatures | None = None) -> Verdict:
        made = signatures.made if signatures else ()
        return gate.judge(
            self.order.gathered, through, approvals=self.order.approvals, signatures=made, sealing=sealing
        )

    def _place(self, name: str) -> Path:
        return self.folder.path / layout.artifact(name)


def _digest_if_readable(task: Task) -> str:
    try:
        return digest(task).sha256
    except EvidenceError:
        return ""


def _aside(order: Order) -> Path | None:
    return order.target.with_name(order.target.name + layout.UNSIGNED) if order.replaces else None


def _sentence(error: GatekeeperError) -> str:
    return f"{error.message}. {error.advice}".strip() if error.advice else error.message

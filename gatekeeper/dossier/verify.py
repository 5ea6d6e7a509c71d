"""Verifying a dossier as an auditor or a hospital does: offline, years later, believing nothing that it says itself.

1. Every file is a plain one, and SHA256SUMS lists exactly these files with these digests.
2. The trust root is the receiver's, or else the dossier's, and then that is said.
3. SHA256SUMS is signed by the signer that the receiver named.
4. record.json is in its one form, signed by the same, and its statement is about the released files.
5. The released files, their list and their bundles are those of the record.
6. Evidence, policy, trust root, report, instructions and receipt are those of the record; each approval that it
   tells of, of the evidence and of deviations by bundle, is there, signed by the person whom it names.
7. With --previous: the record follows that one. With --replay: judged again from what is stored, everything
   comes out the same.
8. Only then the record's own decision counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.dossier import layout
from gatekeeper.dossier.agreement import contents_agree, decision_follows, files_agree, receipt_agrees
from gatekeeper.dossier.bundles import Bundles
from gatekeeper.dossier.kept_approvals import approvals_hold
from gatekeeper.dossier.kept_deviations import deviations_hold
from gatekeeper.dossier.reading import TAMPERED, Contents, open_dossier
from gatekeeper.dossier.receiver import Receiver, named_in_record, root_digest
from gatekeeper.model.check import AnyCheck
from gatekeeper.model.errors import GatekeeperError, NotAuthenticError, UsageError
from gatekeeper.model.record import Record
from gatekeeper.model.words import Decision, Mode
from gatekeeper.signing.identity import Expected, ExpectedKey
from gatekeeper.signing.managed import MANAGED
from gatekeeper.tools.hashing import Progress

RELEASED, REFUSED, UNDECIDED = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at: `fault` says why it does not hold, `doubt` why that could not be told."""

    what: str
    said: str = ""
    fault: str = ""
    doubt: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """All steps, and the record that they are about, where it could be read."""

    steps: tuple[Step, ...]
    record: Record | None = None
    record_sha256: str = ""
    unsigned: bool = False  # whole, but nobody signed it

    @property
    def authentic(self) -> bool:
        """Every step was taken, and every one of them holds."""
        return bool(self.steps) and self.record is not None and not any(s.fault or s.doubt for s in self.steps)

    @property
    def code(self) -> int:
        """0 only for an authentic record whose decision is release; 1 for a judgement against; 3 for none."""
        if any(s.fault for s in self.steps):
            return REFUSED
        if not self.authentic or self.record is None:
            return UNDECIDED
        codes = {Decision.RELEASE: RELEASED, Decision.BLOCK: REFUSED, Decision.UNDECIDED: UNDECIDED}
        return codes[self.record.decision]


def verify_dossier(
    folder: Path,
    receiver: Receiver,
    checks: Callable[[], Mapping[str, AnyCheck]],
    progress: Progress | None = None,
) -> Verification:
    """All steps in order; where one fails that others stand on, those are not taken. Raises UsageError only."""
    audit = _Audit(receiver, checks)
    audit.run(folder, progress)
    return Verification(tuple(audit.steps), audit.record, audit.record_sha256, audit.unsigned)


class _Audit:
    """What has been established so far."""

    def __init__(self, receiver: Receiver, checks: Callable[[], Mapping[str, AnyCheck]]) -> None:
        self.receiver = receiver
        self.checks = checks
        self.steps: list[Step] = []
        self.record: Record | None = None
        self.record_sha256 = ""
        self.unsigned = False

    def run(self, folder: Path, progress: Progress | None = None) -> None:
        """The steps; each builds on the ones before."""
        try:
            contents = open_dossier(folder, progress)
        except GatekeeperError as e:
            self._note("files", e)
            return
        whole = self._step("files", lambda: _whole(contents))
        record = self._read(contents)
        if record is None:
            return
        if self.receiver.product or self.receiver.version:
            self._step("what was asked for", lambda: self.receiver.refuse_other(record.product))
        signed = layout.RECORD_BUNDLE in contents.digests or layout.SUMS_BUNDLE in contents.digests
        if not signed and whole:
            self._unsigned(record)
            return
        root, expected = self._believed(contents, record)
        if not root or expected is None:
            return
        self._signatures(contents, record, root, expected)
        self._step("released files", lambda: files_agree(contents, record))
        self._step("evidence, policy, report", lambda: contents_agree(contents, record))
        self._step("approvals", lambda: approvals_hold(contents, record, root, rehearsal=self.receiver.rehearsal))
        self._step("deviations", lambda: deviations_hold(contents, record, root, rehearsal=self.receiver.rehearsal))
        self._step("receipt", lambda: receipt_agrees(contents, record))
        self._step("decision", lambda: decision_follows(record))
        if self.receiver.previous is not None:
            self._step("chain", lambda: _follows(record, self.receiver.previous))
        if self.receiver.replay:
            self._step("judged again", lambda: _replayed(contents, record, self.checks()))

    def _read(self, contents: Contents) -> Record | None:
        found: list[Record] = []

        def read() -> str:
            found.append(contents.record())
            return f"{found[0].product.name} {found[0].product.version}, {found[0].record_id}"

        if not self._step("record", read):
            return None
        self.record, self.record_sha256 = found[0], contents.digests[layout.RECORD]
        return found[0]

    def _unsigned(self, record: Record) -> None:
        """Whole, but nobody signed it: a refusal, or signing is still to come. Never authentic."""
        self.unsigned = True
        if record.decision is Decision.UNDECIDED:
            advice = "Finish it with `gatekeeper release --resume`." if record.stage == "unsigned" else ""
            said = f"nobody signed it; the gate came to no decision: {'; '.join(record.reasons)}"
            self.steps.append(Step("signatures", doubt=said, advice=advice))
        elif record.decision is Decision.BLOCK:
            said = f"nobody signed it: it is the record of a refusal ({'; '.join(record.reasons)})"
            self.steps.append(Step("signatures", fault=said, advice="This version must not go out."))
        else:
            self.steps.append(Step("signatures", fault="it says release, but nobody signed it", advice=TAMPERED))

    def _believed(self, contents: Contents, record: Record) -> tuple[bytes, Expected | ExpectedKey | None]:
        """Step 2: whose word counts."""
        found: list[tuple[bytes, Expected | ExpectedKey]] = []

        def trust() -> str:
            root, said = _trust_root(contents, self.receiver)
            _refuse_rehearsal(record, root, self.receiver)
            found.append((root, _expected(self.receiver, record)))
            return said

        return found[0] if self._step("trust root", trust) else (b"", None)

    def _signatures(self, contents: Contents, record: Record, root: bytes, expected: Expected | ExpectedKey) -> None:
        """Steps 3 and 4, and each bundle of step 5."""
        judge = Bundles(contents, record, root, expected, self.receiver)
        self._step("signature over all files", judge.sums)
        self._step("signature over the record", judge.statement)
        self._step("signatures over released files", judge.released)
        if record.sealing.issuer == MANAGED or judge.told():
            self._step("pipeline", judge.pipeline)

    def _step(self, what: str, look: Callable[[], str]) -> bool:
        try:
            self.steps.append(Step(what, look()))
            return True
        except UsageError:
            raise
        except GatekeeperError as e:
            self._note(what, e)
            return False

    def _note(self, what: str, error: GatekeeperError) -> None:
        if isinstance(error, NotAuthenticError):
            self.steps.append(Step(what, fault=error.message, advice=error.advice))
        else:
            self.steps.append(Step(what, doubt=error.message, advice=error.advice))


def _whole(contents: Contents) -> str:
    contents.refuse_faults()
    return f"{len(contents.digests)} files, exactly those that {layout.SUMS} lists"


def _trust_root(contents: Contents, receiver: Receiver) -> tuple[bytes, str]:
    if receiver.trusted_root:
        root, said = receiver.trusted_root, "the receiver's own"
    else:
        root = contents.read(layout.TRUSTED_ROOT)
        said = "out of the dossier itself: compare its digest with what the manufacturer published"
    return receiver.pinned(root), f"{said} (sha256 {root_digest(root)})"


def _refuse_rehearsal(record: Record, root: bytes, receiver: Receiver) -> None:
    from gatekeeper.signing.rehearsal import is_rehearsal

    rehearsed = record.mode is Mode.REHEARSAL or is_rehearsal(root)
    if rehearsed and not receiver.rehearsal:
        raise NotAuthenticError(
            "this is a rehearsal, signed by a throw-away Sigstore: it is no release",
            "Ask for the dossier of the release. To look at a rehearsal as such, add --rehearsal.",
        )
    if receiver.rehearsal and not (record.mode is Mode.REHEARSAL and is_rehearsal(root)):
        raise NotAuthenticError("this is not a rehearsal", "Leave --rehearsal out.")


def _expected(receiver: Receiver, record: Record) -> Expected | ExpectedKey:
    """A rehearsal proves nothing about who signed; there alone the dossier may say it itself."""
    if receiver.rehearsal and not receiver.identity and not receiver.key:
        return named_in_record(record.sealing.identity, record.sealing.issuer)
    return receiver.expected(record.product.version)


def _follows(record: Record, previous: Path | None) -> str:
    """The record names the one before it by digest; that one's own dossier is verified by a call of its own."""
    assert previous is not None
    before = open_dossier(previous)
    before.refuse_faults()
    digest = before.digests[layout.RECORD]
    if record.previous_record != digest:
        named = record.previous_record or "none"
        raise NotAuthenticError(f"the record before it is {named}, but {previous} holds {digest}", TAMPERED)
    return f"follows {before.record().product.version}, record {digest}"


def _replayed(contents: Contents, record: Record, checks: Mapping[str, AnyCheck]) -> str:
    """Step 7 (CHAIN-10)."""
    from gatekeeper.dossier import replay

    said = replay.differences(record, replay.regather(record, contents.read, checks))
    if said:
        raise NotAuthenticError("judged again, it comes out differently: " + "; ".join(said[:20]), TAMPERED)
    return f"{len(record.rules)} results, all the same"

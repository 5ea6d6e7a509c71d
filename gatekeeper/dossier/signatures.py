"""Signing into a dossier: each bundle is written, read back from disk and verified before it counts (SIGN-07)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from gatekeeper.checks._signing.rules import PIPELINE, wants_bundle
from gatekeeper.dossier import layout
from gatekeeper.dossier.summaries import plain, summaries
from gatekeeper.model.check import SignedFile
from gatekeeper.model.errors import NotAuthenticError, SealError
from gatekeeper.model.facts import ArtifactFact
from gatekeeper.model.record import PREDICATE_TYPE, Record
from gatekeeper.signing.verified import Verified
from gatekeeper.signing.verifier import verify_digest, verify_statement

if TYPE_CHECKING:
    from gatekeeper.dossier.desk import Desk
    from gatekeeper.dossier.folder import Unfinished
    from gatekeeper.gate import Gathered

_NOT_AS_WRITTEN = "Nothing was sealed. Look at the disk that the dossier lies on, and run again."


def canonical(bundle: bytes) -> bytes:
    """A bundle in the one form in which a dossier holds it: sorted keys, no white space, one line."""
    return msgspec.json.encode(msgspec.json.decode(bundle), order="sorted") + b"\n"


def selected(gathered: Gathered, artifacts: Iterable[ArtifactFact]) -> Iterator[tuple[str, str]]:
    """The artifacts that get a bundle of their own, with their digests."""
    params = gathered.policy.params["signing"]
    return ((a.name, a.sha256) for a in artifacts if wants_bundle(params, a.name, a.kind))


class Signatures:
    """Signs files of one dossier at one desk, and keeps what verifying them established."""

    def __init__(self, folder: Unfinished, desk: Desk) -> None:
        self.folder = folder
        self.desk = desk
        self.made: tuple[SignedFile, ...] = ()

    def files(self, named: Sequence[tuple[str, str]]) -> None:
        """Sign released files, and the list of them, by name and SHA-256; several are under way at once.

        Raises what signing raises where no signature can be had. One that does not hold is judged later.
        """
        bundles = self.desk.signer.sign_digests([bytes.fromhex(sha256) for _, sha256 in named])
        for name, sha256 in named:
            try:
                bundle, _ = next(bundles)
                verified = self._verified(layout.bundle(name), canonical(bundle), bytes.fromhex(sha256))
            except NotAuthenticError as e:  # SIGN-01 and SIGN-07 fail
                self.made = (*self.made, SignedFile(name, sha256, "", "", "", kind=_kind(name), fault=e.message))
            except StopIteration:  # the signer gave up at the fault before
                self.made = (*self.made, SignedFile(name, sha256, "", "", "", kind=_kind(name), doubt="not signed"))
            else:
                self.made = (*self.made, signed_file(name, _kind(name), verified))

    def pipeline(self, sha256: str) -> None:
        """The job's own signature over the list of artifacts, where a managed key signs everything else."""
        if (job := self.desk.pipeline) is None:
            return
        digest = bytes.fromhex(sha256)
        try:
            bundle, _ = job.signer.sign_digest(digest)
            self.folder.write(layout.PIPELINE_BUNDLE, canonical(bundle))
            written = self.folder.read(layout.PIPELINE_BUNDLE)
            verified = verify_digest(
                written, digest, self.desk.trusted_root, job.expected, rehearsal=self.desk.rehearsal
            )
        except NotAuthenticError as e:
            made = SignedFile(layout.MANIFEST_NAME, sha256, "", "", "", kind=PIPELINE, fault=e.message)
        else:
            made = signed_file(layout.MANIFEST_NAME, PIPELINE, verified)
        self.made = (*self.made, made)

    def record(self, record: Record) -> None:
        """Sign record.json as it lies on disk. Raises SealError where it does not verify as it was written."""
        payload = self.folder.read(layout.RECORD)
        self._statement(layout.RECORD_BUNDLE, payload, PREDICATE_TYPE, {a.name: a.sha256 for a in record.artifacts})
        if payload != self.folder.read(layout.RECORD):
            raise SealError("record.json is not what was signed", _NOT_AS_WRITTEN)
        sha256 = hashlib.sha256(payload).hexdigest()
        for place, content in plain(record, sha256).items():
            self.folder.write(place, content)
        for place, (kind, summary, subjects) in summaries(record, sha256, self.folder.read).items():
            self._statement(place, summary, kind, subjects)

    def _statement(self, place: str, payload: bytes, kind: str, subjects: Mapping[str, str]) -> None:
        """Sign a statement about the released files, write its bundle, read it back and verify it."""
        bundle, _ = self.desk.signer.sign_statement(payload)
        self.folder.write(place, canonical(bundle))
        signed, _ = verify_statement(
            self.folder.read(place),
            self.desk.trusted_root,
            self.desk.expected,
            predicate_type=kind,
            subjects=subjects,
            rehearsal=self.desk.rehearsal,
        )
        if signed != payload:
            raise SealError(f"{place} does not hold what was signed", _NOT_AS_WRITTEN)

    def sums(self) -> None:
        """Sign SHA256SUMS as it lies on disk."""
        sha256 = hashlib.sha256(self.folder.read(layout.SUMS)).digest()
        bundle, _ = self.desk.signer.sign_digest(sha256)
        self._verified(layout.SUMS_BUNDLE, canonical(bundle), sha256)

    def _verified(self, place: str, bundle: bytes, sha256: bytes) -> Verified:
        """Write a bundle, read it back and verify it."""
        self.folder.write(place, bundle)
        written = self.folder.read(place)
        return verify_digest(written, sha256, self.desk.trusted_root, self.desk.expected, rehearsal=self.desk.rehearsal)


def _kind(name: str) -> str:
    return "manifest" if name == layout.MANIFEST_NAME else "artifact"


def signed_file(name: str, kind: str, verified: Verified) -> SignedFile:
    """What a verification established, in the record's words."""
    certificate, log = verified.certificate, verified.log
    stamps = [t.time for t in verified.timestamps if t.source == "tsa"]
    return SignedFile(
        name=name,
        sha256=verified.digest,
        bundle_sha256=verified.bundle_sha256,
        identity=verified.identity,
        issuer=verified.issuer,
        timestamp=stamps[0] if stamps else "",
        log_index=log.index if log else "",
        not_before=certificate.not_before if certificate else "",
        not_after=certificate.not_after if certificate else "",
        extensions=verified.extensions,
        key=verified.key,
        kind=kind,
        trust_root_sha256=verified.root_sha256,
        logged=log.integrated if log else "",
    )

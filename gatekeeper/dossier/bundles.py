"""Every bundle of a dossier, against one trust root and one signer."""

from __future__ import annotations

import msgspec

from gatekeeper.checks._signing.rules import PIPELINE
from gatekeeper.dossier import layout
from gatekeeper.dossier.reading import TAMPERED, Contents
from gatekeeper.dossier.receiver import Receiver, named_in_record
from gatekeeper.dossier.signatures import canonical, signed_file
from gatekeeper.dossier.summaries import plain, summaries
from gatekeeper.model.check import SignedFile
from gatekeeper.model.errors import NotAuthenticError
from gatekeeper.model.record import PREDICATE_TYPE, Record
from gatekeeper.signing.identity import Expected, ExpectedKey
from gatekeeper.signing.managed import MANAGED
from gatekeeper.signing.verifier import verify_digest, verify_statement


class Bundles:
    """Every bundle of a dossier, against one root and one signer."""

    def __init__(
        self, contents: Contents, record: Record, root: bytes, expected: Expected | ExpectedKey, receiver: Receiver
    ) -> None:
        self.contents = contents
        self.record = record
        self.root = root
        self.expected = expected
        self.receiver = receiver
        self.rehearsal = receiver.rehearsal

    def sums(self) -> str:
        """Step 3."""
        verified = self._digest(layout.SUMS_BUNDLE, self.contents.digests.get(layout.SUMS, ""))
        return f"{layout.SUMS}, by {verified.identity or 'the pinned key'}, at {verified.timestamp or verified.logged}"

    def statement(self) -> str:
        """Step 4."""
        payload, verified = verify_statement(
            self._bundle(layout.RECORD_BUNDLE),
            self.root,
            self.expected,
            predicate_type=PREDICATE_TYPE,
            subjects={a.name: a.sha256 for a in self.record.artifacts},
            rehearsal=self.rehearsal,
        )
        if payload != self.contents.read(layout.RECORD):
            raise NotAuthenticError("what was signed is not record.json", TAMPERED)
        commit = verified.extensions.get("source-repository-digest")
        if commit is not None and commit != self.record.source.commit:
            raise NotAuthenticError(
                f"the record is about commit {self.record.source.commit}, its signer ran on {commit}", TAMPERED
            )
        self._summaries()
        return f"{layout.RECORD}, about {len(self.record.artifacts)} files"

    def _summaries(self) -> None:
        """Verdict, SBOM and VEX in other forms say exactly what record and released files say."""
        sha256 = self.contents.digests.get(layout.RECORD, "")
        beside = plain(self.record, sha256)
        there = {name for name in self.contents.digests if name.startswith(f"{layout.ATTESTATIONS}/")}
        for name, content in beside.items():
            if name in there and self.contents.read(name) != content:
                raise NotAuthenticError(f"{name} does not say what the record says", TAMPERED)
        wanted = summaries(self.record, sha256, lambda name: beside.get(name) or self.contents.read(name))
        for name in sorted(there ^ (wanted.keys() | beside.keys())):
            raise NotAuthenticError(f"{name} is {'not in the record' if name in there else 'missing'}", TAMPERED)
        for name, (kind, payload, subjects) in wanted.items():
            found, _ = verify_statement(
                self._bundle(name),
                self.root,
                self.expected,
                predicate_type=kind,
                subjects=subjects,
                rehearsal=self.rehearsal,
            )
            if found != payload:
                raise NotAuthenticError(f"{name} does not say what the record says", TAMPERED)

    def released(self) -> str:
        """Step 5: each bundle that the record names, and no other."""
        wanted = {layout.bundle(s.name): s for s in self.record.signatures if s.kind != PIPELINE}
        there = {name for name in self.contents.digests if name.startswith(f"{layout.SIGNATURES}/")}
        for name in sorted(there ^ wanted.keys()):
            raise NotAuthenticError(f"{name} is {'not in the record' if name in there else 'missing'}", TAMPERED)
        for name, signed in wanted.items():
            there_now = self.contents.digests.get(layout.artifact(signed.name), "")
            if not self._told(signed, self._digest(name, there_now, signed.name, signed.kind)):
                raise NotAuthenticError(f"{name} is not the signature that the record tells of", TAMPERED)
        if not wanted:
            raise NotAuthenticError("no released file is signed", TAMPERED)
        log = "" if all(s.log_index for s in wanted.values()) else ", in no log: timestamps alone prove their time"
        return f"{len(wanted)} bundles{log}"

    def told(self) -> list[SignedFile]:
        """The job's own signature, where the record tells of one."""
        return [s for s in self.record.signatures if s.kind == PIPELINE]

    def pipeline(self) -> str:
        """Beside a managed key: the job's own signature, by the certificate that the record tells of."""
        told, there = self.told(), layout.PIPELINE_BUNDLE in self.contents.digests
        if len(told) > 1 or bool(told) != there or (told and self.record.sealing.issuer != MANAGED):
            raise NotAuthenticError(f"{layout.PIPELINE_BUNDLE} and the record do not agree", TAMPERED)
        if not told and self.receiver.identity:
            raise NotAuthenticError("no certificate names the pipeline that the receiver expects", TAMPERED)
        if not told:
            return "no certificate: the managed key alone, which tells no pipeline"
        (signed,) = told
        raw, manifest = self._bundle(layout.PIPELINE_BUNDLE), self.contents.digests.get(layout.MANIFEST, "")
        verified = verify_digest(raw, bytes.fromhex(manifest), self.root, self._job(signed), rehearsal=self.rehearsal)
        if not self._told(signed, signed_file(layout.MANIFEST_NAME, PIPELINE, verified)):
            raise NotAuthenticError(f"{layout.PIPELINE_BUNDLE} is not the signature that the record tells of", TAMPERED)
        return f"{verified.identity}, run {verified.extensions.get('run-invocation-uri', 'unknown')}"

    def _job(self, signed: SignedFile) -> Expected:
        """Whom the receiver expects in the pipeline, or else whom the record names, which the key signed."""
        commit = {"source-repository-digest": self.record.source.commit}
        if not self.receiver.identity:
            return named_in_record(signed.identity, signed.issuer, commit)
        wanted = self.receiver.certified(self.record.product.version)
        pairs = commit | dict(wanted.extensions)
        if pairs["source-repository-digest"] != self.record.source.commit:
            raise NotAuthenticError(
                f"the record is about commit {self.record.source.commit}, not the expected", TAMPERED
            )
        return named_in_record(wanted.identity, wanted.issuer, pairs)

    def _told(self, signed: SignedFile, found: SignedFile) -> bool:
        """Whether a signature is the one that the record tells of; the receiver's root may be another edition of it."""
        return msgspec.structs.replace(found, trust_root_sha256=self.record.trust_root_sha256) == signed

    def _digest(self, place: str, sha256: str, name: str = "", kind: str = "artifact") -> SignedFile:
        raw = self._bundle(place)
        if not sha256:
            raise NotAuthenticError(f"{place} signs a file that is not there", TAMPERED)
        verified = verify_digest(raw, bytes.fromhex(sha256), self.root, self.expected, rehearsal=self.rehearsal)
        return signed_file(name, kind, verified)

    def _bundle(self, name: str) -> bytes:
        raw = self.contents.read(name)
        try:
            same = canonical(raw) == raw
        except (ValueError, RecursionError) as e:
            raise NotAuthenticError(f"{name} is not a bundle: {e}", TAMPERED) from e
        if not same:
            raise NotAuthenticError(f"{name} is not as the gate writes it", TAMPERED)
        return raw

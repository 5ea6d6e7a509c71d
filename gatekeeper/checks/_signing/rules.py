"""The rules about signatures, each a pure function from what was made and verified to one judgement."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from gatekeeper.checks._signing.params import GITHUB, Params, expected_extensions
from gatekeeper.model.check import Case, SignedFile
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.model.sums import render
from gatekeeper.model.words import Mode

MANIFEST = "SHA256SUMS"
PIPELINE = "pipeline"  # the kind of the job's own signature, beside a managed key
_OUTSIDE = ("pull_request", "merge_request", "external_pull_request", "workflow_run", "issue_comment", "fork")
Fault = Callable[[SignedFile], Iterable[str]]


def by_the_right_one(params: Params, case: Case) -> Judgement:
    """SIGN-01: every bundle verifies, for the identity and the issuer of the policy."""

    def faults(s: SignedFile) -> Iterator[str]:
        identity, issuer = _signer(s, params, case)
        if s.fault:
            yield f"does not verify: {s.fault}"
        elif not s.doubt and (s.identity != identity or not identity):
            yield f"was signed by {s.identity or 'nobody named'}, not by {identity}"
        elif not s.doubt and (s.issuer != issuer or not issuer):
            yield f"was vouched for by {s.issuer or 'nobody named'}, not by {issuer}"

    names = sorted({"by {}, vouched for by {}".format(*_signer(s, params, case)) for s in case.signatures})
    return _over_all("SIGN-01", case, faults, "; ".join(names))


def over_these_bytes(case: Case) -> Judgement:
    """SIGN-02: what was signed is what lies in the dossier."""
    digests = _digests(case)

    def faults(s: SignedFile) -> Iterator[str]:
        if s.name not in digests:
            yield "is signed, but is no file of this release"
        elif s.sha256 != digests[s.name]:
            yield f"was signed with SHA-256 {s.sha256 or 'unknown'}, but has {digests[s.name]}"

    return _over_all("SIGN-02", case, faults, "each over the digest of its file")


def everything_signed(params: Params, case: Case) -> Judgement:
    """SIGN-03: the list of all files, every SBOM, and each artifact that the policy selects has a bundle."""
    if not case.signatures:
        return undecided("SIGN-03", _unsigned(case), advice=_advice(case))
    signed = {s.name for s in case.signatures if not s.fault and not s.doubt and s.kind != PIPELINE}
    wanted = {MANIFEST, *(a.name for a in case.facts.artifacts if wants_bundle(params, a.name, a.kind))}
    kept = {f.name for f in case.sealing.files}
    found = [_on("SIGN-03", name, "has no verified signature") for name in sorted(wanted - signed)]
    found += [_on("SIGN-03", a.name, "is not in the signed list") for a in case.facts.artifacts if a.name not in kept]
    doubts = () if case.facts.artifacts else ("there are no artifacts",)
    seen = f"the list of {len(kept)} files is signed; bundles of their own: {', '.join(sorted(signed - {MANIFEST}))}"
    return judged("SIGN-03", seen, found, doubts)


def wants_bundle(params: Params, name: str, kind: str) -> bool:
    """Whether an artifact gets a bundle of its own; an SBOM always does."""
    return kind == "sbom" or any(fnmatch.fnmatchcase(name, pattern) for pattern in params.bundles)


def time_proven(params: Params, case: Case, *, logged: bool = True) -> Judgement:
    """SIGN-04: the log or a timestamp proves a time of signing within the certificate's validity.

    `logged` is false where the policy keeps its managed key out of every log; then a timestamp is obligatory.
    """

    def faults(s: SignedFile) -> Iterator[str]:
        if s.doubt or s.fault:
            return
        times = [t for t in (s.timestamp, s.logged) if t]
        may_be_unlogged = s.key == "managed" and not logged
        if not s.log_index and not may_be_unlogged:
            yield "has no proof that it stands in the log"
        if not s.timestamp and (params.require_timestamp or not s.log_index):
            yield "has no timestamp, which the policy demands"
        if not times:
            yield "has no proven time of signing"
        for time in times:
            if s.key == "keyless" and not _within(time, s.not_before, s.not_after):
                yield f"was signed at {time}, outside the certificate's validity {s.not_before} to {s.not_after}"

    unlogged = sum(s.key == "managed" and not s.log_index for s in case.signatures)
    where = f"{unlogged} of them in no log, by policy, with a timestamp" if unlogged else "in the log"
    return _over_all("SIGN-04", case, faults, f"{where}, at a proven time within the certificate's validity")


def issued_to_this_build(params: Params, case: Case) -> Judgement:
    """SIGN-06: the certificate states this repository, commit, ref, workflow, and no outsider's trigger."""
    commit = case.facts.source.commit
    if not commit and case.signatures:
        return undecided("SIGN-06", "the commit of this release was not established")
    wanted = expected_extensions(params, case.product, commit)
    if case.mode is Mode.REHEARSAL and not params.identity.startswith(GITHUB):
        wanted = (("source-repository-digest", commit),)  # the throw-away authority knows GitHub's claims only

    def faults(s: SignedFile) -> Iterator[str]:
        if s.doubt or s.fault or s.key != "keyless":
            return
        for name, value in wanted:
            if name not in s.extensions:
                yield f"its certificate does not state {name}, which must be {value}"
            elif s.extensions[name] != value:
                yield f"its certificate states {name} {s.extensions[name]}, not {value}"
        trigger = s.extensions.get("build-trigger", "")
        if trigger.startswith(_OUTSIDE):
            yield f"it was made by a run on {trigger}, which people without write access can start"

    if case.signatures and all(s.key == "managed" for s in case.signatures):
        return _over_all("SIGN-06", case, faults, "with a managed key, which has no certificate: KEY-04 judges it")
    return _over_all("SIGN-06", case, faults, f"the certificate states {', '.join(name for name, _ in wanted)}")


def verified_at_once(case: Case) -> Judgement:
    """SIGN-07: each bundle was read again from its written form and verified before anything was reported."""

    def faults(s: SignedFile) -> Iterator[str]:
        if s.fault:
            yield f"was made, but does not verify when read again: {s.fault}"
        elif not s.doubt and len(s.bundle_sha256) != 64:
            yield "its bundle was not written"

    return _over_all("SIGN-07", case, faults, "written, read again and verified")


def nothing_left_open(case: Case) -> Judgement:
    """SIGN-08: where signing could not be finished, nothing goes out."""
    if case.sealing.outage or not case.signatures:
        return undecided("SIGN-08", _unsigned(case), advice=_advice(case))
    open_ = [f"{s.name}: {s.doubt}" for s in case.signatures if s.doubt]
    return judged("SIGN-08", f"signing finished: {len(case.signatures)} signatures", doubts=open_)


def _over_all(rule: str, case: Case, faults: Fault, good: str) -> Judgement:
    """Ask the same of every signature; without any, the rule is undecided."""
    if not case.signatures:
        return undecided(rule, _unsigned(case), advice=_advice(case))
    found = [_on(rule, s.name, fault) for s in case.signatures for fault in faults(s)]
    doubts = [f"{s.name}: {s.doubt}" for s in case.signatures if s.doubt]
    return judged(rule, f"{len(case.signatures)} signatures, {good}", found, doubts)


def _signer(signed: SignedFile, params: Params, case: Case) -> tuple[str, str]:
    """A rehearsal signs with an identity of its own, and its record says that it is no release.

    So does a managed key, which the policy pins by digest elsewhere (KEY-01, KEY-04).
    """
    if case.mode is Mode.REHEARSAL or signed.key == "managed":
        return case.sealing.identity, case.sealing.issuer
    return case.product.fill(params.identity), params.issuer


def _digests(case: Case) -> dict[str, str]:
    files = {f.name: f.sha256 for f in case.sealing.files}
    return files | {MANIFEST: hashlib.sha256(render(files).encode()).hexdigest()}


def _within(time: str, start: str, end: str) -> bool:
    try:
        return datetime.fromisoformat(start) <= datetime.fromisoformat(time) <= datetime.fromisoformat(end)
    except (ValueError, TypeError):
        return False


def _unsigned(case: Case) -> str:
    return case.sealing.outage or "nothing was signed in this run"


def _advice(case: Case) -> str:
    return "Run `gatekeeper release --resume` when the service is back." if case.sealing.outage else ""


def _on(rule: str, name: str, fault: str) -> Finding:
    return finding(rule, f"{name} {fault}", key=[name, fault], where=Where(name))

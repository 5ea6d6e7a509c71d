"""What goes out is signed by the build that the policy names, at a proven time (5.8.3, 5.8.4).

The signatures themselves are made and verified when the dossier is sealed; this check reads what came of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import msgspec

from gatekeeper.checks._signing import rules
from gatekeeper.checks._signing.params import Params
from gatekeeper.model.check import Brought, Case, Check, Context
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, not_applicable
from gatekeeper.model.words import Mode, Phase

MAX_TRUST_BYTES = 4 * 1024 * 1024


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The trust root as it lies in the product's repository; `sha256` is empty where it cannot be read."""

    trust_config: str = ""
    sha256: str = ""
    unread: str = ""
    rehearsal: bool = False
    unlogged: bool = False  # the managed key of the policy is kept out of every log
    brought: tuple[Brought, ...] = ()


def collect(context: Context, params: Params) -> Evidence:
    """Hash the trust root that the policy names, and note what other jobs brought."""
    found = _trust_config(context, params)
    return msgspec.structs.replace(found, brought=context.brought, unlogged=_unlogged(context))


def _unlogged(context: Context) -> bool:
    key = context.tables.get("private-keys", {}).get("key", {})
    return key.get("logged") is False


def _trust_config(context: Context, params: Params) -> Evidence:
    if context.mode is Mode.REHEARSAL:
        return Evidence(trust_config=params.trust_config, rehearsal=True)
    if not params.trust_config:
        return Evidence()
    try:
        with Path(context.root, params.trust_config).open("rb") as file:
            raw = file.read(MAX_TRUST_BYTES + 1)
    except OSError as e:
        return Evidence(trust_config=params.trust_config, unread=f"cannot be read: {e.strerror}")
    if len(raw) > MAX_TRUST_BYTES:
        return Evidence(trust_config=params.trust_config, unread=f"is larger than {MAX_TRUST_BYTES} bytes")
    return Evidence(trust_config=params.trust_config, sha256=hashlib.sha256(raw).hexdigest())


def judge(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """The rules about trust root and log, before anything is signed."""
    yield _trust_root(evidence, params, case)
    yield _signed_evidence(evidence, params, case)
    yield _public_log(params, case)


def _trust_root(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """SIGN-05: pinned by digest, obtained on a stated day, not too old."""
    if evidence.rehearsal and case.mode is Mode.REHEARSAL:
        return judged("SIGN-05", "a throw-away trust root, made for this rehearsal; its digest is in the record")
    limit = case.default("trusted_root_max_age_days")
    found = list(_root_faults(evidence, params, case.now.date(), limit))
    doubts = [f"{evidence.trust_config} {evidence.unread}"] if evidence.unread else []
    age = (case.now.date() - params.trust_obtained).days if params.trust_obtained else None
    seen = f"{evidence.trust_config}, sha256 {evidence.sha256}, obtained {age} days ago (at most {limit})"
    return judged("SIGN-05", seen if evidence.sha256 else "", found, doubts)


FETCH = "Run `gatekeeper trust`: it fetches the root and prints what to put into [signing]; commit both, with a review."


def _root_faults(evidence: Evidence, params: Params, today: date, limit: int) -> Iterator[Finding]:
    at = Where("gatekeeper.toml", pointer="signing")
    if not evidence.trust_config:
        yield finding("SIGN-05", "the policy names no trust root (trust-config)", key=["none"], where=at, remedy=FETCH)
    elif params.trust_config_sha256 is None:
        said = f"the policy does not pin the digest of {evidence.trust_config} (trust-config-sha256)"
        yield finding("SIGN-05", said, key=["unpinned"], where=at, remedy=FETCH)
    elif evidence.sha256 and evidence.sha256 != params.trust_config_sha256:
        said = f"{evidence.trust_config} has SHA-256 {evidence.sha256}, not the pinned {params.trust_config_sha256}"
        yield finding("SIGN-05", said, key=["changed"], where=Where(evidence.trust_config))
    if params.trust_obtained is None:
        said = "the policy does not say when the trust root was obtained (trust-obtained)"
        yield finding("SIGN-05", said, key=["undated"], where=at, remedy=FETCH)
    elif not 0 <= (today - params.trust_obtained).days <= limit:
        said = f"the trust root was obtained on {params.trust_obtained}; it may be {limit} days old, and not from later"
        yield finding("SIGN-05", said, key=["age"], where=at, remedy=FETCH)


def _signed_evidence(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """SIGN-09: evidence of another job counts as signed by the one whom the policy names, or not at all."""
    wanted = params.signers(case.product)
    if not wanted:
        return not_applicable("SIGN-09", "the policy names nobody who must sign evidence")
    theirs = [b for b in evidence.brought if b.check in wanted]
    found = [
        finding(
            "SIGN-09",
            f"{b.file}: {b.problem or f'signed by {b.identity}'}; {wanted[b.check].identity} must have signed it",
            key=[b.check, b.file],
            where=Where(b.file),
        )
        for b in theirs
        if b.problem or (b.identity, b.issuer) != (wanted[b.check].identity, wanted[b.check].issuer)
    ]
    known = {rule.check for rule in case.rulebook.rules.values()}
    found += [
        finding(
            "SIGN-09",
            f"evidence-signers names the check {name!r}, which does not exist: nobody would be asked to sign",
            key=["no check", name],
            where=Where("gatekeeper.toml", pointer="signing.evidence-signers"),
        )
        for name in sorted(wanted.keys() - known)
    ]
    said = (
        f"{len(theirs)} of {len(evidence.brought)} files of evidence must be signed; the rest was collected in this run"
    )
    return judged("SIGN-09", said, found)


def _public_log(params: Params, case: Case) -> Judgement:
    """SIGN-10: going public for ever is somebody's recorded decision."""
    if params.instance == "private":
        return judged("SIGN-10", "a private instance: nothing becomes public")
    decision = params.public_log
    at = Where("gatekeeper.toml", pointer="signing.public-log")
    if decision is None:
        said = "signing makes identity, repository address and digests public for ever, and nobody decided that"
        return judged("SIGN-10", "public instance", [finding("SIGN-10", said, key=["undecided"], where=at)])
    found = []
    if not decision.decided_by.strip() or decision.decided_on > case.now.date():
        said = "the decision on the public log has no author, or a date to come"
        found.append(finding("SIGN-10", said, key=["unsigned"], where=at))
    return judged("SIGN-10", f"decided by {decision.decided_by} on {decision.decided_on}", found)


def judge_signed(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """The rules about what was signed in this run."""
    yield rules.by_the_right_one(params, case)
    yield rules.over_these_bytes(case)
    yield rules.everything_signed(params, case)
    yield rules.time_proven(params, case, logged=not evidence.unlogged)
    yield rules.issued_to_this_build(params, case)
    yield rules.verified_at_once(case)
    yield rules.nothing_left_open(case)


CHECK = Check(
    id="signing",
    rules=(
        "SIGN-01",
        "SIGN-02",
        "SIGN-03",
        "SIGN-04",
        "SIGN-05",
        "SIGN-06",
        "SIGN-07",
        "SIGN-08",
        "SIGN-09",
        "SIGN-10",
    ),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
    later={Phase.AT_SIGNING: judge_signed},
    own_run=True,
)

"""The verdict in the two forms that in-toto and SLSA consumers read, beside the record.

Simple Verification Result: in-toto attestation spec/predicates/svr.md (v0.1). Verification Summary: SLSA
verification_summary.md (v1). Both state only what was shown: names of passed rules, and no SLSA level, since the
gate verifies none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from gatekeeper.model.record import STATEMENT_TYPE, Record
from gatekeeper.model.words import Decision, Mode, Outcome

SVR_TYPE = "https://in-toto.io/attestation/svr/v0.1"
VSA_TYPE = "https://slsa.dev/verification_summary/v1"
VERIFIER = "https://pypi.org/project/release-gatekeeper"
RELEASED = "GATEKEEPER_RELEASE"


def _statement(kind: str, subjects: Mapping[str, str], predicate: object) -> bytes:
    """An in-toto statement with its keys and subjects in one order, so that the same verdict gives the same bytes."""
    named = [{"name": name, "digest": {"sha256": subjects[name]}} for name in sorted(subjects)]
    whole = {"_type": STATEMENT_TYPE, "subject": named, "predicateType": kind, "predicate": predicate}
    return msgspec.json.encode(whole)


def simple_verification_result(
    subjects: Mapping[str, str], time: datetime, version: str, policy_sha256: str, passed: Iterable[str]
) -> bytes:
    """The statement that these files (name to SHA-256, hex) were let out, with the ids of the rules that passed.

    Only for a decision `release`: the form has no word for a refusal.
    """
    verifier = {"id": f"{VERIFIER}/{version}", "policy": {"digest": {"sha256": policy_sha256}}}
    properties = [RELEASED, *(f"GATEKEEPER_{rule.replace('-', '_')}" for rule in sorted(passed))]
    return _statement(SVR_TYPE, subjects, {"verifier": verifier, "timeCreated": _utc(time), "properties": properties})


def is_released(record: Record) -> bool:
    """Whether the record is of a real, signed release."""
    return is_release(record.decision, record.mode, record.stage)


def is_release(decision: Decision, mode: Mode, stage: str) -> bool:
    """Decided so, on the build server, sealed and signed; a rehearsal, a check or a local run never is."""
    return decision is Decision.RELEASE and mode is Mode.CI and stage == "sealed"


def result_of(record: Record) -> bytes:
    """The simple verification result of a record; one that released nothing vouches for nothing."""
    subjects = {a.name: a.sha256 for a in record.artifacts}
    time = datetime.fromisoformat(record.effective_time)
    if is_released(record):
        passed = [r.id for r in record.rules if r.outcome is Outcome.PASSED]
        return simple_verification_result(subjects, time, record.gate_version, record.policy.sha256, passed)
    verifier = {"id": f"{VERIFIER}/{record.gate_version}", "policy": {"digest": {"sha256": record.policy.sha256}}}
    return _statement(SVR_TYPE, subjects, {"verifier": verifier, "timeCreated": _utc(time), "properties": []})


def verification_summary(
    subjects: Mapping[str, str],
    time: datetime,
    version: str,
    *,
    resource: str,
    policy: str,
    policy_sha256: str,
    record_sha256: str,
    released: bool,
) -> bytes:
    """The statement of the verdict, passed or failed, on the resource (a URI); the record is its input."""
    predicate = {
        "verifier": {"id": f"{VERIFIER}/{version}", "version": {"gatekeeper": version}},
        "timeVerified": _utc(time),
        "resourceUri": resource,
        "policy": {"uri": policy, "digest": {"sha256": policy_sha256}},
        "inputAttestations": [{"uri": "record.json", "digest": {"sha256": record_sha256}}],
        "verificationResult": "PASSED" if released else "FAILED",
        "verifiedLevels": [RELEASED] if released else [],
        "slsaVersion": "1.1",
    }
    return _statement(VSA_TYPE, subjects, predicate)


def _utc(time: datetime) -> str:
    """RFC 3339 in UTC, with Z."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")

"""The verdict in the two forms that in-toto and SLSA consumers read, beside the record.

Simple Verification Result: in-toto attestation spec/predicates/svr.md (v0.1). Verification Summary: SLSA
verification_summary.md (v1). Both state only what was shown: names of passed rules, and no SLSA level, since the
gate verifies none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from gatekeeper.signing.certificate import utc
from gatekeeper.signing.statement import STATEMENT_V1

SVR_TYPE = "https://in-toto.io/attestation/svr/v0.1"
VSA_TYPE = "https://slsa.dev/verification_summary/v1"
VERIFIER = "https://pypi.org/project/release-gatekeeper"
RELEASED = "GATEKEEPER_RELEASE"


def _statement(kind: str, subjects: Mapping[str, str], predicate: object) -> bytes:
    """An in-toto statement with its keys and subjects in one order, so that the same verdict gives the same bytes."""
    named = [{"name": name, "digest": {"sha256": subjects[name]}} for name in sorted(subjects)]
    whole = {"_type": STATEMENT_V1, "subject": named, "predicateType": kind, "predicate": predicate}
    return msgspec.json.encode(whole)


def simple_verification_result(
    subjects: Mapping[str, str], time: datetime, version: str, policy_sha256: str, passed: Iterable[str]
) -> bytes:
    """The statement that these files (name to SHA-256, hex) were let out, with the ids of the rules that passed.

    Only for a decision `release`: the form has no word for a refusal.
    """
    verifier = {"id": f"{VERIFIER}/{version}", "policy": {"digest": {"sha256": policy_sha256}}}
    properties = [RELEASED, *(f"GATEKEEPER_{rule.replace('-', '_')}" for rule in sorted(passed))]
    return _statement(SVR_TYPE, subjects, {"verifier": verifier, "timeCreated": utc(time), "properties": properties})


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
        "timeVerified": utc(time),
        "resourceUri": resource,
        "policy": {"uri": policy, "digest": {"sha256": policy_sha256}},
        "inputAttestations": [{"uri": "record.json", "digest": {"sha256": record_sha256}}],
        "verificationResult": "PASSED" if released else "FAILED",
        "verifiedLevels": [RELEASED] if released else [],
        "slsaVersion": "1.1",
    }
    return _statement(VSA_TYPE, subjects, predicate)

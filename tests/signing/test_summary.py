"""The verdict for in-toto and SLSA consumers: the right form, nothing claimed beyond what was shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from gatekeeper.model.summary import SVR_TYPE, VSA_TYPE, simple_verification_result, verification_summary
from gatekeeper.signing.rehearsal import Rehearsal
from gatekeeper.signing.signer import open_signer
from gatekeeper.signing.statement import subjects_of
from gatekeeper.signing.verifier import verify_statement

FILES = {"pump.whl": "b" * 64, "pump.cdx.json": "a" * 64}
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def svr() -> bytes:
    return simple_verification_result(FILES, NOW, "1.2.3", "c" * 64, ["SIGN-04", "FILE-01"])


def vsa(released: bool) -> bytes:
    return verification_summary(
        FILES,
        NOW,
        "1.2.3",
        resource="pkg:generic/pump@1.0.0",
        policy="gatekeeper.toml",
        policy_sha256="c" * 64,
        record_sha256="d" * 64,
        released=released,
    )


def test_the_simple_result_names_the_files_and_the_rules() -> None:
    assert subjects_of(svr(), SVR_TYPE) == FILES
    predicate = json.loads(svr())["predicate"]
    assert predicate["properties"] == ["GATEKEEPER_RELEASE", "GATEKEEPER_FILE_01", "GATEKEEPER_SIGN_04"]
    assert predicate["timeCreated"] == "2026-01-31T12:00:00Z"
    assert predicate["verifier"]["policy"]["digest"] == {"sha256": "c" * 64}


@pytest.mark.parametrize(("released", "result"), [(True, "PASSED"), (False, "FAILED")])
def test_the_summary_says_passed_only_for_a_release_and_claims_no_slsa_level(released: bool, result: str) -> None:
    assert subjects_of(vsa(released), VSA_TYPE) == FILES
    predicate: dict[str, Any] = json.loads(vsa(released))["predicate"]
    assert predicate["verificationResult"] == result
    assert bool(predicate["verifiedLevels"]) is released
    assert not any(level.startswith("SLSA_") for level in predicate["verifiedLevels"])


def test_both_are_signed_like_any_statement(running: Rehearsal) -> None:
    with open_signer(running.instance, running.credential, running.expected) as signer:
        for payload, kind in ((svr(), SVR_TYPE), (vsa(True), VSA_TYPE)):
            bundle, _ = signer.sign_statement(payload)
            found, _ = verify_statement(
                bundle,
                running.trusted_root,
                running.expected,
                predicate_type=kind,
                subjects=FILES,
                rehearsal=True,
            )
            assert found == payload

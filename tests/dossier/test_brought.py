"""SIGN-09: evidence that must be signed is verified before it is used, and unsigned is never taken in its place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks._signing.params import EvidenceSigner, Params
from gatekeeper.checks.signing import Evidence, _signed_evidence
from gatekeeper.dossier import brought
from gatekeeper.model.check import Brought, Case, Product
from gatekeeper.model.words import Mode
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.signing.rehearsal import Rehearsal, rehearsal
from gatekeeper.signing.signer import open_signer

CI = EvidenceSigner("sbom", "https://ci.example.org/scan@main", "https://issuer.example.org")
PARAMS = Params(identity="x", issuer="https://issuer.example.org", evidence_signers=(CI,))
PRODUCT = Product(name="pump", version="2.3.1", manufacturer="Example")
CASE = Case(product=PRODUCT, rulebook=rulebook(), now=datetime(2026, 11, 20, tzinfo=UTC), mode=Mode.CI)


def judged(*items: Brought, params: Params = PARAMS) -> tuple[bool, bool, bool]:
    found = _signed_evidence(Evidence(brought=items), params, CASE)
    return bool(found.findings), bool(found.doubts), bool(found.not_applicable)


def test_the_rule_applies_only_where_the_policy_names_somebody() -> None:
    assert judged(params=msgspec.structs.replace(PARAMS, evidence_signers=())) == (False, False, True)


def test_signed_by_the_right_one_passes_and_other_checks_need_no_signature() -> None:
    good = Brought("sbom", "sbom.json", "0" * 64, CI.identity, CI.issuer)

    assert judged(good, Brought("secure-coding", "secure-coding.json", "1" * 64)) == (False, False, False)


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(
            Brought("sbom", "sbom.json", "0" * 64, problem="is not signed"),
            id="SIGN-09: unsigned evidence where an identity is required",
        ),
        pytest.param(Brought("sbom", "sbom.json", "0" * 64), id="SIGN-09: a signature decoded but not verified"),
        pytest.param(
            Brought("sbom", "sbom.json", "0" * 64, "someone", CI.issuer), id="SIGN-09: signed by someone else"
        ),
    ],
)
def test_anything_else_fails(item: Brought) -> None:
    assert judged(item)[0]


def test_a_signer_for_a_check_that_does_not_exist_is_a_finding() -> None:
    """A misspelt name would ask nobody for a signature."""
    misspelt = msgspec.structs.replace(PARAMS, evidence_signers=(msgspec.structs.replace(CI, check="sbmo"),))

    assert judged(Brought("sbom", "sbom.json", "0" * 64), params=misspelt)[0]


def test_two_signers_for_one_check_are_refused() -> None:
    with pytest.raises(ValueError, match="evidence-signers names sbom twice"):
        Params(identity="x", issuer="https://issuer.example.org", evidence_signers=(CI, CI))


def test_the_version_stands_in_the_name_of_a_signer_as_in_any_other() -> None:
    tagged = msgspec.structs.replace(CI, identity="https://ci.example.org/scan@refs/tags/v{version}")
    params = msgspec.structs.replace(PARAMS, evidence_signers=(tagged,))

    for version, failed in (("2.3.1", False), ("2.3.0", True), ("{version}", True)):
        item = Brought("sbom", "sbom.json", "0" * 64, f"https://ci.example.org/scan@refs/tags/v{version}", CI.issuer)
        assert judged(item, params=params)[0] is failed


@pytest.fixture(scope="module")
def place() -> Any:
    with rehearsal() as running:
        yield running


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(lambda file, _bundle: None, False, id="as signed"),
        pytest.param(
            lambda file, _bundle: file.write_bytes(b'{"check":"sbom","commit":"other"}'),
            True,
            id="SIGN-09: evidence signed for another commit",
        ),
        pytest.param(lambda _file, bundle: bundle.unlink(), True, id="SIGN-09: no bundle"),
        pytest.param(lambda _file, bundle: bundle.write_bytes(b"{}"), True, id="SIGN-09: an empty bundle"),
    ],
)
def test_the_signature_is_verified_over_the_very_file(
    tmp_path: Path,
    place: Rehearsal,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path, Path], None],
    problem: bool,
) -> None:
    file, bundle = tmp_path / "sbom.json", tmp_path / "sbom.json.sigstore.json"
    file.write_bytes(b'{"check":"sbom"}')
    with open_signer(place.instance, place.credential, place.expected) as signer:
        bundle.write_bytes(signer.sign_digest(hashlib.sha256(file.read_bytes()).digest())[0])
    change(file, bundle)
    signer_ = EvidenceSigner("sbom", place.expected.identity, place.expected.issuer)
    real = brought.verify_digest
    monkeypatch.setattr(brought, "verify_digest", lambda *words: real(*words, rehearsal=True))

    found = brought._signed(file, "sbom", signer_, lambda: place.trusted_root)

    assert bool(found.problem) is problem
    assert problem or found.identity == place.expected.identity


def test_a_rehearsed_signature_is_none(tmp_path: Path, place: Rehearsal) -> None:
    file = tmp_path / "sbom.json"
    file.write_bytes(b"{}")
    with open_signer(place.instance, place.credential, place.expected) as signer:
        bundle, _ = signer.sign_digest(hashlib.sha256(b"{}").digest())
    file.with_name("sbom.json.sigstore.json").write_bytes(bundle)

    signer_ = EvidenceSigner("sbom", place.expected.identity, place.expected.issuer)
    assert "rehearsal" in brought._signed(file, "sbom", signer_, lambda: place.trusted_root).problem

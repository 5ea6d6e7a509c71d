"""A release that a key in a token signs: sealed, checked by others with the public key, refused with any other."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.checks._private_keys.controls import Key
from gatekeeper.dossier import layout
from gatekeeper.dossier.desk import Desk, open_key_desk
from gatekeeper.dossier.receiver import Receiver
from gatekeeper.dossier.seal import seal
from gatekeeper.dossier.verify import REFUSED, RELEASED, verify_dossier
from gatekeeper.model.errors import UsageError
from gatekeeper.model.record import Record
from gatekeeper.model.sums import render
from gatekeeper.model.words import Decision, Mode
from gatekeeper.signing.failures import CredentialError
from gatekeeper.signing.rehearsal import Rehearsal, rehearsal
from gatekeeper.signing.token import PIN_VARIABLE, open_key
from tests.dossier.product import CHECKS, FILES, Product
from tests.signing.softhsm import MODULE, PIN, TOKEN, reference, software_token

pytestmark = pytest.mark.hsm
URI = f"pkcs11:token={TOKEN.replace(' ', '%20')};object=release?module-path={MODULE}"


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    """A private Sigstore: the throw-away one under a name that does not say rehearsal."""
    for module in ("keys", "trust"):
        monkeypatch.setattr(f"gatekeeper.signing.sandbox.{module}.ORGANISATION", "Example Sigstore")
    with rehearsal() as running:
        yield running


@pytest.fixture
def key() -> Key:
    software_token()
    with open_key(reference(), PIN) as found:
        return Key(reference=URI, custodian="kim", public_sha256=found.protection.key_sha256)


def place_trust(root: Path, private: Rehearsal) -> None:
    """The policy's trust config, pinned, beside the policy."""
    raw = private.instance.client_trust_config
    (root / "trust.json").write_bytes(raw)
    lines = (
        "[signing]",
        'trust-config = "trust.json"',
        f'trust-config-sha256 = "{hashlib.sha256(raw).hexdigest()}"',
        "trust-obtained = 2026-11-20",
        'instance = "private"',
    )
    policy = root / "gatekeeper.toml"
    policy.write_text(policy.read_text().replace("[signing]", "\n".join(lines)))


@pytest.fixture
def product(tmp_path: Path, private: Rehearsal) -> Product:
    made = Product.make(tmp_path / "product")
    place_trust(made.root, private)
    return replace(made, mode=Mode.CI)


def desk(product: Product, key: Key, env: Mapping[str, str]) -> AbstractContextManager[Desk]:
    params = product.policy().params["signing"]
    return open_key_desk(product.root, params, key, env)


@pytest.fixture
def released(product: Product, key: Key, tmp_path: Path) -> tuple[Path, Record]:
    target = tmp_path / "dossier"
    record = seal(product.order(target, open_desk=lambda: desk(product, key, {PIN_VARIABLE: PIN})))
    return target, record


def verified(target: Path, pem: bytes) -> int:
    return verify_dossier(target, Receiver(key=pem), lambda: CHECKS).code


def test_it_is_sealed_and_verified_with_the_public_key_alone(released: tuple[Path, Record], key: Key) -> None:
    target, record = released
    assert record.decision is Decision.RELEASE, record.reasons
    assert record.sealing.identity == f"sha256:{key.public_sha256}"
    assert {s.key for s in record.signatures} == {"managed"}
    pem = (target / layout.PUBLIC_KEY).read_bytes()
    assert verified(target, pem) == RELEASED
    assert "--key trust/public_key.pem" in (target / layout.VERIFY).read_text()
    assert PIN not in "".join(_texts(target))


def test_a_real_release_tells_its_verdict_to_in_toto_and_slsa_consumers(released: tuple[Path, Record]) -> None:
    target, record = released
    payloads = {place: payload_of(target / place) for place in (layout.SVR, layout.VSA)}
    assert payloads[layout.SVR]["predicateType"] == "https://in-toto.io/attestation/svr/v0.1"
    assert "GATEKEEPER_SIGN_01" in payloads[layout.SVR]["predicate"]["properties"]
    assert payloads[layout.VSA]["predicate"]["verificationResult"] == "PASSED"
    assert {s["name"] for s in payloads[layout.VSA]["subject"]} == {a.name for a in record.artifacts}


def payload_of(path: Path) -> dict[str, Any]:
    envelope = json.loads(path.read_bytes())["dsseEnvelope"]
    found: dict[str, Any] = json.loads(base64.b64decode(envelope["payload"]))
    return found


def test_its_sbom_and_vex_are_signed_statements_about_the_released_files(released: tuple[Path, Record]) -> None:
    target, record = released
    sbom, vex = payload_of(target / SBOM), payload_of(target / layout.VEX_STATEMENT)
    shipped = [{"name": a.name, "digest": {"sha256": a.sha256}} for a in record.artifacts if a.kind == "artifact"]
    assert sbom["subject"] == vex["subject"] == sorted(shipped, key=lambda s: str(s["name"]))
    assert sbom["predicateType"] == "https://cyclonedx.org/bom"
    assert sbom["predicate"] == json.loads(FILES["pump.cdx.json"])
    assert vex["predicateType"] == "https://openvex.dev/ns"
    assert vex["predicate"] == json.loads((target / layout.VEX).read_bytes())
    assert vex["predicate"]["statements"][0]["vulnerability"]["name"] == "CVE-2026-1"
    told = (target / layout.VERIFY).read_text()
    assert SBOM in told
    assert layout.VEX in told


SBOM = layout.statement("pump.cdx.json")


@pytest.mark.parametrize("place", [layout.SVR, SBOM, layout.VEX_STATEMENT, layout.VEX])
@pytest.mark.parametrize("change", ["remove", "swap", "sums as well"])
def test_a_verdict_in_another_form_is_no_less_protected(released: tuple[Path, Record], place: str, change: str) -> None:
    target, _ = released
    pem = (target / layout.PUBLIC_KEY).read_bytes()
    if change == "remove":
        (target / place).unlink()
    else:
        (target / place).write_bytes((target / layout.VSA).read_bytes())
    if change == "sums as well":
        found = {n: hashlib.sha256((target / n).read_bytes()).hexdigest() for n in names(target)}
        (target / layout.SUMS).write_text(render(found))
    assert verified(target, pem) == REFUSED


def names(target: Path) -> list[str]:
    every = (p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file())
    return [n for n in every if n not in layout.NEVER_LISTED]


def _texts(target: Path) -> Iterable[str]:
    return (p.read_text(errors="replace") for p in target.rglob("*") if p.is_file())


def test_another_key_or_an_identity_does_not_verify_it(released: tuple[Path, Record]) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    target, _ = released
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert verified(target, other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)) == REFUSED
    by_name = Receiver(identity="https://example.org/x", issuer="https://example.org")
    assert verify_dossier(target, by_name, lambda: CHECKS).code == REFUSED


def test_a_swapped_public_key_is_refused(released: tuple[Path, Record]) -> None:
    target, _ = released
    pem = (target / layout.PUBLIC_KEY).read_bytes()
    (target / layout.PUBLIC_KEY).write_bytes(pem + b"\n")
    assert verified(target, pem) == REFUSED


def test_without_the_pin_nothing_is_signed_and_it_can_be_resumed(product: Product, key: Key, tmp_path: Path) -> None:
    target = tmp_path / "dossier"
    record = seal(product.order(target, open_desk=lambda: desk(product, key, {})))
    assert record.stage == "unsigned"
    assert record.decision is not Decision.RELEASE
    assert PIN_VARIABLE in record.sealing.outage


def test_a_key_that_is_not_the_pinned_one_does_not_sign(product: Product, key: Key) -> None:
    other = Key(reference=key.reference, public_sha256="0" * 64)
    with pytest.raises(CredentialError, match="not the pinned"), desk(product, other, {PIN_VARIABLE: PIN}):
        pass


def test_a_kms_that_is_no_token_is_a_usage_error(product: Product) -> None:
    opening = desk(product, Key(reference="awskms:alias/release"), {PIN_VARIABLE: PIN})
    with pytest.raises(UsageError, match="not a PKCS#11 reference"), opening:
        pass

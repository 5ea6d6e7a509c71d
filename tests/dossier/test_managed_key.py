"""A release that a key in a token signs: sealed, checked by others with the public key, refused with any other."""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks._private_keys.controls import Key
from gatekeeper.checks._signing.params import Params
from gatekeeper.dossier import layout
from gatekeeper.dossier.desk import Desk, open_desk, open_key_desk
from gatekeeper.dossier.receiver import Receiver
from gatekeeper.dossier.seal import seal
from gatekeeper.dossier.signatures import canonical
from gatekeeper.dossier.verify import REFUSED, RELEASED, verify_dossier
from gatekeeper.model.check import SignedFile
from gatekeeper.model.errors import UsageError
from gatekeeper.model.record import Record
from gatekeeper.model.sums import render
from gatekeeper.model.words import Decision, Mode
from gatekeeper.signing.failures import CredentialError, ServiceOutageError
from gatekeeper.signing.rehearsal import Fault, Rehearsal, claims_of_release
from gatekeeper.signing.token import PIN_VARIABLE, open_key
from tests.dossier.private import CLAIMS, ISSUER, place_trust, private_sigstore
from tests.dossier.product import CHECKS, COMMIT, FILES, IDENTITY, Product
from tests.signing.softhsm import MODULE, PIN, TOKEN, reference, software_token

pytestmark = pytest.mark.hsm
URI = f"pkcs11:token={TOKEN.replace(' ', '%20')};object=release?module-path={MODULE}"


@pytest.fixture
def private() -> Iterator[Rehearsal]:
    with private_sigstore() as running:
        yield running


@pytest.fixture
def key() -> Key:
    software_token()
    with open_key(reference(), PIN) as found:
        return Key(reference=URI, custodian="kim", public_sha256=found.protection.key_sha256)


@pytest.fixture
def product(tmp_path: Path, private: Rehearsal) -> Product:
    made = Product.make(tmp_path / "product")
    place_trust(made.root, private)
    return replace(made, mode=Mode.CI)


@pytest.fixture(autouse=True)
def _in_the_job(private: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The release job's token, as the CI system would hand it out."""
    private.services.tokens.issuer = ISSUER
    monkeypatch.setattr("gatekeeper.signing.credential.ambient", private.credential_for(CLAIMS))


def desk(product: Product, key: Key, env: Mapping[str, str]) -> AbstractContextManager[Desk]:
    policy = product.policy()
    return open_key_desk(product.root, policy.params["signing"], key, env, policy.product, COMMIT)


@pytest.fixture
def released(product: Product, key: Key, tmp_path: Path) -> tuple[Path, Record]:
    target = tmp_path / "dossier"
    record = seal(product.order(target, open_desk=lambda: desk(product, key, {PIN_VARIABLE: PIN})))
    return target, record


def verified(target: Path, pem: bytes, **more: Any) -> int:
    return verify_dossier(target, Receiver(key=pem, **more), lambda: CHECKS).code


def test_it_is_sealed_and_verified_with_the_public_key_alone(released: tuple[Path, Record], key: Key) -> None:
    target, record = released
    assert record.decision is Decision.RELEASE, record.reasons
    assert record.sealing.identity == f"sha256:{key.public_sha256}"
    assert {s.key for s in record.signatures if s.kind != "pipeline"} == {"managed"}
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


class TestPipeline:
    """BUILD-04: beside the key the job signs as itself, and its certificate tells where the release was made."""

    def job(self, record: Record) -> SignedFile:
        (found,) = [s for s in record.signatures if s.kind == "pipeline"]
        return found

    def test_the_jobs_certificate_stands_in_the_record_and_verifies(self, released: tuple[Path, Record]) -> None:
        target, record = released
        job = self.job(record)
        assert (job.identity, job.issuer, job.key) == (IDENTITY, ISSUER, "keyless")
        assert job.extensions["source-repository-digest"] == COMMIT
        pem = (target / layout.PUBLIC_KEY).read_bytes()
        assert verified(target, pem, identity=IDENTITY, issuer=ISSUER) == RELEASED
        assert verified(target, pem, identity=IDENTITY.replace("2.3.1", "{version}"), issuer=ISSUER) == RELEASED
        assert layout.PIPELINE_BUNDLE in (target / layout.VERIFY).read_text()

    def test_the_command_of_the_instructions_verifies_it(self, released: tuple[Path, Record]) -> None:
        target, _ = released
        (line,) = [x for x in (target / layout.VERIFY).read_text().splitlines() if x.startswith("sigstore ")]
        command = [sys.executable, "-m", *shlex.split(line)]
        assert subprocess.run(command, cwd=target, capture_output=True, check=False).returncode == 0
        (target / layout.MANIFEST).write_bytes(b"another list")
        assert subprocess.run(command, cwd=target, capture_output=True, check=False).returncode != 0

    def test_another_pipeline_than_the_receivers_is_refused(self, released: tuple[Path, Record]) -> None:
        target, _ = released
        pem = (target / layout.PUBLIC_KEY).read_bytes()
        assert verified(target, pem, identity=IDENTITY.replace("pump", "other"), issuer=ISSUER) == REFUSED

    @pytest.mark.parametrize("change", ["remove", "swap", "strip the timestamp"])
    def test_its_bundle_cannot_change(self, released: tuple[Path, Record], change: str) -> None:
        target, _ = released
        pem, bundle = (target / layout.PUBLIC_KEY).read_bytes(), target / layout.PIPELINE_BUNDLE
        if change == "remove":
            bundle.unlink()
        elif change == "swap":
            shutil.copyfile(target / layout.SUMS_BUNDLE, bundle)
        else:
            tree = json.loads(bundle.read_bytes())
            del tree["verificationMaterial"]["timestampVerificationData"]
            bundle.write_bytes(canonical(json.dumps(tree).encode()))
        found = verify_dossier(target, Receiver(key=pem), lambda: CHECKS)
        assert found.code == REFUSED
        assert any(step.fault for step in found.steps if step.what == "pipeline")

    def test_a_job_of_another_workflow_blocks(
        self, product: Product, key: Key, private: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        claims = claims_of_release(commit=COMMIT, ref="refs/heads/fork") | {"iss": ISSUER}
        monkeypatch.setattr("gatekeeper.signing.credential.ambient", private.credential_for(claims))
        record = seal(product.order(tmp_path / "d", open_desk=lambda: desk(product, key, {PIN_VARIABLE: PIN})))
        assert record.decision is Decision.BLOCK
        assert not (tmp_path / "d" / layout.ARTIFACTS).exists()

    def test_a_job_without_a_token_leaves_everything_unsigned(
        self, product: Product, key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("gatekeeper.signing.credential.ambient", lambda: "rubbish")
        record = seal(product.order(tmp_path / "d", open_desk=lambda: desk(product, key, {PIN_VARIABLE: PIN})))
        assert record.stage == "unsigned"
        assert not list((tmp_path / "d").rglob("*.sigstore.json"))


class TestWithoutLog:
    """A key that its policy keeps out of every log, on an instance that has a clock and nothing else."""

    @pytest.fixture
    def alone(
        self, tmp_path: Path, private: Rehearsal, key: Key, monkeypatch: pytest.MonkeyPatch
    ) -> tuple[Path, Record, bytes]:
        made = Product.make(tmp_path / "product")
        place_trust(made.root, private, clock_only=True)
        policy = made.root / "gatekeeper.toml"
        lines = [line for line in policy.read_text().splitlines() if not line.startswith(("identity", "issuer"))]
        text = "\n".join(lines).replace("[signing]", "[signing]\nkeyless = false")
        policy.write_text(text)
        unlogged = msgspec.structs.replace(key, logged=False)
        table = {"key": {"public-sha256": key.public_sha256, "logged": False}}  # another check's
        original = Product.context
        monkeypatch.setattr(
            Product,
            "context",
            lambda self: original(self, tables={**self.policy().tables, "private-keys": table}),
        )
        product = replace(made, mode=Mode.CI)
        target = tmp_path / "dossier"
        record = seal(product.order(target, open_desk=lambda: desk(product, unlogged, {PIN_VARIABLE: PIN})))
        return target, record, (target / layout.PUBLIC_KEY).read_bytes()

    def test_it_is_sealed_and_says_plainly_that_there_is_no_log(
        self, alone: tuple[Path, Record, bytes], private: Rehearsal
    ) -> None:
        target, record, pem = alone
        assert record.decision is Decision.RELEASE, record.reasons
        assert {"rekor", "fulcio"}.isdisjoint(private.services.requests)
        assert not any(s.log_index for s in record.signatures)
        assert all(s.timestamp for s in record.signatures)
        (row,) = [r for r in record.rules if r.id == "SIGN-04"]
        assert "in no log, by policy" in row.observed[0]
        told = (target / layout.VERIFY).read_text()
        assert "--unlogged" in told
        assert "in no transparency log" in told
        found = verify_dossier(target, Receiver(key=pem, unlogged=True), lambda: CHECKS)
        assert found.code == RELEASED, found.steps
        said = {step.what: step.said for step in found.steps}
        assert "in no log" in said["signatures over released files"]
        assert "managed key alone" in said["pipeline"]

    def test_the_receiver_must_know_it(self, alone: tuple[Path, Record, bytes]) -> None:
        target, _, pem = alone
        found = verify_dossier(target, Receiver(key=pem), lambda: CHECKS)
        assert found.code == REFUSED
        assert any("--unlogged" in step.advice for step in found.steps)

    def test_a_stripped_timestamp_is_refused(self, alone: tuple[Path, Record, bytes]) -> None:
        target, _, pem = alone
        bundle = target / layout.SUMS_BUNDLE
        tree = json.loads(bundle.read_bytes())
        del tree["verificationMaterial"]["timestampVerificationData"]
        bundle.write_bytes(canonical(json.dumps(tree).encode()))
        assert verified(target, pem, unlogged=True) == REFUSED

    def test_a_clock_that_is_down_leaves_it_unsigned(self, product: Product, key: Key, private: Rehearsal) -> None:
        private.faults["tsa"] = Fault("down")
        unlogged = msgspec.structs.replace(key, logged=False)
        with desk(product, unlogged, {PIN_VARIABLE: PIN}) as open_, pytest.raises(ServiceOutageError):
            open_.signer.sign_digest(b"\1" * 32)


def test_one_file_of_an_unlogged_key(
    product: Product, key: Key, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from gatekeeper.cli.app import run

    file = tmp_path / "pump.bin"
    file.write_bytes(b"an example")
    with desk(product, msgspec.structs.replace(key, logged=False), {PIN_VARIABLE: PIN}) as open_:
        bundle, _ = open_.signer.sign_digest(hashlib.sha256(b"an example").digest())
        places = {"b.json": bundle, "root.json": open_.trusted_root, "key.pem": open_.expected.public_pem}  # type: ignore[union-attr] # a key's
    for name, content in places.items():
        (tmp_path / name).write_bytes(content)
    words = ["verify", str(file), "--bundle", str(tmp_path / "b.json"), "--trusted-root", str(tmp_path / "root.json")]
    words += ["--key", str(tmp_path / "key.pem")]
    assert run(words) == REFUSED
    assert "--unlogged" in capsys.readouterr().err
    assert run([*words, "--unlogged"]) == RELEASED
    assert "in no log: the timestamp alone proves that time" in capsys.readouterr().out
    assert run(["verify", f"sha256:{'0' * 64}", *words[2:], "--unlogged"]) == REFUSED


def test_nobody_signs_where_neither_key_nor_job_does(product: Product) -> None:
    params = Params(keyless=False)
    with (
        pytest.raises(UsageError, match="nobody would sign"),
        open_desk(product.root, params, product.policy().product, COMMIT),
    ):
        pass

"""Sealing: what goes out is what was judged, refusals leave a record, outages leave something to resume."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper import gate
from gatekeeper.checks._previous.dossier import open_dossier
from gatekeeper.dossier import contents, folder, layout
from gatekeeper.dossier import order as order_module
from gatekeeper.dossier import seal as seal_module
from gatekeeper.dossier.desk import Desk, rehearsed_claims
from gatekeeper.dossier.order import order_of, predecessor
from gatekeeper.dossier.receiver import Receiver
from gatekeeper.dossier.resume import resumed
from gatekeeper.dossier.seal import Order, seal
from gatekeeper.dossier.verify import REFUSED, RELEASED, UNDECIDED, verify_dossier
from gatekeeper.model.check import UserCheck
from gatekeeper.model.errors import EvidenceError, GatekeeperError, SealError, UsageError
from gatekeeper.model.record import Record, from_bytes
from gatekeeper.model.words import Decision, Outcome
from gatekeeper.signing.failures import CredentialError, ServiceOutageError, TamperedError, WrongIdentityError
from gatekeeper.signing.verified import Verified
from tests.dossier.product import CHECKS, COMMIT, IDENTITY, POLICY, Product, Seen, wheel


def verify(target: Path, **more: Any) -> int:
    return verify_dossier(target, Receiver(rehearsal=True, **more), lambda: CHECKS).code


WHAT_CHANGED = "Compared with"


def recorded(target: Path) -> Record:
    return from_bytes((target / layout.RECORD).read_bytes()).predicate


@pytest.fixture(autouse=True)
def _quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The users' check starts four processes; only the tests that are about it do so."""
    if "for_real" not in request.node.name:
        trials = tuple(
            UserCheck(command, changed=changed, accepted=not changed)
            for command in ("sha256sum -c SHA256SUMS", "gatekeeper verify")
            for changed in (False, True)
        )
        monkeypatch.setattr(seal_module, "try_users_check", lambda *_, **__: trials)


class TestRelease:
    def test_what_is_judged_is_what_is_kept(self, product: Product, tmp_path: Path) -> None:
        target = tmp_path / "dossier"
        record = seal(product.order(target))
        assert record.decision is Decision.RELEASE
        assert record == recorded(target)
        for name in ("pump.whl", "pump.tar.gz", "pump.cdx.json"):
            assert (target / "artifacts" / name).read_bytes() == (product.root / "dist" / name).read_bytes()
        assert verify(target) == RELEASED
        assert verify(target, replay=True) == RELEASED

    def test_the_signer_is_the_one_that_the_policy_names(self, sealed: Path) -> None:
        assert recorded(sealed).sealing.identity == IDENTITY
        assert {s.name for s in recorded(sealed).signatures} == {"SHA256SUMS", "pump.whl", "pump.cdx.json"}

    def test_nested_names_and_many_files(self, tmp_path: Path) -> None:
        files = {f"part {n}/numéro-{n}.bin": bytes([n]) * n for n in range(1, 12)} | {"a.cdx.json": b"{}"}
        policy = POLICY.replace(
            '{ pattern = "*.whl" }, { pattern = "*.tar.gz" }', '{ pattern = "part*", count = 11 }'
        ).replace('bundles = ["*.whl"]', 'bundles = ["part 3/*"]')
        target = tmp_path / "dossier"
        record = seal(Product.make(tmp_path / "product", files, policy).order(target))
        assert record.decision is Decision.RELEASE, record.reasons
        assert (target / "signatures/part 3/numéro-3.bin.sigstore.json").is_file()
        assert verify(target) == RELEASED

    def test_the_record_names_the_one_before(self, product: Product, sealed: Path, tmp_path: Path) -> None:
        before = hashlib.sha256((sealed / layout.RECORD).read_bytes()).hexdigest()
        seal(replace(product.order(tmp_path / "dossier"), previous_record=before))
        assert verify(tmp_path / "dossier", previous=sealed) == RELEASED
        assert verify(tmp_path / "dossier", previous=tmp_path / "dossier") == REFUSED

    @pytest.mark.parametrize("way", ["straight", "resumed"])
    def test_the_report_tells_what_changed_since(
        self, product: Product, sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
    ) -> None:
        raw = (sealed / layout.RECORD).read_bytes()
        (product.root / "dist/pump.whl").write_bytes(wheel(pump__py=b"pass  # changed\n"))
        target, context = tmp_path / "dossier", product.context(previous=sealed)
        monkeypatch.setattr(order_module, "_previous", lambda _: hashlib.sha256(raw).hexdigest())
        order = order_of(
            gate.gather(product.policy(), context, CHECKS), context, product.policy_path, product.row(), target
        )
        if way == "resumed":
            seal(faulty(order, 1))
            order = resumed(target, context, product.row(), CHECKS)
        assert seal(order).decision is Decision.RELEASE
        assert WHAT_CHANGED in (target / layout.REPORT).read_text()
        assert WHAT_CHANGED not in (sealed / layout.REPORT).read_text()
        assert verify(target, previous=sealed) == RELEASED

    def test_the_checks_of_the_next_release_read_what_was_sealed(
        self, product: Product, sealed: Path, tmp_path: Path
    ) -> None:
        copy = shutil.copytree(sealed, tmp_path / "before")
        before = open_dossier(copy)
        assert msgspec.json.decode(before.evidence("build-identity"), type=Seen) == Seen("good", COMMIT)
        assert before.policy() == product.policy_path.read_bytes()
        assert before.deviations() == b""

        for name in (layout.evidence("build-identity"), layout.POLICY_FILE):
            (copy / name).write_bytes((copy / name).read_bytes() + b" ")
        for read in (lambda: before.evidence("build-identity"), before.policy, lambda: before.evidence("../record")):
            with pytest.raises(ValueError, match="is not the file that its record names"):
                read()

    @pytest.mark.parametrize("raw", [b"", b"{}", b"\xff"], ids=["empty", "no record", "rubbish"])
    def test_a_predecessor_that_is_none_is_left_to_the_rules(self, tmp_path: Path, raw: bytes) -> None:
        (tmp_path / layout.RECORD).write_bytes(raw)
        assert predecessor(tmp_path, hashlib.sha256(raw).hexdigest()) is None
        assert predecessor(tmp_path / "nowhere", "") is None

    def test_nothing_lies_beside_it(self, product: Product, tmp_path: Path) -> None:
        seal(product.order(tmp_path / "dossier"))
        assert {p.name for p in tmp_path.iterdir()} == {"dossier", "product"}

    def test_files_that_changed_after_judging_stop_it(self, product: Product, tmp_path: Path) -> None:
        order = product.order(tmp_path / "dossier")
        (product.root / "dist/pump.whl").write_bytes(b"other")
        with pytest.raises(EvidenceError, match=r"pump\.whl changed between judging and sealing"):
            seal(order)
        assert {p.name for p in tmp_path.iterdir()} == {"product"}, "FILE-07: a post-build step that strips a binary"

    def test_a_copy_that_changes_after_signing_blocks(
        self, product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = seal_module.Signatures

        class Meddling(original):  # type: ignore[valid-type, misc] # a class of the module under test
            def files(self, named: Any) -> None:
                super().files(named)
                (self.folder.path / "artifacts/pump.whl").write_bytes(b"swapped")

        monkeypatch.setattr(seal_module, "Signatures", Meddling)
        record = seal(product.order(tmp_path / "dossier"))
        assert record.decision is Decision.BLOCK, "FILE-07: a file rewritten between signing and record"
        assert {r.id for r in record.rules if r.outcome is Outcome.FAILED} == {"FILE-07"}
        assert verify(tmp_path / "dossier") == REFUSED


class TestRefusal:
    @pytest.mark.parametrize(
        ("verdict", "decision", "code"),
        [("bad", Decision.BLOCK, REFUSED), ("unknown", Decision.UNDECIDED, UNDECIDED)],
    )
    def test_it_leaves_a_record(self, tmp_path: Path, verdict: str, decision: Decision, code: int) -> None:
        policy = POLICY.replace('verdict = "good"', f'verdict = "{verdict}"')
        target = tmp_path / "dossier"
        record = seal(Product.make(tmp_path / "product", policy=policy).order(target))
        assert record.decision is decision
        assert recorded(target) == record
        assert not (target / "artifacts").exists()
        assert not list(target.rglob("*.sigstore.json"))
        assert verify(target) == code

    def test_a_changed_refusal_is_no_authentic_one(self, tmp_path: Path) -> None:
        policy = POLICY.replace('verdict = "good"', 'verdict = "bad"')
        target = tmp_path / "dossier"
        seal(Product.make(tmp_path / "product", policy=policy).order(target))
        text = (target / layout.RECORD).read_text().replace('"decision":"block"', '"decision":"release"', 1)
        (target / layout.RECORD).write_text(text)
        assert verify(target) == REFUSED

    def test_nothing_is_signed_before_the_decision(self, tmp_path: Path) -> None:
        def never() -> Any:
            raise AssertionError("the desk was opened for a refusal")

        policy = POLICY.replace('verdict = "good"', 'verdict = "bad"')
        order = Product.make(tmp_path / "product", policy=policy).order(tmp_path / "dossier")
        assert seal(replace(order, open_desk=never)).decision is Decision.BLOCK


class Faulty:
    """A desk whose signer fails at its n-th signature."""

    def __init__(self, order: Order, at: int, error: GatekeeperError) -> None:
        self.order, self.left, self.error = order, at, error

    @contextmanager
    def open(self) -> Iterator[Desk]:
        with self.order.open_desk() as desk:
            self.desk = desk
            yield replace(desk, signer=self)

    def sign_digest(self, sha256: bytes) -> tuple[bytes, Verified]:
        self._count()
        return self.desk.signer.sign_digest(sha256)

    def sign_digests(self, digests: Sequence[bytes]) -> Iterator[tuple[bytes, Verified]]:
        return (self.sign_digest(sha256) for sha256 in digests)

    def sign_statement(self, payload: bytes) -> tuple[bytes, Verified]:
        self._count()
        return self.desk.signer.sign_statement(payload)

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error


SIGNATURES = 5  # the list, wheel and SBOM, the record, SHA256SUMS
OUTAGE = ServiceOutageError("the log did not answer", "Try again later.")


def faulty(order: Order, at: int, error: GatekeeperError = OUTAGE) -> Order:
    return replace(order, open_desk=Faulty(order, at, error).open)


class TestOutage:
    """SIGN-08: sealed but unsigned, not releasable; resuming signs the identical digests."""

    @pytest.mark.parametrize("at", range(1, SIGNATURES + 1))
    def test_at_each_signature(self, product: Product, tmp_path: Path, at: int) -> None:
        target = tmp_path / "dossier"
        record = seal(faulty(product.order(target), at))
        assert record.decision is Decision.UNDECIDED
        assert record.stage == "unsigned"
        assert "the log did not answer" in record.sealing.outage
        assert {p.name for p in tmp_path.iterdir()} == {"dossier", "product"}
        assert not list(target.rglob("*.sigstore.json"))
        assert verify(target) == UNDECIDED

        finished = seal(resumed(target, product.context(), product.row(), CHECKS))
        assert finished.decision is Decision.RELEASE
        assert finished.artifacts == record.artifacts
        assert finished.evidence == record.evidence
        assert "--resume" in finished.switches
        assert verify(target) == RELEASED
        assert verify(tmp_path / "dossier.unsigned") == UNDECIDED

    def test_without_an_identity(self, product: Product, tmp_path: Path) -> None:
        @contextmanager
        def none() -> Iterator[Desk]:
            raise CredentialError("there is no identity to sign with")
            yield

        record = seal(replace(product.order(tmp_path / "dossier"), open_desk=none))
        assert record.stage == "unsigned"

    def test_an_outage_while_resuming_changes_nothing(self, product: Product, tmp_path: Path) -> None:
        target = tmp_path / "dossier"
        seal(faulty(product.order(target), 1))
        before = {p: p.read_bytes() for p in target.rglob("*") if p.is_file()}
        again = seal(faulty(resumed(target, product.context(), product.row(), CHECKS), 2))
        assert again.decision is Decision.UNDECIDED
        assert {p: p.read_bytes() for p in target.rglob("*") if p.is_file()} == before

    def test_somebody_elses_signature_blocks(self, product: Product, tmp_path: Path) -> None:
        error = WrongIdentityError("the signature is valid, but made by another workflow")
        record = seal(faulty(product.order(tmp_path / "dossier"), 2, error))
        assert record.decision is Decision.BLOCK
        assert "SIGN-01" in {r.id for r in record.rules if r.outcome is Outcome.FAILED}
        assert verify(tmp_path / "dossier") == REFUSED

    def test_a_record_that_cannot_be_signed_rightly_seals_nothing(self, product: Product, tmp_path: Path) -> None:
        with pytest.raises(TamperedError):
            seal(faulty(product.order(tmp_path / "dossier"), 4, TamperedError("does not hold")))
        assert {p.name for p in tmp_path.iterdir()} == {"product"}


class TestResume:
    @pytest.fixture
    def unsigned(self, product: Product, tmp_path: Path) -> Path:
        seal(faulty(product.order(tmp_path / "dossier"), 1))
        return tmp_path / "dossier"

    def refused(self, product: Product, target: Path, words: str, **context: Any) -> None:
        before = {p: p.read_bytes() for p in target.rglob("*") if p.is_file()}
        with pytest.raises(GatekeeperError, match=words):
            resumed(target, product.context(**context), product.row(), CHECKS)
        assert {p: p.read_bytes() for p in target.rglob("*") if p.is_file()} == before

    def test_artifacts_built_again(self, product: Product, unsigned: Path) -> None:
        (product.root / "dist/pump.whl").write_bytes(b"rebuilt")
        self.refused(
            product, unsigned, "pump.whl was built again"
        )  # SIGN-08: artifacts rebuilt between seal and resume

    @pytest.mark.parametrize("name", ["artifacts/pump.whl", "evidence/signing.json", "record.json", "SHA256SUMS"])
    def test_a_file_of_the_dossier_changed(self, product: Product, unsigned: Path, name: str) -> None:
        (unsigned / name).write_bytes((unsigned / name).read_bytes() + b" ")
        self.refused(product, unsigned, "changed|not as the gate writes")

    def test_evidence_and_sums_changed_together(self, product: Product, unsigned: Path) -> None:
        file = unsigned / layout.evidence("build-identity")
        file.write_text(file.read_text().replace("good", "okay"))
        (unsigned / layout.SUMS).unlink()
        contents.write_sums(folder.Unfinished(unsigned), {})
        self.refused(product, unsigned, "comes out differently")

    def test_another_commit(self, product: Product, unsigned: Path) -> None:
        self.refused(product, unsigned, "the commit is another", commit="d" * 40)

    def test_another_policy(self, product: Product, unsigned: Path) -> None:
        product.policy_path.write_text(POLICY + "\n")
        self.refused(product, unsigned, "policy, catalogue or rules")

    def test_another_mode(self, product: Product, unsigned: Path) -> None:
        self.refused(product, unsigned, "the mode is another", mode="ci")

    @pytest.mark.parametrize("hours", [73, -1])
    def test_too_late_or_too_early(self, product: Product, unsigned: Path, hours: int) -> None:
        self.refused(product, unsigned, "72 hours", now=product.now + timedelta(hours=hours))

    def test_another_file_of_the_same_name_in_the_call(self, product: Product, unsigned: Path, tmp_path: Path) -> None:
        """Whoever names it believes that this is what goes out."""
        (tmp_path / "pump.whl").write_bytes(b"another one")
        self.refused(product, unsigned, "not the pump.whl that was sealed", artifacts=(tmp_path / "pump.whl",))

    def test_a_foreign_artifact_in_the_call(self, product: Product, unsigned: Path, tmp_path: Path) -> None:
        self.refused(product, unsigned, "no part of what was sealed", artifacts=(tmp_path / "other.whl",))

    def test_a_signed_one(self, product: Product, dossier: Path) -> None:
        with pytest.raises(UsageError, match="not an unsigned dossier"):
            resumed(dossier, product.context(), product.row(), CHECKS)

    def test_no_dossier(self, product: Product, tmp_path: Path) -> None:
        with pytest.raises(EvidenceError, match="not a folder"):
            resumed(tmp_path / "none", product.context(), product.row(), CHECKS)

    def test_the_built_files_may_be_gone(self, product: Product, unsigned: Path) -> None:
        shutil.rmtree(product.root / "dist")
        order = resumed(unsigned, product.context(), product.row(), CHECKS)
        assert seal(order).decision is Decision.RELEASE


class TestWriting:
    def test_a_target_that_came_meanwhile_is_not_written_over(self, product: Product, tmp_path: Path) -> None:
        order = product.order(tmp_path / "dossier")
        (tmp_path / "dossier").mkdir()
        with pytest.raises(SealError, match="came into being meanwhile"):
            seal(order)
        assert not list((tmp_path / "dossier").iterdir())

    @pytest.mark.parametrize("moment", range(0, 60, 7))
    def test_a_full_disk_leaves_nothing(
        self, product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
    ) -> None:
        order, original, calls = product.order(tmp_path / "dossier"), folder.os.fsync, iter(range(moment))

        def full(handle: int) -> None:
            if next(calls, None) is None:
                raise OSError(28, "No space left on device")
            original(handle)

        monkeypatch.setattr(folder.os, "fsync", full)
        with suppress(SealError):
            seal(order)
        left = {p.name for p in tmp_path.iterdir()} - {"product"}
        assert left <= {"dossier"}
        assert not left or verify(tmp_path / "dossier") == RELEASED

    def test_a_parent_that_cannot_be_written(self, product: Product, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(SealError, match="cannot be made"):
            seal(product.order(tmp_path / "file" / "dossier"))

    def test_a_secret_of_the_environment_stops_it(self, product: Product, tmp_path: Path) -> None:
        order = replace(product.order(tmp_path / "dossier"), env={"UPLOAD_TOKEN": "Example Devices"})
        with pytest.raises(SealError, match="the environment variable UPLOAD_TOKEN") as raised:
            seal(order)
        assert "Example Devices" not in raised.value.message
        assert {p.name for p in tmp_path.iterdir()} == {"product"}


def test_the_users_check_is_tried_for_real(sealed: Path) -> None:
    trials = recorded(sealed).sealing.user_checks
    assert [(t.command, t.changed, t.accepted) for t in trials] == [
        ("sha256sum -c SHA256SUMS", False, True),
        ("sha256sum -c SHA256SUMS", True, False),
        ("gatekeeper verify", False, True),
        ("gatekeeper verify", True, False),
    ]


def test_a_rehearsal_has_the_shape_of_the_real_run(product: Product) -> None:
    params = product.policy().params["signing"]
    claims = rehearsed_claims(params, product.policy().product, COMMIT)
    assert claims["repository"] == "example/pump"
    assert claims["ref"] == "refs/tags/v2.3.1"
    assert claims["sha"] == COMMIT
    elsewhere = msgspec.structs.replace(params, identity="https://gitlab.example/pump")
    assert rehearsed_claims(elsewhere, product.policy().product, COMMIT)["sha"] == COMMIT


def test_the_record_is_one_line_of_canonical_json(sealed: Path) -> None:
    raw = (sealed / layout.RECORD).read_text()
    again = json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    assert raw == again

"""Who approved is proven by their own signatures in the dossier: no record can claim an approval that nobody gave."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper import gate
from gatekeeper.dossier import kept_approvals, layout
from gatekeeper.dossier import seal as seal_module
from gatekeeper.dossier.approvals import read_approvals, root_beside
from gatekeeper.dossier.receiver import Receiver
from gatekeeper.dossier.resume import resumed
from gatekeeper.dossier.seal import Order, seal
from gatekeeper.dossier.verify import REFUSED, RELEASED, verify_dossier
from gatekeeper.model.approval import Approval
from gatekeeper.model.check import UserCheck
from gatekeeper.model.errors import EvidenceError, NotAuthenticError, OutageError
from gatekeeper.model.words import Decision, Phase
from gatekeeper.signing.rehearsal import Rehearsal, rehearsal
from tests.dossier.people import MIO, PEOPLE_ISSUER, REN, put_rehearsed
from tests.dossier.product import CHECKS, Product
from tests.dossier.small import Sealed, by_key


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The users' check starts four processes, and has tests of its own."""
    trials = tuple(UserCheck("sha256sum -c SHA256SUMS", changed=c, accepted=not c) for c in (False, True))
    trials += tuple(UserCheck("gatekeeper verify", changed=c, accepted=not c) for c in (False, True))
    monkeypatch.setattr(seal_module, "try_users_check", lambda *_, **__: trials)


@pytest.fixture(scope="module")
def place() -> Iterator[Rehearsal]:
    with rehearsal(issuer=PEOPLE_ISSUER) as running:
        yield running


@pytest.fixture
def order(tmp_path: Path, place: Rehearsal) -> Order:
    """An order with two approvals of exactly what is sealed."""
    product = Product.make(tmp_path / "product")
    plain = product.order(tmp_path / "dossier")
    evidence_set = gate.judge(plain.gathered, Phase.ON_APPROVALS).case.evidence_set
    folder = tmp_path / "approvals"
    for who in (MIO, REN):
        put_rehearsed(folder, place, who, evidence_set)
    return brought(plain, folder)


def brought(order: Order, folder: Path) -> Order:
    found = read_approvals(folder, (MIO, REN), b"", rehearsal=True)
    assert not any(a.problem for a in found), found
    return claiming(order, found, kept_approvals.files_of(folder, found))


def claiming(order: Order, approvals: tuple[Approval, ...], files: dict[str, bytes]) -> Order:
    policy = {name: raw for name, raw in order.kept_files.items() if name.startswith("policy/")}
    return replace(order, approvals=approvals, kept_files=policy | files)


def approvals_in(order: Order) -> dict[str, bytes]:
    return {name: raw for name, raw in order.kept_files.items() if name.startswith("approvals/")}


def step(target: Path) -> tuple[int, str, str]:
    """The exit code, and what the step on approvals said or found."""
    found = verify_dossier(target, Receiver(rehearsal=True), lambda: CHECKS)
    (one,) = [s for s in found.steps if s.what == "approvals"]
    return found.code, one.said, one.fault


def test_they_are_kept_and_proven(order: Order) -> None:
    record = seal(order)

    assert record.decision is Decision.RELEASE, record.reasons
    assert approvals_in(order) == {
        f"approvals/{p.name}": p.read_bytes() for p in (order.target / "approvals").iterdir()
    }
    assert step(order.target) == (
        RELEASED,
        "of this very evidence: mio@example.org as security, ren@example.org as security",
        "",
    )


def test_the_commands_of_verify_md_accept_them(order: Order, python: str) -> None:
    seal(order)
    lines = (order.target / layout.VERIFY).read_text().splitlines()
    commands = [line for line in lines if line.startswith("gatekeeper verify sha256:")]
    env = {"PATH": f"{Path(python).parent}:/usr/bin:/bin", "HOME": str(order.target.parent)}

    assert len(commands) == 2
    for command in commands:
        done = subprocess.run(["/bin/sh", "-c", command], cwd=order.target, env=env, capture_output=True)
        assert done.returncode == RELEASED, done.stderr
        other = command.replace(order_digest(order), "0" * 64)
        done = subprocess.run(["/bin/sh", "-c", other], cwd=order.target, env=env, capture_output=True)
        assert done.returncode == REFUSED, done.stderr


def order_digest(order: Order) -> str:
    """The evidence set that all of an order's approvals are about."""
    (digest,) = {a.evidence_set for a in order.approvals}
    return digest


FORGED: dict[str, Callable[[tuple[Approval, ...], dict[str, bytes]], tuple[Any, dict[str, bytes]]]] = {
    "another person": lambda a, f: ((msgspec.structs.replace(a[0], identity="ada@example.org"), a[1]), f),
    "nobody": lambda a, f: ((msgspec.structs.replace(a[0], identity=""), a[1]), f),
    "a pattern for a person": lambda a, f: ((msgspec.structs.replace(a[0], identity=".*@example.org"), a[1]), f),
    "another issuer": lambda a, f: ((msgspec.structs.replace(a[0], issuer="https://other.example.com"), a[1]), f),
    "another role": lambda a, f: ((msgspec.structs.replace(a[0], role="quality"), a[1]), f),
    "another meaning": lambda a, f: ((msgspec.structs.replace(a[0], meaning="completed"), a[1]), f),
    "other evidence": lambda a, f: ((msgspec.structs.replace(a[0], evidence_set="0" * 64), a[1]), f),
    "another time": lambda a, f: ((msgspec.structs.replace(a[0], signed="2020-01-01T00:00:00+00:00"), a[1]), f),
    "a revocation": lambda a, f: ((msgspec.structs.replace(a[0], revoked=True), a[1]), f),
    "no digest": lambda a, f: ((msgspec.structs.replace(a[0], sha256=""), a[1]), f),
    "no root": lambda a, f: ((msgspec.structs.replace(a[0], root_sha256=""), a[1]), f),
    "no file": lambda a, f: (a, {n: raw for n, raw in f.items() if "mio.sigstore" not in n}),
    "an approval without a file": lambda a, f: ((*a, Approval(file="x.sigstore.json", identity="x@example.org")), f),
    "a file without an approval": lambda a, f: (a[:1], f),
    "a file beside one with a problem": lambda a, f: ((a[0], Approval(file=a[1].file, problem="is spoilt")), f),
    "one for the other": lambda a, f: (
        a,
        f | {"approvals/mio.sigstore.json": f["approvals/ren.sigstore.json"]},
    ),
    "one under the name of the other": lambda a, f: (
        (msgspec.structs.replace(a[0], sha256=a[1].sha256), a[1]),
        f | {"approvals/mio.sigstore.json": f["approvals/ren.sigstore.json"]},
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_job_cannot_claim_what_was_not_signed(order: Order, what: str) -> None:
    """The job signs record and list itself, so every digest of the dossier is right."""
    seal(claiming(order, *FORGED[what](order.approvals, approvals_in(order))))

    code, _, fault = step(order.target)
    assert code == REFUSED
    assert fault


def test_what_does_not_count_is_told_and_not_kept(order: Order) -> None:
    spoilt = Approval(file="x.sigstore.json", problem="signed by nobody whom the [people] table names")
    seal(claiming(order, (*order.approvals, spoilt), approvals_in(order)))

    assert step(order.target)[0] == RELEASED


def test_an_approval_of_other_evidence_is_told_as_such(tmp_path: Path, order: Order, place: Rehearsal) -> None:
    put_rehearsed(tmp_path / "other", place, MIO, "0" * 64)
    seal(brought(order, tmp_path / "other"))

    assert step(order.target)[:2] == (RELEASED, "none of this evidence")


def test_a_file_that_changes_after_it_was_verified_is_not_kept(tmp_path: Path, order: Order) -> None:
    (tmp_path / "approvals/mio.sigstore.json").write_bytes(b"{}")
    with pytest.raises(EvidenceError, match="changed while the gate ran"):
        kept_approvals.files_of(tmp_path / "approvals", order.approvals)
    (tmp_path / "approvals/mio.sigstore.json").unlink()
    with pytest.raises(EvidenceError, match="cannot be read again"):
        kept_approvals.files_of(tmp_path / "approvals", order.approvals)


@pytest.mark.parametrize(
    ("name", "problem"),
    [("a?b.sigstore.json", "its name holds"), ("MIO.sigstore.json", "the name of another approval")],
)
def test_a_name_that_no_dossier_can_hold_does_not_count(tmp_path: Path, order: Order, name: str, problem: str) -> None:
    folder = tmp_path / "approvals"
    shutil.copyfile(folder / "mio.sigstore.json", folder / name)
    shutil.copyfile(folder / "mio.root.json", root_beside(folder / name))

    found = read_approvals(folder, (MIO, REN), b"", rehearsal=True)

    assert sum(problem in a.problem for a in found) == 1
    assert sum(not a.problem for a in found) == 2


class TestResume:
    @pytest.fixture
    def unsigned(self, order: Order) -> Order:
        def closed() -> Any:
            raise OutageError("the service is not there")

        record = seal(replace(order, open_desk=closed))
        assert record.stage == "unsigned"
        return order

    def again(self, order: Order) -> Order:
        product = Product(order.target.parent / "product")
        return resumed(order.target, product.context(), product.row(), CHECKS)

    def test_the_same_approvals_are_signed_for(self, unsigned: Order) -> None:
        record = seal(self.again(unsigned))

        assert record.decision is Decision.RELEASE, record.reasons
        assert step(unsigned.target)[0] == RELEASED

    def test_one_that_somebody_wrote_into_the_record_is_refused(self, order: Order) -> None:
        def closed() -> Any:
            raise OutageError("the service is not there")

        forged = FORGED["another person"](order.approvals, approvals_in(order))
        seal(replace(claiming(order, *forged), open_desk=closed))
        with pytest.raises(NotAuthenticError):
            self.again(order)


class TestRelease:
    """In a real release approvals verify under the one root that the receiver believes, and under nothing beside them."""

    @pytest.fixture
    def released(self, tmp_path: Path) -> Sealed:
        return by_key(tmp_path / "released")

    def steps(self, sealed: Sealed) -> dict[str, str]:
        found = verify_dossier(sealed.folder, sealed.receiver, lambda: CHECKS)
        return {step.what: step.fault or step.said for step in found.steps}

    def test_it_tells_who_approved(self, released: Sealed) -> None:
        assert self.steps(released)["approvals"] == "of this very evidence: mio@example.org as security"
        assert verify_dossier(released.folder, released.receiver, lambda: CHECKS).code == RELEASED

    def test_no_root_beside_an_approval_is_believed(self, released: Sealed, tmp_path: Path, place: Rehearsal) -> None:
        folder = Path(shutil.copytree(released.folder, tmp_path / "dossier"))
        put_rehearsed(folder / "approvals", place, MIO, "0" * 64)

        told = self.steps(replace(released, folder=folder))
        assert "is not the approval that the record tells of" in told["approvals"]

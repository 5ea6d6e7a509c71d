"""What others validly signed, on the same instance or another, is no part of this dossier."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gatekeeper.dossier import layout
from gatekeeper.dossier.desk import Desk, rehearsed_claims
from gatekeeper.dossier.receiver import Receiver
from gatekeeper.dossier.seal import seal
from gatekeeper.dossier.signatures import canonical
from gatekeeper.dossier.verify import REFUSED, RELEASED, verify_dossier
from gatekeeper.model.sums import render
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.rehearsal import Rehearsal, claims_of_release, rehearsal
from gatekeeper.signing.signer import open_signer
from tests.dossier.product import CHECKS, COMMIT, Product

FORK = claims_of_release(repository="mallory/pump", ref="refs/tags/v2.3.1", commit=COMMIT)
FORKS_NAME = "https://github.com/mallory/pump/.github/workflows/release.yml@refs/tags/v2.3.1"


@dataclass(frozen=True)
class Sealed:
    """A dossier, and the instance on which it was signed, still running."""

    folder: Path
    running: Rehearsal

    def by_the_fork(self, name: str) -> bytes:
        """A valid bundle over one of its files, made on the same instance by a fork's release workflow."""
        raw = (self.folder / name).read_bytes()
        with self._fork() as signer:
            return canonical(signer.sign_digest(hashlib.sha256(raw).digest())[0])

    def statement_by_the_fork(self) -> bytes:
        with self._fork() as signer:
            return canonical(signer.sign_statement((self.folder / layout.RECORD).read_bytes())[0])

    def _fork(self):  # type: ignore[no-untyped-def] # a context manager of a Signer
        expected = Expected(identity=FORKS_NAME, issuer=self.running.expected.issuer)
        return open_signer(self.running.instance, self.running.credential_for(FORK), expected)

    def refused(self, **more: object) -> dict[str, str]:
        found = verify_dossier(self.folder, Receiver(rehearsal=True, **more), lambda: CHECKS)  # type: ignore[arg-type]
        assert found.code == REFUSED, found.steps
        return {step.what: step.fault for step in found.steps if step.fault}

    def resum(self) -> None:
        files = {p.relative_to(self.folder).as_posix(): p for p in self.folder.rglob("*") if p.is_file()}
        sums = {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in files.items() if n not in layout.NEVER_LISTED}
        (self.folder / layout.SUMS).write_text(render(sums))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    place = tmp_path_factory.mktemp("foreign")
    product = Product.make(place / "product")
    policy = product.policy()
    with rehearsal(rehearsed_claims(policy.params["signing"], policy.product, COMMIT)) as running:
        with open_signer(running.instance, running.credential, running.expected) as signer:
            desk = Desk(signer, running.expected, running.instance, rehearsal=True)
            seal(product.order(place / "dossier", open_desk=lambda: _open(desk)))
        yield Sealed(place / "dossier", running)


class _open:  # noqa: N801 - reads as the context manager that it is
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __enter__(self) -> Desk:
        return self.desk

    def __exit__(self, *_: object) -> None:
        """The signer is closed by whoever opened it."""


@pytest.fixture
def mine(original: Sealed, tmp_path: Path) -> Sealed:
    return Sealed(Path(shutil.copytree(original.folder, tmp_path / "dossier")), original.running)


def test_untouched_it_is_authentic(mine: Sealed) -> None:
    assert verify_dossier(mine.folder, Receiver(rehearsal=True), lambda: CHECKS).code == RELEASED


def test_the_list_validly_signed_by_a_fork(mine: Sealed) -> None:
    (mine.folder / layout.SUMS_BUNDLE).write_bytes(mine.by_the_fork(layout.SUMS))
    assert "mallory" in mine.refused()["signature over all files"]


def test_everything_changed_and_validly_signed_by_a_fork(mine: Sealed) -> None:
    """Whoever controls a fork can make a whole dossier, but not in the name of the original."""
    (mine.folder / layout.RECORD_BUNDLE).write_bytes(mine.statement_by_the_fork())
    mine.resum()
    (mine.folder / layout.SUMS_BUNDLE).write_bytes(mine.by_the_fork(layout.SUMS))
    said = mine.refused()
    assert "mallory" in said["signature over all files"]
    assert "mallory" in said["signature over the record"]


def test_a_released_file_validly_signed_by_a_fork(mine: Sealed) -> None:
    (mine.folder / layout.bundle("pump.whl")).write_bytes(mine.by_the_fork("artifacts/pump.whl"))
    mine.resum()
    said = mine.refused()
    assert "mallory" in said["signatures over released files"]
    assert "signature over all files" in said


def test_a_second_signature_of_the_right_signer_is_not_the_one_of_the_record(mine: Sealed) -> None:
    digest = hashlib.sha256((mine.folder / "artifacts/pump.whl").read_bytes()).digest()
    running = mine.running
    with open_signer(running.instance, running.credential, running.expected) as signer:
        (mine.folder / layout.bundle("pump.whl")).write_bytes(canonical(signer.sign_digest(digest)[0]))
        mine.resum()
        sums = hashlib.sha256((mine.folder / layout.SUMS).read_bytes()).digest()
        (mine.folder / layout.SUMS_BUNDLE).write_bytes(canonical(signer.sign_digest(sums)[0]))
    assert "not the signature that the record tells of" in mine.refused()["signatures over released files"]


def test_another_instances_root_of_the_receiver(mine: Sealed) -> None:
    with rehearsal() as stranger:
        said = mine.refused(trusted_root=stranger.trusted_root)
    assert {"signature over all files", "signature over the record", "signatures over released files"} <= said.keys()


def test_another_instances_root_in_the_dossier(mine: Sealed) -> None:
    with rehearsal() as stranger:
        (mine.folder / layout.TRUSTED_ROOT).write_bytes(stranger.trusted_root)
    mine.resum()
    said = mine.refused()
    assert "signature over all files" in said
    assert "not the one under which this was signed" in said["evidence, policy, report"]

"""Each service down, slow or babbling, at the first and the last step of sealing: unsigned, whole, and resumable."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.dossier import layout
from gatekeeper.dossier import seal as seal_module
from gatekeeper.dossier.desk import Desk, rehearsed_claims
from gatekeeper.dossier.receiver import Receiver
from gatekeeper.dossier.resume import resumed
from gatekeeper.dossier.seal import seal
from gatekeeper.dossier.verify import RELEASED, UNDECIDED, verify_dossier
from gatekeeper.model.check import UserCheck
from gatekeeper.model.words import Decision
from gatekeeper.signing.credential import ambient
from gatekeeper.signing.limits import Limits
from gatekeeper.signing.rehearsal import Fault, Rehearsal, rehearsal
from gatekeeper.signing.signer import open_signer
from tests.dossier.product import CHECKS, COMMIT, Product

QUICK = Limits(connect=0.5, read=0.5, budget=2.0, attempts=1, pause=0.01)
SIGNATURES = 5  # the list of artifacts, wheel and SBOM, the record, SHA256SUMS
STEPS = [
    *(("oidc", 0), ("fulcio", 0)),
    *((service, done) for service in ("tsa", "rekor") for done in (0, SIGNATURES - 1)),
]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The users' check starts four processes, and has tests of its own."""
    trials = tuple(UserCheck("sha256sum -c SHA256SUMS", changed=c, accepted=not c) for c in (False, True))
    trials += tuple(UserCheck("gatekeeper verify", changed=c, accepted=not c) for c in (False, True))
    monkeypatch.setattr(seal_module, "try_users_check", lambda *_, **__: trials)


@contextmanager
def job(product: Product, service: str, fault: Fault) -> Iterator[Desk]:
    """The desk of a job, on an instance of which one service fails."""
    policy = product.policy()
    claims = rehearsed_claims(policy.params["signing"], policy.product, COMMIT)
    with rehearsal(claims) as running:
        running.faults[service] = fault
        with (
            pytest.MonkeyPatch.context() as patch,
            open_signer(running.instance, ambient, running.expected, QUICK) as signer,
        ):
            _in_a_github_job(running, patch)
            yield Desk(signer, running.expected, running.instance, rehearsal=True)


def _in_a_github_job(running: Rehearsal, patch: pytest.MonkeyPatch) -> None:
    for name in ("GITLAB_CI", "BUILDKITE", "CIRCLECI"):
        patch.delenv(name, raising=False)
    for name, value in running.ambient.items():
        patch.setenv(name, value)
    patch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "a-token-that-stands-nowhere-else")


def code(target: Path, **more: Any) -> int:
    return verify_dossier(target, Receiver(rehearsal=True, **more), lambda: CHECKS).code


@pytest.mark.parametrize("kind", ["down", "hangs", "garbage"])
@pytest.mark.parametrize(("service", "done"), STEPS, ids=[f"{service} after {done}" for service, done in STEPS])
def test_sealed_unsigned_and_finished_by_resume(
    product: Product, tmp_path: Path, service: str, done: int, kind: str
) -> None:
    """SIGN-08: within the budget, exit 3, with advice; nothing half-written; the identical files are signed later."""
    target, begun = tmp_path / "dossier", time.monotonic()
    record = seal(product.order(target, open_desk=lambda: job(product, service, Fault(kind, after=done))))
    assert time.monotonic() - begun < SIGNATURES * QUICK.budget + 20.0  # else it waits for as long as the service does
    assert (record.decision, record.stage) == (Decision.UNDECIDED, "unsigned")
    assert "--resume" in record.sealing.outage
    assert {p.name for p in tmp_path.iterdir()} == {"dossier", "product"}
    assert not list(target.rglob("*.sigstore.json"))
    assert code(target) == UNDECIDED
    kept = {p.name: p.read_bytes() for p in (target / layout.ARTIFACTS).iterdir()}

    finished = seal(resumed(target, product.context(), product.row(), CHECKS))
    assert finished.decision is Decision.RELEASE
    assert {p.name: p.read_bytes() for p in (target / layout.ARTIFACTS).iterdir()} == kept
    assert code(target, replay=True) == RELEASED


def test_without_faults_that_desk_seals(product: Product, tmp_path: Path) -> None:
    """Else the tests above would show nothing."""
    harmless = Fault("down", times=0)
    order = replace(product.order(tmp_path / "dossier"), open_desk=lambda: job(product, "tsa", harmless))
    assert seal(order).decision is Decision.RELEASE
    assert code(tmp_path / "dossier") == RELEASED

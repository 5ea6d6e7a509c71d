"""`gatekeeper selftest --report`: signed as a release is, or unsigned only on request and then saying so."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from gatekeeper import gate
from gatekeeper.cli.app import run
from gatekeeper.cli.exits import BLOCKED, RELEASED, UNDECIDED, USAGE
from gatekeeper.model.selftest import SampleResult, SelfTest
from gatekeeper.model.words import Outcome
from gatekeeper.selftest import suite
from tests.conftest import Workspace
from tests.dossier.product import CHECKS, Product

GOOD = SampleResult("KEY-01", "good", False, Outcome.PASSED)
STOPPED = SampleResult("KEY-01", "a key in the tree", True, Outcome.FAILED)
MISSED = SampleResult("KEY-02", "a key in the history", True, Outcome.PASSED)


def of(*samples: SampleResult) -> SelfTest:
    return SelfTest("1", "0" * 64, "0.1.0", "here", {"bandit": "1.9.4"}, samples)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite itself has its own tests; here it is what becomes of its result."""
    monkeypatch.setattr(gate, "checks", lambda: dict(CHECKS))
    monkeypatch.setattr(suite, "run_selftest", lambda **_: of(GOOD, STOPPED))


@pytest.fixture
def product(workspace: Workspace) -> Path:
    Product.make(workspace.root)
    workspace.commit()
    return workspace.root


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "the report.json"


def call(product: Path, *words: object) -> int:
    return run(["-C", str(product), "selftest", *map(str, words)])


def test_a_rehearsed_report_verifies_with_the_command_that_is_printed(
    product: Path, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(product, "--report", report, "--rehearsal") == RELEASED

    printed = capsys.readouterr().out
    assert "REHEARSAL" in printed
    command = shlex.split(printed.splitlines()[-1])
    assert command[:2] == ["gatekeeper", "verify"]
    assert run(command[1:]) == RELEASED
    assert run([word for word in command[1:] if word != "--rehearsal"]) == BLOCKED
    told = json.loads(report.read_bytes())
    assert (told["signature"]["kind"], told["passed"]) == ("rehearsal", True)

    report.write_bytes(report.read_bytes().replace(b"a key in the tree", b"a key in the hut."))
    assert run(command[1:]) == BLOCKED


def test_a_failed_self_test_is_signed_as_such(
    product: Path, report: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(suite, "run_selftest", lambda **_: of(GOOD, STOPPED, MISSED))

    assert call(product, "--report", report, "--rehearsal") == BLOCKED
    assert json.loads(report.read_bytes())["passed"] is False
    assert run(shlex.split(capsys.readouterr().out.splitlines()[-1])[1:]) == RELEASED


def test_without_an_identity_nothing_is_written(product: Path, report: Path) -> None:
    assert call(product, "--report", report) == UNDECIDED
    assert not list(report.parent.glob("the report*"))


def test_without_a_signing_table_nothing_is_written(product: Path, report: Path) -> None:
    policy = product / "gatekeeper.toml"
    text = policy.read_text()
    policy.write_text(text[: text.index("[signing]")] + text[text.index("[build-identity]") :])

    assert call(product, "--report", report, "--rehearsal") == UNDECIDED
    assert not report.exists()


def test_without_a_policy_it_cannot_be_signed(tmp_path: Path, report: Path) -> None:
    assert call(tmp_path, "--report", report) == USAGE
    assert not report.exists()


def test_unsigned_only_on_request_and_then_it_says_so(
    tmp_path: Path, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path, "--report", report, "--unsigned") == RELEASED
    assert "UNSIGNED" in capsys.readouterr().out
    assert json.loads(report.read_bytes())["signature"] == {
        "kind": "unsigned",
        "identity": "",
        "issuer": "",
        "said": "UNSIGNED: nobody vouches for this report",
    }
    assert [p.name for p in report.parent.glob("the report*")] == [report.name]


def test_an_unsigned_report_never_stands_beside_an_older_signature(product: Path, report: Path) -> None:
    assert call(product, "--report", report, "--rehearsal") == RELEASED
    before = report.read_bytes()

    assert call(product, "--report", report, "--unsigned") == USAGE
    assert report.read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--rehearsal",), id="nothing to sign"),
        pytest.param(("--unsigned",), id="nothing to leave unsigned"),
        pytest.param(("--report", "x.json", "--rehearsal", "--unsigned"), id="both"),
    ],
)
def test_contradictions_are_refused(product: Path, words: tuple[str, ...]) -> None:
    assert call(product, *words) == USAGE


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    assert call(tmp_path, "--report", tmp_path / "no" / "x.json", "--unsigned") == UNDECIDED

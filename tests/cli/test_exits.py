"""The exit-code contract: one map, for every way a call can end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from gatekeeper.cli.app import run
from gatekeeper.cli.exits import MEANINGS, OF_DECISION, guarded
from gatekeeper.model.errors import (
    EvidenceError,
    GatekeeperError,
    NotAuthenticError,
    OutageError,
    PolicyError,
    SealError,
    ToolError,
    UsageError,
)
from gatekeeper.model.words import Decision


class PanicException(BaseException):
    """As libraries in Rust raise it, past Exception."""


def raising(error: BaseException) -> int:
    def program() -> int:
        raise error

    return guarded(program)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(UsageError("x"), 2, id="usage"),
        pytest.param(PolicyError(("a:1: x", "a:2: y")), 2, id="policy"),
        pytest.param(NotAuthenticError("x"), 1, id="not authentic"),
        pytest.param(EvidenceError("x"), 3, id="evidence"),
        pytest.param(ToolError("x"), 3, id="tool"),
        pytest.param(OutageError("x"), 3, id="outage"),
        pytest.param(SealError("x"), 3, id="seal"),
        pytest.param(GatekeeperError("x"), 3, id="any other of ours"),
        pytest.param(click.UsageError("x"), 2, id="click usage"),
        pytest.param(click.ClickException("x"), 3, id="click"),
        pytest.param(click.Abort(), 130, id="abort"),
        pytest.param(KeyboardInterrupt(), 130, id="interrupt"),
        pytest.param(ZeroDivisionError("x"), 3, id="our own fault"),
        pytest.param(SystemExit(0), 3, id="a library that ends the program well"),
        pytest.param(SystemExit(), 3, id="a library that ends the program"),
        pytest.param(PanicException("x"), 3, id="a library in Rust that panics"),
        pytest.param(MemoryError(), 3, id="no memory"),
        pytest.param(RecursionError(), 3, id="too deep"),
    ],
)
def test_every_error_has_one_code_and_none_is_zero(error: BaseException, code: int) -> None:
    assert raising(error) == code


def test_a_program_that_says_nothing_is_undecided() -> None:
    assert guarded(lambda: None) == 3


def test_every_decision_has_a_code_and_only_release_is_zero() -> None:
    assert {d: OF_DECISION[d] for d in Decision} == {
        Decision.RELEASE: 0,
        Decision.BLOCK: 1,
        Decision.UNDECIDED: 3,
    }
    assert set(OF_DECISION.values()) <= set(MEANINGS)


def test_every_fault_of_a_policy_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    raising(PolicyError(("gatekeeper.toml:3: one", "gatekeeper.toml:9: two")))

    err = capsys.readouterr().err
    assert "gatekeeper.toml:3: one" in err
    assert "gatekeeper.toml:9: two" in err
    assert "2 fault(s); nothing was judged" in err


def test_control_characters_in_a_message_are_made_visible(capsys: pytest.CaptureFixture[str]) -> None:
    raising(EvidenceError("issues\x1b[2Jx\rfake: PASS"))

    assert "\x1b" not in capsys.readouterr().err


def gatekeeper(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gatekeeper", *words], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["--version"], 0, id="version"),
        pytest.param(["--help"], 0, id="help"),
        pytest.param(["check", "--help"], 0, id="help of a command"),
        pytest.param(["chek"], 2, id="command misspelt"),
        pytest.param(["check", "--onyl", "sbom"], 2, id="option misspelt"),
        pytest.param(["check"], 2, id="no policy"),
        pytest.param(["-C", "nowhere", "check"], 2, id="no folder"),
        pytest.param(["check", "-o", "jsno"], 2, id="format misspelt"),
        pytest.param(["check", "--effective-time", "yesterday"], 2, id="not a time"),
        pytest.param(["check", "--effective-time", "2026-11-20T09:00:00"], 2, id="a time without zone"),
        pytest.param(["check", "--shard", "9/8"], 2, id="no such shard"),
        pytest.param(["report", "nowhere"], 3, id="no dossier"),
    ],
)
def test_real_processes_end_with_the_code(tmp_path: Path, words: list[str], code: int) -> None:
    done = gatekeeper(*words, cwd=tmp_path)

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-20", "now"])
def test_a_time_that_is_none_is_a_fault_of_the_call(time: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--effective-time", time]) == 2
    assert time in capsys.readouterr().err


def test_approvals_that_are_not_where_the_call_says_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gatekeeper.toml").write_text('schema = 1\n[product]\nname = "p"\nversion = "1"\nmanufacturer = "m"\n')
    run(["-C", str(tmp_path), "check", "--approvals", "aprovals"])

    assert "no folder" in capsys.readouterr().err


def test_a_misspelt_command_is_answered_with_the_right_one(tmp_path: Path) -> None:
    assert 'Did you mean "check"?' in gatekeeper("chek", cwd=tmp_path).stderr
    assert 'did you mean "json"?' in gatekeeper("check", "-o", "jsno", cwd=tmp_path).stderr

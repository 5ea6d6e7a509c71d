"""What became of the standard streams changes neither a judgement nor its exit code into something better, and a
stream that cannot be written is said in words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.dossier.product import POLICY, Product

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="closes streams as a POSIX shell does")
pytestmark = POSIX


def gatekeeper(redirection: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    script = f'exec {redirection}; exec "$0" -m gatekeeper "$@"'
    return subprocess.run(
        ["/bin/sh", "-c", script, sys.executable, *words],
        cwd=cwd, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["explain", "CODE-01"], 0, id="explained"),
        pytest.param(["check"], 2, id="no policy"),
        pytest.param(["report", "nowhere"], 3, id="no dossier"),
    ],
)
def test_a_closed_stream_leaves_the_exit_code_as_it_is(
    tmp_path: Path, closed: str, words: list[str], code: int
) -> None:
    done = gatekeeper(closed, *words, cwd=tmp_path)

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_that_is_printed_lands_in_a_file_of_ours(workspace: Workspace) -> None:
    """With standard output closed, the next file that is opened would get its number."""
    Product.make(workspace.root, policy=POLICY.replace('verdict = "good"', ""))
    workspace.commit()

    closed = gatekeeper(">&-", "check", "-o", "text", "-o", "json=out.json", cwd=workspace.root)
    plain = gatekeeper(">/dev/null", "check", "-o", "text", "-o", "json=plain.json", cwd=workspace.root)

    assert closed.returncode == plain.returncode != 0
    assert (workspace.root / "out.json").read_bytes().startswith(b"{")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["explain", "CODE-01"], id="plain lines"),
        pytest.param(["check", "-o", "json"], id="a record"),
    ],
)
def test_a_full_standard_output_is_undecided_and_says_so(workspace: Workspace, words: list[str]) -> None:
    Product.make(workspace.root, policy=POLICY.replace('verdict = "good"', ""))
    workspace.commit()

    done = gatekeeper(">/dev/full", *words, cwd=workspace.root)

    assert done.returncode == 3
    assert "standard output cannot be written: No space left on device" in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_a_full_standard_error_does_not_hide_the_judgement(tmp_path: Path) -> None:
    assert gatekeeper("2>/dev/full", "check", cwd=tmp_path).returncode == 2


def test_a_reader_that_goes_away_is_no_fault_of_the_gate(tmp_path: Path) -> None:
    """`gatekeeper explain fda | head -1` ended in a traceback and `gatekeeper itself failed`."""
    script = '"$0" -m gatekeeper explain people | (exec 0<&-; sleep 3)'
    done = subprocess.run(
        ["/bin/sh", "-c", script, sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert "Traceback" not in done.stderr
    assert "itself failed" not in done.stderr
    assert "the reader of standard output went away" in done.stderr

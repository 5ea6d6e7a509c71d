"""A named pipe in the place of a file does not make the gate wait for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.tools.pipes import refuse_pipes
from tests.conftest import Workspace
from tests.dossier.product import POLICY, Product

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="named pipes that are files are POSIX's")


@pytest.mark.parametrize("opened", [Path.read_bytes, Path.read_text, lambda p: os.open(p, os.O_RDONLY), open])
def test_a_pipe_is_refused_and_files_are_not(tmp_path: Path, opened: object) -> None:
    assert callable(opened)
    refuse_pipes()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("x")

    with pytest.raises(OSError, match="a named pipe"):
        opened(tmp_path / "pipe")
    with pytest.raises(FileNotFoundError):
        opened(tmp_path / "missing")
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("name", ["deviations.toml", "dist/pump.whl", "approvals/x.sigstore.json"])
def test_the_gate_says_so_and_goes_on(workspace: Workspace, name: str) -> None:
    Product.make(workspace.root, policy=POLICY.replace('verdict = "good"', ""))
    workspace.commit()
    (workspace.root / name).unlink(missing_ok=True)
    (workspace.root / name).parent.mkdir(exist_ok=True)
    os.mkfifo(workspace.root / name)

    done = subprocess.run(
        [sys.executable, "-m", "gatekeeper", "-v", "check", "dist/pump.whl", "--approvals", "approvals"],
        cwd=workspace.root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["report", "verify"])
def test_a_record_that_is_a_pipe(tmp_path: Path, command: str) -> None:
    os.mkfifo(tmp_path / "record.json")

    done = subprocess.run(
        [sys.executable, "-m", "gatekeeper", command, str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode in (1, 3)
    assert "named pipe" in done.stderr

"""The guards that tests/conftest.py puts round every test do bite."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

CONFTEST = Path(__file__).parents[1] / "conftest.py"


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_the_network_beyond_loopback_is_refused(address: str) -> None:
    with pytest.raises(RuntimeError, match="only loopback is allowed"):
        socket.create_connection((address, 443), timeout=1)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()


def test_home_is_empty_but_for_the_git_identity() -> None:
    assert sorted(p.name for p in Path.home().iterdir()) == [".gitconfig"]


def test_properties_may_use_the_guards() -> None:
    @given(st.integers())
    def holds(_n: int) -> None:
        assert "GITHUB_ACTIONS" not in os.environ

    holds()


INNER = """
import os, pytest

def test_no_variable_of_the_pipeline_is_left():
    assert not [name for name in os.environ if name.startswith(("GITHUB_", "CI", "GATEKEEPER_", "RUNNER_"))]

@pytest.mark.hsm
def test_component():
    pytest.skip("no token")
"""


def _outer(tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "test_inner.py").write_text(INNER)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    hsm: x\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    return subprocess.run(command, cwd=tmp_path, env={**os.environ, **env}, capture_output=True, text=True, check=False)


def test_inside_a_pipeline_its_variables_are_gone(tmp_path: Path) -> None:
    done = _outer(tmp_path, GITHUB_ACTIONS="true", CI="true", GATEKEEPER_POLICY="/nowhere", RUNNER_TEMP="/tmp")

    assert "1 passed, 1 skipped" in done.stdout


def test_a_skipped_component_fails_where_components_are_set_up(tmp_path: Path) -> None:
    done = _outer(tmp_path, GATEKEEPER_CI_COMPONENTS="1")

    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    assert "needs hsm and was skipped" in done.stdout

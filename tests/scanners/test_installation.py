"""Another Bandit, Python or gatekeeper is another installation, however it came about."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.scanners import installation


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for gatekeeper's own files, and one that stands for Bandit's."""
    place = tmp_path / "installed"
    for name in ("gatekeeper/cli/hook.py", "site/bandit/__init__.py", "site/bandit/plugins/exec.py"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("x = 1\n")
    monkeypatch.setattr(installation, "_OURS", str(place / "gatekeeper"))
    monkeypatch.setattr(sys, "path", [str(place / "site")])
    return place


def told() -> bytes:
    installation._known.clear()
    return installation.fingerprint("/no/tree")


def rewritten_in_place(place: Path) -> None:
    file = place / "site/bandit/plugins/exec.py"
    about = file.stat()
    file.write_text("x = 2\n")
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))  # same size, same times: only the status shows it


def replaced(place: Path) -> None:
    file = place / "gatekeeper/cli/hook.py"
    file.rename(place / "old")
    file.write_text("x = 1\n")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(rewritten_in_place, id="a plugin edited and its times set back"),
        pytest.param(replaced, id="a file of ours replaced by an equal one"),
        pytest.param(lambda place: (place / "gatekeeper/new.py").write_text(""), id="a file of ours added"),
        pytest.param(lambda place: (place / "site/bandit/plugins/exec.py").unlink(), id="a plugin removed"),
        pytest.param(lambda place: (place / "site/other.dist-info").mkdir(), id="another package installed"),
        pytest.param(lambda place: sys.path.insert(0, str(place)), id="another place for modules"),
    ],
)
def test_a_change_makes_another_installation(ours: Path, change: Callable[[Path], object]) -> None:
    before = told()
    assert told() == before

    change(ours)

    assert told() != before


def test_byte_code_and_the_scanned_tree_have_no_part_in_it(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = told()

    (ours / "gatekeeper/__pycache__").mkdir()
    (ours / "gatekeeper/__pycache__/hook.pyc").write_bytes(b"x")
    monkeypatch.chdir(ours)
    monkeypatch.setattr(sys, "path", ["", str(ours), *sys.path])

    assert told() == before


def test_without_bandit_it_is_told_all_the_same(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = told()
    monkeypatch.setattr(sys, "path", [])

    assert told() != before


def test_it_is_told_once_as_early_as_anybody_asks(ours: Path) -> None:
    before = told()
    replaced(ours)

    assert installation.fingerprint("/no/tree") == before


def test_another_python_is_another_installation(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = told()
    monkeypatch.setattr(sys, "version", "3.99.0")

    assert told() != before


def test_two_processes_tell_the_same(python: str) -> None:
    program = "from gatekeeper.scanners.installation import fingerprint; print(fingerprint('/no/tree').hex())"
    command = [python, "-I", "-c", program]
    runs = {subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)}

    assert len(runs) == 1
    assert len(runs.pop().strip()) == 64

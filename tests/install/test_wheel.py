"""The wheel holds everything, and works where nothing of the source tree is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from importlib import resources
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
TOOL = ("gatekeeper", "policies")


@pytest.fixture(scope="module")
def wheel(index: None, tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [str(BIN / "uv"), "build", "--quiet", "--wheel", "--out-dir", str(out), str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the hash lock and the wheel; the folder of its programs."""
    env = tmp_path_factory.mktemp("environment") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(env)], check=True)
    install = [str(BIN / "uv"), "pip", "install", "--quiet", "--python", str(env / "bin" / "python"), "--no-deps"]
    lock = ["--require-hashes", "-r", str(tree / "hooks" / "requirements.txt")]
    for what in (lock, [str(wheel)]):
        done = subprocess.run([*install, *what], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return env / "bin"


@pytest.mark.install
def test_every_file_of_the_tool_is_in_the_wheel_and_nothing_else(wheel: Path, tree: Path) -> None:
    files = (p for top in TOOL for p in (tree / top).rglob("*") if p.is_file())
    wanted = {p.relative_to(tree).as_posix() for p in files if "__pycache__" not in p.parts}
    laid_out = {f"gatekeeper/{name}" if name.startswith("policies/") else name for name in wanted}

    with zipfile.ZipFile(wheel) as archive:
        found = {n for n in archive.namelist() if ".dist-info/" not in n}

    assert sorted(laid_out - found) == [], "not in the wheel: name the package or its data in pyproject.toml"
    assert sorted(found - laid_out) == []


@pytest.mark.install
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--version"], id="version"),
        pytest.param(["--help"], id="help"),
        pytest.param(["explain", "SBOM-04"], id="explain"),
        pytest.param(["explain", "B602"], id="explain Bandit"),
        pytest.param(["schema", "policy"], id="schema"),
        pytest.param(["doctor", "--only", "tool"], id="doctor"),
        pytest.param(["init", "--name", "p", "--version", "1", "--manufacturer", "Example"], id="init"),
    ],
)
def test_the_installed_command_runs_in_an_empty_folder(installed: Path, tmp_path: Path, words: list[str]) -> None:
    env = {"PATH": os.defpath, "HOME": str(tmp_path)}
    done = subprocess.run(
        [str(installed / "gatekeeper"), *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.install
def test_the_installed_gate_judges_a_product(installed: Path, tmp_path: Path) -> None:
    env = {"PATH": os.defpath, "HOME": str(tmp_path)}
    (tmp_path / "gatekeeper.toml").write_text(
        'schema = 1\n[product]\nname = "p"\nversion = "1.0"\nmanufacturer = "Example"\n[secure-coding]\n'
    )
    (tmp_path / "app.py").write_text('import subprocess\nsubprocess.call("ls " + input(), shell=True)\n')

    command = [str(installed / "gatekeeper"), "check", "-o", "json"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    record = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr
    assert record.get("predicate", record)["decision"] == "block"


def test_the_editable_install_reads_the_policies_of_this_tree(repository: Path) -> None:
    found = resources.files("gatekeeper.policies").joinpath("rules.toml")

    assert Path(str(found)).resolve() == (repository / "policies" / "rules.toml").resolve()

"""Both steps of the Action for real: the environment from the hash lock, and the gate in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

POLICY = 'schema = 1\n[product]\nname = "p"\nversion = "1.0"\nmanufacturer = "Example"\n[secure-coding]\n'
BAD = 'import subprocess\nsubprocess.call("ls " + input(), shell=True)\n'
SHADOWED = ("click", "yaml", "rich", "msgspec", "gatekeeper", "bandit", "tomli", "json", "encodings", "sitecustomize")

pytestmark = [pytest.mark.install]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One RUNNER_TEMP for all calls of this file, like one job; its path holds a space."""
    return tmp_path_factory.mktemp("runner temp")


@pytest.fixture
def gate(make_runner: Any, repository: Path, workspace: Path, job: Path, python: str) -> Any:
    (workspace / "gatekeeper.toml").write_text(POLICY)
    runner = make_runner(repository, workspace, job / workspace.parent.name)
    runner.temp.mkdir()

    def call(**inputs: Any) -> Any:
        env = inputs.pop("env", {}) | {"RUNNER_TEMP": str(job)}
        for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "All"], ["tag", "v1.0"]):
            subprocess.run(["git", *words], cwd=workspace, check=True)
        found = runner(command="check", python=python, env=env, **inputs)
        if "could not be installed" in found.log:
            pytest.skip("no package index can be reached")
        return found

    return call


def test_what_lacks_evidence_is_not_released(gate: Any, workspace: Path) -> None:
    (workspace / "app.py").write_text("x = 1\n")

    result = gate()

    assert result.outputs["decision"] in ("block", "undecided"), result.log
    assert result.codes in ((0, 1), (0, 3))


def test_an_invalid_policy_is_a_usage_error_and_undecided(gate: Any, workspace: Path) -> None:
    (workspace / "gatekeeper.toml").write_text(POLICY + "[privat-keys]\n")

    result = gate()

    assert result.codes == (0, 2)
    assert result.outputs["decision"] == "undecided"
    assert 'did you mean "private-keys"?' in result.log


def test_a_finding_blocks_and_the_reports_are_there(gate: Any, workspace: Path) -> None:
    (workspace / "app.py").write_text(BAD)

    result = gate()

    assert result.outputs["decision"] == "block", result.log
    assert "CODE-01" in result.outputs["failed-rules"]
    for name in ("record", "report", "sarif"):
        assert Path(result.outputs[name]).is_file(), name
    assert "app.py" in result.summary


def test_modules_of_the_workspace_are_not_imported(gate: Any, workspace: Path) -> None:
    (workspace / "app.py").write_text(BAD)
    for name in SHADOWED:
        (workspace / f"{name}.py").write_text('raise SystemExit("HIJACKED")\n')

    result = gate(env={"PYTHONPATH": str(workspace), "PYTHONSTARTUP": str(workspace / "json.py")})

    assert result.outputs["decision"] == "block", result.log
    assert "HIJACKED" not in result.log


def test_the_gate_knows_its_own_version_and_build(gate: Any, workspace: Path) -> None:
    (workspace / "app.py").write_text("x = 1\n")

    record = json.loads(Path(gate().outputs["record"]).read_text())

    rules = {rule["id"]: rule for rule in record.get("predicate", record)["rules"]}
    assert rules["GATE-02"]["outcome"] == "passed", rules["GATE-02"]


def test_the_second_call_uses_the_same_environment(gate: Any, job: Path, workspace: Path) -> None:
    (workspace / "app.py").write_text("x = 1\n")
    gate()
    (workspace / ".git").rename(workspace.parent / "first")
    before = {p.name: p.stat().st_mtime_ns for p in job.glob("gatekeeper-*/finished")}

    gate()

    assert {p.name: p.stat().st_mtime_ns for p in job.glob("gatekeeper-*/finished")} == before
    assert len([p for p in job.glob("gatekeeper-*") if (p / "finished").exists()]) == 1


def test_findings_cannot_give_workflow_commands(gate: Any, workspace: Path) -> None:
    (workspace / "::error::forged.py").write_text(BAD)

    lines = gate().log.splitlines()

    stop = next(i for i, line in enumerate(lines) if line.startswith("::stop-commands::"))
    end = lines.index(f"::{lines[stop].removeprefix('::stop-commands::')}::")
    outside = lines[:stop] + lines[end:]
    assert any("forged" in line for line in lines[stop:end])
    assert [line for line in outside if line.startswith("::error::forged")] == []


@pytest.mark.parametrize("python", ["python-that-is-not-there", "/bin/false"])
def test_without_a_python_nothing_is_decided(make_runner: Any, repository: Path, workspace: Path, python: str) -> None:
    result = make_runner(repository, workspace, workspace.parent / "temp")(python=python)

    assert not result.ok
    assert result.outputs["decision"] == "undecided"

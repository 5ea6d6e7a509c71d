"""action.yml, the hook manifest and the workflow template, read by the tools that know their formats."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

BIN = Path(sys.executable).parent


def _run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def action(repository: Path) -> dict[str, dict[str, dict[str, str]]]:
    return yaml.safe_load((repository / "action.yml").read_text())


def test_the_schema_of_actions_accepts_it(repository: Path) -> None:
    done = _run("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml", cwd=repository)

    assert done.returncode == 0, done.stdout


def test_zizmor_as_an_auditor_finds_nothing(repository: Path) -> None:
    done = _run("zizmor", "--offline", "--no-progress", "--persona", "auditor", "action.yml", cwd=repository)

    assert done.returncode == 0, done.stdout
    assert "No findings to report" in done.stdout


def test_zizmor_would_find_an_input_inside_a_script(repository: Path, tmp_path: Path) -> None:
    text = (repository / "action.yml").read_text()
    (tmp_path / "action.yml").write_text(text.replace("hooks/action.py\"'", "hooks/action.py\" ${{ inputs.policy }}'"))

    done = _run("zizmor", "--offline", "--no-progress", "--persona", "auditor", "action.yml", cwd=tmp_path)

    assert done.returncode != 0
    assert "template-injection" in done.stdout


def test_no_expression_stands_inside_a_script(action: dict) -> None:
    assert [s["run"] for s in action["runs"]["steps"] if "${{" in s["run"]] == []


def test_no_other_action_is_called(action: dict) -> None:
    assert [s for s in action["runs"]["steps"] if "uses" in s] == []


def test_every_default_but_the_token_is_empty(action: dict) -> None:
    assert {n: i["default"] for n, i in action["inputs"].items() if i["default"]} == {"token": "${{ github.token }}"}


def test_every_input_reaches_a_step(action: dict) -> None:
    text = yaml.safe_dump(action["runs"]["steps"])

    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(action["inputs"])

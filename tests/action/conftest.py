"""A runner for composite actions, as GitHub's behaves where that matters, and offline.

`run:` steps run in bash with the runner's files and variables. Only `inputs.*`, `steps.*.outputs.*` (with an
`|| 'literal'`) and `github.token` are expanded: any other expression, and any nested `uses:`, is refused.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass(frozen=True)
class Job:
    """What a call of the action left behind."""

    codes: tuple[int, ...]
    outputs: dict[str, str]
    log: str
    summary: str

    @property
    def ok(self) -> bool:
        """The job goes on."""
        return not any(self.codes)


def read_outputs(text: str) -> dict[str, str]:
    """The file behind GITHUB_OUTPUT: `name=value` lines and `name<<MARK` blocks."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, block, mark = line.partition("<<")
        if block and "=" not in name:
            found[name] = "\n".join(iter(lambda: next(lines), mark))
        else:
            name, _, found[name] = line.partition("=")
    return found


class Runner:
    """Runs one action in one workspace; calls that share a Runner share RUNNER_TEMP, like one job."""

    def __init__(self, action: Path, workspace: Path, temp: Path) -> None:
        self.action, self.workspace, self.temp = action, workspace, temp
        self.spec: dict[str, Any] = yaml.safe_load((action / "action.yml").read_text())
        self.calls = 0

    def __call__(self, *, setup: str = "", env: dict[str, str] | None = None, **inputs: str) -> Job:
        """Run all steps; `setup` stands for a first step that has ended with this interpreter."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        unknown = set(given) - set(self.spec["inputs"])
        assert not unknown, f"no such inputs: {unknown}"
        values = {
            name: self._expand(str(item.get("default", "")), {}, {}) for name, item in self.spec["inputs"].items()
        } | given
        steps: dict[str, dict[str, str]] = {"setup": {"python": setup}} if setup else {}
        self.calls += 1
        call = self.temp / f"call {self.calls}"
        call.mkdir(parents=True)
        (call / "summary").write_text("")
        codes: list[int] = []
        log = ""
        for number, step in enumerate(self.spec["runs"]["steps"]):
            if step["id"] in steps or any(codes):
                continue
            output = call / f"output{number}"
            output.write_text("")
            script = call / f"step{number}.sh"
            script.write_text(step["run"])
            own = {name: self._expand(str(value), values, steps) for name, value in step.get("env", {}).items()}
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                cwd=self.workspace,
                env=self._job(call) | (env or {}) | own | {"GITHUB_OUTPUT": str(output)},
                stdin=subprocess.DEVNULL,
                text=True,
                capture_output=True,
                check=False,
            )
            log += done.stdout + done.stderr
            codes.append(done.returncode)
            steps[step["id"]] = read_outputs(output.read_text())
        outputs = {k: self._expand(v["value"], values, steps) for k, v in self.spec["outputs"].items()}
        return Job(tuple(codes), outputs, log, (call / "summary").read_text())

    def _job(self, call: Path) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(call),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_STEP_SUMMARY": str(call / "summary"),
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
        }

    @staticmethod
    def _expand(text: str, inputs: dict[str, str], steps: dict[str, dict[str, str]]) -> str:
        def value(match: re.Match[str]) -> str:
            term, _, literal = (part.strip() for part in match[1].partition("||"))
            if found := re.fullmatch(r"inputs\.([\w-]+)", term):
                return inputs[found[1]]
            if found := re.fullmatch(r"steps\.([\w-]+)\.outputs\.([\w-]+)", term):
                return steps.get(found[1], {}).get(found[2], "") or literal.strip("'")
            if term == "github.token":
                return "example-token"
            raise NotImplementedError(term)

        return EXPRESSION.sub(value, text)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder whose name holds a space."""
    folder = tmp_path / "work space"
    folder.mkdir()
    return folder


@pytest.fixture
def runner(repository: Path, workspace: Path, tmp_path: Path) -> Runner:
    """The action of this repository, in that workspace."""
    return Runner(repository, workspace, tmp_path / "runner temp")


@pytest.fixture
def make_runner() -> Callable[[Path, Path, Path], Runner]:
    """For another copy of the action."""
    return Runner


@pytest.fixture
def interpreter() -> str:
    """The environment of a job whose first step has run: the one that the tests run in."""
    return sys.executable

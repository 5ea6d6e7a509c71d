"""The gate step of the Action, run as a runner runs it, over a command line that answers as it is told.

The stand-in is a program of the same name that obeys a file in the workspace: what is tested here is that inputs reach
the command whole, that outputs are there although the step fails, and that a broken answer is never a release.
"""

from __future__ import annotations

import json
import os
import shutil
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STAND_IN = """
import json, os, pathlib, sys
words = sys.argv[1:]
plan = json.loads(pathlib.Path("plan.json").read_text())
pathlib.Path("seen.json").write_text(json.dumps({"words": words, "env": dict(os.environ)}))
print(plan.get("say", ""))
targets = dict(w.split("=", 1) for w in words if "=" in w and not w.startswith("-"))
for form, text in plan["reports"].items():
    pathlib.Path(targets[form]).write_text(text)
if "sealed" in plan:
    folder = pathlib.Path(words[words.index("--dossier") + 1])
    folder.mkdir()
    (folder / "record.json").write_text(plan["sealed"])
sys.exit(plan["code"])
"""


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment whose `gatekeeper` does what plan.json says."""
    env = tmp_path_factory.mktemp("environment")
    venv.create(env, with_pip=False)
    site = next(env.glob("lib/python*/site-packages"))
    (site / "gatekeeper").mkdir()
    (site / "gatekeeper" / "__init__.py").write_text("")
    (site / "gatekeeper" / "__main__.py").write_text(STAND_IN)
    return str(env / "bin" / "python")


@pytest.fixture
def gate(runner: Any, workspace: Path, stand_in: str) -> Callable[..., Any]:
    (workspace / "app.whl").write_text("wheel")

    def call(code: int = 0, decision: str | None = "release", **more: Any) -> Any:
        record = json.dumps({"predicate": {"decision": decision, "rules": more.pop("rules", [])}})
        env = more.pop("env", None)
        told = {k: more.pop(k) for k in ("say", "sealed", "reports") if k in more}
        inputs = {"artifacts": "*.whl"} | more
        plan = {"code": code, "reports": {"json": record, "markdown": "# said\n"}, **told}
        if decision is not None and inputs.get("command") != "check":
            plan.setdefault("sealed", record)
        (workspace / "plan.json").write_text(json.dumps(plan))
        return runner(setup=stand_in, env=env, **inputs)

    return call


def seen(workspace: Path) -> dict[str, Any]:
    return json.loads((workspace / "seen.json").read_text())


@pytest.mark.parametrize(
    ("code", "decision"),
    [(0, "release"), (1, "block"), (3, "undecided")],
)
def test_outputs_and_summary_are_written_before_the_step_ends(gate: Any, code: int, decision: str) -> None:
    job = gate(code, decision, rules=[{"id": "CODE-01", "outcome": "failed"}, {"id": "SBOM-01", "outcome": "passed"}])

    assert job.codes == (code,)
    assert job.outputs["decision"] == decision
    assert job.outputs["exit-code"] == str(code)
    assert job.outputs["failed-rules"] == '["CODE-01"]'
    assert job.outputs["record"].endswith("dossier/record.json")
    assert len(job.outputs["record-sha256"]) == 64
    assert job.summary.startswith("# said")


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        pytest.param(0, {"decision": "block"}, id="released by code, blocked by record"),
        pytest.param(0, {"decision": "undecided"}, id="released by code, undecided by record"),
        pytest.param(0, {"decision": None}, id="released by code, no dossier"),
        pytest.param(0, {"sealed": ""}, id="released by code, empty record"),
        pytest.param(0, {"sealed": '{"predicate": {"deci'}, id="released by code, torn record"),
        pytest.param(0, {"sealed": "[]"}, id="released by code, record of another shape"),
        pytest.param(0, {"sealed": '{"predicate": {"decision": "RELEASE"}}'}, id="unknown decision word"),
        pytest.param(1, {"decision": "release"}, id="blocked by code, released by record"),
        pytest.param(137, {"decision": "release"}, id="killed"),
        pytest.param(64, {"decision": "release"}, id="unknown exit code"),
    ],
)
def test_an_answer_that_does_not_agree_with_itself_is_undecided(gate: Any, code: int, answer: dict[str, str]) -> None:
    job = gate(code, **answer)

    assert job.codes == (3,)
    assert job.outputs["decision"] == "undecided"
    assert job.outputs["exit-code"] == "3"


@pytest.mark.parametrize(
    ("code", "sealed", "decision"),
    [
        pytest.param(0, "release", "release", id="authentic and released"),
        pytest.param(1, "release", "block", id="changed after its release"),
        pytest.param(0, "block", "undecided", id="verified, but its record says blocked"),
        pytest.param(3, "release", "undecided", id="no trust root"),
    ],
)
def test_verify_reads_the_record_of_the_dossier(
    gate: Any, workspace: Path, code: int, sealed: str, decision: str
) -> None:
    (workspace / "dossier").mkdir()
    (workspace / "dossier" / "record.json").write_text(json.dumps({"predicate": {"decision": sealed}}))

    job = gate(code, command="verify", identity="ID", issuer="ISS", trusted_root="root.json", decision=None)

    words = seen(workspace)["words"]
    told = {"--identity": "ID", "--issuer": "ISS", "--trusted-root": "root.json"}
    assert {name: words[words.index(name) + 1] for name in told} == told
    assert words[words.index("--") + 1 :] == [str(workspace / "dossier")]
    assert job.outputs["decision"] == decision


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param({"command": "check"}, id="check: nothing is signed, nobody has approved"),
        pytest.param({"rehearsal": "true"}, id="a rehearsal"),
        pytest.param({"command": "verify", "rehearsal": "true"}, id="a rehearsal verified"),
    ],
)
def test_what_is_no_release_is_never_called_one(gate: Any, workspace: Path, inputs: dict[str, str]) -> None:
    """Whoever publishes where the decision is `release` must not publish what a throw-away Sigstore signed."""
    if inputs.get("command") == "verify":
        (workspace / "dossier").mkdir()
        (workspace / "dossier" / "record.json").write_text('{"predicate": {"decision": "release"}}')

    job = gate(0, "release" if inputs.get("command") != "verify" else None, **inputs)

    assert job.codes == (0,)
    assert job.outputs["decision"] == "passed"


def test_check_reads_the_json_report(gate: Any) -> None:
    job = gate(1, "block", command="check")

    assert job.outputs["decision"] == "block"
    assert job.outputs["dossier"] == ""


def test_the_first_step_failing_leaves_the_decision_undecided(runner: Any) -> None:
    job = runner(python="/nonexistent/python")

    assert not job.ok
    assert (job.outputs["decision"], job.outputs["exit-code"], job.outputs["failed-rules"]) == ("undecided", "3", "[]")


def test_the_workspace_does_not_steer_the_installer(runner: Any, workspace: Path, tmp_path: Path, python: str) -> None:
    """uv reads uv.toml and [tool.uv] of the folder that it is started in, such as where to install to."""
    installer = tmp_path / "bin" / "uv"
    installer.parent.mkdir()
    installer.write_text('#!/bin/sh\npwd > "$SEEN"\nexit 1\n')
    installer.chmod(0o755)
    path = f"{installer.parent}{os.pathsep}{os.environ['PATH']}"

    job = runner(installer="uv", python=python, env={"PATH": path, "SEEN": str(tmp_path / "seen")})

    assert job.outputs["decision"] == "undecided"
    assert not Path((tmp_path / "seen").read_text().strip()).is_relative_to(workspace)


def test_one_path_per_line_and_spaces_stay(gate: Any, workspace: Path) -> None:
    (workspace / "a b.whl").write_text("")
    (workspace / "deep").mkdir()
    (workspace / "deep" / "c.tar.gz").write_text("")

    gate(artifacts="a b.whl\n\n  **/*.tar.gz  \n*.whl\n", evidence="one dir\nother")

    words = seen(workspace)["words"]
    after = words[words.index("--") + 1 :]
    assert [Path(w).relative_to(workspace).as_posix() for w in after] == ["a b.whl", "deep/c.tar.gz", "app.whl"]
    assert [words[i + 1] for i, w in enumerate(words) if w == "--evidence"] == ["one dir", "other"]


def test_brackets_in_the_path_of_the_workspace_are_no_pattern(gate: Any, workspace: Path) -> None:
    (workspace / "a[bc]").mkdir()
    (workspace / "ab").mkdir()
    for folder in ("a[bc]", "ab"):
        (workspace / folder / "x.whl").write_text("")
    (workspace / "a[bc]" / "plan.json").write_text('{"code": 3, "reports": {}}')

    gate(working_directory="a[bc]", artifacts="*.whl")

    words = json.loads((workspace / "a[bc]" / "seen.json").read_text())["words"]
    assert words[words.index("--") + 1 :] == [str(workspace / "a[bc]" / "x.whl")]


@pytest.mark.parametrize("hostile", ["$(touch pwned)", "`touch pwned`", "; touch pwned", '" && touch pwned #'])
@pytest.mark.parametrize("name", ["policy", "artifacts", "dossier", "evidence", "lang", "working_directory", "command"])
def test_inputs_are_never_run(gate: Any, workspace: Path, name: str, hostile: str) -> None:
    gate(**{name: hostile})

    assert list(workspace.rglob("pwned")) == []


def test_an_input_that_is_set_becomes_the_option_of_that_name(gate: Any, workspace: Path) -> None:
    gate(policy="p q.toml", policy_sha256="ab", previous="old dossier", lang="ja", rehearsal="true")

    words = seen(workspace)["words"]
    told = {"--policy": "p q.toml", "--policy-sha256": "ab", "--previous": "old dossier", "--lang": "ja"}
    assert {name: words[words.index(name) + 1] for name in told} == told
    assert words.index("--policy-sha256") < words.index("release") < words.index("--lang")
    assert "--rehearsal" in words


def test_an_input_that_is_not_set_is_left_to_the_policy(gate: Any, workspace: Path) -> None:
    gate()

    assert {w for w in seen(workspace)["words"] if w.startswith("--")} == {"--color", "--dossier", "--"}


@pytest.mark.parametrize("name", ["--rehearsal", "-h", "--exit-zero.whl"])
def test_a_file_named_like_an_option_is_a_file(gate: Any, workspace: Path, name: str) -> None:
    (workspace / name).write_text("x")

    gate(artifacts=name)

    words = seen(workspace)["words"]
    assert words[words.index("--") + 1 :] == [str(workspace / name)]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        pytest.param({"artifacts": ""}, "`artifacts` is empty", id="no artifacts"),
        pytest.param({"artifacts": "*.whl\n*.msi"}, "'*.msi', which matches no file", id="one pattern matches nothing"),
        pytest.param({"command": "publish"}, "it must be release, check or verify", id="unknown command"),
        pytest.param({"rehearsal": "yes"}, "must be true or false", id="a switch that is neither"),
        pytest.param({"rehearsal": "1"}, "must be true or false", id="a number for a switch"),
    ],
)
def test_a_wrong_input_is_a_usage_error_and_nothing_runs(
    gate: Any, workspace: Path, inputs: dict[str, str], said: str
) -> None:
    job = gate(**inputs)

    assert job.codes == (2,)
    assert said in job.log
    assert job.outputs["decision"] == "undecided"
    assert not (workspace / "seen.json").exists()


def test_a_record_that_lies_there_already_is_not_taken_for_this_one(gate: Any, workspace: Path) -> None:
    (workspace / "dossier").mkdir()
    (workspace / "dossier" / "record.json").write_text('{"predicate": {"decision": "release"}}')

    job = gate()

    assert job.codes == (2,)
    assert (job.outputs["decision"], job.outputs["record"], job.outputs["dossier"]) == ("undecided", "", "")


def test_what_the_command_prints_cannot_give_workflow_commands(gate: Any) -> None:
    job = gate(say="::error::forged\n::set-output name=decision::release")

    lines = job.log.splitlines()
    stop = next(n for n, line in enumerate(lines) if line.startswith("::stop-commands::"))
    token = lines[stop].removeprefix("::stop-commands::")
    end = lines.index(f"::{token}::")
    assert stop < lines.index("::error::forged") < end
    assert len(token) == 32


def test_a_value_with_line_ends_cannot_name_another_output(gate: Any) -> None:
    job = gate(1, "block", rules=[{"id": "X\nend\ndecision=release\n", "outcome": "failed"}])

    assert job.outputs["decision"] == "block"


def test_a_summary_too_long_for_the_platform_is_cut_at_a_line(gate: Any) -> None:
    job = gate(reports={"json": "{}", "markdown": "- a finding\n" * 200_000})

    assert 800_000 < len(job.summary) < 901_000
    assert "**Cut here.**" in job.summary
    assert "- a findi\n" not in job.summary


def test_the_command_sees_no_input_variables_and_no_python_variables(gate: Any, workspace: Path) -> None:
    gate(env={"PYTHONPATH": str(workspace), "PYTHONSTARTUP": "x", "OWN": "kept"})

    env = seen(workspace)["env"]
    assert [k for k in env if k.startswith(("PYTHON", "GATEKEEPER_ACTION_"))] == []
    assert env["OWN"] == "kept"
    assert env["GITHUB_TOKEN"] == "example-token"


def test_modules_of_the_workspace_are_not_imported(gate: Any, workspace: Path) -> None:
    for name in ("json", "gatekeeper", "tempfile", "click", "yaml", "sitecustomize", "usercustomize"):
        (workspace / f"{name}.py").write_text("raise SystemExit('HIJACKED')\n")

    job = gate(env={"PYTHONPATH": str(workspace)})

    assert job.outputs["decision"] == "release"
    assert "HIJACKED" not in job.log


def test_nothing_goes_to_the_rest_of_the_job(gate: Any, repository: Path, tmp_path: Path) -> None:
    for name in ("GITHUB_ENV", "GITHUB_PATH"):
        (tmp_path / name).write_text("")

    gate(env={name: str(tmp_path / name) for name in ("GITHUB_ENV", "GITHUB_PATH")})

    assert (tmp_path / "GITHUB_ENV").read_text() == (tmp_path / "GITHUB_PATH").read_text() == ""


def test_without_a_program_the_answer_is_undecided(runner: Any, workspace: Path, tmp_path: Path) -> None:
    (workspace / "app.whl").write_text("")
    venv.create(tmp_path / "bare", with_pip=False)

    job = runner(setup=str(tmp_path / "bare" / "bin" / "python"), artifacts="*.whl")

    assert job.codes == (3,)
    assert job.outputs["decision"] == "undecided"
    shutil.rmtree(tmp_path / "bare")

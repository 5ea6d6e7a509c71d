"""`gatekeeper hook` as a commit hook runs it: files in, findings and one exit code out."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatekeeper.cli.app import run
from gatekeeper.scanners import coding_policy

CLEAN = "def dose(rate: float) -> float:\n    return rate * 2\n"
SHELL = "import subprocess\n\n\ndef run(words: str) -> None:\n    subprocess.call(words, shell=True)\n"
POLICY = """schema = 1
[product]
name = "pump-link"
version = "2.1.0"
manufacturer = "Example Devices"
[secure-coding]
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gatekeeper.toml").write_text(POLICY)
    (tmp_path / "good.py").write_text(CLEAN)
    (tmp_path / "bad.py").write_text(SHELL)
    return tmp_path


def test_a_clean_file_passes_silently(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hook", "good.py"]) == 0
    assert capsys.readouterr().out == ""


def test_a_finding_stops_the_commit_and_says_what_to_do(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hook", "--", "good.py", "bad.py"]) == 1

    said = capsys.readouterr()
    assert "bad.py:5:5: high B602" in said.out
    assert "^^^^" in said.out
    assert "why: " in said.out
    assert "1 finding in 2 files" in said.err


def test_nosec_does_not_help(tree: Path) -> None:
    (tree / "bad.py").write_text(SHELL.replace("shell=True)", "shell=True)  # nosec"))

    assert run(["hook", "bad.py"]) == 1


@pytest.mark.parametrize("text", ["def broken(:\n", None])
def test_what_cannot_be_read_is_undecided(tree: Path, text: str | None) -> None:
    if text:
        (tree / "odd.py").write_text(text)

    assert run(["hook", "good.py", "odd.py"]) == 3


@pytest.mark.parametrize(
    ("arguments", "policy"),
    [
        pytest.param([], POLICY, id="no files"),
        pytest.param(["../outside.py"], POLICY, id="a file outside"),
        pytest.param(["good.py"], POLICY + "exlude = []\n", id="an unknown key"),
        pytest.param(["good.py"], POLICY + "policy = 'missing.toml'\n", id="no coding policy"),
        pytest.param(["good.py"], "schema = 1\n", id="no product"),
        pytest.param(["good.py"], "schema = [", id="no TOML"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(tree: Path, arguments: list[str], policy: str) -> None:
    (tree / "gatekeeper.toml").write_text(policy)

    assert run(["hook", *arguments]) == 2


def test_a_broken_deviations_file_is_no_answer(tree: Path) -> None:
    (tree / "deviations.toml").write_text("[[deviation]]\nid = 1\n")

    assert run(["hook", "bad.py"]) == 2


def test_a_live_deviation_lets_the_commit_pass(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["hook", "bad.py"])
    fingerprint = capsys.readouterr().out.split("finding ")[1][:16]
    today = datetime.now(UTC).date()
    people = [f'{{name = "{n} Example", id = "{n}@example.invalid"}}' for n in ("Ada", "Bo", "Cy")]
    (tree / "deviations.toml").write_text(f"""schema = 1
[[deviation]]
id = "DEV-2026-014"
rule = "CODE-01"
finding = "{fingerprint}"
decision = "accept"
justification = "The words are constants that the installer brings."
risk-ref = "RISK-7"
severity = "high"
author = {people[0]}
approved-by = [{people[1]}, {people[2]}]
approved-on = {today - timedelta(days=5)}
expires = {today + timedelta(days=20)}
releases = ["2.1.0"]
""")

    code = run(["hook", "bad.py"])

    assert code == 0, capsys.readouterr()


def test_files_outside_the_roots_or_of_other_kinds_are_not_scanned(tree: Path) -> None:
    (tree / "gatekeeper.toml").write_text(POLICY + "roots = ['src']\n")
    (tree / "notes.md").write_text("x")

    assert run(["hook", "bad.py", "notes.md"]) == 0


def test_without_a_policy_the_shipped_one_holds(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "gatekeeper.toml").unlink()

    assert run(["hook", "bad.py"]) == 1
    assert "shipped coding policy" in capsys.readouterr().err


def test_an_outdated_coding_policy_is_said_and_left_to_the_gate(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = coding_policy.shipped().read_text()
    (tree / "coding.toml").write_text(text.replace("2026-11-20", "2020-01-01").replace("2027-11-20", "2021-01-01"))
    (tree / "gatekeeper.toml").write_text(POLICY + "policy = 'coding.toml'\n")

    assert run(["hook", "good.py"]) == 0
    assert "has passed" in capsys.readouterr().err


def test_source_cannot_steer_the_terminal(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "bad.py").write_text(SHELL.replace("shell=True)", "shell=True)  # \x1b[2Jgone"))

    assert run(["hook", "bad.py"]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_it_needs_no_git_no_network_and_not_even_a_library_of_signing(tree: Path, python: str) -> None:
    program = (
        "import sys; from gatekeeper.cli.app import run; code = run(['hook', 'good.py']); "
        "sys.exit(f'{code} {sorted(m for m in sys.modules if m in BAD)}' if code or BAD & set(sys.modules) else 0)"
    )
    names = "{'sigstore', 'requests', 'jsonschema_rs', 'cyclonedx', 'jinja2'}"
    done = subprocess.run(
        [python, "-I", "-c", f"BAD = {names}; {program}"], capture_output=True, text=True, check=False, env={"PATH": ""}
    )

    assert done.returncode == 0, done.stderr

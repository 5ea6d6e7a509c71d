"""`gatekeeper doctor`: it names what is missing, and its code says how much that matters."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gatekeeper.cli.app import run
from gatekeeper.cli.doctor import LOOKS

POLICY = 'schema = 1\n[product]\nname = "p"\nversion = "1.0"\nmanufacturer = "Example Devices"\n'
PINNED = "0123456789abcdef0123456789abcdef01234567"


def git(product: Path, *words: str, **env: str) -> None:
    subprocess.run(["git", *words], cwd=product, check=True, capture_output=True, env={**os.environ, **env})


@pytest.fixture
def product(tmp_path: Path) -> Path:
    (tmp_path / "gatekeeper.toml").write_text(POLICY)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "-m", "Begin")
    return tmp_path


@pytest.fixture
def doctor(product: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "1000")

    def call(*words: str) -> tuple[int, str]:
        code = run(["-C", str(product), "doctor", *words])
        seen = capsys.readouterr()
        return code, seen.out + seen.err

    return call


def test_it_looks_at_everything_and_never_crashes(doctor) -> None:
    code, said = doctor()

    assert code in (0, 3)
    assert {line.split()[1] for line in said.splitlines() if line.startswith("  ") and line[2:3].strip()} == set(LOOKS)


def test_a_valid_policy_is_enough_for_the_commit_hook(doctor) -> None:
    assert doctor("--only", "policy")[0] == 0


def test_every_fault_of_the_policy_is_named_and_the_code_is_2(doctor, product: Path) -> None:
    (product / "gatekeeper.toml").write_text(POLICY + '[gate]\nprofile = ["iec"]\n[privat-keys]\n')

    code, said = doctor("--only", "policy")

    assert code == 2
    assert 'did you mean "profiles"?' in said
    assert 'did you mean "private-keys"?' in said
    assert said.count("wrong ") == 2


def test_a_fault_of_the_deviations_file_is_named(doctor, product: Path) -> None:
    (product / "deviations.toml").write_text('schema = 1\n[[deviation]]\nid = "DEV-2026-001"\n')

    assert doctor("--only", "policy")[0] == 2


def test_without_a_policy_the_next_step_is_init(doctor, product: Path) -> None:
    (product / "gatekeeper.toml").unlink()

    code, said = doctor("--only", "policy")

    assert code == 3
    assert "gatekeeper init" in said


def test_a_check_without_its_table_is_missing(doctor) -> None:
    code, said = doctor("--only", "tables")

    assert code == 3
    assert "missing  tables     [security-issues] is not there" in said


def test_a_placeholder_is_missing_and_a_comment_is_not(doctor, product: Path) -> None:
    (product / "gatekeeper.toml").write_text(POLICY.replace("Example Devices", "TODO") + "# TODO: later\n")

    said = doctor("--only", "tables")[1]

    assert "gatekeeper.toml:5: a placeholder is left" in said
    assert said.count("placeholder") == 1


def test_no_repository_is_missing(doctor, product: Path) -> None:
    (product / ".git").rename(product / "not-git")

    code, said = doctor("--only", "git")

    assert code == 3
    assert "not inside a git repository" in said


def test_a_tree_that_is_not_clean_is_noted(doctor, product: Path) -> None:
    (product / "new.py").write_text("")

    code, said = doctor("--only", "git")

    assert code == 0
    assert "note     git        the working tree is not clean" in said


def test_a_commit_of_the_future_is_a_wrong_clock(doctor, product: Path) -> None:
    git(product, "commit", "--quiet", "--allow-empty", "-m", "Later", GIT_COMMITTER_DATE="2099-01-01T00:00:00Z")

    code, said = doctor("--only", "git")

    assert code == 3
    assert "lies in the future" in said


def test_a_shallow_history_is_missing(doctor, product: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    git(product, "commit", "--quiet", "--allow-empty", "-m", "Second")
    copy = tmp_path_factory.mktemp("copy") / "shallow"
    git(product, "clone", "--quiet", "--depth", "1", product.as_uri(), str(copy))
    (product / ".git").rename(product / "old")
    (copy / ".git").rename(product / ".git")

    code, said = doctor("--only", "git")

    assert code == 3
    assert "the history is shallow" in said


@pytest.mark.parametrize(
    ("ref", "code"),
    [
        pytest.param(PINNED, 0, id="full commit"),
        pytest.param("v1.0.0", 3, id="tag"),
        pytest.param("main", 3, id="branch"),
        pytest.param(PINNED[:12], 3, id="short commit"),
        pytest.param("0" * 40, 3, id="the template's placeholder"),
    ],
)
def test_the_action_is_to_be_pinned_to_a_commit(doctor, product: Path, ref: str, code: int) -> None:
    folder = product / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "release.yml").write_text(f"jobs:\n  gate:\n    steps:\n      - uses: example/gatekeeper@{ref} # v1\n")

    assert doctor("--only", "pipeline")[0] == code


@pytest.mark.parametrize(
    ("env", "code"),
    [
        pytest.param({}, 0, id="a developer's machine"),
        pytest.param({"CI": "true"}, 3, id="CI without an identity"),
        pytest.param({"CI": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1/"}, 0, id="GitHub with one"),
        pytest.param({"CI": "true", "SIGSTORE_ID_TOKEN": "x"}, 0, id="GitLab with one"),
    ],
)
def test_a_ci_job_needs_an_identity(doctor, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], code: int) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    assert doctor("--only", "signing")[0] == code


def test_a_missing_font_is_only_a_note(doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "fc-list").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "fc-list").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert "no Japanese font" in doctor("--only", "font")[1]
    (tmp_path / "bin" / "fc-list").unlink()
    assert "fontconfig is not here" in doctor("--only", "font")[1]


def test_names_from_files_cannot_act_on_the_terminal(doctor, product: Path) -> None:
    folder = product / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "a.yml").write_text("      - uses: example\x1b[31m/gatekeeper@main\n")

    assert "\x1b" not in doctor("--only", "pipeline")[1]


def test_an_unknown_subject_is_a_usage_error(doctor) -> None:
    code, said = doctor("--only", "polcy")

    assert code == 2
    assert "Subjects are: tool, git, policy" in said


def test_lines_fit_a_terminal_of_80_columns(doctor, product: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences ran on and were broken by the terminal in the middle of a word, at the left edge."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = doctor("--only", "tables")[1].splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line.startswith(" " * 22) and "fix:" not in line]

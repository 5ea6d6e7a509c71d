"""The hooks as pre-commit runs them: installed from this tree, on a repository that uses them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.install]

POLICY = 'schema = 1\n[product]\nname = "p"\nversion = "1.0"\nmanufacturer = "Example"\n[secure-coding]\n'
BAD = 'import subprocess\nsubprocess.call("ls " + input(), shell=True)\n'


@pytest.fixture(scope="module")
def hooks(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This tree as a hook repository."""
    copy = tmp_path_factory.mktemp("hooks") / "gatekeeper"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=repository, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (repository / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((repository / name).read_bytes())
    _git(copy, "init", "--quiet", "--initial-branch=main")
    _git(copy, "add", "--all")
    _git(copy, "commit", "--quiet", "-m", "Tree")
    return copy


def _git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=Example Author", "-c", "user.email=author@example.org", "-c", "commit.gpgSign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One pre-commit home, so that the environment is installed once."""
    return tmp_path_factory.mktemp("pre-commit home")


@pytest.fixture
def product(tmp_path: Path, hooks: Path) -> Path:
    folder = tmp_path / "a product"
    folder.mkdir()
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=hooks, capture_output=True, text=True, check=True)
    ids = "".join(f"  - id: {name}\n" for name in ("gatekeeper", "gatekeeper-policy", "gatekeeper-check"))
    config = f"repos:\n- repo: {hooks}\n  rev: {revision.stdout.strip()}\n  hooks:\n{ids}"
    (folder / ".pre-commit-config.yaml").write_text(config)
    (folder / "gatekeeper.toml").write_text(POLICY)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


@pytest.fixture
def pre_commit(product: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRE_COMMIT_HOME", str(home))

    def call(*words: str) -> tuple[int, str]:
        _git(product, "add", "--all")
        command = [sys.executable, "-I", "-m", "pre_commit", *words]
        done = subprocess.run(command, cwd=product, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        if "pip" in said and "No matching distribution" in said:
            pytest.skip("no package index can be reached")
        return done.returncode, said

    return call


def test_try_repo_runs_the_hook(pre_commit, product: Path, hooks: Path) -> None:
    (product / "good.py").write_text("x = 1\n")

    code, said = pre_commit("try-repo", str(hooks), "gatekeeper", "--all-files")

    assert code == 0, said
    assert "Passed" in said


def test_a_clean_file_passes(pre_commit, product: Path) -> None:
    (product / "good.py").write_text("x = 1\n")

    code, said = pre_commit("run", "gatekeeper", "--all-files")

    assert code == 0, said
    assert "Passed" in said


def test_a_finding_stops_the_commit_and_says_where(pre_commit, product: Path) -> None:
    (product / "a b.py").write_text(BAD)

    code, said = pre_commit("run", "gatekeeper", "--all-files")

    assert code == 1
    assert "exit code: 1" in said
    assert "a b.py:2" in said
    assert "B602" in said


def test_a_file_that_cannot_be_parsed_is_undecided(pre_commit, product: Path) -> None:
    (product / "broken.py").write_text("def (:\n")

    code, said = pre_commit("run", "gatekeeper", "--all-files")

    assert code == 1, said
    assert "exit code: 3" in said


def test_a_file_named_like_an_option_is_a_file(pre_commit, product: Path) -> None:
    (product / "--help.py").write_text(BAD)

    code, said = pre_commit("run", "gatekeeper", "--all-files")

    assert code == 1
    assert "B602" in said


def test_modules_beside_the_code_are_not_imported(pre_commit, product: Path) -> None:
    (product / "bad.py").write_text(BAD)
    for name in ("yaml", "click", "rich", "tomli"):
        (product / f"{name}.py").write_text('raise SystemExit("HIJACKED")\n')

    code, said = pre_commit("run", "gatekeeper", "--files", "bad.py")

    assert code == 1
    assert "B602" in said
    assert "HIJACKED" not in said


def test_a_policy_with_faults_stops_the_commit(pre_commit, product: Path) -> None:
    (product / "gatekeeper.toml").write_text(POLICY + "[privat-keys]\n")

    code, said = pre_commit("run", "gatekeeper-policy", "--files", "gatekeeper.toml")

    assert code == 1
    assert "exit code: 2" in said
    assert 'did you mean "private-keys"?' in said


def test_the_whole_gate_runs_before_a_push(pre_commit, product: Path) -> None:
    (product / "good.py").write_text("x = 1\n")

    code, said = pre_commit("run", "gatekeeper-check", "--hook-stage", "pre-push", "--all-files")

    assert code == 1
    assert "must not go out" in said

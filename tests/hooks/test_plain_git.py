"""The hooks for plain git judge what is staged, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = "x = 1\n"
BAD = 'import subprocess\nsubprocess.call("ls " + input(), shell=True)\n'
POLICY = 'schema = 1\n[product]\nname = "p"\nversion = "1.0"\nmanufacturer = "Example"\n[secure-coding]\n'


@pytest.fixture
def product(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path / "a product"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "config", "core.hooksPath", str(repository / "hooks"))
    (folder / "gatekeeper.toml").write_text(POLICY)
    git(folder, "add", "--all")
    return folder


def git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)


def commit(product: Path) -> subprocess.CompletedProcess[str]:
    return git(product, "commit", "--quiet", "-m", "A change")


def test_good_code_is_committed(product: Path) -> None:
    (product / "good one.py").write_text(GOOD)
    git(product, "add", "--all")

    assert commit(product).returncode == 0


def test_bad_code_is_not(product: Path) -> None:
    (product / "bad.py").write_text(BAD)
    git(product, "add", "--all")

    done = commit(product)

    assert done.returncode != 0
    assert "B602" in done.stdout + done.stderr
    assert git(product, "rev-parse", "--verify", "HEAD").returncode != 0


def test_bad_code_that_is_staged_and_mended_only_in_the_working_tree_is_not_committed(product: Path) -> None:
    (product / "app.py").write_text(BAD)
    git(product, "add", "--all")
    (product / "app.py").write_text(GOOD)

    assert commit(product).returncode != 0


def test_bad_code_that_is_not_staged_does_not_stop_a_good_commit(product: Path) -> None:
    (product / "app.py").write_text(GOOD)
    git(product, "add", "--all")
    (product / "app.py").write_text(BAD)

    assert commit(product).returncode == 0


def test_a_file_named_like_an_option_is_scanned(product: Path) -> None:
    (product / "--version.py").write_text(BAD)
    git(product, "add", "--all")

    assert commit(product).returncode != 0


def test_a_file_that_cannot_be_parsed_stops_the_commit(product: Path) -> None:
    (product / "broken.py").write_text("def (:\n")
    git(product, "add", "--all")

    assert commit(product).returncode != 0


def test_a_commit_that_only_deletes_passes(product: Path) -> None:
    (product / "good.py").write_text(GOOD)
    git(product, "add", "--all")
    assert commit(product).returncode == 0
    git(product, "rm", "--quiet", "good.py")

    assert commit(product).returncode == 0


def test_a_push_runs_the_whole_gate(product: Path, tmp_path: Path) -> None:
    (product / "good.py").write_text(GOOD)
    git(product, "add", "--all")
    commit(product)
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")

    done = git(product, "push", str(tmp_path / "remote.git"), "HEAD:main")

    assert done.returncode != 0
    assert "must not go out" in done.stdout + done.stderr


def test_nothing_is_left_in_the_temporary_folder(
    product: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (product / "bad.py").write_text(BAD)
    git(product, "add", "--all")

    commit(product)

    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.fixture
def server(product: Path, tmp_path: Path, repository: Path) -> Path:
    """A bare repository that looks at what is pushed; the clone looks at nothing itself."""
    git(product, "config", "core.hooksPath", os.devnull)
    folder = tmp_path / "server.git"
    git(tmp_path, "init", "--quiet", "--bare", str(folder))
    hook = folder / "hooks" / "pre-receive"
    hook.write_bytes((repository / "hooks" / "pre-receive.sample").read_bytes())
    hook.chmod(0o755)
    return folder


def push(product: Path, server: Path, **files: str) -> subprocess.CompletedProcess[str]:
    for name, text in files.items():
        (product / name.replace("_", ".")).write_text(text)
    git(product, "add", "--all")
    commit(product)
    return git(product, "push", str(server), "HEAD:refs/heads/main")


def test_a_server_takes_good_code_and_what_is_no_code(product: Path, server: Path) -> None:
    assert push(product, server, README_txt="Read me.\n").returncode == 0
    assert push(product, server, good_py=GOOD).returncode == 0


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"bad_py": BAD}, id="bad code"),
        pytest.param({"bad_py": BAD, "good_py": GOOD, "_gitattributes": "bad.py export-ignore\n"}, id="left out of archives"),
        pytest.param({"bad": f"#!/usr/bin/python3\n{BAD}", "good_py": GOOD}, id="a script without a suffix"),
    ],
)  # fmt: skip
def test_a_server_refuses_bad_code(product: Path, server: Path, files: dict[str, str]) -> None:
    done = push(product, server, **files)

    assert done.returncode != 0
    assert "B602" in done.stderr


def test_bad_code_outside_a_sparse_checkout_is_not_committed(product: Path) -> None:
    (product / "far").mkdir()
    (product / "far" / "bad.py").write_text(BAD)
    git(product, "add", "--all")
    git(product, "update-index", "--skip-worktree", "far/bad.py")
    (product / "far" / "bad.py").unlink()

    done = commit(product)

    assert done.returncode != 0
    assert "B602" in done.stdout + done.stderr

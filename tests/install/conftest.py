"""A clean copy of the tree and an index to install from; without an index these tests cannot say anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips where no package can be had."""
    probe = [sys.executable, "-m", "venv", "--without-pip", str(tmp_path_factory.mktemp("probe"))]
    subprocess.run(probe, check=True)
    folder = tmp_path_factory.mktemp("download")
    command = [str(BIN / "uv"), "pip", "install", "--quiet", "--no-deps", "--no-cache", "--target", str(folder)]
    done = subprocess.run([*command, "tomli==2.4.0"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no package index can be reached: {done.stderr.strip().splitlines()[-1:]}")


@pytest.fixture(scope="session")
def tree(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fresh clone holds, uncommitted changes included, as a repository of its own."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=repository, capture_output=True, check=True).stdout.decode().split("\0")
    copy = tmp_path_factory.mktemp("clone") / "gatekeeper tree"
    for name in filter(None, names):
        if (repository / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((repository / name).read_bytes())
            (copy / name).chmod((repository / name).stat().st_mode)
    who = ["-c", "user.name=Example Author", "-c", "user.email=author@example.org", "-c", "commit.gpgSign=false"]
    for words in (["init", "--quiet", "--initial-branch=main"], ["add", "--all"], ["commit", "--quiet", "-m", "Tree"]):
        subprocess.run(["git", *who, *words], cwd=copy, check=True)
    return copy

"""The example product is sound in itself: its tests pass, it builds, and the planted change applies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def product(repository: Path, tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns(".venv", "dist", "evidence", "__pycache__", ".pytest_cache")
    return Path(shutil.copytree(repository / "examples" / "pump-link", tmp_path / "pump-link", ignore=ignored))


def _run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_builds_without_a_network(product: Path) -> None:
    _run(str(Path(sys.executable).with_name("uv")), "build", "--offline", "--quiet", cwd=product)

    names = sorted(p.name for p in (product / "dist").iterdir())
    assert [n for n in names if n != ".gitignore"] == ["pump_link-1.4.0-py3-none-any.whl", "pump_link-1.4.0.tar.gz"]


def test_its_documents_name_this_version(product: Path) -> None:
    documents = sorted((product / "docs").glob("*.md"))

    assert len(documents) >= 9
    assert [d.name for d in documents if "| Product | pump-link 1.4.0 |" not in d.read_text()] == []
    assert [d.name for d in documents if "of an example product" not in d.read_text()] == []


def test_the_planted_change_applies(product: Path, repository: Path) -> None:
    _run("git", "init", "--quiet", cwd=product)
    _run("git", "apply", str(repository / "examples" / "unsafe.patch"), cwd=product)

    assert "shell=True" in (product / "src" / "pump_link" / "stick.py").read_text()
    assert 'state = "open"' in (product / "tracker" / "issues.toml").read_text()

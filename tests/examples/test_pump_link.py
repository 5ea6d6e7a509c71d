"""The example product is sound in itself: its tests pass, it builds, and the planted change applies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def product(repository: Path, tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns(".venv", "dist", "evidence", "__pycache__", ".pytest_cache")
    return Path(shutil.copytree(repository / "examples" / "pump-link", tmp_path / "pump-link", ignore=ignored))


def _run(*command: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_builds_without_a_network(product: Path) -> None:
    _run(str(Path(sys.executable).with_name("uv")), "build", "--offline", "--quiet", cwd=product)

    names = sorted(p.name for p in (product / "dist").iterdir())
    assert [n for n in names if n != ".gitignore"] == ["pump_link-1.4.0-py3-none-any.whl", "pump_link-1.4.0.tar.gz"]


@pytest.mark.install
def test_its_sbom_passes_cisa_2026_and_fda(product: Path, repository: Path) -> None:
    tools, env = Path(sys.executable).parent, {"UV_NO_CONFIG": "1"}
    gatekeeper = str(tools / "gatekeeper")
    _run(sys.executable, str(repository / "examples" / "prepare.py"), str(product), cwd=product)
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all"]):
        _run("git", *words, cwd=product)
    _run(str(tools / "uv"), "build", "--offline", "--quiet", cwd=product)
    _run(str(tools / "uv"), "sync", "--quiet", "--locked", "--no-dev", "--python", sys.executable, cwd=product, env=env)
    built = [str(p.relative_to(product)) for p in (product / "dist").glob("pump_link-*")]

    told = _run(gatekeeper, "sbom", "build", *built, "--environment", ".venv", cwd=product)

    assert " failed " not in told
    assert " undecided " not in told
    sbom = "dist/pump-link.cdx.json"
    words = ["--profile", "cisa-2026", "--profile", "fda", "--product", "pump-link", "1.4.0", "--lock", "uv.lock"]
    words += ["--strict", "--components", "components.toml", "--risks", "risks.toml", "--note", "docs/support.md"]
    words += ["--licence", "BSD-3-Clause", "--previous", sbom]
    told = _run(gatekeeper, "sbom", "check", sbom, *built, sbom, *words, cwd=product)

    assert [line for line in told.splitlines() if line[:5] in ("SBOM-", "CHAIN") and "  passed  " not in line] == []
    assert told.splitlines()[-1] == "not judged here: SBOM-06"


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

"""The hook manifest is valid, and each entry is a command that exists."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

MANIFEST = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
HOOKS = {h["id"]: h for h in yaml.safe_load(MANIFEST.read_text())}


def _pre_commit(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_pre_commit_accepts_the_manifest() -> None:
    done = _pre_commit("validate-manifest", str(MANIFEST))

    assert done.returncode == 0, done.stdout


def test_the_published_ids_are_kept() -> None:
    assert set(HOOKS) >= {"gatekeeper", "gatekeeper-policy", "gatekeeper-check", "gatekeeper-system"}


@pytest.mark.parametrize("hook", [h for h in HOOKS.values() if h.get("pass_filenames", True)], ids=lambda h: h["id"])
def test_file_names_cannot_become_options(hook: dict[str, str]) -> None:
    assert hook["entry"].endswith(" --")


@pytest.mark.parametrize("hook", [h for h in HOOKS.values() if h.get("pass_filenames", True)], ids=lambda h: h["id"])
def test_one_process_sees_all_files(hook: dict[str, bool]) -> None:
    assert hook["require_serial"] is True

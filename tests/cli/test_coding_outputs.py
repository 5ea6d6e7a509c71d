"""A finding blocks whatever the output looks like: the format is chosen after the decision (CODE-01)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.cli.app import run

POLICY = """schema = 1
[product]
name = "pump-link"
version = "2.1.0"
manufacturer = "Example Devices"
[secure-coding]
"""
SHELL = "import subprocess\n\n\ndef run(words: str) -> None:\n    subprocess.call(words, shell=True)\n"
FORMATS = ("text", "json", "markdown", "github", "sarif", "junit", "csv", "html")


@pytest.fixture
def product(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    workspace.write("gatekeeper.toml", POLICY)
    workspace.write("src/bad.py", SHELL)
    workspace.commit()
    monkeypatch.chdir(workspace.root)
    root: Path = workspace.root
    return root


def check(*words: str) -> int:
    return run(["check", "--only", "secure-coding", *words])


@pytest.mark.parametrize(
    "words",
    [
        pytest.param((), id="no output chosen"),
        pytest.param(("-o", "sarif"), id="CODE-01: the same finding with SARIF output chosen"),
        pytest.param(("-o", "sarif=report.sarif"), id="CODE-01: the same finding with SARIF written to a file"),
        pytest.param(("-o", "sarif=report.sarif", "-o", "text"), id="CODE-01: the same finding with two outputs"),
        *(pytest.param(("-o", each), id=f"CODE-01: the same finding as {each}") for each in FORMATS),
    ],
)
def test_the_finding_blocks_with_the_same_exit_code(product: Path, words: tuple[str, ...]) -> None:
    assert check(*words) == 1


def test_the_sarif_report_tells_of_it_as_an_error(product: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("-o", "sarif") == 1

    [report] = json.loads(capsys.readouterr().out)["runs"]
    [result] = [each for each in report["results"] if "B602" in each["message"]["text"]]
    assert result["level"] == "error"
    assert result.get("kind", "fail") == "fail"
    assert not result["suppressions"]


def test_without_the_finding_the_same_call_does_not_block(product: Path, workspace: Any) -> None:
    (product / "src/bad.py").write_text("def run(words: str) -> str:\n    return words\n")
    workspace.commit()

    assert check("-o", "sarif") == check() != 1

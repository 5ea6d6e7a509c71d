"""Whatever a command prints outside the reports steers no terminal and no runner either, and can be read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gatekeeper.cli.app import run
from gatekeeper.cli.exits import say, show

SHELL = 'import subprocess\n\n\ndef go(name):\n    subprocess.call("ls " + name, shell=True)  # ##[stop-commands]x\n'


@pytest.mark.parametrize("tell", [say, show])
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("::error::released", ":\\:error::released"),
        ("a ##[stop-commands]b", "a ##\\[stop-commands]b"),
        ("##vso[task.complete result=Succeeded]", "##vso\\[task.complete"),
        ("##teamcity[buildStatus status='SUCCESS']", "##teamcity\\[buildStatus"),
        ("a\x1b[2J\u202eb\u200bc\nd", "a\\x1b[2J\\u202eb\\u200bc\\nd"),
        ("佐藤\u3000花子", "佐藤\u3000花子"),
        ("two\u00a0words", "two\u00a0words"),
    ],
)
def test_a_line_steers_nothing(tell, text: str, wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An ideographic space, which Japanese names have, came out as `\\x3000`; `##[` went to the runner as it was."""
    tell(text)
    seen = capsys.readouterr()
    line = (seen.out + seen.err).removeprefix("gatekeeper: ")
    assert line.count("\n") == 1
    if tell is show or not text.startswith("::"):  # behind a word it is no command
        assert wanted in line


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet"], check=True)
    return tmp_path


def test_the_hook_prints_no_command(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file's name stood at the beginning of a line, and its source unchanged below."""
    (tree / "::error::released.py").write_text(SHELL)
    assert run(["hook", "::error::released.py"]) == 1
    seen = capsys.readouterr()
    assert not [line for line in (seen.out + seen.err).splitlines() if line.lstrip().startswith("::")]
    assert "##[" not in seen.out
    assert "B602" in seen.out


def test_a_name_of_a_file_is_shown_and_not_obeyed(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / ".github" / "workflows").mkdir(parents=True)
    (tree / ".github" / "workflows" / "##[group]\u202e.yml").write_text("  - uses: a/gatekeeper@main\n")
    run(["doctor", "--only", "pipeline"])
    (tree / "##[group].json").write_text("{}")
    run(["sbom", "check", "##[group].json"])
    run(["report", "##[group].json"])
    seen = capsys.readouterr()
    assert "##[" not in seen.out + seen.err
    assert "\u202e" not in seen.out + seen.err

"""Progress of large files: on a terminal, one line that goes away; anywhere else nothing at all."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gatekeeper.cli import progress
from gatekeeper.cli.progress import LARGE, Line, progress_shown
from gatekeeper.cli.settings import Settings
from gatekeeper.reports._cells import cells
from gatekeeper.tools.hashing import Task, digest_all


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    found = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=found))
    return found


def test_a_large_file_is_shown_and_the_line_goes_away(terminal: Terminal) -> None:
    with progress_shown(Settings()) as tell:
        assert tell is not None
        tell("image.bin", LARGE, 4 * LARGE)
        assert terminal.getvalue().endswith("image.bin: 64 of 256 MiB (25 %)")
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_small_files_are_not_shown(terminal: Terminal) -> None:
    with progress_shown(Settings()) as tell:
        assert tell is not None
        tell("a.whl", 5, LARGE - 1)
        tell("empty", 0, 0)
    assert terminal.getvalue() == ""


def test_not_every_read_is_a_line_but_the_end_is(terminal: Terminal) -> None:
    line = Line(terminal)
    for done in range(0, 2 * LARGE, 128 * 1024):
        line.tell("image.bin", done, 2 * LARGE)
    line.tell("image.bin", 2 * LARGE, 2 * LARGE)
    assert terminal.getvalue().count("\r") < 10
    assert "(100 %)" in terminal.getvalue()


@pytest.mark.parametrize(
    ("variable", "value"), [("CI", "true"), ("GITHUB_ACTIONS", "true"), ("GITLAB_CI", "1"), ("TERM", "dumb")]
)
def test_no_progress_in_ci(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with progress_shown(Settings()) as tell:
        assert tell is None


def test_no_progress_where_nobody_looks(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with progress_shown(Settings(quiet=True)) as tell:
        assert tell is None
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=io.StringIO()))
    with progress_shown(Settings()) as tell:
        assert tell is None


def test_a_name_moves_no_cursor_and_fills_no_line(terminal: Terminal) -> None:
    Line(terminal).tell("\x1b[2J" + "a" * 500 + ".bin", LARGE, LARGE)
    shown = terminal.getvalue().removeprefix("\r\x1b[K")
    assert "\x1b" not in shown
    assert shown.startswith("...")
    assert ".bin: 64 of 64 MiB" in shown
    assert len(shown) < 80


def test_a_japanese_name_fills_no_line_either(terminal: Terminal) -> None:
    """Forty Japanese characters take eighty columns: the line broke, and only its second half was written over."""
    Line(terminal).tell("画像" * 100 + ".bin", LARGE, LARGE)
    shown = terminal.getvalue().removeprefix("\r\x1b[K")
    assert cells(shown) < 80
    assert shown.endswith("画像.bin: 64 of 64 MiB (100 %)")


def test_a_terminal_that_goes_away_changes_nothing() -> None:
    class Gone(Terminal):
        def write(self, _text: str) -> int:
            raise OSError(5, "Input/output error")

    line = Line(Gone())
    line.tell("image.bin", LARGE, LARGE)
    line.clear()


def test_threads_that_hash_write_whole_lines(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LARGE", 1)
    monkeypatch.setattr(progress, "SECONDS", 0.0)
    tasks = []
    for number in range(6):
        (tmp_path / f"{number}.bin").write_bytes(bytes(300_000))
        tasks.append(Task(f"{number}.bin", tmp_path / f"{number}.bin"))
    with progress_shown(Settings()) as tell:
        digest_all(tasks, progress=tell)
    lines = terminal.getvalue().split("\r\x1b[K")
    assert {line.partition(":")[0] for line in lines if line} == {f"{n}.bin" for n in range(6)}


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of POSIX")
@pytest.mark.parametrize("ci", ["", "true"])
def test_verify_shows_it_on_a_real_terminal_and_not_in_ci(tmp_path: Path, ci: str) -> None:
    large, mine = tmp_path / "image.bin", tmp_path / "root.json"
    with large.open("wb") as file:
        file.truncate(2 * LARGE)
    mine.write_bytes(b"{}")
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "gatekeeper", "verify", str(large), "--bundle", str(mine), "--trusted-root"]
    env = {k: v for k, v in os.environ.items() if k not in ("CI", "GITHUB_ACTIONS", "GITLAB_CI")} | {"TERM": "xterm"}
    words = [*command, str(mine), "--identity", "https://x.example/a", "--issuer", "https://y.example"]
    done = subprocess.run(
        words, stderr=slave, stdout=subprocess.PIPE, env=env | ({"CI": ci} if ci else {}), check=False
    )
    os.close(slave)
    said = os.read(master, 65536).decode()
    os.close(master)
    assert done.returncode == 3
    assert ("of 128 MiB" in said) is not bool(ci)
    assert done.stdout == b""

"""The hook's first answer: it says yes only where the ordinary way passes without a word."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle
from pathlib import Path

import msgspec
import pytest

from gatekeeper.cli import again
from gatekeeper.cli.again import passes_again, plain_hook
from gatekeeper.cli.app import run
from gatekeeper.scanners import coding_policy, installation, toolchain
from gatekeeper.scanners.own_file import OwnFile
from gatekeeper.scanners.results import Toolchain

CLEAN = "def dose(rate: float) -> float:\n    return rate * 2\n"
LOW = "def check(rate: float) -> None:\n    assert rate\n"
SHELL = "import subprocess\n\n\ndef run(words: str) -> None:\n    subprocess.call(words, shell=True)\n"
POLICY = """schema = 1
[product]
name = "pump-link"
version = "2.1.0"
manufacturer = "Example Devices"
[secure-coding]
policy = "coding.toml"
"""
FILES = ("good.py", "src/low.py")
NAMED = (FILES, ("good.py",), ("./good.py", "src/../good.py"), ("src",), ("coding.toml", "good.py"))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "tree"
    (root / "src").mkdir(parents=True)
    restored(root)
    monkeypatch.chdir(root)
    for name in [name for name in os.environ if "GATEKEEPER" in name]:
        monkeypatch.delenv(name)
    return root


def restored(root: Path) -> None:
    """The tree as it was, whatever a change has made of it."""
    for place in sorted(root.rglob("*"), reverse=True):
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()
    (root / "src").mkdir(exist_ok=True)
    (root / "gatekeeper.toml").write_text(POLICY)
    (root / "coding.toml").write_bytes(coding_policy.shipped().read_bytes())
    (root / "good.py").write_text(CLEAN)
    (root / "src" / "low.py").write_text(LOW)


def warmed(root: Path) -> None:
    assert run(["hook", *FILES]) == 0
    assert passes_again(FILES, os.environ)


def linked(root: Path, name: str) -> None:
    (root / name).rename(root / "moved")
    (root / name).symlink_to(root / "moved")


def kept() -> Path:
    return Path(OwnFile(str(Path.cwd()), "seen", os.environ).path)


def today_is(root: Path, reviewed: str, review: str) -> None:
    text = (root / "coding.toml").read_text()
    lines = [
        f"reviewed = {reviewed}"
        if line.startswith("reviewed")
        else f"next-review = {review}"
        if line.startswith("next-review")
        else line
        for line in text.splitlines()
    ]
    (root / "coding.toml").write_text("\n".join(lines) + "\n")


CHANGES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda root: None,
    "a finding": lambda root: (root / "good.py").write_text(SHELL),
    "another clean text": lambda root: (root / "good.py").write_text("x = 1\n"),
    "a nosec comment": lambda root: (root / "good.py").write_text("x = 1  # nosec\n"),
    "no Python": lambda root: (root / "good.py").write_text("def broken(:\n"),
    "two files swapped": lambda root: (root / "good.py").write_text(LOW),
    "a file gone": lambda root: (root / "good.py").unlink(),
    "a file linked": lambda root: linked(root, "good.py"),
    "a folder linked": lambda root: linked(root, "src"),
    "a lower threshold": lambda root: (root / "coding.toml").write_text(
        (root / "coding.toml").read_text().replace('severity = "medium"', 'severity = "low"')
    ),
    "an outdated coding policy": lambda root: today_is(root, "2020-01-01", "2020-02-01"),
    "a coding policy of tomorrow": lambda root: today_is(root, "9998-01-01", "9999-01-01"),
    "no coding policy": lambda root: (root / "coding.toml").unlink(),
    "a coding policy that is no TOML": lambda root: (root / "coding.toml").write_text("[["),
    "a coding policy linked": lambda root: linked(root, "coding.toml"),
    "the shipped coding policy": lambda root: (root / "gatekeeper.toml").write_text(
        POLICY.replace('policy = "coding.toml"', "")
    ),
    "banned names": lambda root: (root / "gatekeeper.toml").write_text(
        POLICY + "[[secure-coding.banned]]\nname = 'dose'\nreason = 'x'\n"
    ),
    "an exclusion without a reason": lambda root: (root / "gatekeeper.toml").write_text(
        POLICY + "[[secure-coding.exclude]]\npath = 'good.py'\nreason = ''\n"
    ),
    "other roots": lambda root: (root / "gatekeeper.toml").write_text(POLICY + "roots = ['src']\n"),
    "no policy": lambda root: (root / "gatekeeper.toml").unlink(),
    "an unknown key": lambda root: (root / "gatekeeper.toml").write_text(POLICY + "exlude = []\n"),
    "a policy linked": lambda root: linked(root, "gatekeeper.toml"),
    "broken deviations": lambda root: (root / "deviations.toml").write_text("[["),
    "no kept file": lambda root: kept().unlink(),
    "another installation": lambda root: installation._known.update({str(root): b"x"}),
}


def ordinary(files: tuple[str, ...], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the ordinary way, with nothing kept, passes without a word."""
    capfd.readouterr()
    with monkeypatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", os.devnull)
        code = run(["hook", *files])
    said = capfd.readouterr()
    return (code, said.out, said.err) == (0, "", "")


@pytest.mark.parametrize("change", CHANGES)
def test_it_never_says_more_than_the_ordinary_way(
    tree: Path, change: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed(tree)

    CHANGES[change](tree)

    passes = passes_again(FILES, os.environ)
    assert passes == (change in ("nothing", "broken deviations"))  # what does not touch these files stays known
    assert ordinary(FILES, capfd, monkeypatch) or not passes
    installation._known.clear()


@pytest.mark.parametrize("first", CHANGES)
def test_nor_after_two_changes_and_by_other_names(
    tree: Path, first: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for second, files in zip(CHANGES, cycle(NAMED), strict=False):
        restored(tree)
        warmed(tree)
        for change in (first, second):
            with suppress(OSError):  # the change before has taken the file away
                CHANGES[change](tree)

        assert not passes_again(files, os.environ) or ordinary(files, capfd, monkeypatch), second
        installation._known.clear()


def test_no_changed_or_missing_byte_of_what_is_kept_is_believed(tree: Path) -> None:
    warmed(tree)
    good = kept().read_bytes()

    for at in range(len(good)):
        for damaged in (good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :], good[:at], good[at + 1 :]):
            kept().write_bytes(damaged)
            assert not passes_again(FILES, os.environ)

    kept().write_bytes(good)
    assert passes_again(FILES, os.environ)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(SHELL, "a finding", id="a finding"),
        pytest.param("x = 1  # nosec\n", "a bare comment", id="a comment"),
        pytest.param("def broken(:\n", "a doubt", id="a doubt"),
    ],
)
def test_what_did_not_pass_in_silence_is_not_kept(tree: Path, text: str, why: str) -> None:
    (tree / "good.py").write_text(text)
    assert run(["hook", *FILES]) != 0, why

    assert not kept().exists()


def test_nothing_is_kept_under_a_policy_from_elsewhere(tree: Path) -> None:
    (tree / "other.toml").write_text(POLICY)

    assert run(["--policy", "other.toml", "hook", *FILES]) == 0

    assert not kept().exists()


def test_nothing_is_kept_that_a_foreign_plugin_had_a_part_in(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = toolchain.load

    def with_plugin(root: Path) -> Toolchain:
        return msgspec.structs.replace(real(root), foreign=("X101 (team.plugin)",))

    monkeypatch.setattr(toolchain, "load", with_plugin)

    assert run(["hook", *FILES]) == 0

    assert not kept().exists()


def test_notebooks_are_left_to_the_ordinary_way(tree: Path) -> None:
    (tree / "n.ipynb").write_text(
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": '
        '[{"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "execution_count": null}]}'
    )
    assert run(["hook", *FILES, "n.ipynb"]) == 0

    assert passes_again(FILES, os.environ)
    assert not passes_again((*FILES, "n.ipynb"), os.environ)


@pytest.mark.parametrize("name", ["../tree/good.py", "good.py/", "\0", "", "..", "gone/good.py", "/", "src"])
def test_odd_names_are_left_to_the_ordinary_way(tree: Path, name: str) -> None:
    warmed(tree)

    assert passes_again((name,), os.environ) == (name in ("../tree/good.py", "good.py/"))


@pytest.mark.parametrize(
    ("words", "env"),
    [
        pytest.param(["check"], {}, id="another command"),
        pytest.param(["hook", "--help"], {}, id="an option"),
        pytest.param(["hook", "good.py", "-h"], {}, id="an option behind"),
        pytest.param(["-q", "hook", "good.py"], {}, id="an option before"),
        pytest.param(["hook", "good.py"], {"GATEKEEPER_POLICY": "x"}, id="another policy"),
        pytest.param(["hook", "good.py"], {"_GATEKEEPER_COMPLETE": "bash_source"}, id="completion"),
    ],
)
def test_any_other_call_is_the_command_lines_to_understand(
    tree: Path, words: list[str], env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "_judged", lambda files: pytest.fail("not a plain call"))

    assert plain_hook(words, env) is None


@pytest.mark.parametrize("words", [["hook", "good.py"], ["hook", "--", "good.py"], ["hook"], ["hook", "bad.py"]])
def test_a_plain_call_ends_as_the_command_does(
    tree: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "bad.py").write_text(SHELL)
    expected = run(words), capsys.readouterr()

    for _ in range(2):
        assert (plain_hook(words, os.environ), capsys.readouterr()) == expected


def test_files_that_begin_with_a_dash_are_files_behind_two(tree: Path) -> None:
    (tree / "-h").write_text("x = 1\n")
    (tree / "-h.py").write_text(SHELL)

    assert plain_hook(["hook", "--", "-h.py"], os.environ) == 1


def started(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The program itself, and which of the modules that cost time it loaded."""
    costly = "{'click', 'msgspec', 'bandit', 'pathlib', 'logging', 'json', 'typing', 're'}"
    program = (
        "import sys, atexit; before = set(sys.modules); from gatekeeper.__main__ import main\n"
        f"atexit.register(lambda: print(sorted({costly} & (set(sys.modules) - before)), file=sys.stderr))\n"
        f"sys.argv = ['gatekeeper', *{words!r}]; main()"
    )
    return subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False, cwd=tree)


def test_the_second_time_nothing_of_weight_is_loaded(tree: Path) -> None:
    first, second = started(tree, "hook", *FILES), started(tree, "hook", *FILES)

    assert (first.returncode, first.stdout) == (second.returncode, second.stdout) == (0, "")
    assert "bandit" in first.stderr
    assert "'click'" not in first.stderr
    assert second.stderr.strip() == "[]"

"""Shards from the command line: collected in one job each, judged in the one that has them all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
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


@pytest.fixture
def product(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    workspace.write("gatekeeper.toml", POLICY)
    for n in range(12):
        workspace.write(f"src/m{n}.py", f"def f{n}() -> int:\n    return {n}\n")
    workspace.write("src/bad.py", "eval(input())\n")
    workspace.commit()
    monkeypatch.chdir(workspace.root)
    root: Path = workspace.root
    return root


def test_every_option_that_had_a_say_is_in_the_record(
    product: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """GATE-09: a skip option that leaves no trace."""
    (tmp_path / "approvals").mkdir()
    collect(tmp_path / "parts", "1/1")
    capsys.readouterr()

    words = ["--only", "secure-coding", "--evidence", tmp_path / "parts", "--approvals", tmp_path / "approvals"]
    words += ["--previous", tmp_path, "--effective-time", "2026-11-20T09:00:00Z", "-o", "json"]
    run(["-C", str(product), "check", *map(str, words)])
    switches = json.loads(capsys.readouterr().out)["switches"]

    assert set(switches) - {"-C"} == {"--only", "--evidence", "--approvals", "--previous", "--effective-time"}
    assert switches["--previous"] == str(tmp_path)


def collect(folder: Path, *shards: str) -> None:
    for shard in shards:
        assert run(["check", "--only", "secure-coding", "--shard", shard, "--save-evidence", str(folder)]) == 0


def outcomes(capsys: pytest.CaptureFixture[str], *folders: Path) -> dict[str, str]:
    capsys.readouterr()
    evidence = [word for folder in folders for word in ("--evidence", str(folder))]
    run(["check", "--only", "secure-coding", *evidence, "-o", "json"])
    rules = json.loads(capsys.readouterr().out)["rules"]
    return {rule["id"]: rule["outcome"] for rule in rules if rule["id"].startswith("CODE-0")}


def test_all_shards_give_what_one_scan_gives(product: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    collect(tmp_path / "parts", "1/3", "2/3", "3/3")

    sharded = outcomes(capsys, tmp_path / "parts")

    assert sharded == outcomes(capsys)
    assert sharded["CODE-01"] == "failed"
    assert sharded["CODE-02"] == "passed"


def drop(folder: Path) -> None:
    (folder / "secure-coding.2-of-3.json").unlink()


def double(folder: Path) -> None:
    shutil.copy(folder / "secure-coding.2-of-3.json", folder / "again.json")


def foreign(folder: Path) -> None:
    file = folder / "secure-coding.2-of-3.json"
    file.write_text(file.read_text().replace('"shard":"2/3"', '"shard":"2/4"'))


def another_commit(folder: Path) -> None:
    file = folder / "secure-coding.2-of-3.json"
    stored = json.loads(file.read_text())
    file.write_text(json.dumps(stored | {"commit": "b" * 40}))


def another_policy(folder: Path) -> None:
    file = folder / "secure-coding.2-of-3.json"
    stored = json.loads(file.read_text())
    file.write_text(json.dumps(stored | {"policy_sha256": "b" * 64}))


@pytest.mark.parametrize("fault", [drop, double, foreign, another_commit, another_policy])
def test_shards_that_are_not_one_scan_of_this_commit_are_undecided(
    product: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: Callable[[Path], None]
) -> None:
    collect(tmp_path / "parts", "1/3", "2/3", "3/3")
    fault(tmp_path / "parts")

    assert set(outcomes(capsys, tmp_path / "parts").values()) == {"undecided"}


def test_one_shard_alone_is_undecided(product: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    collect(tmp_path / "parts", "2/3")

    assert set(outcomes(capsys, tmp_path / "parts").values()) == {"undecided"}

"""Advisories that tell commits only: judged in a whole clone of the very repository, or named as open."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.known import commits
from gatekeeper.sbom.known.evidence import Advisory, Affected, Range
from tests.sbom.known.data import Known, osv
from tests.sbom.samples import failed, in_doubt

HOME = "https://example.org/Zlib.git"
REPO = "example.org/zlib"


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> tuple[Path, list[str]]:
    """Six commits in a row, and one (the last named) on a branch from the second."""
    folder = tmp_path / "zlib"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    made = []
    for n in range(6):
        git(folder, "commit", "-q", "--allow-empty", "-m", f"change {n}")
        made.append(git(folder, "rev-parse", "HEAD"))
    git(folder, "checkout", "-q", "-b", "side", made[1])
    git(folder, "commit", "-q", "--allow-empty", "-m", "aside")
    return folder, [*made, git(folder, "rev-parse", "HEAD")]


def built(commit: str) -> Component:
    return Component(
        where="/1", name="zlib", version="1.3", purl=f"pkg:generic/zlib@1.3?vcs_url=git%2B{HOME}%40{commit}"
    )


def asked(root: Path, clones: dict[str, str], commit: str, *events: tuple[str, str]) -> tuple[bool | None, str]:
    advisory = Advisory("OSV-1", ("OSV-1",), "high", (Affected("", "", (Range("GIT", events, REPO),)),))
    (answer,) = commits.answers(root, clones, [built(commit)], [advisory])
    return answer.affected, answer.reason


EVENTS = [
    pytest.param(3, [("introduced", 1)], True, id="in"),
    pytest.param(0, [("introduced", 1)], False, id="before"),
    pytest.param(6, [("introduced", 2)], False, id="another branch"),
    pytest.param(1, [("introduced", 1)], True, id="the very commit"),
    pytest.param(0, [("introduced", None)], True, id="from the start"),
    pytest.param(3, [("introduced", None), ("fixed", 3)], False, id="the fix itself"),
    pytest.param(2, [("introduced", None), ("fixed", 3)], True, id="before the fix"),
    pytest.param(6, [("introduced", 0), ("fixed", 3)], True, id="a branch without the fix"),
    pytest.param(5, [("introduced", 0), ("fixed", 1), ("introduced", 3)], True, id="introduced again after the fix"),
    pytest.param(2, [("introduced", 0), ("fixed", 1), ("introduced", 3)], False, id="between fix and relapse"),
    pytest.param(5, [("introduced", 0), ("fixed", 1), ("introduced", 3), ("fixed", 4)], False, id="fixed twice"),
    pytest.param(2, [("introduced", 0), ("last_affected", 2)], True, id="the last affected"),
    pytest.param(3, [("introduced", 0), ("last_affected", 2)], False, id="after the last affected"),
    pytest.param(
        5, [("introduced", 0), ("last_affected", 1), ("introduced", 3)], True, id="introduced again after the last one"
    ),
    pytest.param(2, [("introduced", 0), ("last_affected", 1), ("introduced", 3)], False, id="between last and relapse"),
    pytest.param(3, [("introduced", 0), ("last_affected", 6), ("last_affected", 4)], True, id="the last of one branch"),
]


@pytest.mark.parametrize(("at", "events", "expected"), EVENTS)
def test_the_built_commit_in_the_range(
    clone: tuple[Path, list[str]], at: int, events: list[tuple[str, int | None]], expected: bool
) -> None:
    folder, made = clone
    told = [(kind, "0" if n is None else made[n]) for kind, n in events]

    assert asked(folder.parent, {HOME: "zlib"}, made[at], *told) == (expected, "")


def test_what_the_clone_cannot_tell_stays_open(clone: tuple[Path, list[str]]) -> None:
    folder, made = clone
    root, here = folder.parent, {"git@example.org/other": "x", "https://user@example.org/zlib/": "zlib"}
    git(root, "clone", "-q", "--depth", "1", folder.as_uri(), "cut")

    cases = {
        "not among": asked(root, {}, made[3], ("introduced", "0")),
        "does not know 0000": asked(root, here, "0" * 40, ("introduced", "0")),
        "does not know every": asked(root, here, made[3], ("introduced", "0"), ("fixed", "f" * 40)),
        "not whole": asked(root, {HOME: "cut"}, made[6], ("introduced", "0")),
        "cannot be asked": asked(root, {HOME: "nowhere"}, made[3], ("introduced", "0")),
    }
    cases["every"] = asked(root, here, made[3], ("introduced", "--all"))

    assert {words: (affected, words in reason) for words, (affected, reason) in cases.items()} == dict.fromkeys(
        cases, (None, True)
    )


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        ("pkg:github/Example/Lib@" + "a" * 40, ("github.com/example/lib", "a" * 40)),
        ("pkg:generic/x@1?vcs_url=git%2Bssh://git@example.org/x.git%40" + "B" * 40, ("example.org/x", "b" * 40)),
        ("pkg:generic/x@1?vcs_url=git%2Bhttps://example.org/x.git%40v1.0", None),
        ("pkg:github/example/lib@v1.0", None),
        ("pkg:pypi/x@1", None),
        ("", None),
    ],
)
def test_what_a_component_was_built_from(purl: str, expected: tuple[str, str] | None) -> None:
    found = commits.source(Component(where="", name="x", purl=purl))

    assert (found and (found.repository, found.commit)) == expected


@pytest.mark.parametrize(
    ("at", "clones", "rule"),
    [
        pytest.param(2, {HOME: "zlib"}, "VULN-03", id="VULN-03: a C library built from an affected commit"),
        pytest.param(4, {HOME: "zlib"}, "", id="a C library built from a fixed commit is assessed"),
        pytest.param(4, {}, "VULN-04", id="VULN-04: a C library whose repository is not at hand"),
    ],
)
def test_the_check_judges_by_commits(
    tmp_path: Path, clone: tuple[Path, list[str]], at: int, clones: dict[str, str], rule: str
) -> None:
    _, made = clone
    known = Known(tmp_path)
    known.records = known.records[1:]
    component = {"name": "zlib", "version": "1.3", "purl": built(made[at]).purl}
    known.scene.document["components"][0] |= component
    record: dict[str, Any] = osv("OSV-2026-1", "", severity=[])
    events = [{"introduced": made[1]}, {"fixed": made[3]}]
    record["affected"] = [{"ranges": [{"type": "GIT", "repo": HOME, "events": events}]}]
    known.more_data("GIT", [record], built("a" * 40).purl)
    known.params["repositories"] = clones

    judgements = known.judge()

    noticed = failed(judgements) | in_doubt(judgements)
    assert noticed - {"VULN-09"} == ({rule} if rule else set()), {r: judgements[r] for r in noticed}


@pytest.mark.parametrize("events", [(), (("fixed", 1),)], ids=["no events", "no beginning"])
def test_a_range_without_a_beginning_is_no_answer(
    clone: tuple[Path, list[str]], events: tuple[tuple[str, int], ...]
) -> None:
    """VULN-04: what the schema demands is not there, so nothing shows the component to be clean."""
    folder, made = clone
    told = [(kind, made[n]) for kind, n in events]
    affected, reason = asked(folder.parent, {HOME: folder.name}, made[3], *told)
    assert affected is None
    assert reason

"""The secure-coding check from end to end on real trees: every bad input is planted and seen to be refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest

from gatekeeper.checks import secure_coding
from gatekeeper.checks.secure_coding import CHECK, Params
from gatekeeper.model.check import Case, Context, Product
from gatekeeper.model.deviation import Deviation, Person
from gatekeeper.model.errors import ToolError
from gatekeeper.model.facts import ArtifactFact, Facts
from gatekeeper.model.finding import Judgement
from gatekeeper.model.words import Level, Mode
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.scanners import coding_policy
from gatekeeper.scanners.banned import Banned
from gatekeeper.scanners.evidence import CodingEvidence
from gatekeeper.scanners.exclusions import Exclusion
from gatekeeper.scanners.imports import Imported, Scanner
from gatekeeper.scanners.judge_coverage import judge_evidenced, judge_policy
from gatekeeper.scanners.judge_findings import judge_findings
from gatekeeper.scanners.results import FileScan, Issue

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
PRODUCT = Product(name="pump-link", version="2.1.0", manufacturer="Example Devices")
CLEAN = "def dose(rate: float) -> float:\n    return rate * 2\n"
SHELL = "import subprocess\n\n\ndef run(words: str) -> None:\n    subprocess.call(words, shell=True)\n"


class Tree(Protocol):
    root: Path

    def write(self, path: str, text: str = ...) -> Path: ...
    def commit(self, message: str = ...) -> str: ...
    def git(self, *words: str) -> str: ...


def collect(tree: Tree, artifacts: tuple[Path, ...] = (), **params: Any) -> CodingEvidence:
    context = Context(
        root=tree.root,
        artifacts=artifacts,
        now=NOW,
        env={},
        mode=Mode.CI,
        product=PRODUCT,
        rulebook=rulebook(),
        cold=True,
    )
    evidence = CHECK.collect(context, Params(**params))
    return msgspec.json.decode(msgspec.json.encode(evidence), type=CodingEvidence)


def case(*deviations: Deviation, now: datetime = NOW) -> Case:
    return Case(product=PRODUCT, rulebook=rulebook(), now=now, mode=Mode.CI, deviations=deviations)


def judged(evidence: CodingEvidence, *deviations: Deviation, now: datetime = NOW) -> dict[str, Judgement]:
    found = list(CHECK.judge(evidence, Params(), case(*deviations, now=now)))
    assert sorted(j.rule for j in found) == sorted(CHECK.rules)
    return {j.rule: j for j in found}


def gate(tree: Tree, *deviations: Deviation, now: datetime = NOW, **params: Any) -> dict[str, Judgement]:
    tree.commit()
    return judged(collect(tree, **params), *deviations, now=now)


def passed(judgement: Judgement) -> bool:
    return bool(judgement.observed) and not judgement.findings and not judgement.doubts


def deviation(fingerprint: str, **changes: Any) -> Deviation:
    person = Person("Ada Example", "ada@example.invalid")
    entry = Deviation(
        id="DEV-2026-014",
        rule="CODE-01",
        finding=fingerprint,
        decision="accept",
        justification="The words are constants of the installer.",
        risk_ref="RISK-7",
        severity=Level.HIGH,
        author=person,
        approved_by=(Person("Bo Example", "bo@example.invalid"), Person("Cy Example", "cy@example.invalid")),
        approved_on=date(2026, 11, 20),
        expires=date(2026, 12, 15),
        releases=("2.1.0",),
    )
    return msgspec.structs.replace(entry, **changes)


def shell_finding(tree: Tree) -> str:
    found = gate(tree)["CODE-01"].findings
    return next(f.fingerprint for f in found if f.note == "B602")


def test_clean_code_passes_every_rule_and_says_what_was_seen(workspace: Tree) -> None:
    workspace.write("src/dose.py", CLEAN)

    seen = gate(workspace)

    remarks = {"CODE-07", "CODE-09"}  # warnings: there are no merge records and no review record
    assert all(passed(j) for rule, j in seen.items() if rule not in remarks), seen
    assert all(not seen[rule].doubts and seen[rule].findings for rule in remarks)
    assert "1 files with 2 lines of code: 0 findings that count" in seen["CODE-01"].observed[0]
    assert "cold" in seen["CODE-01"].observed[0]
    assert "driver" in seen["CODE-01"].observed[0]


# CODE-01


def test_code_01_one_shell_call_is_a_finding_with_everything_a_developer_needs(workspace: Tree) -> None:
    workspace.write("src/run.py", SHELL)

    [finding] = gate(workspace)["CODE-01"].findings

    assert finding.note == "B602"
    assert finding.level is Level.HIGH
    assert str(finding.where) == "src/run.py:5:5"
    assert "^^^" in finding.excerpt
    assert finding.details["cwe"] == "CWE-78"
    assert finding.details["coding-rule"] == "command-injection"


@pytest.mark.parametrize(
    ("severity", "confidence"),
    [
        pytest.param("UNDEFINED", "HIGH", id="CODE-01: severity UNDEFINED"),
        pytest.param("CATASTROPHIC", "UNDEFINED", id="CODE-01: severity that nobody knows"),
        pytest.param("HIGH", "SURE", id="CODE-01: confidence that nobody knows"),
    ],
)
def test_code_01_unknown_words_count_as_the_highest(workspace: Tree, severity: str, confidence: str) -> None:
    workspace.write("a.py", CLEAN)
    workspace.commit()
    evidence = collect(workspace)
    issue = Issue("B999", "x", severity, confidence, 1, "odd", 1, 1, 1, 0, 1)
    scan = msgspec.structs.replace(evidence.scan, files=(FileScan("a.py", "00", 1, (issue,)),))

    [finding] = judge_findings(msgspec.structs.replace(evidence, scan=scan)).findings

    assert finding.level is (Level.HIGH if severity == "HIGH" else Level.CRITICAL)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("bandit.json", '{"results": [], "errors": []}', id="CODE-01: a results file handed in"),
        pytest.param("bandit_baseline.json", '{"results": [{"test_id": "B602"}]}', id="CODE-01: a baseline file"),
        pytest.param(".bandit", "[bandit]\nbaseline: bandit_baseline.json\nformat: sarif\n", id="CODE-01: SARIF"),
    ],
)
def test_code_01_no_file_of_the_tree_hides_a_finding(workspace: Tree, path: str, text: str) -> None:
    workspace.write("src/run.py", SHELL)
    workspace.write(path, text)

    assert [f.note for f in gate(workspace)["CODE-01"].findings] == ["B602"]


def test_code_01_the_policy_table_has_no_place_for_results_or_thresholds_of_somebody_else() -> None:
    assert not {"results", "report", "baseline", "skips", "format"} & set(Params.__struct_fields__)


def test_code_01_what_is_below_the_threshold_is_counted_aloud(workspace: Tree) -> None:
    workspace.write("a.py", "assert True\n")

    judgement = gate(workspace)["CODE-01"]

    assert passed(judgement)
    assert "0 findings that count" in judgement.observed[0]
    assert "1 below" in judgement.observed[0]


def test_code_01_the_fingerprint_survives_moved_lines_and_not_changed_code(workspace: Tree) -> None:
    workspace.write("src/run.py", SHELL)
    first = shell_finding(workspace)
    workspace.write("src/run.py", "# moved\n" + SHELL.replace("shell=True)", "shell=True)  # nosec B602 DEV-2026-014"))
    assert shell_finding(workspace) == first
    workspace.write("src/run.py", SHELL.replace("words, shell", "words[0], shell"))
    assert shell_finding(workspace) != first


def test_code_01_the_same_line_twice_needs_two_answers(workspace: Tree) -> None:
    workspace.write("src/run.py", SHELL + "    subprocess.call(words, shell=True)\n")

    assert len({f.fingerprint for f in gate(workspace)["CODE-01"].findings}) == 2


# CODE-02


def undecided(judgement: Judgement, word: str) -> bool:
    return any(word in doubt for doubt in judgement.doubts)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"def broken(:\n", id="CODE-02: a file with a syntax error"),
        pytest.param(b"x = '\xff\xfe'\n", id="CODE-02: bytes that its encoding does not know"),
        pytest.param(b"# coding: no-such-encoding\nx = 1\n", id="CODE-02: an encoding that nobody knows"),
        pytest.param(b"x = 1\x00\n", id="CODE-02: a null byte"),
        pytest.param(b"if True:\n        x = 1\n    y = 2\n", id="CODE-02: an indentation that fits nothing"),
        pytest.param(b"x = " + b"(" * 5000 + b")" * 5000, id="CODE-02: nesting without end"),
    ],
)
def test_code_02_a_file_that_does_not_parse_is_undecided(workspace: Tree, text: bytes) -> None:
    workspace.write("good.py", CLEAN)
    workspace.write("bad.py").write_bytes(text)

    judgement = gate(workspace)["CODE-02"]

    assert undecided(judgement, "not read: bad.py")


def test_code_02_a_path_that_does_not_exist_is_undecided(workspace: Tree) -> None:
    workspace.write("src/a.py", CLEAN)

    assert undecided(gate(workspace, roots=("src", "lib"))["CODE-02"], "does not exist or is empty: lib")


def test_code_02_a_tracked_file_that_is_gone_is_undecided(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)
    workspace.write("b.py", CLEAN).chmod(0o644)
    workspace.commit()
    (workspace.root / "b.py").unlink()

    assert undecided(judged(collect(workspace))["CODE-02"], "not read: b.py")


@pytest.mark.parametrize("with_git", [True, False])
def test_code_02_an_empty_folder_is_undecided_in_every_rule_that_rests_on_the_scan(
    workspace: Tree, tmp_path: Path, with_git: bool
) -> None:
    workspace.write("README.md", "nothing here\n")
    workspace.commit()
    if not with_git:
        workspace.root = tmp_path / "empty"
        workspace.root.mkdir()

    seen = judged(collect(workspace))

    assert undecided(seen["CODE-02"], "no Python file")
    for rule in ("CODE-01", "CODE-03", "CODE-05"):
        assert seen[rule].doubts, rule


def test_code_02_a_crashed_bandit_test_is_undecided(workspace: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    from bandit.core import extension_loader

    def crash(context: Any, config: Any = None) -> None:
        raise ZeroDivisionError("planted")

    plugin = extension_loader.MANAGER.plugins_by_id["B602"].plugin
    crash._test_id, crash._checks = "B602", ["Call"]  # type: ignore[attr-defined]  # as Bandit's decorators do
    crash.__module__ = plugin.__module__
    monkeypatch.setattr(extension_loader.MANAGER.plugins_by_id["B602"], "plugin", crash)
    workspace.write("run.py", SHELL)

    judgement = gate(workspace)["CODE-02"]

    assert undecided(judgement, "a Bandit test crashed: run.py")
    assert undecided(judgement, "planted")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(".bandit", "[bandit]\nskips: B602\nexclude: /src\n", id="CODE-02: .bandit with skips"),
        pytest.param("pyproject.toml", "[tool.bandit]\nskips=['B602']\nexclude_dirs=['src']\n", id="CODE-02: TOML"),
        pytest.param("setup.cfg", "[bandit]\nskips: B602\n", id="CODE-02: setup.cfg"),
        pytest.param("tox.ini", "[bandit]\nskips: B602\n", id="CODE-02: tox.ini"),
    ],
)
def test_code_02_settings_in_the_tree_have_no_effect_and_are_named(workspace: Tree, path: str, text: str) -> None:
    workspace.write("src/run.py", SHELL)
    workspace.write(path, text)

    seen = gate(workspace)

    assert [f.note for f in seen["CODE-01"].findings] == ["B602"]
    assert passed(seen["CODE-02"])
    assert path in seen["CODE-03"].observed[0]


def test_code_02_a_module_named_like_a_library_has_no_effect(workspace: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.write("yaml.py", "raise SystemExit('taken over')\n")
    workspace.write("run.py", SHELL)
    monkeypatch.chdir(workspace.root)
    monkeypatch.setattr(sys, "path", ["", str(workspace.root), *sys.path])
    for name in [n for n in sys.modules if n.partition(".")[0] in ("bandit", "yaml")]:
        monkeypatch.delitem(sys.modules, name)

    seen = gate(workspace)

    assert [f.note for f in seen["CODE-01"].findings] == ["B602"]
    assert passed(seen["CODE-02"])


def test_code_02_a_shadow_that_was_loaded_before_the_gate_is_refused(
    workspace: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    import types

    shadow = types.ModuleType("yaml.shadow")
    shadow.__file__ = str(workspace.write("yaml/shadow.py", CLEAN))
    monkeypatch.setitem(sys.modules, "yaml.shadow", shadow)
    workspace.commit()

    with pytest.raises(ToolError, match="loaded from the scanned tree"):
        collect(workspace)


@pytest.mark.parametrize("wide", ["src/*", "*/__init__.py", "src", "*"])
def test_code_02_an_exclusion_wide_enough_to_hide_a_package_is_a_finding(workspace: Tree, wide: str) -> None:
    workspace.write("src/pump/__init__.py", "")
    workspace.write("src/pump/run.py", SHELL)
    workspace.write("good.py", CLEAN)

    judgement = gate(workspace, exclude=(Exclusion(wide, "generated"),))["CODE-02"]

    assert "hides whole packages" in judgement.findings[0].message
    assert "src/pump" in judgement.findings[0].message


def test_code_02_a_package_may_be_excluded_by_its_name_and_with_a_reason(workspace: Tree) -> None:
    workspace.write("src/a.py", CLEAN)
    workspace.write("tests/__init__.py", "")
    workspace.write("tests/test_a.py", "assert True\n")

    judgement = gate(workspace, exclude=(Exclusion("tests", "not part of the product"),))["CODE-02"]

    assert passed(judgement)
    assert "2 excluded with a reason" in judgement.observed[0]
    assert gate(workspace, exclude=(Exclusion("tests", " "),))["CODE-02"].findings


def test_code_02_ignored_source_beside_tracked_source_is_scanned(workspace: Tree) -> None:
    workspace.write(".gitignore", "_generated.py\nbuilt/\n.venv/\n__pycache__/\n")
    workspace.write("src/pump/core.py", CLEAN)
    workspace.commit()
    workspace.write("src/pump/_generated.py", SHELL)
    workspace.write("src/pump/built/more.py", "eval(input())\n")
    workspace.write(".venv/lib/other.py", SHELL)

    seen = judged(collect(workspace))

    assert [(f.where.path, f.note) for f in seen["CODE-01"].findings] == [
        ("src/pump/_generated.py", "B602"),
        ("src/pump/built/more.py", "B307"),
    ]
    assert "1 folders that git ignores" in seen["CODE-02"].observed[0]


def test_code_02_untracked_and_staged_files_are_scanned(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)
    workspace.commit()
    workspace.write("untracked.py", SHELL)
    workspace.write("staged.py", SHELL)
    workspace.git("add", "staged.py")

    found = judged(collect(workspace))["CODE-01"].findings

    assert {f.where.path for f in found} == {"untracked.py", "staged.py"}


@pytest.mark.parametrize(
    "shebang", ["#!/usr/bin/python3", "#!/usr/bin/env python", "#!/usr/bin/env -S uv run --script", "#! /opt/pypy3 -I"]
)
def test_code_02_a_script_without_a_suffix_is_scanned(workspace: Tree, shebang: str) -> None:
    workspace.write("a.py", CLEAN)
    workspace.write("bin/tool", f"{shebang}\n{SHELL}")
    workspace.write("bin/other", f"#!/bin/sh\n{SHELL}")

    assert {f.where.path for f in gate(workspace)["CODE-01"].findings} == {"bin/tool"}


def test_code_02_a_link_out_of_the_tree_is_undecided(workspace: Tree, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text(SHELL)
    workspace.write("a.py", CLEAN)
    (workspace.root / "b.py").symlink_to(tmp_path / "outside.py")

    assert undecided(gate(workspace)["CODE-02"], "a link leads out of the tree: b.py")


@pytest.mark.parametrize("kind", ["clean", "process"])
def test_code_02_a_filter_between_commit_and_tree_is_undecided(workspace: Tree, kind: str) -> None:
    """The commit holds a shell call, the tree does not, and git takes both for the same."""
    workspace.write("a.py", SHELL)
    workspace.write("b.txt", "x\n")
    workspace.write(".gitattributes", "a.py filter=other\n*.txt filter=lfs\n")
    workspace.commit()
    kept = workspace.git("rev-parse", "HEAD:a.py")
    workspace.git("config", "filter.lfs.clean", "cat")
    assert not collect(workspace).selection.filtered

    workspace.git("config", f"filter.other.{kind}", f"git cat-file blob {kept}")
    workspace.write("a.py", CLEAN)
    if kind == "clean":
        workspace.git("add", "-u")
        assert not workspace.git("status", "--porcelain")

    assert undecided(judged(collect(workspace))["CODE-02"], "a filter of git stands between the commit and: a.py")


def test_code_02_a_submodule_that_is_not_checked_out_is_undecided(
    workspace: Tree, another: Callable[[str], Tree]
) -> None:
    library = another("library")
    library.write("lib.py", CLEAN)
    library.commit()
    workspace.write("a.py", CLEAN)
    workspace.git("submodule", "add", "-q", str(library.root), "vendor")
    assert passed(gate(workspace)["CODE-02"])
    workspace.git("submodule", "deinit", "-f", "-q", "vendor")

    assert undecided(judged(collect(workspace))["CODE-02"], "vendor")


def test_code_02_warm_evidence_does_not_count_outside_a_local_run(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)
    workspace.commit()
    evidence = collect(workspace)
    warm = msgspec.structs.replace(evidence, scan=msgspec.structs.replace(evidence.scan, cached=1))

    assert undecided(judged(warm)["CODE-02"], "came from a cache")


def test_code_02_fewer_files_scanned_than_selected_is_undecided(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)
    workspace.write("b.py", CLEAN)
    workspace.commit()
    evidence = collect(workspace)
    fewer = msgspec.structs.replace(evidence.scan, files=evidence.scan.files[:1])

    assert undecided(judged(msgspec.structs.replace(evidence, scan=fewer))["CODE-02"], "selected and not scanned: b.py")


def test_code_02_a_tree_without_git_is_listed_whole(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "run.py").write_text(SHELL)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("")
    (tmp_path / ".venv" / "x.py").write_text(SHELL)
    context = Context(
        root=tmp_path, artifacts=(), now=NOW, env={}, mode=Mode.LOCAL, product=PRODUCT, rulebook=rulebook()
    )

    seen = judged(CHECK.collect(context, Params()))

    assert [f.where.path for f in seen["CODE-01"].findings] == ["pkg/run.py"]
    assert "folder" in seen["CODE-02"].observed[0]


def test_code_02_a_notebook_is_scanned_and_a_foreign_cell_is_undecided(workspace: Tree) -> None:
    def cell(*lines: str) -> dict[str, object]:
        return {"cell_type": "code", "source": [f"{line}\n" for line in lines], "metadata": {}, "outputs": []}

    notebook = {"nbformat": 4, "cells": [cell("%matplotlib inline", "x = 1"), cell("!ls", "eval(input())")]}
    workspace.write("a.py", CLEAN)
    workspace.write("study.ipynb", msgspec.json.encode(notebook).decode())

    seen = gate(workspace)

    assert [(f.where.path, f.note) for f in seen["CODE-01"].findings] == [("study.ipynb", "B307")]
    assert "cell 2, line 2" in str(seen["CODE-01"].findings[0].where)
    notebook["cells"].append(cell("%%bash", "rm -rf /"))  # type: ignore[attr-defined]  # a list of cells
    workspace.write("study.ipynb", msgspec.json.encode(notebook).decode())
    assert undecided(gate(workspace)["CODE-02"], "another language: bash")


# CODE-03


def hidden_call(comment: str) -> str:
    return SHELL.replace("shell=True)", f"shell=True)  {comment}")


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        pytest.param("# nosec", "a bare `nosec` hides B602", id="CODE-03: a bare nosec"),
        pytest.param("#nosec: we know", "a bare `nosec` hides B602", id="CODE-03: a nosec with a story"),
        pytest.param("# nosec B602", "names no deviation", id="CODE-03: no deviation id"),
        pytest.param("# nosec B602 DEV-2026-099", "names no deviation", id="CODE-03: a deviation that is not there"),
        pytest.param("# nosec B101 DEV-2026-014", "names B101, and there is no", id="CODE-03: names another test"),
    ],
)
def test_code_03_a_suppression_without_its_deviation_fails(workspace: Tree, comment: str, message: str) -> None:
    workspace.write("run.py", SHELL)
    answer = deviation(shell_finding(workspace))
    workspace.write("run.py", hidden_call(comment))

    seen = gate(workspace, answer)

    assert message in " ".join(f.message for f in seen["CODE-03"].findings)
    assert [f.note for f in seen["CODE-01"].findings] == ["B602"]  # judged as if nothing were suppressed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"expires": date(2026, 12, 1)}, "is not in force", id="CODE-03: an expired deviation"),
        pytest.param({"approved_on": date(2026, 12, 2)}, "is not in force", id="CODE-03: a deviation of tomorrow"),
        pytest.param({"finding": "0" * 16}, "is about another finding", id="CODE-03: another finding's deviation"),
        pytest.param({"severity": Level.LOW}, "lower severity", id="CODE-03: decided for a lower severity"),
        pytest.param({"releases": ("2.0.0",)}, "not decided for version 2.1.0", id="CODE-03: another version's"),
    ],
)
def test_code_03_a_deviation_that_does_not_hold_does_not_answer(
    workspace: Tree, changes: dict[str, Any], message: str
) -> None:
    workspace.write("run.py", SHELL)
    answer = deviation(shell_finding(workspace), **changes)
    workspace.write("run.py", hidden_call("# nosec B602 DEV-2026-014"))

    [finding] = gate(workspace, answer)["CODE-03"].findings

    assert message in finding.message


def test_code_03_a_comment_with_test_and_live_deviation_passes(workspace: Tree) -> None:
    workspace.write("run.py", SHELL)
    answer = deviation(shell_finding(workspace))
    workspace.write("run.py", hidden_call("# nosec B602 DEV-2026-014"))

    seen = gate(workspace, answer)

    assert passed(seen["CODE-03"])
    assert answer.answers(seen["CODE-01"].findings[0], NOW.date(), "2.1.0")


def test_code_03_one_comment_that_hides_two_findings_needs_two_deviations(workspace: Tree) -> None:
    two = "import subprocess\nsubprocess.call(eval('x'), shell=True)  # nosec B602, B307 DEV-2026-014\n"
    workspace.write("run.py", two)
    answer = deviation(next(f for f in gate(workspace)["CODE-01"].findings if f.note == "B602").fingerprint)

    [finding] = gate(workspace, answer)["CODE-03"].findings

    assert "DEV-2026-014 is about another finding than this B307" in finding.message


def test_code_03_a_comment_that_hides_nothing_has_to_go(workspace: Tree) -> None:
    workspace.write("a.py", "x = 1  # nosec\ny = 2  # nosec B602 DEV-2026-014\n")

    assert len(gate(workspace)["CODE-03"].findings) == 2


def test_code_03_a_hidden_finding_counts_whatever_its_severity(workspace: Tree) -> None:
    workspace.write("a.py", "assert True  # nosec B101\n")

    seen = gate(workspace)

    assert [f.note for f in seen["CODE-01"].findings] == ["B101"]
    assert seen["CODE-03"].findings


def test_code_03_the_ledger_names_who_hid_what(workspace: Tree) -> None:
    workspace.write("run.py", hidden_call("# nosec B602 DEV-2026-014"))
    commit = workspace.commit()

    [row] = CHECK.facts(collect(workspace), Params()).suppressions

    assert (row.where.path, row.where.line, row.tests, row.hides, row.deviation) == (
        "run.py", 5, ("B602",), 1, "DEV-2026-014",
    )  # fmt: skip
    assert (row.author, row.commit) == ("Ada Example <ada@example.invalid>", commit)


# CODE-04

SHIPPED = coding_policy.shipped().read_text()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("[thresholds]", "exlude = []\n[thresholds]", "unknown key 'exlude'", id="CODE-04: a misspelt key"),
        pytest.param('"medium"', '"hihg"', "did you mean 'high'", id="CODE-04: threshold hihg"),
        pytest.param('"B602"', '"B699"', "B699, which Bandit", id="CODE-04: a Bandit id that does not exist"),
        pytest.param("2027-11-20", "2026-11-30", "has passed", id="CODE-04: a review date in the past"),
        pytest.param("reviewed = 2026-11-20", "reviewed = 2026-12-02", "in the future", id="CODE-04: in the future"),
        pytest.param("cwe = 78", "cwe = 0", "no CWE number", id="CODE-04: a rule without a CWE"),
        pytest.param("reason = ", 'reason = ""\n#', "gives no reason", id="CODE-04: a rule without a reason"),
        pytest.param("cwe = 78", 'cwe = 78\nseverity = "high"', "only lower it", id="CODE-04: a rule that sees less"),
        pytest.param("cwe = 78", 'cwe = 78\nconfidence = "high"', "only lower it", id="CODE-04: a rule that is surer"),
        pytest.param('owner = "The gatekeeper authors"', "", "owner", id="CODE-04: no owner"),
        pytest.param("schema = 1", "schema = ", "not a TOML file", id="CODE-04: not TOML"),
    ],
)
def test_code_04_a_policy_that_is_not_fit_to_judge_by(workspace: Tree, old: str, new: str, message: str) -> None:
    workspace.write("a.py", CLEAN)
    workspace.write("coding.toml", SHIPPED.replace(old, new, 1))

    judgement = gate(workspace, policy="coding.toml")["CODE-04"]

    assert message in " ".join(f.message for f in judgement.findings)


def test_code_04_a_rule_may_see_more(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)
    workspace.write("coding.toml", SHIPPED.replace("cwe = 78", 'cwe = 78\nseverity = "low"\nconfidence = "low"', 1))

    assert not gate(workspace, policy="coding.toml")["CODE-04"].findings


def test_code_04_an_empty_rule_list(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)
    workspace.write("coding.toml", SHIPPED[: SHIPPED.index("[[rule]]")] + "\n[[rule]]\n")
    assert gate(workspace, policy="coding.toml")["CODE-04"].findings
    workspace.write("coding.toml", SHIPPED[: SHIPPED.index("[thresholds]")].replace("\n\n", "\nrule = []\n", 1)
                    + SHIPPED[SHIPPED.index("[thresholds]") : SHIPPED.index("[[rule]]")])  # fmt: skip

    seen = gate(workspace, policy="coding.toml")

    assert "the list of rules is empty" in seen["CODE-04"].findings[0].message
    for rule in ("CODE-01", "CODE-03", "CODE-05"):
        assert seen[rule].doubts, rule


@pytest.mark.parametrize("path", ["missing.toml", "../outside.toml"])
def test_code_04_a_policy_that_is_missing_or_outside_is_a_finding(workspace: Tree, path: str) -> None:
    workspace.write("a.py", CLEAN)
    (workspace.root.parent / "outside.toml").write_text(SHIPPED)

    assert gate(workspace, policy=path)["CODE-04"].findings


def test_code_04_the_digest_of_the_policy_is_observed(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)

    assert "sha256 " in gate(workspace)["CODE-04"].observed[0]


# CODE-05


def test_code_05_a_cpp_product_cannot_pass_on_a_few_python_scripts(workspace: Tree) -> None:
    workspace.write("firmware/main.cpp", "int main() {}\n")
    workspace.write("tools/build.py", CLEAN)

    assert undecided(gate(workspace)["CODE-05"], "1 C++ files")


def test_code_05_a_cpp_product_without_python_is_undecided(workspace: Tree) -> None:
    workspace.write("main.cpp", "int main() {}\n")

    judgement = gate(workspace)["CODE-05"]

    assert undecided(judgement, "Bandit read no file of its scope")


def test_code_05_a_rule_whose_test_was_removed_is_undecided(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)
    workspace.commit()
    evidence = collect(workspace)
    tools = msgspec.structs.replace(
        evidence.scan.tools, tests=tuple(t for t in evidence.scan.tools.tests if t != "B113")
    )
    scan = msgspec.structs.replace(evidence.scan, tools=tools)
    older = msgspec.structs.replace(evidence, scan=scan)

    assert undecided(judge_evidenced(older), "'missing-timeout'")
    assert judge_policy(older, case()).findings


def test_code_05_a_rule_of_a_tool_that_did_not_run_is_undecided(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)
    workspace.write("coding.toml", SHIPPED.replace('tests.bandit = ["B101"]', 'tests.semgrep = ["no-assert"]'))

    assert undecided(gate(workspace, policy="coding.toml")["CODE-05"], "semgrep is not part of this run")


def test_code_05_a_rule_that_its_tool_switched_off_is_undecided(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)
    workspace.write("coding.toml", SHIPPED.replace('tests.bandit = ["B101"]', 'tests.semgrep = ["no-assert"]'))
    workspace.commit()
    evidence = collect(workspace, policy="coding.toml")
    ran = Imported("Semgrep", covered=("a.py",))

    assert passed(judge_evidenced(msgspec.structs.replace(evidence, imported=(ran,))))
    off = msgspec.structs.replace(ran, off=("no-assert",))
    assert undecided(judge_evidenced(msgspec.structs.replace(evidence, imported=(off,))), "no-assert switched off")


def test_the_check_is_found_by_the_gate() -> None:
    assert secure_coding.CHECK.id == "secure-coding"
    assert replace(secure_coding.CHECK).rules[:5] == ("CODE-01", "CODE-02", "CODE-03", "CODE-04", "CODE-05")


@pytest.mark.parametrize(
    ("member", "text", "message"),
    [
        pytest.param("pump/a.py", SHELL, "differs from the scanned src/pump/a.py", id="CODE-02: another module ships"),
        pytest.param(
            "pump/_built.py", SHELL, "is not among the scanned", id="CODE-02: git ignores, the wheel contains"
        ),
    ],
)
def test_code_02_a_wheel_that_ships_something_else_is_a_finding(
    workspace: Tree, tmp_path: Path, member: str, text: str, message: str
) -> None:
    import zipfile

    workspace.write("src/pump/a.py", CLEAN)
    workspace.commit()
    with zipfile.ZipFile(tmp_path / "pump.whl", "w") as archive:
        archive.writestr(member, text)

    judgement = judged(collect(workspace, artifacts=(tmp_path / "pump.whl",)))["CODE-02"]

    assert message in judgement.findings[0].message


def test_code_02_a_wheel_that_cannot_be_read_is_undecided(workspace: Tree, tmp_path: Path) -> None:
    workspace.write("a.py", CLEAN)
    workspace.commit()
    (tmp_path / "pump.whl").write_bytes(b"no archive")

    assert undecided(judged(collect(workspace, artifacts=(tmp_path / "pump.whl",)))["CODE-02"], "artifact not read")


# CODE-06: what other scanners say. The reader's own rows stand in tests/scanners/test_sarif.py.

FAKE = """import json, sys
row = {"ruleId": "E1", "message": {"text": "seen"}, "level": "error", "locations": [{"physicalLocation":
       {"artifactLocation": {"uri": "firmware/main.cpp"}, "region": {"startLine": 1}}}]} | json.loads(sys.argv[1])
run = {"tool": {"driver": {"name": "Example", "version": "1.0"}}, "results": [row]}
print(json.dumps({"version": "2.1.0", "runs": [run]}))
"""


def with_scanner(tree: Tree, changes: str = "{}", **fields: Any) -> dict[str, Judgement]:
    tree.write("firmware/main.cpp", "strcpy(a, b);\n")
    tree.write("tools/build.py", CLEAN)
    tree.write("tools/fake.py", FAKE)
    command = (sys.executable, "-I", "tools/fake.py", changes, "{files}")
    scanner: dict[str, Any] = {"tool": "Example", "versions": ">=1", "covers": ("*.cpp",), "command": command}
    return gate(tree, scanner=(Scanner(**(scanner | fields)),))


def test_code_06_findings_of_another_scanner_count_and_its_files_are_read(workspace: Tree) -> None:
    seen = with_scanner(workspace)

    assert [(f.note, str(f.where)) for f in seen["CODE-01"].findings] == [("E1", "firmware/main.cpp:1")]
    assert "strcpy" in seen["CODE-01"].findings[0].excerpt
    assert passed(seen["CODE-06"])
    assert passed(seen["CODE-05"])


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            '{"suppressions": [{"kind": "inSource", "status": "accepted"}], "level": "note"}', id="CODE-06: kept"
        ),
        pytest.param('{"baselineState": "unchanged"}', id="CODE-06: baselineState unchanged used as amnesty"),
        pytest.param('{"level": null}', id="CODE-06: a result without security-severity"),
    ],
)
def test_code_06_no_amnesty_from_a_report(workspace: Tree, changes: str) -> None:
    assert [f.note for f in with_scanner(workspace, changes)["CODE-01"].findings] == ["E1"]


def test_code_06_a_scanner_that_proves_nothing_is_undecided_and_reads_nothing(workspace: Tree) -> None:
    seen = with_scanner(workspace, versions=">=2")

    assert undecided(seen["CODE-06"], "is not allowed")
    assert undecided(seen["CODE-05"], "1 C++ files")


def test_code_06_without_other_scanners_says_so(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)

    judgement = gate(workspace)["CODE-06"]

    assert passed(judgement)
    assert "asks for no results of other tools" in judgement.observed[0]


def test_code_01_a_banned_function_is_a_finding_whatever_it_is_called(workspace: Tree) -> None:
    workspace.write("a.py", "from pickle import loads as read\nread(b'')\n")
    entry = Banned("pickle.loads", "The device's files are not trusted.", "the reader in pump.files", 502)
    workspace.commit()

    evidence = collect(workspace, banned=(entry,))
    [by_import, by_use] = [f for f in judge_findings(evidence, (entry,)).findings if f.note == "pickle.loads"]

    assert (by_import.where.line, by_use.where.line) == (1, 2)
    assert by_use.details == {"why": entry.reason, "cwe": "CWE-502"}
    assert "pump.files" in by_use.remedy


@pytest.mark.parametrize("name", ["pump.whl", "PUMP.ZIP", "pump.py", "install.sh", "study.ipynb"])
def test_code_02_an_artifact_that_nobody_compared_is_undecided(workspace: Tree, name: str) -> None:
    workspace.write("a.py", CLEAN)
    workspace.commit()
    evidence = collect(workspace)
    ships = case()
    ships = msgspec.structs.replace(ships, facts=Facts(artifacts=(ArtifactFact(name, 1, "00"),)))

    [judgement] = [j for j in CHECK.judge(evidence, Params(), ships) if j.rule == "CODE-02"]

    assert undecided(judgement, "not compared with the scanned sources")


def test_a_shard_alone_is_undecided_in_every_rule(workspace: Tree) -> None:
    workspace.write("a.py", CLEAN)
    workspace.commit()

    seen = judged(msgspec.structs.replace(collect(workspace), shard="1/2"))

    assert all(j.doubts and not j.observed for j in seen.values())


@pytest.mark.parametrize(
    ("mode", "cold", "warm"), [(Mode.LOCAL, False, True), (Mode.LOCAL, True, False), (Mode.CI, False, False),
                               (Mode.REHEARSAL, False, False)]
)  # fmt: skip
def test_only_a_local_check_may_be_warm_and_the_record_says_which(
    workspace: Tree, mode: Mode, cold: bool, warm: bool
) -> None:
    workspace.write("a.py", CLEAN)
    workspace.commit()
    context = Context(
        root=workspace.root, artifacts=(), now=NOW, env={}, mode=mode, product=PRODUCT, rulebook=rulebook(), cold=cold
    )
    CHECK.collect(context, Params())

    said = judged(CHECK.collect(context, Params()))["CODE-01"].observed[0]

    assert ("warm (1 of 1 from the cache)" in said) is warm
    assert said.endswith("cold") is not warm

"""Other scanners in a run of the gate: started by it, or read from reports that prove themselves (CODE-06)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.scanners.imports import Imported, Scanner, bring_in

COMMIT = "a" * 40
FAKE = """import json, sys
run = {"tool": {"driver": {"name": "Example", "version": "1.2.3"}}, "results": []}
for name in sys.argv[2:]:
    place = {"physicalLocation": {"artifactLocation": {"uri": name}, "region": {"startLine": 1}}}
    run["results"].append({"ruleId": "E1", "level": "error", "message": {"text": "seen"}, "locations": [place]})
print(json.dumps({"version": "2.1.0", "runs": [run]}))
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a.c", "b.c", "c.py"):
        (tmp_path / name).write_text("strcpy(a, b);\n")
    (tmp_path / "fake.py").write_text(FAKE)
    return tmp_path


def scanner(**changes: Any) -> Scanner:
    command = (sys.executable, "-I", "fake.py", "0", "{files}")
    fields: dict[str, Any] = {"tool": "Example", "versions": ">=1.2", "covers": ("*.c",), "command": command}
    return Scanner(**(fields | changes))


def one(tree: Path, each: Scanner, commit: str = COMMIT) -> Imported:
    [found] = bring_in(tree, [each], ("a.c", "b.c", "c.py"), commit)
    return found


def report(tree: Path, **changes: Any) -> None:
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "Example", "version": "1.2.3"}},
        "invocations": [{"executionSuccessful": True}],
        "versionControlProvenance": [{"revisionId": COMMIT}],
        "artifacts": [{"location": {"uri": "a.c"}}, {"location": {"uri": "b.c"}}],
        "results": [],
    }
    (tree / "r.sarif").write_text(json.dumps({"version": "2.1.0", "runs": [run | changes]}))


def test_a_tool_that_the_gate_starts_covers_the_files_that_it_was_given(tree: Path) -> None:
    found = one(tree, scanner())

    assert not found.faults
    assert found.covered == ("a.c", "b.c")
    assert not found.missed
    assert [(r.path, r.source) for r in found.results] == [("a.c", ("strcpy(a, b);",)), ("b.c", ("strcpy(a, b);",))]


def test_a_link_is_not_read_by_a_tool_that_passes_links_over(tree: Path) -> None:
    """Flawfinder does so without a word in its report."""
    (tree / "a.c").rename(tree / "code.txt")
    (tree / "a.c").symlink_to("code.txt")

    found = one(tree, scanner())

    assert (found.covered, found.missed) == (("b.c",), ("a.c",))


def test_a_link_to_a_file_that_is_read_hides_nothing(tree: Path) -> None:
    (tree / "a.c").unlink()
    (tree / "a.c").symlink_to("b.c")

    assert one(tree, scanner()).covered == ("a.c", "b.c")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param(
            {"command": (sys.executable, "-I", "fake.py", "3", "{files}")}, "ended with 3", id="an exit status"
        ),
        pytest.param({"command": ("no-such-tool-anywhere",)}, "could not be started", id="a tool that is missing"),
        pytest.param({"command": (sys.executable, "-c", "")}, "not JSON", id="no output"),
        pytest.param({"versions": ">=2"}, "is not allowed", id="too old a version"),
        pytest.param({"versions": "newest"}, "cannot be compared", id="a version rule that is none"),
        pytest.param({"versions": ""}, "allows no version", id="no version rule"),
        pytest.param({"tool": "Other"}, "no run of Other", id="another tool's report"),
        pytest.param({"covers": ("*.rs",)}, "no file matches", id="zero covered files"),
        pytest.param({"command": ()}, "either a command or a file", id="neither command nor file"),
        pytest.param({"file": "r.sarif"}, "either a command or a file", id="both"),
    ],
)
def test_a_run_that_proves_nothing_has_a_fault(tree: Path, changes: dict[str, Any], fault: str) -> None:
    assert fault in " ".join(one(tree, scanner(**changes)).faults)


def test_a_report_that_states_everything_is_taken(tree: Path) -> None:
    report(tree)

    found = one(tree, scanner(command=(), file="r.sarif"))

    assert not found.faults
    assert not found.missed


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"invocations": []}, "nothing states", id="CODE-06: no invocation and no run statement"),
        pytest.param(
            {"versionControlProvenance": [{"revisionId": "b" * 40}]}, "of commit bbb", id="CODE-06: another commit"
        ),
        pytest.param({"versionControlProvenance": []}, "of commit none", id="no commit"),
        pytest.param({"results": None}, "results", id="CODE-06: results null"),
        pytest.param(
            {"invocations": [{"executionSuccessful": False}]}, "executionSuccessful", id="CODE-06: not successful"
        ),
    ],
)
def test_a_report_that_does_not_prove_itself_has_a_fault(tree: Path, changes: dict[str, Any], fault: str) -> None:
    report(tree, **changes)

    assert fault in " ".join(one(tree, scanner(command=(), file="r.sarif")).faults)


def test_without_a_commit_of_our_own_no_report_is_of_this_commit(tree: Path) -> None:
    report(tree, versionControlProvenance=[{"revisionId": ""}])

    assert one(tree, scanner(command=(), file="r.sarif"), commit="").faults


def test_a_report_that_covers_too_little_says_what_it_missed(tree: Path) -> None:
    report(tree, artifacts=[{"location": {"uri": "a.c"}}])

    assert one(tree, scanner(command=(), file="r.sarif")).missed == ("b.c",)


@pytest.mark.parametrize("name", ["missing.sarif", "../outside.sarif"])
def test_a_report_that_is_missing_or_outside_is_a_fault(tree: Path, name: str) -> None:
    (tree.parent / "outside.sarif").write_text("{}")

    assert one(tree, scanner(command=(), file=name)).faults


@pytest.fixture(scope="session")
def real_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scanners from the package index in an environment of their own: their pins fit no other."""
    home = tmp_path_factory.mktemp("tools")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    uv = str(Path(sys.executable).with_name("uv"))
    install = [uv, "pip", "install", "--quiet", "--python", str(home / "bin" / "python")]
    wanted = ["flawfinder==2.0.20", "semgrep==1.182.0", "bandit[sarif]==1.9.4", "setuptools<81"]
    done = subprocess.run([*install, *wanted], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the scanners cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
    return home / "bin"


RULES = "rules: [{id: no-eval, languages: [python], severity: ERROR, message: no eval, pattern: eval(...)}]\n"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    (tmp_path / "a.c").write_text("#include <string.h>\nint main(int c, char **v) { char b[4]; strcpy(b, v[1]); }\n")
    (tmp_path / "a.py").write_text("eval(input())\neval(input())  # nosec # noqa # nosemgrep\n")
    (tmp_path / "rules.yml").write_text(RULES)
    return tmp_path


def test_ruffs_own_report_is_read(mixed: Path) -> None:
    ruff = str(Path(sys.executable).with_name("ruff"))
    words = (
        "check",
        "--isolated",
        "--ignore-noqa",
        "--no-cache",
        "--select",
        "S",
        "--output-format",
        "sarif",
        "--exit-zero",
    )
    each = Scanner("ruff", ">=0.17", ("*.py",), (ruff, *words, "{files}"))

    [found] = bring_in(mixed, [each], ("a.py",), COMMIT)

    assert not found.faults
    assert [(r.rule, r.path, r.line) for r in found.results] == [("S307", "a.py", 1), ("S307", "a.py", 2)]


@pytest.mark.install
@pytest.mark.parametrize(
    ("tool", "versions", "covers", "words", "rules"),
    [
        pytest.param("Flawfinder", ">=2.0.20", "*.c", ("flawfinder", "--sarif", "--neverignore", "{files}"),
                     [("FF1013", "a.c"), ("FF1001", "a.c")], id="flawfinder"),
        pytest.param("Bandit", "==1.9.4", "*.py",
                     ("bandit", "-q", "-f", "sarif", "--ignore-nosec", "--exit-zero", "{files}"),
                     [("B307", "a.py"), ("B307", "a.py")], id="bandit"),
        pytest.param("Semgrep OSS", ">=1.100", "*.py",
                     ("semgrep", "scan", "--metrics=off", "--disable-version-check", "--disable-nosem", "--quiet",
                      "--config", "rules.yml", "--sarif", "{files}"),
                     [("no-eval", "a.py"), ("no-eval", "a.py")], id="semgrep"),
    ],
)  # fmt: skip
def test_the_real_output_of_scanners_is_read(
    mixed: Path, real_tools: Path, monkeypatch: pytest.MonkeyPatch,
    tool: str, versions: str, covers: str, words: tuple[str, ...], rules: list[tuple[str, str]],
) -> None:  # fmt: skip
    monkeypatch.setenv("PATH", str(real_tools), prepend=":")
    each = Scanner(tool, versions, (covers,), (str(real_tools / words[0]), *words[1:]))

    [found] = bring_in(mixed, [each], ("a.c", "a.py"), COMMIT)

    assert not found.faults
    assert sorted((r.rule, r.path) for r in found.results) == sorted(rules)


@pytest.mark.install
def test_bandits_own_report_of_a_file_that_does_not_parse_is_a_fault(mixed: Path, real_tools: Path) -> None:
    """CODE-06: executionSuccessful is always true there."""
    (mixed / "a.py").write_text("def broken(:\n")
    each = Scanner("Bandit", "==1.9.4", ("*.py",), (str(real_tools / "bandit"), "-q", "-f", "sarif", "{files}"))

    [found] = bring_in(mixed, [each], ("a.py",), COMMIT)

    assert "reports an error" in " ".join(found.faults)

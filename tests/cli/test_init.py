"""`gatekeeper init`: it writes a policy that is valid and a product that is not yet released, and changes nothing."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import tomli
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper import gate
from gatekeeper.cli.app import run
from gatekeeper.cli.init import DOCUMENTS, PROFILES, TRACKERS, _filled
from gatekeeper.policy.policy import load
from gatekeeper.policy.rulebook import rulebook

ANSWERS = ["--name", "infusion-viewer", "--version", "1.0.0", "--manufacturer", "Example Devices"]
BIN = Path(sys.executable).parent


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository; nobody sits at the terminal."""
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return tmp_path


def init(product: Path, *more: str) -> int:
    return run(["-C", str(product), "init", *ANSWERS, *more])


def files(product: Path) -> dict[str, bytes]:
    found = (p for p in product.rglob("*") if p.is_file() and ".git" not in p.relative_to(product).parts)
    return {p.relative_to(product).as_posix(): p.read_bytes() for p in found}


@pytest.mark.parametrize("tracker", TRACKERS)
@pytest.mark.parametrize("profile", PROFILES)
def test_the_policy_is_valid_for_every_answer(product: Path, profile: str, tracker: str) -> None:
    assert init(product, "--profile", profile, "--tracker", tracker) == 0

    policy = load(product / "gatekeeper.toml", gate.checks(), rulebook())
    assert (policy.product.name, policy.product.version) == ("infusion-viewer", "1.0.0")
    assert policy.product.manufacturer == "Example Devices"
    assert policy.gate.conformance_route == ("annex-f" if profile == "annex-f" else "clauses-4-9")


@pytest.mark.parametrize("tracker", TRACKERS)
def test_every_token_of_the_policy_reaches_the_gate(product: Path, tracker: str) -> None:
    import yaml

    assert init(product, "--tracker", tracker) == 0

    policy = load(product / "gatekeeper.toml", gate.checks(), rulebook())
    wanted = {s.token_env for s in policy.params["security-issues"].sources if hasattr(s, "token_env")}
    workflow = yaml.safe_load((product / ".github/workflows/release.yml").read_text("utf-8"))
    job = workflow["jobs"]["gate"]
    step = next(s for s in job["steps"] if s.get("id") == "gate")
    assert set(step.get("env", {})) == wanted
    assert all(value.startswith("${{ ") and value.endswith(" }}") for value in step.get("env", {}).values())
    assert ("security-events" in job["permissions"]) is (tracker == "github")


def test_every_kind_of_tracker_is_offered(product: Path) -> None:
    from gatekeeper.checks._security_issues.evidence import TRACKERS as KINDS

    offered = set()
    for tracker in TRACKERS:
        text = (resources.files("gatekeeper.cli") / "templates" / f"source-{tracker}.toml").read_text("utf-8")
        offered |= set(re.findall(r'^kind = "([a-z-]+)"', text, re.MULTILINE))

    assert offered == set(KINDS)


def test_what_is_commented_out_is_valid_too(product: Path) -> None:
    """Whoever takes the comment signs away has a policy with every table, and nothing to correct but the values."""
    init(product, "--profile", "device")
    written = (product / "gatekeeper.toml").read_text(encoding="utf-8")
    commented = re.compile(r"^# (?=\[|\]|  \{|[a-z][a-z0-9-]* = )", re.M)
    whole = commented.sub("", written).replace('sha256 = "..."', f'sha256 = "{"0" * 64}"')
    assert len(commented.findall(written)) > 40

    (product / "gatekeeper.toml").write_text(whole, encoding="utf-8")
    policy = load(product / "gatekeeper.toml", gate.checks(), rulebook())
    assert set(policy.tables) - {"schema", "product", "gate"} == set(gate.checks())


def test_what_it_wrote_is_not_released(product: Path) -> None:
    init(product, "--profile", "non-device")
    subprocess.run(["git", "add", "--all"], cwd=product, check=True)
    subprocess.run(["git", "commit", "--quiet", "-m", "Begin"], cwd=product, check=True)

    assert run(["-C", str(product), "check", "-o", f"json={product.parent / 'record.json'}"]) in (1, 3)
    record = json.loads((product.parent / "record.json").read_text())
    assert record.get("predicate", record)["decision"] != "release"


def test_annex_f_has_its_own_document(product: Path) -> None:
    init(product, "--profile", "annex-f")

    assert (product / "docs" / "security" / "annex-f.md").is_file()


@pytest.mark.parametrize("name", [*DOCUMENTS, "annex-f"])
def test_every_part_of_a_document_holds_a_placeholder(product: Path, name: str) -> None:
    init(product, "--profile", "annex-f")

    parts = (product / "docs" / "security" / f"{name}.md").read_text().split("\n## ")
    assert "infusion-viewer 1.0.0" in parts[0]
    assert [p for p in parts if "TODO" not in p] == []


def test_the_gate_refuses_each_document_until_it_is_filled_in(product: Path, tmp_path_factory: Any) -> None:
    init(product)
    subprocess.run(["git", "add", "--all"], cwd=product, check=True)
    subprocess.run(["git", "commit", "--quiet", "-m", "Begin"], cwd=product, check=True)
    out = tmp_path_factory.mktemp("out") / "record.json"

    assert run(["-C", str(product), "check", "--only", "release-documents", "-o", f"json={out}"]) == 1

    record = json.loads(out.read_text())
    rules = {rule["id"]: rule for rule in record.get("predicate", record)["rules"]}
    refused = {f["where"]["path"] for f in rules["DOC-01"]["findings"] if "placeholder" in f["message"]}
    assert refused == {f"docs/security/{name}.md" for name in DOCUMENTS if name != "disclosure-policy"}
    assert rules["DOC-13"]["outcome"] == "failed"  # the disclosure policy is judged as the contact


def test_nothing_that_exists_is_changed(product: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(product)
    mine = {name: f"mine: {name}".encode() for name in files(product)}
    for name, text in mine.items():
        (product / name).write_bytes(text)
    capsys.readouterr()

    assert init(product, "--profile", "annex-f") == 0
    after = files(product)
    assert {name: after[name] for name in mine} == mine
    assert set(after) - set(mine) == {"docs/security/annex-f.md"}
    assert "kept    gatekeeper.toml" in capsys.readouterr().out


def test_a_dangling_link_is_not_followed(product: Path) -> None:
    (product / "gatekeeper.toml").symlink_to(product.parent / "elsewhere.toml")

    init(product)

    assert not (product.parent / "elsewhere.toml").exists()


def test_a_dry_run_shows_and_writes_nothing(product: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(product, "--dry-run") == 0

    said = capsys.readouterr().out
    assert files(product) == {}
    assert "would write gatekeeper.toml:" in said
    assert 'name = "infusion-viewer"' in said


def test_name_and_version_come_from_the_project_file(product: Path) -> None:
    (product / "pyproject.toml").write_text('[project]\nname = "from-project"\nversion = "2.1"\n')

    run(["-C", str(product), "init"])

    table = tomli.loads((product / "gatekeeper.toml").read_text())["product"]
    assert (table["name"], table["version"], table["manufacturer"]) == ("from-project", "2.1", "TODO")


@pytest.mark.parametrize(
    "text", ['[project]\nname = 3\ndynamic = ["version"]', "not [ toml", "", '[project]\nname="a\\u001b"']
)
def test_a_project_file_that_does_not_help_leaves_the_question_open(product: Path, text: str) -> None:
    (product / "pyproject.toml").write_text(text)

    assert run(["-C", str(product), "init"]) == 0
    assert tomli.loads((product / "gatekeeper.toml").read_text())["product"]["name"] == "TODO"


@pytest.mark.parametrize("value", ["", "  ", "two\nlines", "bell\x07", "x" * 201])
def test_an_answer_that_is_no_line_of_text_is_a_usage_error(product: Path, value: str) -> None:
    if value:
        assert run(["-C", str(product), "init", "--manufacturer", value]) == 2
        assert files(product) == {}
    else:
        assert run(["-C", str(product), "init", "--manufacturer", value]) == 0  # empty is not given


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=60))
def test_any_answer_is_read_back_as_it_was_given(text: str) -> None:
    answers = {"name": text, "version": text, "manufacturer": text, "profile": "device", "tracker": "export"}

    filled = _filled("a = @NAME@\nb = @VERSION@\nc = @MANUFACTURER@\nd = '@OTHER@'", answers, quoted=True)

    assert tomli.loads(filled) == {"a": text, "b": text, "c": text, "d": "@OTHER@"}


def test_the_workflow_is_one_that_auditors_accept(product: Path) -> None:
    init(product)
    workflow = product / ".github" / "workflows" / "release.yml"

    schema = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(workflow)]
    audit = [str(BIN / "zizmor"), "--offline", "--no-progress", "--persona", "auditor", str(product)]
    assert subprocess.run(schema, capture_output=True, check=False).returncode == 0
    done = subprocess.run(audit, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "No findings to report" in done.stdout


def test_the_gate_job_cannot_be_skipped_and_publishing_asks_for_the_decision(product: Path) -> None:
    init(product)
    jobs = yaml.safe_load((product / ".github" / "workflows" / "release.yml").read_text())["jobs"]

    assert "if" not in jobs["gate"]
    assert "needs.gate.result == 'success'" in jobs["publish"]["if"]
    assert "needs.gate.outputs.decision == 'release'" in jobs["publish"]["if"]
    assert [name for name, job in jobs.items() if "id-token" in job["permissions"]] == ["gate"]


def test_the_workflow_gives_the_action_only_inputs_that_it_has(product: Path, repository: Path) -> None:
    init(product)
    workflow = yaml.safe_load((product / ".github" / "workflows" / "release.yml").read_text())
    action = yaml.safe_load((repository / "action.yml").read_text())
    step = next(s for s in workflow["jobs"]["gate"]["steps"] if s.get("id") == "gate")

    verify = next(s for s in workflow["jobs"]["verify"]["steps"] if "gatekeeper@" in s["uses"])
    assert set(step["with"]) | set(verify["with"]) <= set(action["inputs"])
    outputs = {v.rpartition(".")[2].rstrip(" }") for v in workflow["jobs"]["gate"]["outputs"].values()}
    assert outputs <= set(action["outputs"])


def test_the_hook_entry_names_hooks_that_exist(product: Path, repository: Path) -> None:
    init(product)
    entry = yaml.safe_load((product / ".pre-commit-config.yaml").read_text())
    known = {h["id"] for h in yaml.safe_load((repository / ".pre-commit-hooks.yaml").read_text())}

    assert {h["id"] for h in entry["repos"][0]["hooks"]} <= known


class Terminal(io.StringIO):
    """Somebody who types these lines."""

    def isatty(self) -> bool:
        return True


def test_at_a_terminal_it_asks_for_what_the_call_does_not_say(product: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("infusion-viewer\n\nExample Devices\nsomething\nnon-device\nexport\n"))

    assert run(["-C", str(product), "init", "--version", "3.0"]) == 0

    policy = tomli.loads((product / "gatekeeper.toml").read_text())
    assert (policy["product"]["name"], policy["product"]["version"]) == ("infusion-viewer", "3.0")

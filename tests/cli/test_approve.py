"""`gatekeeper approve`: one person, one role, one evidence set; one changed fact voids it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gatekeeper.cli.app import run
from gatekeeper.dossier.approvals import read_approvals
from gatekeeper.model.people import Member

POLICY = """schema = 1
[product]
name = "pump"
version = "1.0"
manufacturer = "Example"

[[people.person]]
id = "mio"
name = "Mio Example"
organisation = "Example Devices"
roles = ["security"]
identity = "mio@example.org"
issuer = "https://accounts.example.org"

[[people.person]]
id = "ren"
name = "Ren Example"
organisation = "Example Devices"
roles = ["developer"]
"""
MIO = Member(
    id="mio", name="Mio Example", organisation="Example Devices", roles=("security",),
    identity="mio@example.org", issuer="https://accounts.example.org",
)  # fmt: skip


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "gatekeeper.toml").write_text(POLICY)
    (tmp_path / ".gitignore").write_text("/approvals/\n")
    (tmp_path / "pump.py").write_text("x = 1\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def approve(*words: str) -> int:
    return run(["approve", "--rehearsal", *words])


def evidence_sets(product: Path) -> list[str]:
    found = read_approvals(product / "approvals", [MIO], b"", rehearsal=True)
    assert not [a.problem for a in found if a.problem]
    return [a.evidence_set for a in found]


@pytest.mark.timeout(600)
def test_the_same_evidence_is_approved_under_the_same_digest_and_a_changed_fact_under_another(product: Path) -> None:
    assert approve("--role", "security", "--as", "mio") == 0
    assert approve("--role", "security", "--as", "mio", "--meaning", "again") == 0
    (product / "pump.py").write_text("import subprocess\nsubprocess.call('x', shell=True)\n")
    subprocess.run(["git", "commit", "-qam", "y"], cwd=product, check=True)
    assert approve("--role", "security", "--as", "mio", "--meaning", "changed") == 0

    found = evidence_sets(product)
    assert (len(found), len(set(found))) == (3, 2)


def test_approvals_that_git_sees_are_refused(product: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert approve("--role", "security", "--as", "mio", "--approvals", "signed") == 2
    assert "Add /signed/ to .gitignore" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(
            ["--role", "security", "--as", "nobody"], "nobody of the [people] table", id="PEOPLE-03: a stranger"
        ),
        pytest.param(["--role", "quality", "--as", "mio"], "does not hold the role", id="PEOPLE-03: another role"),
        pytest.param(["--role", "developer", "--as", "ren"], "no identity and issuer", id="PEOPLE-04: no identity"),
    ],
)
def test_who_may_not_sign_is_told(
    product: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert approve(*words) == 2
    assert said in capsys.readouterr().err
    assert not (product / "approvals").exists()

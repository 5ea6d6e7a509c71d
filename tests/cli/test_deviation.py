"""`gatekeeper deviation`: what it writes can be read again, a bad entry is not written, approvals are shown."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.cli.app import run
from gatekeeper.cli.deviation import _toml
from gatekeeper.cli.situation import _verify
from gatekeeper.policy.deviations import read_answers
from gatekeeper.policy.rulebook import rulebook

POLICY = """schema = 1
[product]
name = "pump-link"
version = "2.4.0"
manufacturer = "Example Devices"
"""
ADD = {
    "rule": "ISSUE-08",
    "finding": "0123456789abcdef",
    "severity": "medium",
    "decision": "accept",
    "justification": "The interface is reachable from the service port alone.",
    "risk-ref": "RMF-7",
    "author": "Ada Example <ada@example.org>",
    "approved-by": "Ben Example <ben@example.org>",
    "approved-on": "2026-11-15",
    "expires": "2026-12-10",
    "review-by": "2026-12-01",
    "compensating-control": "The port is sealed.",
}


@pytest.fixture
def product(tmp_path: Path) -> Path:
    (tmp_path / "gatekeeper.toml").write_text(POLICY)
    return tmp_path


def deviation(product: Path, *words: str, **options: str | None) -> int:
    given = {**ADD, **{k.replace("_", "-"): v for k, v in options.items()}}
    flags = [part for name, value in given.items() if value is not None for part in (f"--{name}", value)]
    return run(["-C", str(product), "deviation", "add", *flags, *words])


def entries(product: Path) -> Any:
    answers, faults = read_answers(product / "deviations.toml", rulebook())
    assert faults == ()
    return answers.entries


def test_what_is_added_can_be_read_again(product: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert deviation(product) == 0

    (entry,) = entries(product)
    assert (entry.rule, entry.releases, entry.author.id) == ("ISSUE-08", ("2.4.0",), "ada@example.org")
    assert "Deviation-Approved: DEV-" in capsys.readouterr().out


def test_the_next_one_gets_the_next_number_and_the_first_stays(product: Path) -> None:
    (product / "deviations.toml").write_text("# ours, keep this line\nschema = 1\n")
    deviation(product)
    deviation(product, finding="1" * 16)

    ids = [e.id for e in entries(product)]

    assert [i.rpartition("-")[2] for i in ids] == ["001", "002"]
    assert (product / "deviations.toml").read_text().startswith("# ours, keep this line\n")


def test_a_deferral_is_written_with_its_plan(product: Path) -> None:
    plan = ("--target-version", "2.5.0", "--target-date", "2027-01-31", "--field-time", "30 days")

    assert deviation(product, *plan, decision="defer") == 0
    assert entries(product)[0].deferral.target_version == "2.5.0"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"rule": "KEY-02"}, "cannot be deviated from"),
        ({"rule": "NOPE-1"}, "there is no rule"),
        ({"finding": "*"}, "no patterns"),
        ({"expires": "2027-12-10"}, "at most 90"),
        ({"expires": "never"}, "not a day"),
        ({"severity": "high"}, "needs 2 different approver"),
        ({"approved_by": "Ada Example <ada@example.org>"}, "cannot be an approver"),
        ({"author": "Ada"}, "not a person"),
        ({"justification": "TODO"}, "must give the reason"),
        ({"expires": None}, "Missing option"),
        ({"id": "one"}, "an id looks like"),
    ],
)
def test_a_bad_entry_is_not_written(
    product: Path, capsys: pytest.CaptureFixture[str], options: dict[str, str | None], word: str
) -> None:
    deviation(product)
    before = (product / "deviations.toml").read_bytes()

    assert deviation(product, **({"finding": "1" * 16} | options)) == 2

    assert word in capsys.readouterr().err
    assert (product / "deviations.toml").read_bytes() == before
    assert sorted(p.name for p in product.iterdir()) == ["deviations.toml", "gatekeeper.toml"]


def test_the_same_finding_twice_is_refused(product: Path) -> None:
    assert [deviation(product), deviation(product)] == [0, 2]


def test_a_file_that_is_bad_already_is_not_added_to(product: Path) -> None:
    (product / "deviations.toml").write_text("schema = 1\nexception = 2\n")

    assert deviation(product) == 2
    assert (product / "deviations.toml").read_text() == "schema = 1\nexception = 2\n"


def test_listing_nothing_says_so(product: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(product), "deviation", "list"]) == 0
    assert capsys.readouterr().out == "no deviations\n"


def test_listing_tells_who_signed(workspace: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "ben"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    signers = f"ben@example.org {key.with_suffix('.pub').read_text()}"
    policy = POLICY + '[security-issues]\nallowed-signers = "signers"\n'
    workspace.write("gatekeeper.toml", policy)
    workspace.write("signers", signers)
    deviation(workspace.root)
    capsys.readouterr()

    run(["-C", str(workspace.root), "deviation", "list"])
    out = capsys.readouterr().out
    assert "signed by nobody; missing: ben@example.org" in out

    trailer = next(line.strip() for line in out.splitlines() if "Deviation-Approved" in line)
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}")
    workspace.git(*signing, "commit", "-q", "--allow-empty", "-S", "-m", "Approve", "-m", trailer)
    run(["-C", str(workspace.root), "deviation", "list"])
    out = capsys.readouterr().out
    assert "signed by ben@example.org\n" in out


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_any_text_survives_the_file(text: str) -> None:
    import tomli

    clean = text.encode("utf-8", "replace").decode("utf-8")

    assert tomli.loads(f"x = {_toml(clean)}") == {"x": clean}


PEOPLE = """
[[people.person]]
id = "ben@example.org"
name = "Ben Example"
organisation = "Example Devices"
roles = ["security"]
identity = "ben@example.org"
issuer = "https://accounts.example.org"

[[people.person]]
id = "ren"
name = "Ren Example"
organisation = "Example Devices"
roles = ["developer"]
"""
SOURCE = {"kind": "export", "id": "tracker", "path": "issues.json", "tracker": "x", "server": "https://x.example.org"}
SOURCE |= {"project": "P", "query": "q", "control": "P-1"}


def sign(product: Path, *words: str) -> int:
    return run(["-C", str(product), "deviation", "sign", "--rehearsal", *words])


@pytest.fixture
def approvable(product: Path) -> Path:
    (product / "gatekeeper.toml").write_text(POLICY + PEOPLE)
    deviation(product)
    return product


def test_the_file_is_signed_as_it_stands(approvable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sign(approvable, "--as", "ben@example.org") == 0

    out = capsys.readouterr().out
    assert "[[security-issues.deviation-bundles]]" in out
    bundle = approvable / "deviations.ben_example.org.sigstore.json"
    root = (approvable / "deviations.ben_example.org.root.json").read_bytes()
    digest = hashlib.sha256((approvable / "deviations.toml").read_bytes()).hexdigest()
    who = ("ben@example.org", "https://accounts.example.org")
    assert _verify(bundle.read_bytes(), digest, *who, root, rehearsal=True) == ""
    assert _verify(bundle.read_bytes(), "0" * 64, *who, root, rehearsal=True)


def test_a_bundle_that_the_policy_names_is_written_there(approvable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = "\n".join(f"{k} = {_toml(v)}" for k, v in SOURCE.items()) + '\nexporters = ["qa@example.org"]\n'
    named = '[[security-issues.deviation-bundles]]\nfile = "ben.sigstore.json"\napprover = "ben@example.org"\n'
    text = f"{POLICY}{PEOPLE}\n[[security-issues.sources]]\n{source}{named}"
    (approvable / "gatekeeper.toml").write_text(text)
    capsys.readouterr()

    assert sign(approvable, "--as", "ben@example.org") == 0
    assert "It counts when" not in capsys.readouterr().out
    assert (approvable / "ben.sigstore.json").exists()

    run(["-C", str(approvable), "deviation", "list"])
    assert "signed by nobody" in capsys.readouterr().out  # a rehearsal approves nothing


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--as", "eve"], "nobody of the [people] table", id="ISSUE-22: a stranger"),
        pytest.param(["--as", "ren"], "no identity and issuer", id="ISSUE-22: no identity"),
    ],
)
def test_who_may_not_sign_is_told(
    approvable: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sign(approvable, *words) == 2
    assert said in capsys.readouterr().err
    assert not list(approvable.glob("*.sigstore.json"))


def test_nothing_to_approve_is_nothing_to_sign(product: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sign(product, "--as", "ben@example.org") == 2
    assert "holds no deviation" in capsys.readouterr().err

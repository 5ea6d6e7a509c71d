"""ISSUE-18 to ISSUE-24: an exception is narrow, short, reasoned, approved by signature, and falls with the facts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks._security_issues.approvals import entry_digest, trailer
from gatekeeper.model.deviation import Deferral, Deviation, Person
from gatekeeper.model.errors import PolicyError
from gatekeeper.model.facts import Facts, SourceFact, VulnerabilityFact
from gatekeeper.model.words import Level, Outcome
from gatekeeper.policy.deviations import read_answers
from gatekeeper.policy.rulebook import rulebook

TODAY = date(2026, 11, 20)
BEN, CLARA = ("Ben Example", "ben@example.org"), ("Clara Example", "clara@example.org")


class Signers:
    """Keys of people, and signed commits by them."""

    def __init__(self, workspace: Any, folder: Path) -> None:
        self.workspace, self.folder = workspace, folder
        self.keys: dict[str, Path] = {}

    def know(self, who: tuple[str, str]) -> None:
        key = self.folder / who[1]
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        self.keys[who[1]] = key
        lines = [f"{name} {(k.with_name(k.name + '.pub')).read_text().strip()}" for name, k in self.keys.items()]
        self.workspace.write(".allowed_signers", "\n".join(lines) + "\n")

    def sign(self, who: tuple[str, str], message: str, key: Path | None = None) -> str:
        key = key or self.keys[who[1]]
        signing = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}")
        self.workspace.git(*signing, "commit", "-q", "--allow-empty", "-S", "-m", "Approve", "-m", message, who=who)
        return str(self.workspace.git("rev-parse", "HEAD"))


@pytest.fixture
def signers(workspace: Any, tmp_path: Path) -> Signers:
    made = Signers(workspace, tmp_path)
    made.know(BEN)
    made.know(CLARA)
    return made


@pytest.fixture
def decided(product: Any, signers: Signers) -> Any:
    """One open issue, decided by a deviation with everything that is asked for, and approved."""
    product.edit("PUMP-7", state="open", resolution="")
    product.root.joinpath("risks.toml").write_text('[[risk]]\nid = "RMF-7"\n')
    product.policy |= {"risk-index": "risks.toml", "acceptance-criteria": "3", "allowed-signers": ".allowed_signers"}
    product.tables["people"] = {
        "member": [
            {"id": BEN[1], "name": BEN[0], "roles": ["security"]},
            {"id": CLARA[1], "name": CLARA[0], "roles": ["security"]},
            {"id": "dora@example.org", "name": "Dora Example", "roles": ["developer"]},
            {"id": "robot@example.org", "name": "Robot", "roles": ["security"], "bot": True},
        ]
    }
    product.finding = product.result("ISSUE-08").findings[0]
    product.decide(product.finding)
    signers.sign(BEN, trailer(product.deviations[0]))
    return product


def change(product: Any, **fields: Any) -> Deviation:
    (entry,) = product.deviations
    product.deviations = (msgspec.structs.replace(entry, **fields),)
    return product.deviations[0]


def test_a_deviation_in_order_passes(decided: Any) -> None:
    results = decided.later()

    told = {rule: (r.outcome, r.doubts, [f.message for f in r.findings]) for rule, r in results.items()}
    assert {rule: t[0] for rule, t in told.items() if rule not in ("ISSUE-15", "ISSUE-24")} == {
        f"ISSUE-{n}": Outcome.PASSED for n in range(18, 24)
    }, told
    assert results["ISSUE-24"].outcome is Outcome.NOT_APPLICABLE


def test_without_any_deviation_nothing_is_asked(product: Any) -> None:
    results = product.later()

    assert results["ISSUE-18"].outcome is results["ISSUE-19"].outcome is Outcome.PASSED
    assert {results[f"ISSUE-{n}"].outcome for n in range(20, 25)} == {Outcome.NOT_APPLICABLE}


def fields(**values: Any) -> Callable[[Any], None]:
    return lambda product: change(product, **values)


def stale(product: Any) -> None:
    product.edit("PUMP-7", state="closed", resolution="fixed")


def second(product: Any) -> None:
    (entry,) = product.deviations
    product.deviations = (entry, msgspec.structs.replace(entry, id="DEV-2", expires=TODAY + timedelta(days=3)))


def one_id(product: Any) -> None:
    product.deviations = product.deviations * 2


def second_file(product: Any) -> None:
    product.workspace.commit("Hide one", **{"sub/deviations.toml": "schema = 1\n"})


def raised(product: Any) -> None:
    product.edit("PUMP-7", severity="high")


def exploited(product: Any, title: str = "CVE-2026-1 in x") -> None:
    facts = Facts(source=SourceFact(commit=product.commit, committed="2026-11-15T08:00:00+00:00"))
    known = VulnerabilityFact(
        "CVE-2026-1", "pkg:pypi/x@1", "medium", known_exploited=True, aliases=("GHSA-aaaa-bbbb-cccc",)
    )
    product.facts = msgspec.structs.replace(facts, vulnerabilities=(known,))
    product.edit("PUMP-7", title=title)


def deferral(**values: Any) -> Callable[[Any], None]:
    plan = {"target_version": "2.5.0", "date": date(2027, 1, 31), "interim_devices": "get it", "field_time": "30 days"}
    return fields(decision="defer", deferral=Deferral(**(plan | values)))


PERSON = Person("Ben Example", "ben@example.org")
BAD = [
    pytest.param("ISSUE-18", one_id, id="ISSUE-18: two entries with one id"),
    pytest.param("ISSUE-18", second_file, id="ISSUE-18: a second deviations file elsewhere"),
    pytest.param("ISSUE-19", fields(finding="*"), id="ISSUE-19: a wildcard"),
    pytest.param("ISSUE-19", fields(finding="src/"), id="ISSUE-19: a path prefix"),
    pytest.param("ISSUE-19", fields(finding="CVE-2026-1"), id="ISSUE-19: a CVE without component"),
    pytest.param("ISSUE-19", stale, id="ISSUE-19: an entry whose finding is gone"),
    pytest.param("ISSUE-19", second, id="ISSUE-19: two entries with different end dates for one finding"),
    pytest.param("ISSUE-20", fields(expires=date(2999, 1, 1)), id="ISSUE-20: an end in the year 2999"),
    pytest.param("ISSUE-20", fields(expires=TODAY), id="ISSUE-20: expired in UTC though not locally"),
    pytest.param("ISSUE-20", fields(releases=("2.3.0",)), id="ISSUE-20: an entry for version 2.3 used for 2.4"),
    pytest.param("ISSUE-20", fields(approved_on=TODAY + timedelta(1)), id="ISSUE-20: approved after the release time"),
    pytest.param("ISSUE-20", fields(valid_from=TODAY + timedelta(1)), id="ISSUE-20: not yet in force"),
    pytest.param("ISSUE-20", fields(review_by=TODAY - timedelta(1)), id="ISSUE-20: review overdue"),
    pytest.param("ISSUE-20", fields(review_by=None), id="ISSUE-20: no review date"),
    pytest.param("ISSUE-20", fields(severity=Level.CRITICAL), id="ISSUE-20: critical has no span"),
    pytest.param("ISSUE-21", fields(justification="a" * 30), id="ISSUE-21: justification aaaaaaaaaaaa"),
    pytest.param("ISSUE-21", fields(justification="TODO"), id="ISSUE-21: justification TODO"),
    pytest.param("ISSUE-21", fields(risk_ref="RMF-99"), id="ISSUE-21: risk_ref that does not exist"),
    pytest.param("ISSUE-21", fields(compensating_control=""), id="ISSUE-21: accept without compensating control"),
    pytest.param("ISSUE-21", fields(criteria_version="2"), id="ISSUE-21: criteria version not the current one"),
    pytest.param("ISSUE-21", fields(decision="ignore"), id="ISSUE-21: a decision that is none"),
    pytest.param("ISSUE-21", fields(residual_risk_disclosed_in=""), id="ISSUE-21: users are not told"),
    pytest.param("ISSUE-22", fields(author=PERSON), id="ISSUE-22: approver equals author"),
    pytest.param("ISSUE-22", fields(severity=Level.HIGH), id="ISSUE-22: one approver for a high issue"),
    pytest.param("ISSUE-22", fields(justification="Changed after Ben looked."), id="ISSUE-22: edited after"),
    pytest.param(
        "ISSUE-22",
        fields(approved_by=(Person("Eve", "eve@example.org"),)),
        id="ISSUE-22: not in the roles table",
    ),
    pytest.param(
        "ISSUE-22", fields(approved_by=(Person("Clara", CLARA[1]),)), id="ISSUE-22: a typed name without signature"
    ),
    pytest.param("ISSUE-22", fields(approved_by=(Person("Dora", "dora@example.org"),)), id="ISSUE-22: no authority"),
    pytest.param("ISSUE-22", fields(approved_by=(Person("R", "robot@example.org"),)), id="ISSUE-22: a bot"),
    pytest.param("ISSUE-22", fields(approved_by=()), id="ISSUE-22: nobody"),
    pytest.param("ISSUE-23", raised, id="ISSUE-23: severity raised from medium to high"),
    pytest.param("ISSUE-23", exploited, id="ISSUE-23: the CVE listed as exploited after the approval"),
    pytest.param("ISSUE-24", fields(decision="defer"), id="ISSUE-24: defer without plan"),
    pytest.param("ISSUE-24", deferral(date=TODAY), id="ISSUE-24: defer with a date that is over"),
    pytest.param("ISSUE-24", deferral(target_version="2.4.0"), id="ISSUE-24: target version equal to this release"),
    pytest.param("ISSUE-24", deferral(target_version="V2.4.0.0"), id="ISSUE-24: this release in another spelling"),
    pytest.param("ISSUE-24", deferral(target_version="next release"), id="ISSUE-24: next release"),
    pytest.param("ISSUE-24", deferral(interim_devices=""), id="ISSUE-24: interim devices blank"),
    pytest.param("ISSUE-24", deferral(field_time="tbd"), id="ISSUE-24: field time is a placeholder"),
]


@pytest.mark.parametrize(("rule", "spoil"), BAD)
def test_bad_input_does_not_pass(decided: Any, workspace: Any, rule: str, spoil: Any) -> None:
    decided.workspace = workspace
    spoil(decided)

    result = decided.later()[rule]

    assert result.outcome is Outcome.FAILED
    assert all(f.message for f in result.findings)


@pytest.mark.parametrize("title", ["x (CVE-2026-1)", "cve-2026-1: overflow", "GHSA-aaaa-bbbb-cccc, in x"])
def test_an_exploited_vulnerability_is_known_by_every_name(decided: Any, title: str) -> None:
    """ISSUE-23: whatever stands round the id, and under its alias."""
    exploited(decided, title)

    assert decided.later()["ISSUE-23"].outcome is Outcome.FAILED


def test_another_vulnerability_with_the_same_beginning_is_another(decided: Any) -> None:
    exploited(decided, "CVE-2026-12 in x")

    assert decided.later()["ISSUE-23"].outcome is Outcome.PASSED


@pytest.mark.parametrize("version", ["2.4.1", "2.5", "v3.0.0"])
def test_a_deferral_with_a_later_target_passes(decided: Any, version: str) -> None:
    deferral(target_version=version)(decided)

    assert decided.later()["ISSUE-24"].outcome is Outcome.PASSED


def test_two_approvers_for_a_high_issue(decided: Any, signers: Signers) -> None:
    both = (Person(*BEN), Person(*CLARA))
    entry = change(decided, severity=Level.HIGH, approved_by=both)
    signers.sign(BEN, trailer(entry))
    assert decided.later()["ISSUE-22"].outcome is Outcome.FAILED

    signers.sign(CLARA, trailer(entry))
    assert decided.later()["ISSUE-22"].outcome is Outcome.PASSED


def test_one_person_twice_is_one_approver(decided: Any, signers: Signers) -> None:
    entry = change(decided, severity=Level.HIGH, approved_by=(Person(*BEN), Person(*BEN)))
    signers.sign(BEN, trailer(entry))

    assert any("1 valid approvals; 2 are needed" in f.message for f in decided.later()["ISSUE-22"].findings)


def test_an_unsigned_or_strange_signature_does_not_count(decided: Any, signers: Signers, tmp_path: Path) -> None:
    entry = change(decided, compensating_control="The port is sealed and locked.")
    signers.workspace.git("commit", "-q", "--allow-empty", "-m", "Approve", "-m", trailer(entry), who=BEN)
    strange = tmp_path / "strange"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(strange)], check=True)
    signers.sign(BEN, trailer(entry), key=strange)

    assert decided.later()["ISSUE-22"].outcome is Outcome.FAILED


def test_another_commit_of_the_approver_is_not_lent_to_an_unsigned_one(decided: Any, signers: Signers) -> None:
    earlier = signers.workspace.git("rev-parse", "HEAD")  # signed by Ben, for the entry as it stood
    entry = change(decided, compensating_control="The port is sealed and locked.")
    forged = f"Deviation-Approved: x\u2028{earlier}\n{trailer(entry)}"
    signers.workspace.git("commit", "-q", "--allow-empty", "-m", "Forge", "-m", forged)

    assert any("changed after the approval" in f.message for f in decided.later()["ISSUE-22"].findings)


def test_the_author_may_not_sign_for_the_approver(decided: Any, signers: Signers) -> None:
    entry = change(decided, approved_by=(Person(*CLARA),))
    signers.sign(BEN, trailer(entry))

    assert any("has no signed approval of clara@example.org" in f.message for f in decided.later()["ISSUE-22"].findings)


def test_what_cannot_be_asked_is_undecided(decided: Any) -> None:
    decided.tables.clear()
    decided.root.joinpath("risks.toml").unlink()

    results = decided.later()

    assert results["ISSUE-22"].outcome is Outcome.UNDECIDED
    assert results["ISSUE-21"].outcome is Outcome.UNDECIDED
    assert "risks.toml cannot be read" in results["ISSUE-21"].doubts[0]


def test_staleness_is_not_told_while_the_rule_is_undecided(decided: Any) -> None:
    decided.source["path"] = "missing.json"

    result = decided.later()["ISSUE-19"]

    assert result.outcome is Outcome.UNDECIDED
    assert result.findings == ()


def test_an_end_that_is_near_is_told(decided: Any) -> None:
    assert "ends in 20 days" in decided.later()["ISSUE-20"].observed[0]


def test_the_digest_is_of_the_entry_and_not_of_its_place(decided: Any) -> None:
    (entry,) = decided.deviations

    assert entry_digest(entry) == entry_digest(msgspec.structs.replace(entry, line=99))
    assert entry_digest(entry) != entry_digest(msgspec.structs.replace(entry, expires=TODAY))


ENTRY = """schema = 1
[[deviation]]
id = "DEV-2026-014"
rule = "ISSUE-08"
finding = "0123456789abcdef"
decision = "accept"
justification = "The interface is reachable from the service port alone."
risk-ref = "RMF-7"
severity = "medium"
author = { name = "Ada", id = "ada@example.org" }
approved-by = [{ name = "Ben", id = "ben@example.org" }]
approved-on = 2026-11-15
expires = 2026-12-10
releases = ["2.4.0"]
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ENTRY.replace("finding =", "findings ="), id="ISSUE-18: a misspelt scope key"),
        pytest.param(ENTRY.replace("2026-12-10", "2026-13-10"), id="ISSUE-18: a malformed end date"),
        pytest.param(ENTRY.replace("expires = 2026-12-10", 'expires = "never"'), id='ISSUE-18: expires = "never"'),
        pytest.param(ENTRY + ENTRY.partition("\n")[2], id="ISSUE-18: two entries with one id"),
        pytest.param(ENTRY.replace("expires = 2026-12-10\n", ""), id="ISSUE-20: no end date"),
        pytest.param(ENTRY.replace("0123456789abcdef", "*"), id="ISSUE-19: applies to everything"),
    ],
)
def test_a_bad_file_is_refused_whole(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deviations.toml"
    path.write_text(text)

    try:
        _, faults = read_answers(path, rulebook())
    except PolicyError as e:
        faults = e.faults

    assert faults


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deviations.toml"
    path.write_text(ENTRY)

    answers, faults = read_answers(path, rulebook())

    assert (len(answers.entries), faults) == (1, ())

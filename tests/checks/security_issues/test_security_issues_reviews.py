"""ISSUE-15, ISSUE-17, ISSUE-25, ISSUE-28: what testing found has an issue; what stays is reviewed, listed and told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gatekeeper.model import facts as seen
from gatekeeper.model.facts import Facts, IssueFact
from gatekeeper.model.finding import Where, finding
from gatekeeper.model.verdict import Answered
from gatekeeper.model.words import Outcome
from gatekeeper.trackers import Missing
from tests.checks.security_issues.conftest import tool

REVIEW = """[[review]]
issue = "tracker#PUMP-7"
by = "Clara Example"
on = 2026-11-18
severity = "medium"
text = "The port stays sealed; the decision holds."
"""
ANOMALY = """[[anomaly]]
issue = "tracker#PUMP-7"
description = "A forged reading can be shown"
cwe = "CWE-20"
security = "Needs access to the sealed port"
safety = "none: the pump ignores the value"
workaround = "Keep the port sealed"
disclosed-in = "IFU-SEC-9"
plan = "Check the length"
planned-for = 2027-01-31
accepted-by = "Ben Example"
review-by = 2026-12-31
"""
TWO = ANOMALY + ANOMALY.replace("#PUMP-7", "#2")


@pytest.fixture
def accepted(product: Any) -> Any:
    """One open issue that is accepted, reviewed in this cycle and listed."""
    product.edit("PUMP-7", state="open", resolution="")
    product.decide(product.result("ISSUE-08").findings[0])
    product.policy |= {"reviews": "reviews.toml", "residual-anomalies": "anomalies.toml"}
    product.texts = {"reviews.toml": REVIEW, "anomalies.toml": ANOMALY}
    return product


def outcome(product: Any, rule: str) -> Outcome:
    for name, text in getattr(product, "texts", {}).items():
        if text is not None:
            (product.root / name).write_text(text)
    return product.outcome(rule)


@pytest.mark.parametrize("rule", ["ISSUE-17", "ISSUE-28"])
def test_what_stays_and_is_reviewed_and_listed_passes(accepted: Any, rule: str) -> None:
    assert outcome(accepted, rule) is Outcome.PASSED


def previous(product: Any, created: str) -> None:
    """A previous dossier with the same source."""
    from tests.checks.security_issues.dossier import previous_dossier

    product.previous = previous_dossier(product.root.parent / "previous", created=created)


@pytest.mark.parametrize(
    ("rule", "file", "old", "new"),
    [
        pytest.param("ISSUE-17", "reviews.toml", REVIEW, "", id="ISSUE-17: no review"),
        pytest.param("ISSUE-17", "reviews.toml", "PUMP-7", "all", id="ISSUE-17: one statement for all issues"),
        pytest.param("ISSUE-17", "reviews.toml", "2026-11-18", "2026-11-21", id="ISSUE-17: dated after the release"),
        pytest.param("ISSUE-17", "reviews.toml", '"medium"', '"low"', id="ISSUE-17: another severity seen"),
        pytest.param("ISSUE-17", "reviews.toml", "Clara Example", "tbd", id="ISSUE-17: nobody"),
        pytest.param("ISSUE-17", "reviews.toml", "by =", "who =", id="ISSUE-17: a misspelt key"),
        pytest.param("ISSUE-17", "reviews.toml", REVIEW, None, id="ISSUE-17: the file is not there"),
        pytest.param("ISSUE-28", "anomalies.toml", ANOMALY, "", id="ISSUE-28: an accepted issue missing"),
        pytest.param(
            "ISSUE-28",
            "anomalies.toml",
            ANOMALY,
            ANOMALY + ANOMALY.replace("PUMP-7", "PUMP-99"),
            id="ISSUE-28: no such id",
        ),
        pytest.param(
            "ISSUE-28",
            "anomalies.toml",
            ANOMALY,
            ANOMALY + ANOMALY.replace("PUMP-7", "PUMP-8"),
            id="ISSUE-28: a fixed one",
        ),
        pytest.param("ISSUE-28", "anomalies.toml", "none: the pump ignores the value", " ", id="ISSUE-28: no safety"),
        pytest.param("ISSUE-28", "anomalies.toml", "2026-12-31", "2026-11-01", id="ISSUE-28: review overdue"),
        pytest.param("ISSUE-28", "anomalies.toml", "cwe", "CWE", id="ISSUE-28: a misspelt key"),
    ],
)
def test_bad_input_does_not_pass(accepted: Any, rule: str, file: str, old: str, new: str | None) -> None:
    text = accepted.texts[file]
    assert old in text
    accepted.texts[file] = None if new is None else text.replace(old, new)

    assert outcome(accepted, rule) in (Outcome.FAILED, Outcome.UNDECIDED)


def test_a_review_copied_from_the_last_release(accepted: Any) -> None:
    """ISSUE-17: a review copied from the last release."""
    previous(accepted, created="2026-11-19T09:00:00Z")

    assert outcome(accepted, "ISSUE-17") is Outcome.FAILED


def test_a_review_after_the_last_release_passes(accepted: Any) -> None:
    previous(accepted, created="2026-11-01T09:00:00Z")

    assert outcome(accepted, "ISSUE-17") is Outcome.PASSED


def test_a_source_removed_since_the_previous_release(accepted: Any) -> None:
    """ISSUE-07: a source removed from the policy since the previous release."""
    from tests.checks.security_issues.dossier import previous_dossier

    known = IssueFact("alerts#7", "Example", "closed", "fixed", "high", source="alerts")
    before = accepted.root.parent / "previous"
    accepted.previous = previous_dossier(before, sources=("tracker", "alerts"), issues=(known,))
    assert [f.where.pointer for f in accepted.result("ISSUE-07").findings] == ["alerts"]

    accepted.policy["retired-sources"] = {"alerts": "The scanner was replaced; reviewed in CR-17."}
    assert accepted.outcome("ISSUE-07") is Outcome.PASSED
    reason = "its source was retired: The scanner was replaced; reviewed in CR-17."
    assert accepted.collect().missing == (Missing("alerts#7", reason),)


def test_sources_taken_out_of_the_previous_evidence_are_undecided(accepted: Any) -> None:
    """ISSUE-07: the record is whole and signed, and the file beside it was changed."""
    from tests.checks.security_issues.dossier import previous_dossier

    accepted.previous = previous_dossier(accepted.root.parent / "previous", sources=("tracker", "alerts"))
    other = previous_dossier(accepted.root.parent / "other")
    file = "evidence/security-issues.json"
    (accepted.previous / file).write_bytes((other / file).read_bytes())
    result = accepted.result("ISSUE-07")

    assert result.outcome is Outcome.UNDECIDED
    assert any(f"{file} is not the file that its record names" in doubt for doubt in result.doubts)


def test_a_previous_dossier_that_cannot_be_read_is_undecided(accepted: Any) -> None:
    accepted.previous = accepted.root / "nowhere"

    assert accepted.outcome("ISSUE-07") is Outcome.UNDECIDED


TOLD = {
    "third_party": "Example Serial",
    "supplier_notice": "ticket 17",
    "supplier_told_on": "2026-11-05",
    "supplier_told_by": "Ada",
}


def test_a_supplier_who_was_told_passes(product: Any) -> None:
    product.edit("PUMP-7", **TOLD)

    assert product.outcome("ISSUE-25") is Outcome.PASSED


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"supplier_notice": ""}, id="ISSUE-25: third-party issue without reference"),
        pytest.param({"supplier_told_on": "2026-10-05"}, id="ISSUE-25: a notice dated before the issue was found"),
        pytest.param({"supplier_told_on": ""}, id="ISSUE-25: no date"),
        pytest.param({"supplier_told_on": "not yet"}, id="ISSUE-25: a date that is none"),
        pytest.param({"supplier_told_on": "2026-12-24"}, id="ISSUE-25: a notice that is still to come"),
        pytest.param({"supplier_told_by": "TBD"}, id="ISSUE-25: nobody"),
    ],
)
def test_a_supplier_who_was_not_told_fails(product: Any, fields: dict[str, str]) -> None:
    product.edit("PUMP-7", **(TOLD | fields))

    assert product.outcome("ISSUE-25") is Outcome.FAILED


def found(product: Any, **fields: Any) -> None:
    test = seen.TestFact("penetration", "pentest.xml", "0" * 64, **fields)
    product.facts = msgspec.structs.replace(Facts(), tests=(test,))


def test_a_finding_that_an_issue_names_passes(product: Any) -> None:
    found(product, tests=3, failures=1, findings=("PT-3",))
    product.edit("PUMP-7", findings=["PT-3"])

    assert product.outcome("ISSUE-15") is Outcome.PASSED


def test_a_test_that_did_not_pass_may_be_named_in_either_form(product: Any) -> None:
    found(product, skipped=1, findings=("tests.test_link.test_one[a/b]",))
    product.edit("PUMP-7", findings=["tests/test_link.py::test_one[a/b]"])

    assert product.outcome("ISSUE-15") is Outcome.PASSED


@pytest.mark.parametrize(
    ("issue", "outcome"),
    [
        pytest.param("PUMP-7", Outcome.PASSED, id="an issue that is there"),
        pytest.param("tracker#PUMP-7", Outcome.PASSED, id="with the name of its source"),
        pytest.param("PUMP-77", Outcome.FAILED, id="ISSUE-15: an issue id typed wrong in the policy"),
        pytest.param("", Outcome.FAILED, id="ISSUE-15: an empty reference"),
    ],
)
def test_the_policy_may_say_which_issue_a_finding_became(product: Any, issue: str, outcome: Outcome) -> None:
    found(product, failures=1, findings=("R1@a.py:7",), raised={"R1@a.py:7": issue})

    assert product.outcome("ISSUE-15") is outcome


@pytest.mark.parametrize(
    ("test", "named"),
    [
        pytest.param({"skipped": 1, "findings": ("test_x",)}, [], id="ISSUE-15: a failing test marked expected"),
        pytest.param({"findings": ("PT-3",)}, ["PT-33"], id="ISSUE-15: an issue id typed wrong"),
        pytest.param({"findings": ("PT-3",)}, [], id="ISSUE-15: a finding in the penetration report only"),
        pytest.param({"failures": 2, "findings": ("PT-3",)}, ["PT-3"], id="ISSUE-15: a failure without a name"),
    ],
)
def test_a_finding_without_an_issue_fails(product: Any, test: dict[str, Any], named: list[str]) -> None:
    found(product, **test)
    product.edit("PUMP-7", findings=named)

    assert product.outcome("ISSUE-15") is Outcome.FAILED


def test_a_finding_of_another_products_issue_fails(product: Any) -> None:
    """ISSUE-15: an issue that belongs to another product."""
    found(product, findings=("PT-3",))
    product.head["product"] = "cart-link"
    product.edit("PUMP-7", findings=["PT-3"])

    assert product.outcome("ISSUE-15") is Outcome.UNDECIDED


def test_no_test_report_is_undecided(product: Any) -> None:
    product.facts = Facts(versions=(("x", "1"),))

    assert product.outcome("ISSUE-15") is Outcome.UNDECIDED


SHELL = finding("CODE-01", "B602: a shell", key=("B602", "link.py", "x", "1"), where=Where("link.py", 3), note="B602")
KNOWN = finding(
    "VULN-03",
    "CVE-2026-1 in x@1",
    key=("CVE-2026-1", "x", "1"),
    where=Where("sbom.cdx.json", pointer="pkg:pypi/x@1"),
    note="CVE-2026-1",
    details={"aliases": "CVE-2026-1 GHSA-aaaa-bbbb-cccc"},
)


@pytest.mark.parametrize("spelling", [SHELL.fingerprint, f"PT-1 {SHELL.fingerprint}"])
def test_a_tools_finding_is_named_by_its_fingerprint(product: Any, spelling: str) -> None:
    product.others = (tool("CODE-01", SHELL), tool("VULN-03"))
    product.edit("PUMP-7", findings=spelling.split())

    assert product.outcome("ISSUE-15") is Outcome.PASSED


@pytest.mark.parametrize("name", [KNOWN.fingerprint, "CVE-2026-1", "GHSA-aaaa-bbbb-cccc"])
def test_a_vulnerability_is_named_by_any_of_its_ids(product: Any, name: str) -> None:
    product.others = (tool("CODE-01"), tool("VULN-03", KNOWN))
    product.edit("PUMP-7", findings=[name])

    assert product.outcome("ISSUE-15") is Outcome.PASSED


@pytest.mark.parametrize(
    ("others", "named", "outcome"),
    [
        pytest.param((tool("CODE-01", SHELL), tool("VULN-03")), [], Outcome.FAILED, id="ISSUE-15: a scanner's finding"),
        pytest.param(
            (tool("CODE-01", SHELL), tool("VULN-03")),
            ["B602"],
            Outcome.FAILED,
            id="ISSUE-15: the test's id names no finding",
        ),
        pytest.param(
            (tool("CODE-01"), tool("VULN-03", KNOWN)), ["CVE-2026-11"], Outcome.FAILED, id="ISSUE-15: a known CVE"
        ),
        pytest.param(
            (tool("VULN-03"),), [], Outcome.UNDECIDED, id="ISSUE-15: the scanner's rule was not judged at all"
        ),
        pytest.param(
            (tool("CODE-01", doubts=("no file was scanned",)), tool("VULN-03")),
            [],
            Outcome.UNDECIDED,
            id="ISSUE-15: the scanner's rule is in doubt",
        ),
        pytest.param((), [], Outcome.UNDECIDED, id="ISSUE-15: no tool was judged"),
    ],
)
def test_what_a_tool_found_stands_in_an_issue(product: Any, others: Any, named: list[str], outcome: Outcome) -> None:
    product.others = others
    product.edit("PUMP-7", findings=named)

    assert product.outcome("ISSUE-15") is outcome


def test_a_deviation_does_not_spare_the_issue(product: Any) -> None:
    """ISSUE-15: a scanner's finding that a deviation accepts stays in the product, so the tracker must know it."""
    product.others = (tool("CODE-01", SHELL), tool("VULN-03"))
    entry = product.decide(SHELL)
    product.others = (
        msgspec.structs.replace(product.others[0], answered=(Answered(SHELL, entry.id),)),
        product.others[1],
    )

    result = product.later()["ISSUE-15"]

    assert result.outcome is Outcome.FAILED
    assert f"open an issue that names {SHELL.fingerprint}" in result.findings[0].remedy

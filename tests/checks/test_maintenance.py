"""MAINT-01 to MAINT-11: each bad input is refused, and a whole register passes."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from records_good import PRODUCT, case, changed, outcomes, register, seen, without

from gatekeeper.checks._maintenance.evidence import Days, Evidence, Params, UpdatePolicy
from gatekeeper.checks._maintenance.metrics import measure
from gatekeeper.checks._records.register import Register
from gatekeeper.checks.maintenance import CHECK
from gatekeeper.model.facts import ComponentFact, Facts, IssueFact, SourceFact
from gatekeeper.model.facts import TestFact as ReportFact
from gatekeeper.model.words import Level, Outcome

NOTE = dict.fromkeys(
    ("versions", "how-to-apply", "effect", "how-to-check", "risk-of-not-applying", "dependencies"), "said in full"
)
GOOD = register(
    seen("update-policy"),
    seen("monitoring", covers=("pypi",)),
    seen("update-note", names=NOTE),
    seen("delivery", names={"who": "all sites", "way": "download portal", "time": "14 days"}),
    seen("defect-process-review", names={"minutes": "M-4"}),
    seen("improvement", names={"actions": "CAPA-9"}),
)
DAYS = dict.fromkeys(Level, Days(5, 60, 30))
PARAMS = Params(records="records.toml", update_policy=UpdatePolicy("2", "qa", DAYS))
ISSUE = IssueFact(
    "tracker#PUMP-7", "Length not checked", "closed", "closed", "high", resolution="fixed", fix_test="test_length",
    opened="2026-09-01T00:00:00Z", closed="2026-10-01T00:00:00Z", more={"found_by": "researcher", "channel": "mail", "answered": "2026-09-02"},
)  # fmt: skip
TESTS = ReportFact("unit", "junit.xml", "0" * 64, tests=3, commit="c" * 40, passed=("test_length",))
COMPONENT = ComponentFact("jinja2", "3.1.6", purl="pkg:pypi/jinja2@3.1.6", item_class="supported")
FACTS = Facts(SourceFact("c" * 40), issues=(ISSUE,), tests=(TESTS,), components=(COMPONENT,))


def judged(whole: Register = GOOD, params: Params = PARAMS, facts: Facts = FACTS, **about: Any) -> dict[str, Outcome]:
    return outcomes(CHECK.judge, Evidence(register=whole), params, case(facts=facts, **about))


def test_a_whole_register_passes() -> None:
    assert set(judged().values()) == {Outcome.PASSED}


def issue(**changes: Any) -> Facts:
    return msgspec.structs.replace(FACTS, issues=(msgspec.structs.replace(ISSUE, **changes),))


def reports(**changes: Any) -> Facts:
    return msgspec.structs.replace(FACTS, tests=(msgspec.structs.replace(TESTS, **changes),))


@pytest.mark.parametrize(
    ("rule", "facts", "outcome"),
    [
        pytest.param("MAINT-01", issue(opened="2027-01-01T00:00:00Z"), Outcome.FAILED, id="MAINT-01: negative days"),
        pytest.param("MAINT-01", issue(closed="2026-08-01T00:00:00Z"), Outcome.FAILED, id="MAINT-01: closed before"),
        pytest.param("MAINT-01", issue(opened="2026-09-01", closed="2026-10-01"), Outcome.PASSED, id="plain days"),
        pytest.param("MAINT-01", issue(opened=""), Outcome.FAILED, id="MAINT-01: received date missing"),
        pytest.param(
            "MAINT-01", issue(opened="2026-01-01T00:00:00Z"), Outcome.FAILED, id="MAINT-01: late without deviation"
        ),
        pytest.param(
            "MAINT-03",
            msgspec.structs.replace(FACTS, components=(msgspec.structs.replace(COMPONENT, purl="pkg:deb/x@1"),)),
            Outcome.FAILED,
            id="MAINT-03: a component no source covers",
        ),
        pytest.param(
            "MAINT-04", issue(fix_test="test_other"), Outcome.FAILED, id="MAINT-04: a test name that is in no report"
        ),
        pytest.param("MAINT-04", reports(passed=()), Outcome.FAILED, id="MAINT-04: a skipped test"),
        pytest.param("MAINT-04", reports(commit="d" * 40), Outcome.FAILED, id="MAINT-04: a test of another commit"),
        pytest.param("MAINT-04", issue(fix_test=""), Outcome.FAILED, id="MAINT-04: no test named"),
        pytest.param(
            "MAINT-04",
            msgspec.structs.replace(issue(fix_test=""), tests=reports(passed=("",)).tests),
            Outcome.FAILED,
            id="MAINT-04: no test named, and a case without a name",
        ),
        pytest.param(
            "MAINT-04",
            reports(passed=("test_length[1]",), findings=("test_length[2]",)),
            Outcome.FAILED,
            id="MAINT-04: one variant of the test failed",
        ),
        pytest.param(
            "MAINT-04", msgspec.structs.replace(FACTS, tests=()), Outcome.UNDECIDED, id="MAINT-04: no report at all"
        ),
        pytest.param(
            "MAINT-10",
            issue(more={"found_by": "researcher", "answered": "x"}),
            Outcome.FAILED,
            id="MAINT-10: channel missing",
        ),
        pytest.param(
            "MAINT-10", issue(more={"found_by": "A security researcher"}), Outcome.FAILED, id="MAINT-10: in other words"
        ),
        pytest.param("MAINT-10", issue(more={"found_by": "外部の研究者"}), Outcome.FAILED, id="MAINT-10: in Japanese"),
        pytest.param(
            "MAINT-10",
            issue(more={"found_by": "customer", "channel": "mail"}),
            Outcome.FAILED,
            id="MAINT-10: no answer date",
        ),
    ],
)
def test_facts_that_do_not_do_fail_their_rule(rule: str, facts: Facts, outcome: Outcome) -> None:
    assert judged(facts=facts)[rule] is outcome


@pytest.mark.parametrize(
    ("rule", "whole"),
    [
        pytest.param("MAINT-02", changed(GOOD, "update-policy", revision=""), id="MAINT-02: no version"),
        pytest.param(
            "MAINT-03", changed(GOOD, "monitoring", on=date(2026, 1, 1)), id="MAINT-03: last review too long ago"
        ),
        pytest.param(
            "MAINT-05",
            changed(GOOD, "update-note", names={**NOTE, "effect": "Various fixes"}),
            id="MAINT-05: `various fixes`",
        ),
        pytest.param(
            "MAINT-05",
            changed(GOOD, "update-note", names={**NOTE, "risk-of-not-applying": ""}),
            id="MAINT-05: no risk of not applying",
        ),
        pytest.param(
            "MAINT-07", changed(GOOD, "delivery", names={"who": "all", "time": "14 days"}), id="MAINT-07: no way named"
        ),
        pytest.param("MAINT-07", changed(GOOD, "delivery", version="2.0.9"), id="MAINT-07: older version"),
        pytest.param(
            "MAINT-08", changed(GOOD, "defect-process-review", on=date(2026, 12, 1)), id="MAINT-08: date in the future"
        ),
        pytest.param("MAINT-08", changed(GOOD, "defect-process-review", on=date(2025, 11, 1)), id="MAINT-08: overdue"),
        pytest.param(
            "MAINT-09",
            register(*GOOD.seen, seen("metrics", names={"fixed": "100 %"})),
            id="MAINT-09: metrics typed by hand",
        ),
        pytest.param("MAINT-11", without(GOOD, "improvement"), id="MAINT-11: nothing stated"),
        pytest.param("MAINT-11", changed(GOOD, "improvement", names={}), id="MAINT-11: an empty statement"),
    ],
)
def test_a_record_that_does_not_do_fails_its_rule(rule: str, whole: Register) -> None:
    assert judged(whole)[rule] is Outcome.FAILED


@pytest.mark.parametrize(
    ("stated", "outcome"),
    [
        pytest.param(None, Outcome.FAILED, id="MAINT-02: no policy"),
        pytest.param(
            UpdatePolicy("2", "qa", {Level.HIGH: Days(1, 2, 3)}), Outcome.FAILED, id="MAINT-02: a severity without days"
        ),
        pytest.param(
            UpdatePolicy("2", "qa", dict.fromkeys(Level, Days(0, 2, 3))), Outcome.FAILED, id="MAINT-02: no days"
        ),
        pytest.param(UpdatePolicy("", "qa", DAYS), Outcome.FAILED, id="MAINT-02: no version of the policy"),
    ],
)
def test_an_update_policy_that_is_none_fails(stated: UpdatePolicy | None, outcome: Outcome) -> None:
    found = judged(params=msgspec.structs.replace(PARAMS, update_policy=stated))

    assert found["MAINT-02"] is outcome
    assert stated is not None or found["MAINT-01"] is Outcome.UNDECIDED


def test_a_release_that_is_no_security_update_needs_no_update_note() -> None:
    found = judged(without(GOOD, "update-note"), product=msgspec.structs.replace(PRODUCT, kind="update"))

    assert found["MAINT-05"] is Outcome.NOT_APPLICABLE


def test_a_product_cannot_review_less_often_than_the_shipped_interval() -> None:
    late = changed(GOOD, "defect-process-review", on=date(2025, 11, 1))

    assert judged(late, msgspec.structs.replace(PARAMS, defect_review_max_age_days=9999))["MAINT-08"] is Outcome.FAILED


@given(st.lists(st.sampled_from(["fixed", "", "accepted"]), max_size=6))
def test_nothing_to_measure_is_never_a_hundred_percent(resolutions: list[str]) -> None:
    """MAINT-09: divided by zero shown as 100 %."""
    found = measure(msgspec.structs.replace(ISSUE, resolution=r) for r in resolutions)

    assert (found.fixed_share is None) == (not resolutions)
    assert (found.days_to_fix is None) == ("fixed" not in resolutions)
    assert resolutions or "100" not in str(found)

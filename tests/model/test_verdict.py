"""decide() and the derived outcome: no combination without something shown to be good may release."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.deviation import Deviation, Person
from gatekeeper.model.finding import Where, finding, judged
from gatekeeper.model.verdict import Answered, RuleResult, answer, decide
from gatekeeper.model.words import Basis, Decision, Level, Outcome, Severity

FINDING = finding("X-01", "seen", key=["k"])


def result(**fields: object) -> RuleResult:
    base: dict[str, object] = {
        "id": "X-01", "check": "x", "severity": Severity.BLOCK, "basis": Basis.AUTOMATIC, "clauses": ("5.8.5",),
    }  # fmt: skip
    return RuleResult(**(base | fields))  # type: ignore[arg-type]  # fields of many types


results = st.builds(
    result,
    severity=st.sampled_from(Severity),
    observed=st.lists(st.sampled_from(["", "3 files"]), max_size=2).map(tuple),
    answered=st.lists(st.sampled_from([Answered(FINDING), Answered(FINDING, "DEV-1")]), max_size=2).map(tuple),
    doubts=st.lists(st.just("crashed"), max_size=1).map(tuple),
    not_applicable=st.sampled_from(["", "no remote service"]),
)


@given(st.lists(results))
def test_release_needs_something_good_and_nothing_bad(seen: list[RuleResult]) -> None:
    decision = decide(seen)

    if decision is Decision.RELEASE:
        assert any(r.observed or r.answered for r in seen)
        assert not any(r.doubts for r in seen if r.outcome is not Outcome.FAILED)
        assert not any(not a.deviation for r in seen if r.severity is Severity.BLOCK for a in r.answered)


@given(st.lists(results))
def test_one_more_live_finding_on_a_blocking_rule_always_blocks(seen: list[RuleResult]) -> None:
    assert decide([*seen, result(answered=(Answered(FINDING),))]) is Decision.BLOCK


@given(st.lists(results))
def test_one_more_doubt_never_releases(seen: list[RuleResult]) -> None:
    assert decide([*seen, result(observed=("1",), doubts=("crashed",))]) is not Decision.RELEASE


def test_nothing_judged_is_undecided() -> None:
    assert decide([]) is Decision.UNDECIDED
    assert decide([result()]) is Decision.UNDECIDED
    assert decide([result(not_applicable="no remote service")]) is Decision.UNDECIDED


def test_a_failure_without_findings_cannot_be_written_down() -> None:
    assert result(observed=("1",)).outcome is Outcome.PASSED
    assert result(answered=()).outcome is Outcome.UNDECIDED


def test_a_deviated_rule_with_a_doubt_is_undecided() -> None:
    assert result(answered=(Answered(FINDING, "DEV-1"),), doubts=("stale",)).outcome is Outcome.UNDECIDED


def test_one_deviation_answers_one_finding_also_where_two_are_called_alike() -> None:
    first, second = (finding("X-01", "a bare nosec", key=["k"], where=Where("a.py", line)) for line in (3, 9))
    ada = Person("Ada", "ada")
    one = Deviation(
        id="DEV-1", rule="X-01", finding=first.fingerprint, decision="accept", justification="", risk_ref="", severity=Level.HIGH,
        author=ada, approved_by=(ada,), approved_on=date(2026, 1, 1), expires=date(2027, 1, 1), releases=("1.0",),
    )  # fmt: skip

    told = answer(judged("X-01", "2 files", [first, second, first]), [one], date(2026, 2, 1), "1.0")

    assert [a.deviation for a in told] == ["DEV-1", "", "DEV-1"]  # the very same finding told twice is one
    assert len({a.finding.fingerprint for a in told}) == 2
    assert result(observed=("1",), answered=told).outcome is Outcome.FAILED

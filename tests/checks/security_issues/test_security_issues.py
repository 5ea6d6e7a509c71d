"""Rules of the issues themselves, over an exported list: each bad input of the rules is planted and does not pass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.checks.security_issues import CHECK
from gatekeeper.model.facts import Facts, SourceFact
from gatekeeper.model.words import Level, Outcome

Spoil = Callable[[Any], None]


def edit(number: str = "PUMP-7", **fields: Any) -> Spoil:
    return lambda product: product.edit(number, **fields)


def head(**fields: Any) -> Spoil:
    return lambda product: product.head.update(fields)


def source(**fields: Any) -> Spoil:
    return lambda product: product.source.update(fields)


def rows(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Spoil:
    def spoil(product: Any) -> None:
        product.head["issues_sha256"] = product.document()["issues_sha256"]
        product.rows = change(product.rows)

    return spoil


def cut(count: int) -> Spoil:
    """The tracker holds one issue more than the export limit let through."""

    def spoil(product: Any) -> None:
        last = product.rows[-1]
        product.rows = [*product.rows, *({**last, "id": f"PUMP-{n}"} for n in range(100, 100 + count - 3))]
        product.head["total"] = count + 1

    return spoil


def remove_statement(product: Any) -> None:
    product.policy["none-statements"] = []


def empty(product: Any) -> None:
    product.rows = []


def only_control(product: Any) -> None:
    product.rows = product.rows[:1]


def older(product: Any) -> None:
    product.head["exported_at"] = (product.now - timedelta(hours=25)).isoformat()


def before_commit(product: Any) -> None:
    product.source["max-age-hours"] = 24
    product.now -= timedelta(days=6)
    product.head["exported_at"] = (product.now - timedelta(hours=1)).isoformat()


BAD = [
    pytest.param("ISSUE-01", cut(30), id="ISSUE-01: an export cut at 30 rows"),
    pytest.param("ISSUE-01", cut(50), id="ISSUE-01: an export cut at 50 rows"),
    pytest.param("ISSUE-01", cut(100), id="ISSUE-01: an export cut at 100 rows"),
    pytest.param("ISSUE-01", rows(lambda r: [*r, r[-1]]), id="ISSUE-01: duplicate ids"),
    pytest.param("ISSUE-01", head(states="open"), id="ISSUE-01: only open issues were exported"),
    pytest.param("ISSUE-02", rows(lambda r: r[1:]), id="ISSUE-02: a private issue hidden from the exporter"),
    pytest.param("ISSUE-02", edit("PUMP-1", state="open"), id="ISSUE-02: the control issue is open"),
    pytest.param("ISSUE-02", empty, id="ISSUE-02: zero rows are never no issues"),
    pytest.param("ISSUE-03", head(project="CART"), id="ISSUE-03: another project's export"),
    pytest.param("ISSUE-03", head(query="type:defect"), id="ISSUE-03: another query"),
    pytest.param("ISSUE-03", head(server="https://other.example.org"), id="ISSUE-03: another server"),
    pytest.param(
        "ISSUE-03", head(exported_by="eve@example.org"), id="ISSUE-03: the account is not who the policy says"
    ),
    pytest.param("ISSUE-04", edit(state="In Review"), id="ISSUE-04: a new workflow state the map does not know"),
    pytest.param("ISSUE-04", edit(severity=""), id="ISSUE-04: severity blank"),
    pytest.param("ISSUE-04", edit(resolution="Tidied"), id="ISSUE-04: a resolution the map does not know"),
    pytest.param("ISSUE-05", older, id="ISSUE-05: yesterday's answer reused"),
    pytest.param("ISSUE-05", before_commit, id="ISSUE-05: asked before the release commit"),
    pytest.param("ISSUE-05", head(exported_at="2026-11-20 11:00"), id="ISSUE-05: a file time used as export time"),
    pytest.param("ISSUE-05", head(exported_at="2026-11-21T09:00:00Z"), id="ISSUE-05: a clock hours away"),
    pytest.param("ISSUE-06", only_control, id="ISSUE-06: an empty list without none-statement"),
    pytest.param("ISSUE-06", head(total=44), id="ISSUE-06: a spreadsheet with a filter left on"),
    pytest.param("ISSUE-06", head(product="cart-link"), id="ISSUE-06: an export of another product"),
    pytest.param("ISSUE-06", head(exported_at="2026-11-20T11:00:00"), id="ISSUE-06: export time without zone"),
    pytest.param(
        "ISSUE-06",
        rows(lambda r: [{**x, "severity": "low"} for x in r]),
        id="ISSUE-06: a hand-edited row",
    ),
    pytest.param(
        "ISSUE-06",
        head(none_statement={"text": "none found", "by": "Ada", "on": "2026-11-20"}),
        id="ISSUE-06: a none-statement over a list with issues",
    ),
    pytest.param("ISSUE-07", source(path="missing.json"), id="ISSUE-07: the export is not there"),
    pytest.param("ISSUE-08", edit(state="open", resolution=""), id="ISSUE-08: one open issue of any severity"),
    pytest.param("ISSUE-08", edit(state="Resolved"), id="ISSUE-08: a state word that only looks closed"),
    pytest.param("ISSUE-09", edit(resolution="wont-fix"), id="ISSUE-09: closed as won't fix"),
    pytest.param("ISSUE-09", edit(resolution=""), id="ISSUE-09: state done without a resolution"),
    pytest.param("ISSUE-09", edit(resolution="cannot-reproduce"), id="ISSUE-09: cannot reproduce"),
    pytest.param("ISSUE-09", edit(resolution="false-positive"), id="ISSUE-09: false positive"),
    pytest.param(
        "ISSUE-09", edit(resolution="duplicate", duplicate_of="PUMP-99"), id="ISSUE-09: a duplicate of a missing id"
    ),
    pytest.param("ISSUE-10", edit(fix_commits=[]), id="ISSUE-10: closed without any commit"),
    pytest.param("ISSUE-10", edit(fix_commits=["1" * 40]), id="ISSUE-10: a commit id typed wrong"),
    pytest.param("ISSUE-10", edit(fix_commits=["abc1234"]), id="ISSUE-10: an abbreviated commit id"),
    pytest.param("ISSUE-10", edit(fix_test="tests/gone.py::test"), id="ISSUE-10: a test that did not pass"),
    pytest.param("ISSUE-10", edit(fix_test="tests.gone.test"), id="ISSUE-10: nor one in the reports' form"),
    pytest.param("ISSUE-10", edit("PUMP-8", fix_test=""), id="ISSUE-10: a high issue without its test"),
    pytest.param("ISSUE-11", edit(reviewed=""), id="ISSUE-11: an untriaged issue"),
    pytest.param("ISSUE-11", edit(reviewed="2026-10-31T09:00:00Z"), id="ISSUE-11: a review before the received date"),
    pytest.param("ISSUE-11", edit(reviewed="2026-11-02"), id="ISSUE-11: dates without zone"),
    pytest.param("ISSUE-11", edit(reviewed="2026-11-19T09:00:00Z"), id="ISSUE-11: reviewed too late"),
    pytest.param("ISSUE-11", edit(received=""), id="ISSUE-11: no received date"),
    pytest.param("ISSUE-12", edit(cvss="CVSS:3.1/AV:N"), id="ISSUE-12: a malformed CVSS vector"),
    pytest.param(
        "ISSUE-12",
        edit(cvss="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", cvss_score="3.1", severity="critical"),
        id="ISSUE-12: score 3.1 beside a vector that gives 9.8",
    ),
    pytest.param("ISSUE-12", edit(severity="low"), id="ISSUE-12: severity lower than the vector gives"),
    pytest.param("ISSUE-12", edit(safety_effect=" "), id="ISSUE-12: safety effect blank"),
    pytest.param("ISSUE-12", edit(root_cause="TBD."), id="ISSUE-12: placeholder text in root cause"),
    pytest.param("ISSUE-12", edit(affected_versions=["todo"]), id="ISSUE-12: placeholder in a list"),
    pytest.param("ISSUE-13", edit("PUMP-8", reviewer="Ada"), id="ISSUE-13: closed by its own fixer without review"),
    pytest.param("ISSUE-13", edit("PUMP-8", closer="merge[bot]"), id="ISSUE-13: closed by a bot on merge"),
    pytest.param("ISSUE-13", edit("PUMP-8", reviewer=""), id="ISSUE-13: no reviewer"),
    pytest.param("ISSUE-13", edit("PUMP-8", reviewer="n/a"), id="ISSUE-13: a placeholder for a reviewer"),
    pytest.param("ISSUE-14", edit(origin=""), id="ISSUE-14: origin missing on an issue"),
    pytest.param("ISSUE-14", remove_statement, id="ISSUE-14: zero design issues without a statement"),
    pytest.param("ISSUE-14", edit(origin="design"), id="ISSUE-14: a none-statement that is not true"),
    pytest.param("ISSUE-16", edit(state="open", resolution=""), id="ISSUE-16: a verification issue still open"),
    pytest.param("ISSUE-16", edit(state="Parked"), id="ISSUE-16: a state the map does not know"),
    pytest.param(
        "ISSUE-16", edit(state="open", reopened="2026-11-19T09:00:00Z"), id="ISSUE-16: reopened after the last test run"
    ),
    pytest.param("ISSUE-26", edit(disclose=""), id="ISSUE-26: disclosure blank"),
    pytest.param("ISSUE-26", edit(disclose="undecided"), id="ISSUE-26: disclosure undecided"),
    pytest.param("ISSUE-26", edit(disclose_on="when the fix is out"), id="ISSUE-26: a date that is none"),
    pytest.param("ISSUE-26", edit(disclose="no", disclose_reason=""), id="ISSUE-26: no without reason"),
]


def test_all_in_order_passes_every_rule(product: Any) -> None:
    outcomes = {rule: (r.outcome, r.doubts, r.findings) for rule, r in product.results().items()}

    not_asked = {"ISSUE-17", "ISSUE-25"}  # nothing is deferred, nothing lies with a supplier
    for rule, (outcome, doubts, findings) in outcomes.items():
        expected = Outcome.NOT_APPLICABLE if rule in not_asked else Outcome.PASSED
        assert outcome is expected, (rule, doubts, findings)


@pytest.mark.parametrize(("rule", "spoil"), BAD)
@pytest.mark.parametrize("name", ["issues.json", "issues.csv"])
def test_bad_input_does_not_pass(product: Any, rule: str, spoil: Spoil, name: str) -> None:
    product.name = name

    spoil(product)

    assert product.outcome(rule) in (Outcome.FAILED, Outcome.UNDECIDED)


@pytest.mark.parametrize(("rule", "spoil"), BAD)
def test_it_is_the_planted_fault_that_is_told(product: Any, rule: str, spoil: Spoil) -> None:
    before = product.result(rule)
    spoil(product)
    after = product.result(rule)

    told = {f.message for f in after.findings} | set(after.doubts)
    assert told - {f.message for f in before.findings} - set(before.doubts)
    assert all(word.strip() for word in told)


@pytest.mark.parametrize("rule", ["ISSUE-08", "ISSUE-09", "ISSUE-10", "ISSUE-11", "ISSUE-12", "ISSUE-16", "ISSUE-26"])
@pytest.mark.parametrize(
    "spoil", [cut(100), empty, source(path="missing.json"), head(project="CART"), rows(lambda r: r[1:])]
)
def test_an_unproven_list_leaves_every_rule_about_issues_undecided(product: Any, rule: str, spoil: Spoil) -> None:
    spoil(product)

    assert product.outcome(rule) is Outcome.UNDECIDED


def test_unknown_words_count_as_open_and_critical(product: Any) -> None:
    product.edit("PUMP-7", state="Parked", severity="whatever")

    (finding,) = product.result("ISSUE-08").findings

    assert "counts as open (Parked" in finding.message
    assert finding.level == "critical"


def test_an_open_issue_can_be_decided_by_a_deviation(product: Any) -> None:
    product.edit("PUMP-7", state="open", resolution="")
    product.decide(product.result("ISSUE-08").findings[0])

    results = product.results()

    assert results["ISSUE-08"].outcome is Outcome.DEVIATED
    assert results["ISSUE-16"].outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"severity": "critical"}, "ISSUE-08"),
        ({"state": "closed", "resolution": "wont-fix"}, "ISSUE-09"),
    ],
)
def test_a_deviation_does_not_outlive_the_facts(product: Any, change: dict[str, str], word: str) -> None:
    product.edit("PUMP-7", state="open", resolution="")
    product.decide(product.result("ISSUE-08").findings[0])
    product.edit("PUMP-7", **change)

    assert product.outcome(word) is Outcome.FAILED


@pytest.mark.parametrize(
    "text", ["", "...", "…", "—", "－", "ＴＢＤ", "\u200b", "(to be determined)", "未定。", "**N/A**"]
)
def test_what_only_holds_the_place_of_an_answer_is_none(product: Any, text: str) -> None:
    """ISSUE-12: placeholder text in root cause, in whatever width and wrapping."""
    product.edit("PUMP-7", root_cause=text)

    assert [f.message for f in product.result("ISSUE-12").findings] == ["tracker#PUMP-7 does not say root cause"]


@pytest.mark.parametrize("text", ["none", "無", "0", "NA-12", "The length is not checked..."])
def test_a_short_answer_is_an_answer(product: Any, text: str) -> None:
    product.edit("PUMP-7", root_cause=text)

    assert product.outcome("ISSUE-12") is Outcome.PASSED


PEOPLE = [
    {"id": "a.ito", "name": "Ada Ito", "git": ["ada@example.org"], "roles": ["security"]},
    {"id": "b.mori", "name": "Ben Mori", "git": ["ben", "ben@example.org"], "roles": ["quality"]},
    {"id": "merger", "name": "Merger", "roles": ["security"], "bot": True},
]


@pytest.mark.parametrize(
    ("closer", "reviewer", "word"),
    [
        ("ben", "Ada Ito", ""),
        ("ada@example.org", "Ada Ito", "by one person"),
        ("ben@example.org", "B.Mori", "by one person"),
        ("Merger", "ben", "by a bot"),
        ("eve", "ben", "by eve, who is not among the people"),
    ],
)
def test_closer_and_reviewer_are_two_of_the_people(product: Any, closer: str, reviewer: str, word: str) -> None:
    """ISSUE-13: one person under two names is one, and a stranger is nobody."""
    product.tables["people"] = {"person": PEOPLE}
    product.edit("PUMP-8", closer=closer, reviewer=reviewer)

    found = [f.message for f in product.result("ISSUE-13").findings]

    assert len(found) == bool(word)
    assert all(word in message for message in found)


@pytest.mark.parametrize("reopened", ["2026-11-19", "2026-11-19 09:00", "19.11.2026"])
def test_a_reopening_that_cannot_be_dated_leaves_its_deviation_in_doubt(product: Any, reopened: str) -> None:
    """ISSUE-05: whether the issue was reopened after the approval is not known."""
    product.edit("PUMP-7", state="open", resolution="", reopened=reopened)
    assert product.outcome("ISSUE-05") is Outcome.PASSED  # nothing was decided yet

    product.decide(product.result("ISSUE-08").findings[0])
    result = product.result("ISSUE-05")

    assert result.outcome is Outcome.UNDECIDED
    assert result.doubts == (f"tracker#PUMP-7: reopened {reopened!r} is not a time with its zone",)


@pytest.mark.parametrize(
    ("closed", "later"),
    [
        ("2026-11-18T09:00:00Z", True),
        ("2026-11-16T23:59:00-12:00", False),  # the 15th and the 17th: two people far apart
        ("2026-11-10T09:00:00Z", False),
        ("", False),
    ],
)
def test_closed_once_more_after_the_decision_is_told(product: Any, closed: str, later: bool) -> None:
    """ISSUE-05: decided, opened again and closed in the same way; the tracker tells the last closing alone."""
    product.edit("PUMP-7", resolution="wont-fix", closed=closed)
    product.decide(product.result("ISSUE-09").findings[0])

    result = product.result("ISSUE-05")

    assert ["was closed once more" in f.message for f in result.findings] == [True] * later


def test_an_open_issue_that_was_closed_after_the_decision_was_opened_again(product: Any) -> None:
    """ISSUE-05: as Redmine tells it, which keeps the last closing."""
    product.edit("PUMP-7", state="open", resolution="", closed="2026-11-18T09:00:00Z")
    product.decide(product.result("ISSUE-08").findings[0])

    assert ["was closed and opened again" in f.message for f in product.result("ISSUE-05").findings] == [True]


def test_reopened_after_the_decision_is_told(product: Any) -> None:
    """ISSUE-05: an issue reopened after the approval."""
    product.edit("PUMP-7", state="open", resolution="", reopened="2026-11-19T09:00:00Z")
    product.decide(product.result("ISSUE-08").findings[0])

    assert product.outcome("ISSUE-05") is Outcome.FAILED


@pytest.mark.parametrize(
    ("original", "word"),
    [
        pytest.param({"state": "open", "resolution": ""}, "neither fixed nor decided", id="ISSUE-09: of an open issue"),
        pytest.param({"resolution": "duplicate", "duplicate_of": "PUMP-7"}, "ring", id="ISSUE-09: a ring"),
        pytest.param({"resolution": "duplicate"}, "does not say of which", id="ISSUE-09: of nothing"),
    ],
)
def test_duplicates_are_followed_to_their_original(product: Any, original: dict[str, str], word: str) -> None:
    product.edit("PUMP-7", resolution="duplicate", duplicate_of="PUMP-8")
    product.edit("PUMP-8", **original)

    assert any(word in f.message for f in product.result("ISSUE-09").findings)


def test_a_duplicate_of_its_own_id_is_a_ring(product: Any) -> None:
    """ISSUE-09: a duplicate of its own id."""
    product.edit("PUMP-7", resolution="duplicate", duplicate_of="PUMP-7")

    assert any("ring: tracker#PUMP-7 -> tracker#PUMP-7" in f.message for f in product.result("ISSUE-09").findings)


def test_a_duplicate_of_a_fixed_issue_still_needs_its_decision(product: Any) -> None:
    product.edit("PUMP-7", resolution="duplicate", duplicate_of="PUMP-8")
    (finding,) = product.result("ISSUE-09").findings
    product.decide(finding, decision="duplicate")

    assert product.outcome("ISSUE-09") is Outcome.DEVIATED


def test_a_fix_on_another_branch(product: Any, workspace: Any) -> None:
    """ISSUE-10: a fix on another branch."""
    workspace.git("checkout", "-q", "-b", "side")
    side = workspace.commit("Fix elsewhere", side__py="pass\n")
    workspace.git("checkout", "-q", "main")
    product.edit("PUMP-7", fix_commits=[side])

    assert ["which is not in the release" in f.message for f in product.result("ISSUE-10").findings] == [True]


def test_a_fix_that_was_reverted(product: Any, workspace: Any) -> None:
    """ISSUE-10: a fix reverted before the release."""
    workspace.git("revert", "--no-edit", product.commit)

    assert all("reverted before the release" in f.message for f in product.result("ISSUE-10").findings)
    assert product.outcome("ISSUE-10") is Outcome.FAILED


def test_a_revert_that_was_taken_back_counts_as_fixed(product: Any, workspace: Any) -> None:
    workspace.git("revert", "--no-edit", product.commit)
    workspace.git("revert", "--no-edit", "HEAD")

    assert product.outcome("ISSUE-10") is Outcome.PASSED


def test_a_shallow_clone_cannot_tell(product: Any, workspace: Any, tmp_path: Any) -> None:
    """ISSUE-10: a shallow clone."""
    workspace.commit("One more")
    workspace.git("clone", "-q", "--depth", "1", f"file://{workspace.root}", str(tmp_path / "clone"))
    product.root = tmp_path / "clone"

    assert product.outcome("ISSUE-10") is Outcome.UNDECIDED


def test_no_repository_cannot_tell(product: Any, tmp_path: Any) -> None:
    product.root = tmp_path / "bare"
    product.root.mkdir()

    assert product.outcome("ISSUE-10") is Outcome.UNDECIDED


def test_without_any_test_report_a_named_test_is_in_doubt(product: Any) -> None:
    product.facts = Facts(source=SourceFact(commit=product.commit, committed="2026-11-15T08:00:00+00:00"))

    result = product.result("ISSUE-10")

    assert (result.outcome, result.findings) == (Outcome.UNDECIDED, ())
    assert "no test report was read" in result.doubts[0]


def test_an_empty_list_passes_with_control_issue_and_none_statement(product: Any) -> None:
    product.rows = product.rows[:1]
    product.head["none_statement"] = {"text": "No issue was found.", "by": "Ada Example", "on": "2026-11-20"}
    origins = ("requirements", "design", "implementation", "verification", "defect-management")
    product.policy["none-statements"] = [
        {"origin": o, "text": "looked, none found", "by": "Ada", "on": product.now.date()} for o in origins
    ]

    outcomes = {rule: r.outcome for rule, r in product.results().items()}

    assert set(outcomes.values()) == {Outcome.PASSED, Outcome.NOT_APPLICABLE}
    assert [r for r, o in outcomes.items() if o is Outcome.NOT_APPLICABLE] == ["ISSUE-17", "ISSUE-25"]


def test_no_source_at_all_is_undecided_everywhere(product: Any) -> None:
    product.policy["sources"] = []

    outcomes = {rule: r.outcome for rule, r in product.results().items()}

    assert outcomes == dict.fromkeys(outcomes, Outcome.UNDECIDED)


def test_evidence_without_one_of_the_sources_proves_nothing(product: Any) -> None:
    product.write()
    evidence = product.collect()
    product.policy["sources"] = [{**product.document_source(), "id": name} for name in ("tracker", "second")]

    judged = {j.rule: j for j in CHECK.judge(evidence, product.params(), product.case(evidence))}

    assert "second: was not asked" in judged["ISSUE-07"].doubts
    assert "second: was not asked" in judged["ISSUE-08"].doubts


STATES = st.sampled_from(
    [("closed", "fixed"), ("closed", "wont-fix"), ("closed", ""), ("open", ""), ("Parked", "fixed")]
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STATES, max_size=5), st.sampled_from(list(Level)))
def test_only_fixed_passes_alone(product: Any, states: list[tuple[str, str]], level: Level) -> None:
    commit = product.commit
    product.rows = product.rows[:1] + [
        {**product.rows[0], "id": f"PUMP-{n}", "fix_commits": [commit], "severity": level, "state": s, "resolution": r}
        for n, (s, r) in enumerate(states, start=10)
    ]
    product.head["none_statement"] = None if states else {"text": "none found", "by": "Ada", "on": "2026-11-20"}

    results = product.results()

    passed = results["ISSUE-08"].outcome is results["ISSUE-09"].outcome is Outcome.PASSED
    assert passed == all(pair == ("closed", "fixed") for pair in states)


def test_policy_words_extend_the_known_ones_but_never_replace_them(product: Any) -> None:
    product.source["words"] = {"states": {"Parked": "closed", "open": "closed"}, "severities": {"Minor": "low"}}
    product.edit("PUMP-7", state="parked", resolution="fixed")
    product.edit("PUMP-8", state="open", resolution="")

    results = product.results()

    assert results["ISSUE-04"].outcome is Outcome.PASSED
    assert [f.where.pointer for f in results["ISSUE-08"].findings] == ["tracker#PUMP-8"]


def test_policy_may_ask_for_more_fields(product: Any) -> None:
    product.policy["fields"] = {"high": ["risk-ref"]}

    assert [f.where.pointer for f in product.result("ISSUE-12").findings] == ["tracker#PUMP-8"]


def test_facts_tell_every_issue_but_the_control(product: Any) -> None:
    product.write()

    facts = CHECK.facts(product.collect(), product.params())

    assert [i.id for i in facts.issues] == ["tracker#PUMP-7", "tracker#PUMP-8"]
    assert [i.state for i in facts.issues] == ["closed", "closed"]

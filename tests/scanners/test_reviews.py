"""Who looked at the code (CODE-07, CODE-09) and whether anything was quietly loosened (CODE-08)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.model.check import Case, Product
from gatekeeper.model.deviation import Deviation, Person
from gatekeeper.model.facts import Facts, IssueFact, SourceFact
from gatekeeper.model.words import Level, Mode
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.scanners import coding_policy
from gatekeeper.scanners.coding_policy import PolicyFile
from gatekeeper.scanners.evidence import CodingEvidence
from gatekeeper.scanners.exclusions import Excluded
from gatekeeper.scanners.judge_findings import hits
from gatekeeper.scanners.judge_reviews import before, judge_changes, judge_growth, judge_implementation
from gatekeeper.scanners.results import Comment, FileScan, Issue
from gatekeeper.scanners.reviews import (
    Before,
    Commit,
    Exempt,
    Implementation,
    Merge,
    Merges,
    Review,
    Reviewer,
    Reviews,
    collect,
)
from gatekeeper.scanners.scan import Scan
from gatekeeper.scanners.sources import Selection
from gatekeeper.scanners.toolchain import Toolchain

A, B, C = "a" * 40, "b" * 40, "c" * 40
PEOPLE = {"ada@example.invalid": "ada", "ada@home.invalid": "ada", "bo@example.invalid": "bo"}
COMMITS = (Commit(B, ("ada",)), Commit(A, ("ada",)))
APPROVED = Review("bo@example.invalid", "approved", B)
GOOD = Merge("!1", (A, B), C, (APPROVED,))
SHIPPED = coding_policy.parse(coding_policy.shipped().read_bytes())[0]


def evidence(**changes: Any) -> CodingEvidence:
    fields: dict[str, Any] = {
        "policy": PolicyFile("coding.toml", "11", SHIPPED),
        "selection": Selection("git", C, ("a.py",)),
        "scan": Scan(Toolchain("1.9.4", "3.11.7", ("B101",)), "fast", (FileScan("a.py", "00"),)),
        "reviews": Reviews(COMMITS, people=PEOPLE, merges=Merges(1, 1, (GOOD,))),
    }
    return CodingEvidence(**(fields | changes))


def merged(*merges: Merge, total: int = 1, commits: tuple[Commit, ...] = COMMITS) -> CodingEvidence:
    return evidence(reviews=Reviews(commits, people=PEOPLE, merges=Merges(1, total, merges)))


def case(previous: str = "", **changes: Any) -> Case:
    product = Product(name="pump-link", version="2.1.0", manufacturer="Example Devices", previous_version=previous)
    facts = Facts(
        source=SourceFact(authors=("ada@example.invalid",)), issues=(IssueFact("PL-1", "t", "open", "o", "low"),)
    )
    return Case(
        product=product,
        rulebook=rulebook(),
        now=datetime(2026, 12, 1, tzinfo=UTC),
        mode=Mode.CI,
        facts=facts,
        **changes,
    )


def test_code_07_a_change_approved_by_somebody_else_passes() -> None:
    judgement = judge_changes(merged(GOOD), ())

    assert not judgement.findings
    assert not judgement.doubts
    assert "2 commits in 1 merged changes" in judgement.observed[0]


@pytest.mark.parametrize(
    ("merge", "reason"),
    [
        pytest.param(Merge("!1", (A,), C, (Review("bo@example.invalid", "approved", A),)), "pushed directly", id="CODE-07: a direct push"),
        pytest.param(Merge("!1", (A, B), C), "without an approving review", id="no review"),
        pytest.param(Merge("!1", (A, B), C, (Review("bo@example.invalid", "commented", B),)),
                     "without an approving", id="a comment is no approval"),
        pytest.param(Merge("!1", (A, B), C, (Review("ada@home.invalid", "approved", B),)),
                     "its own authors", id="CODE-07: an approval by the author under a second address"),
        pytest.param(Merge("!1", (A, B), C, (Review("Ada@Example.invalid", "approved", B),)),
                     "its own authors", id="the author's address in capitals"),
        pytest.param(Merge("!1", (A, B), C, (Review("bo@example.invalid", "approved", A),)),
                     "changed after its approval", id="CODE-07: an approval given before the last push"),
        pytest.param(Merge("!1", (A, B), C, (Review(" ", "approved", B),)),
                     "without an approving review", id="an approval by nobody"),
        pytest.param(Merge("!1", (A, B), C, (Review("bo@example.invalid", "approved", B),
                                             Review("Bo@example.invalid", "changes_requested", B))),
                     "without an approving review", id="an approval taken back"),
    ],
)  # fmt: skip
def test_code_07_a_change_that_nobody_else_reviewed_is_a_finding(merge: Merge, reason: str) -> None:
    found = judge_changes(merged(merge), ()).findings

    assert found
    assert all(reason in each.message for each in found)


def test_code_07_merge_records_cut_at_the_first_page_are_undecided() -> None:
    assert "cut off" in judge_changes(merged(GOOD, total=2), ()).doubts[0]


def test_code_07_an_approval_after_a_request_for_changes_stands() -> None:
    said = [Review("bo@example.invalid", state, B) for state in ("changes_requested", "approved", "commented")]

    assert not judge_changes(merged(Merge("!1", (A, B), C, tuple(said))), ()).findings


@pytest.mark.parametrize(
    ("reviews", "word"),
    [
        pytest.param(Reviews(COMMITS, merges_fault="m.json: not JSON"), "cannot be read", id="unreadable"),
        pytest.param(Reviews(history_fault="cut off"), "history", id="no history"),
        pytest.param(Reviews((), merges=Merges(1, 0, ())), "no commit", id="no commits"),
    ],
)
def test_code_07_what_cannot_be_read_is_undecided(reviews: Reviews, word: str) -> None:
    assert word in judge_changes(evidence(reviews=reviews), ()).doubts[0]


def test_code_07_without_merge_records_there_is_a_remark() -> None:
    reviews = Reviews(COMMITS, merges_fault="the policy names none")

    assert judge_changes(evidence(reviews=reviews), ()).findings


def test_code_07_a_commit_is_excused_with_a_reason_only() -> None:
    direct = merged(Merge("!1", (A,), C, (Review("bo@example.invalid", "approved", A),)))

    assert not judge_changes(direct, (Exempt(B, "the version's number"),)).findings
    assert judge_changes(direct, (Exempt(B, " "),)).findings


def hidden(count: int) -> tuple[FileScan, ...]:
    issues = tuple(
        Issue("B602", "x", "HIGH", "HIGH", 78, "t", n, n, n, 0, 1, hidden_by=n, anchor=f"{n:016}")
        for n in range(1, count + 1)
    )
    comments = tuple(Comment(n, 0, "# nosec B602 DEV-2026-014") for n in range(1, count + 1))
    return (FileScan("a.py", "00", issues=issues, comments=comments),)


def with_hidden(count: int, then: Before | None, **changes: Any) -> CodingEvidence:
    scan = Scan(Toolchain("1.9.4", "3.11.7", ("B101",)), "fast", hidden(count))
    return evidence(scan=scan, reviews=Reviews(before=then), **changes)


def test_code_08_ten_new_comments_under_one_old_deviation_are_findings() -> None:
    assert SHIPPED
    first = next(iter(hits(hidden(1), SHIPPED))).finding
    person = Person("Ada Example", "ada@example.invalid")
    old = Deviation(
        id="DEV-2026-014", rule="CODE-01", finding=first.fingerprint, decision="accept", justification="j", risk_ref="R",
        severity=Level.HIGH, author=person, approved_by=(person,), approved_on=date(2026, 11, 20),
        expires=date(2026, 12, 20), releases=("2.1.0",),
    )  # fmt: skip
    then = before(with_hidden(1, None))

    found = judge_growth(with_hidden(11, then), case("2.0.0", deviations=(old,))).findings

    assert len(found) == 10


def test_code_08_no_more_than_before_passes() -> None:
    judgement = judge_growth(with_hidden(3, before(with_hidden(3, None))), case("2.0.0"))

    assert not judgement.findings
    assert "before: 3 suppressions" in judgement.observed[0]


def test_code_08_a_new_exclusion_is_a_finding() -> None:
    selection = Selection("git", C, ("a.py",), excluded=(Excluded("tests", "not shipped", 3),))

    found = judge_growth(with_hidden(0, Before(), selection=selection), case("2.0.0")).findings

    assert [each.message for each in found] == ["a new exclusion: tests"]


def test_code_08_a_missing_or_unreadable_previous_record_does_not_pass() -> None:
    assert judge_growth(with_hidden(0, None), case("2.0.0")).findings
    assert judge_growth(with_hidden(0, Before(fault="no such file")), case("2.0.0")).doubts
    assert not judge_growth(with_hidden(0, None), case()).findings  # the first release


RECORD = Implementation(
    1, "2.1.0", Reviewer("Bo Example", "bo@example.invalid"), date(2026, 11, 30),
    ("security-requirements", "interfaces", "trust-boundaries", "coding-policy"), ("PL-1",),
)  # fmt: skip


def reviewed(**changes: Any) -> CodingEvidence:
    record = msgspec.structs.replace(RECORD, **changes)
    return evidence(reviews=Reviews(COMMITS, people=PEOPLE, implementation=record))


def test_code_09_a_review_of_this_version_by_somebody_else_passes() -> None:
    judgement = judge_implementation(reviewed(), case())

    assert not judgement.findings
    assert "Bo Example on 2026-11-30 for 2.1.0" in judgement.observed[0]
    assert not judge_implementation(reviewed(findings=(), none="Nothing was found."), case()).findings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"version": "2.0.0"}, "is of version 2.0.0", id="CODE-09: a review of the previous version"),
        pytest.param({"reviewer": Reviewer("Ada", "ada@home.invalid")}, "cannot review", id="CODE-09: by the author"),
        pytest.param({"reviewer": Reviewer(" ", "x")}, "not named", id="by nobody"),
        pytest.param({"findings": ("",)}, "is no issue", id="CODE-09: a finding without issue id"),
        pytest.param({"findings": ("PL-99",)}, "is no issue", id="an issue that is not there"),
        pytest.param({"findings": ()}, "does not state", id="silence about findings"),
        pytest.param({"reviewed": date(2026, 12, 2)}, "to come", id="a date to come"),
        pytest.param({"looked_at": ("interfaces",)}, "coding-policy were looked at", id="not everything was looked at"),
    ],
)
def test_code_09_a_review_that_does_not_hold_is_a_finding(changes: dict[str, Any], message: str) -> None:
    found = judge_implementation(reviewed(**changes), case()).findings

    assert message in " ".join(each.message for each in found)


def test_code_09_missing_is_a_remark_and_unreadable_is_undecided() -> None:
    assert judge_implementation(
        evidence(reviews=Reviews(implementation_fault="the policy names none")), case()
    ).findings
    assert judge_implementation(evidence(reviews=Reviews(implementation_fault="r.toml: bad")), case()).doubts


def test_everything_is_collected_from_the_repository(workspace: Any) -> None:
    first = workspace.commit("First")
    workspace.write(
        "merges.json", f'{{"schema": 1, "total": 1, "merges": [{{"id": "!1", "commits": [], "merged": "{A}"}}]}}'
    )
    workspace.write("review.toml", 'schema = 1\nversion = "2.1.0"\nreviewed = 2026-11-30\nlooked-at = []\n'
                    'reviewer = {name = "Bo", id = "bo"}\n')  # fmt: skip
    second = workspace.commit("Second")
    tables = {"people": {"person": [{"id": "ada", "name": "Ada Example", "organisation": "E", "roles": [],
                                     "git": ["ada@example.invalid"]}]}}  # fmt: skip

    found = collect(workspace.root, tables, first, "merges.json", "review.toml")

    assert found.commits == (Commit(second, ("ada",)),)
    assert found.merges
    assert found.implementation
    assert [found.history_fault, found.merges_fault, found.implementation_fault] == ["", "", ""]


@pytest.mark.parametrize(
    ("merges", "review"), [("missing.json", "missing.toml"), ("../m.json", "../r.toml"), ("bad", "bad"), ("", "")]
)
def test_what_is_missing_outside_or_broken_is_said(workspace: Any, merges: str, review: str) -> None:
    workspace.write("bad", "{ [")
    workspace.commit()

    found = collect(workspace.root, {}, "", merges, review)

    assert found.merges is None
    assert found.merges_fault
    assert found.implementation is None
    assert found.implementation_fault


def test_a_history_that_is_not_there_is_said(tmp_path: Path, workspace: Any) -> None:
    workspace.commit()

    assert collect(tmp_path, {}, "", "", "").history_fault
    assert collect(workspace.root, {}, "v9", "", "").history_fault

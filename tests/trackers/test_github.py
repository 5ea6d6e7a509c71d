"""The five GitHub adapters against a stateful fake: every trap that concerns them is planted, and none is a zero."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from gatekeeper.trackers import (
    Disposition,
    github_advisories,
    github_code_scanning,
    github_dependabot,
    github_issues,
    github_secret_scanning,
)
from tests.trackers.fakes import github as make
from tests.trackers.fakes.github import FakeGitHub
from tests.trackers.fakes.server import Say

LISTS = {
    "issues": "/issues[?]",
    "code": "code-scanning/alerts",
    "dependabot": "dependabot/alerts",
    "secrets": "secret-scanning/alerts",
    "advisories": "security-advisories",
}
KINDS = tuple(LISTS)


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """130 rows in every list, all in order; row 1 is the control."""
    with FakeGitHub() as running:
        running.add_issues(130)
        running.code = [make.code_alert(n) for n in range(1, 131)]
        running.analyses = [make.analysis()]
        running.dependabot = [make.dependabot_alert(n) for n in range(1, 131)]
        running.secrets = [make.secret_alert(n) for n in range(1, 131)]
        running.advisories = [make.advisory(f"GHSA-{n}", state="published") for n in range(2, 131)]
        running.advisories += [make.advisory("GHSA-1")]
        yield running


def source(github: FakeGitHub, kind: str, **more: Any) -> Any:
    common: dict[str, Any] = {
        "id": kind,
        "server": github.url,
        "project": "example/pump",
        "account": "gate-bot",
        "token_env": "TRACKER_TOKEN",
        "control": "1",
    }
    match kind:
        case "issues":
            fields = {"fix-commits": "Fix commit", "cwe": "CWE"}
            given = {"labels": ("security",), "fields": fields} | more
            return github_issues.Params(**(common | given))
        case "code":
            given = {"ref": "refs/heads/main", "tools": ("CodeQL",)} | more
            return github_code_scanning.Params(**(common | given))
        case "dependabot":
            return github_dependabot.Params(**(common | more))
        case "secrets":
            return github_secret_scanning.Params(**(common | more))
    return github_advisories.Params(**(common | {"control": "GHSA-1"} | more))


def rows(github: FakeGitHub, kind: str) -> list[dict[str, Any]]:
    found = getattr(github, kind)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_list_is_proven(github: FakeGitHub, gate: Any, kind: str) -> None:
    asked = source(github, kind)

    answer = gate.ask(asked)

    assert gate.doubts(asked) == {}
    assert len({i.id for i in answer.issues}) == answer.declared_total == 130
    assert answer.end_proof
    others = {i.disposition for i in answer.issues if i.id not in ("1", "GHSA-1")}
    assert others == {Disposition.FIXED}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(lambda gh: gh.repository.update(full_name="other/pump"), "is not there", id="ISSUE-03: renamed"),
        pytest.param(lambda gh: gh.repository.update(archived=True), "is archived", id="ISSUE-03: archived"),
        pytest.param(lambda gh: gh.tokens.clear(), "answers 401", id="ISSUE-03: bad token"),
        pytest.param(lambda gh: gh.tokens.update({"key-full": "eve"}), "takes us for 'eve'", id="ISSUE-03: account"),
        pytest.param(
            lambda gh: gh.always(r"pump\?", Say(301, {}, {"Location": "https://elsewhere.example.org"})),
            "it has moved",
            id="ISSUE-03: a renamed or transferred repository answering 301",
        ),
    ],
)
def test_a_wrong_place_is_no_zero(github: FakeGitHub, gate: Any, kind: str, change: Any, word: str) -> None:
    change(github)

    assert word in gate.refused(source(github, kind))


def status(code: int, message: str = "", **headers: str) -> Callable[[Say], Say]:
    return lambda _say: Say(code, {"message": message}, headers)


def elsewhere(say: Say) -> Say:
    return Say(200, say.body, {"Link": '<https://elsewhere.example.org/api/v3/x?page=2>; rel="next"'})


def to_itself(say: Say) -> Say:
    return Say(200, say.body, say.headers | {"Link": _loop(say.headers.get("Link", ""))})


def _loop(link: str) -> str:
    return link.replace("page=2", "page=1").replace("after=100", "after=0") or link


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        pytest.param(status(403, "disabled for this repository"), "disabled", id="ISSUE-07: 403 disabled"),
        pytest.param(
            status(403, "Resource not accessible by integration"), "not accessible", id="ISSUE-07: permission"
        ),
        pytest.param(status(404, "no analysis found"), "answers 404", id="ISSUE-07: 404 no analysis found"),
        pytest.param(status(410, "Gone"), "answers 410", id="410"),
        pytest.param(status(301, Location="https://x.example.org"), "it has moved", id="ISSUE-03: 301 of the list"),
        pytest.param(status(429, **{"Retry-After": "900"}), "asks to wait 900 s", id="ISSUE-04: a rate-limit answer"),
        pytest.param(status(403, **{"Retry-After": "900"}), "asks to wait 900 s", id="ISSUE-04: secondary limit"),
        pytest.param(status(503), "gives no answer", id="503 for ever"),
        pytest.param(lambda say: Say(raw=b"<html>", kind="text/html"), "not JSON", id="ISSUE-04: HTML with 200"),
        pytest.param(lambda say: Say(raw=b'[{"number":1}'), "not readable JSON", id="half a JSON"),
        pytest.param(lambda say: Say(body={"message": "ok"}), "no list", id="ISSUE-04: an object where a list is due"),
        pytest.param(lambda say: Say(raw=b'[{"number":1,"number":2}]'), "stands twice", id="duplicate keys"),
        pytest.param(lambda say: Say(body=[]), "did not come back", id="ISSUE-02: an empty list"),
        pytest.param(lambda say: Say(raw=say.data(), cut=10), "did not answer", id="a cut answer"),
        pytest.param(elsewhere, "leads to https://elsewhere", id="ISSUE-01: a next link to another host"),
        pytest.param(to_itself, "a second time", id="ISSUE-01: a repeated page token"),
    ],
)
def test_a_strange_list_is_no_zero(github: FakeGitHub, gate: Any, kind: str, spoil: Any, word: str) -> None:
    github.always(LISTS[kind], spoil)

    assert word in gate.refused(source(github, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_trouble_that_passes_is_asked_again(github: FakeGitHub, gate: Any, kind: str) -> None:
    github.fail(LISTS[kind], status(500), status(429, **{"Retry-After": "1"}))

    answer = gate.ask(source(github, kind))

    assert (answer.stopped, answer.retries) == (None, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_that_grows_while_it_is_read_is_read_again(github: FakeGitHub, gate: Any, kind: str) -> None:
    new = dict(rows(github, kind)[5])
    new["ghsa_id" if kind == "advisories" else "number"] = "GHSA-999" if kind == "advisories" else 999
    pattern = LISTS[kind] + (".*published.*after" if kind == "advisories" else ".*(&page=2|after=)")
    github.before(pattern, 1, lambda: rows(github, kind).insert(0, new))

    answer = gate.ask(source(github, kind))

    assert answer.restarts == 1
    assert len({i.id for i in answer.issues}) == answer.declared_total == 131


@pytest.mark.parametrize("kind", ["issues", "code", "secrets", "dependabot"])
def test_one_gone_and_one_new_between_two_pages_is_read_again(github: FakeGitHub, gate: Any, kind: str) -> None:
    """ISSUE-01: the count stands still, and a row would slip through between the pages."""

    def swap() -> None:
        gone = rows(github, kind).pop(5)
        rows(github, kind).append({**gone, "number": 999})

    github.before(LISTS[kind] + ".*(&page=2$|after=)", 1, swap)

    answer = gate.ask(source(github, kind))

    assert (answer.restarts, answer.declared_total) == (1, 130)
    assert "101" in {i.id for i in answer.issues}


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_that_never_rests_is_undecided(github: FakeGitHub, gate: Any, kind: str) -> None:
    pattern = LISTS[kind] + (".*published.*after" if kind == "advisories" else ".*(&page=2|after=)")
    for n in range(1, 20):
        new = dict(rows(github, kind)[5])
        new["ghsa_id" if kind == "advisories" else "number"] = f"GHSA-{900 + n}" if kind == "advisories" else 900 + n
        github.before(pattern, n, lambda new=new: rows(github, kind).append(new))

    assert "moved in each of 3 readings" in gate.refused(source(github, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_links_that_get_lost_are_no_end(github: FakeGitHub, gate: Any, kind: str) -> None:
    """ISSUE-01: whatever stands between passes no Link on, and every reading ends after the first page."""
    github.always(LISTS[kind], lambda say: Say(200, say.body))

    assert "moved in each of 3 readings" in gate.refused(source(github, kind))


def test_an_advisory_that_goes_to_a_state_read_before_is_read_again(github: FakeGitHub, gate: Any) -> None:
    """ISSUE-01: a closed one is opened again after the drafts were read, and before the closed ones are."""
    opened = github.advisories[7]
    opened["state"] = "closed"
    github.before("state=closed", 1, lambda: opened.update(state="draft"))

    answer = gate.ask(source(github, "advisories"))

    assert (answer.restarts, answer.declared_total) == (1, 130)
    assert [i.id for i in answer.issues if not i.disposition.closed] == [opened["ghsa_id"]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_silently_smaller_page_loses_nothing(github: FakeGitHub, gate: Any, kind: str) -> None:
    """ISSUE-01: a page size silently capped by the server."""
    github.cap = 37

    assert gate.ask(source(github, kind)).declared_total == 130


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_state_is_unknown(github: FakeGitHub, gate: Any, kind: str) -> None:
    """ISSUE-04: a new workflow state the map does not know."""
    if kind == "advisories":  # states are asked for one by one: a new word comes as something else
        github.always("state=draft", lambda say: Say(200, [make.advisory("GHSA-9", state="parked")]))
    else:
        rows(github, kind)[7]["state"] = "parked"

    assert "state 'parked'" in gate.refused(source(github, kind))


# --- issues


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"labels": ("securty",)}, "answers 404"),
        ({"labels": ("security", "nope")}, "answers 404"),
        ({"milestone": "2.4"}, "milestone '2.4' is not there"),
        ({"project": "pump"}, "is not owner/name"),
        ({"project": "example/other"}, "answers 404"),
        ({"control": "999"}, "did not come back"),
        ({"control_marks": ("confidential",)}, "it lost confidential"),
    ],
    ids=["ISSUE-03: a misspelt label", "one of two labels", "milestone", "no owner", "project", "control", "marks"],
)
def test_a_wrong_name_is_no_zero(github: FakeGitHub, gate: Any, more: dict[str, Any], word: str) -> None:
    assert word in gate.refused(source(github, "issues", **more))


def test_a_milestone_is_found_among_many(github: FakeGitHub, gate: Any) -> None:
    github.milestones = {**{f"1.{n}": 1000 + n for n in range(150)}, **github.milestones}

    assert gate.doubts(source(github, "issues", milestone="2.4.0")) == {}


def test_pull_requests_are_no_issues(github: FakeGitHub, gate: Any) -> None:
    """ISSUE-01: pull requests counted as issues."""
    github.add_issues(3, pull_request={"url": "x"}, state="open")

    answer = gate.ask(source(github, "issues"))

    assert answer.declared_total == len(answer.issues) == 130


@pytest.mark.parametrize(
    ("fields", "disposition"),
    [
        pytest.param({"state": "open", "state_reason": None}, Disposition.OPEN, id="open"),
        pytest.param({"state": "open", "state_reason": "reopened"}, Disposition.OPEN, id="reopened"),
        pytest.param({"state_reason": "completed"}, Disposition.FIXED, id="completed"),
        pytest.param({"state_reason": "not_planned"}, Disposition.NOT_FIXED, id="ISSUE-09: not planned"),
        pytest.param({"state_reason": None}, Disposition.NOT_FIXED, id="ISSUE-09: closed without a reason"),
        pytest.param({"state_reason": "duplicate"}, Disposition.DUPLICATE, id="ISSUE-09: duplicate"),
        pytest.param({"state_reason": "tidied"}, Disposition.UNKNOWN, id="ISSUE-04: a new reason"),
    ],
)
def test_issue_dispositions(github: FakeGitHub, gate: Any, fields: dict[str, Any], disposition: Disposition) -> None:
    github.issues[7].update(fields)

    assert gate.ask(source(github, "issues")).issues[7].disposition is disposition


def test_the_commit_comes_from_the_field_or_the_closing_event(github: FakeGitHub, gate: Any) -> None:
    github.issues[7]["body"] = "no form"
    github.timelines[8] = [
        {"event": "closed", "commit_id": "d" * 40},
        {"event": "reopened"},
        {"event": "closed", "commit_id": "b" * 40},
    ]
    github.issues[8]["body"] = None

    issues = gate.ask(source(github, "issues")).issues

    assert [i.fix_commits for i in issues[6:9]] == [("a" * 40,), ("b" * 40,), ()]
    assert github.asked("timeline") == 2


def test_the_last_closing_counts_on_whatever_page_of_the_timeline(github: FakeGitHub, gate: Any) -> None:
    """ISSUE-10: closed by a commit, reopened, and closed by another one after a hundred remarks."""
    remarks = [{"event": "commented"}] * 120
    closings = [{"event": "closed", "commit_id": "d" * 40}, {"event": "reopened"}]
    github.timelines[8] = [*closings, *remarks, {"event": "closed", "commit_id": "b" * 40}]
    github.issues[7]["body"] = "no form"

    assert gate.ask(source(github, "issues")).issues[7].fix_commits == ("b" * 40,)


def test_an_issue_says_when_it_was_opened_again(github: FakeGitHub, gate: Any) -> None:
    """ISSUE-05: an issue reopened after the approval."""
    github.issues[7].update(state="open", state_reason="reopened")
    github.timelines[8] = [
        {"event": "reopened", "created_at": "2026-11-12T09:00:00Z"},
        {"event": "closed", "commit_id": None},
        {"event": "reopened", "created_at": "2026-11-18T09:00:00Z"},
    ]

    issue = gate.ask(source(github, "issues")).issues[7]

    assert (issue.disposition, issue.reopened) == (Disposition.OPEN, "2026-11-18T09:00:00Z")


@pytest.mark.parametrize("reason", ["not_planned", "duplicate", None])
@pytest.mark.parametrize("commits", [True, False])
def test_an_issue_closed_without_a_fix_says_when_it_was_opened_again(
    github: FakeGitHub, gate: Any, reason: str | None, commits: bool
) -> None:
    """ISSUE-05: decided, opened again, and closed in the same way: the decision is older than what is known now."""
    github.issues[7].update(state_reason=reason)
    github.timelines[8] = [
        {"event": "closed", "commit_id": None},
        {"event": "reopened", "created_at": "2026-11-18T09:00:00Z"},
        {"event": "closed", "commit_id": None},
    ]

    issue = gate.ask(source(github, "issues", commits_from_timeline=commits)).issues[7]

    assert issue.reopened == "2026-11-18T09:00:00Z"
    assert github.asked("timeline") == 1


def test_the_timeline_of_what_is_fixed_is_asked_for_its_commit_alone(github: FakeGitHub, gate: Any) -> None:
    github.issues[7]["body"] = "no form"

    gate.ask(source(github, "issues", commits_from_timeline=False))

    assert github.asked("timeline") == 0


@pytest.mark.parametrize(
    ("labels", "level", "known"),
    [
        (("security", "severity: high"), "high", True),
        (("security",), "critical", False),
        (("security", "severity: low", "severity: high"), "critical", False),
        (("security", "severity: whatever"), "critical", False),
    ],
)
def test_severity_by_label(github: FakeGitHub, gate: Any, labels: tuple[str, ...], level: str, known: bool) -> None:
    github.issues[7]["labels"] = [{"name": name} for name in labels]

    issue = gate.ask(source(github, "issues")).issues[7]

    assert (issue.level, not issue.unread) == (level, known)


def test_the_label_of_an_open_issue_was_removed_from_the_control(github: FakeGitHub, gate: Any) -> None:
    github.issues[0]["labels"] = []

    assert "did not come back" in gate.refused(source(github, "issues"))


def test_a_workflow_token_counts_by_its_permissions(github: FakeGitHub, gate: Any) -> None:
    gate.env["TRACKER_TOKEN"] = "key-job"
    asked = source(github, "issues", account="github-actions[bot]")
    assert gate.doubts(asked) == {}

    del github.repository["permissions"]
    assert "answers as to nobody" in gate.refused(asked)


# --- alerts


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(lambda a: a.clear(), "did not analyse", id="ISSUE-07: no analysis at all"),
        pytest.param(lambda a: a[0].update(commit_sha="d" * 40), "did not analyse", id="ISSUE-07: another commit"),
        pytest.param(lambda a: a[0].update(ref="refs/heads/x"), "did not analyse", id="ISSUE-07: another branch"),
        pytest.param(lambda a: a[0].update(error="out of memory"), "has an error", id="an analysis with an error"),
        pytest.param(lambda a: a[0].update(warning="partial"), "has a warning", id="an analysis with a warning"),
        pytest.param(lambda a: a[0].pop("error"), "has an error", id="an analysis that says nothing of errors"),
    ],
)
def test_the_release_commit_was_analysed(github: FakeGitHub, gate: Any, change: Any, word: str) -> None:
    change(github.analyses)

    assert word in gate.refused(source(github, "code"))


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"commit_sha": "d" * 40, "created_at": "2026-11-11T09:00:00Z"}, "by CodeQL is of dddddddddddd"),
        ({"commit_sha": "d" * 40, "category": "/language:c", "created_at": "2026-10-01T09:00:00Z"}, "(/language:c)"),
        ({"category": "/language:c", "error": "out of memory"}, "(/language:c) has an error"),
    ],
    ids=["a later commit", "a category that was left out", "a category that failed"],
)
def test_the_last_analysis_of_every_category_is_of_the_release(
    github: FakeGitHub, gate: Any, fields: dict[str, Any], word: str
) -> None:
    """ISSUE-07: alerts are told as of the last analysis of the ref, whatever the release commit held."""
    github.analyses.insert(0, make.analysis(id=2, **fields))

    assert word in gate.refused(source(github, "code"))


def test_an_analysis_done_again_without_the_error_counts(github: FakeGitHub, gate: Any) -> None:
    github.analyses.append(make.analysis(id=2, error="out of memory", created_at="2026-11-01T09:00:00Z"))
    github.analyses.append(make.analysis(id=3, commit_sha="d" * 40, created_at="2026-10-01T09:00:00Z"))

    assert gate.doubts(source(github, "code")) == {}


def test_every_required_tool_analysed_it(github: FakeGitHub, gate: Any) -> None:
    assert "Bandit did not analyse" in gate.refused(source(github, "code", tools=("CodeQL", "Bandit")))
    assert "no tool is named" in gate.refused(source(github, "code", tools=()))


def test_the_analyses_are_the_proof_of_sight(github: FakeGitHub, gate: Any) -> None:
    github.code = []

    assert gate.doubts(source(github, "code", control="")) == {}


def test_code_alerts_of_the_default_branch_only(github: FakeGitHub, gate: Any) -> None:
    """ISSUE-07: code scanning asked on the default branch only."""
    gate.ask(source(github, "code"))

    lists = [s for s in github.seen if s.path.endswith("/code-scanning/alerts")]
    assert {s.query["ref"] for s in lists} == {"refs/heads/main"}
    assert not any("state" in s.query for s in lists)


@pytest.mark.parametrize(
    ("alert", "on_ref", "disposition"),
    [
        ("fixed", "open", Disposition.OPEN),
        ("fixed", "fixed", Disposition.FIXED),
        ("fixed", "dismissed", Disposition.NOT_FIXED),
        ("open", "fixed", Disposition.OPEN),
    ],
)
def test_fixed_elsewhere_is_not_fixed_here(
    github: FakeGitHub, gate: Any, alert: str, on_ref: str, disposition: Disposition
) -> None:
    """ISSUE-09: an alert that is fixed on the default branch, and open on the branch of the release."""
    github.code[7] = make.code_alert(8, state=alert, on_ref=on_ref)

    assert gate.ask(source(github, "code")).issues[7].disposition is disposition


def test_an_alert_of_another_ref_is_not_understood(github: FakeGitHub, gate: Any) -> None:
    """ISSUE-07: asked of one branch, answered of another."""
    github.code[7] = make.code_alert(8, ref="refs/heads/other")
    github.always("code-scanning/alerts", lambda say: Say(200, github.code[:20]))

    assert "state 'fixed on refs/heads/other'" in gate.refused(source(github, "code"))


def test_dependabot_speaks_of_the_default_branch(github: FakeGitHub, gate: Any) -> None:
    github.head = "d" * 40

    assert "the release commit is cccccccccccc" in gate.refused(source(github, "dependabot"))


def test_a_tag_of_the_branchs_name_says_nothing_of_its_head(github: FakeGitHub, gate: Any) -> None:
    """ISSUE-07: asked for as a revision the name would be the tag's, and that may be at the release commit."""
    gate.ask(source(github, "dependabot"))

    assert (github.asked("/branches/main"), github.asked("/commits/")) == (1, 0)


DISMISSED = "dismissed"


@pytest.mark.parametrize(
    ("kind", "fields", "disposition"),
    [
        ("code", {"state": "open"}, Disposition.OPEN),
        ("code", {"state": DISMISSED, "dismissed_reason": "false positive"}, Disposition.FALSE_POSITIVE),
        ("code", {"state": DISMISSED, "dismissed_reason": "won't fix"}, Disposition.NOT_FIXED),
        ("code", {"state": DISMISSED, "dismissed_reason": "used in tests"}, Disposition.NOT_FIXED),
        ("code", {"state": DISMISSED, "dismissed_reason": "mitigated"}, Disposition.NOT_FIXED),
        ("code", {"state": DISMISSED, "dismissed_reason": None}, Disposition.NOT_FIXED),
        ("code", {"state": DISMISSED, "dismissed_reason": "later"}, Disposition.UNKNOWN),
        ("dependabot", {"state": "auto_dismissed"}, Disposition.NOT_FIXED),
        ("dependabot", {"state": DISMISSED, "dismissed_reason": "fix_started"}, Disposition.NOT_FIXED),
        ("dependabot", {"state": DISMISSED, "dismissed_reason": "inaccurate"}, Disposition.FALSE_POSITIVE),
        ("dependabot", {"state": DISMISSED, "dismissed_reason": "no_bandwidth"}, Disposition.NOT_FIXED),
        ("dependabot", {"state": DISMISSED, "dismissed_reason": "not_used"}, Disposition.NOT_FIXED),
        ("dependabot", {"state": DISMISSED, "dismissed_reason": "tolerable_risk"}, Disposition.NOT_FIXED),
        ("dependabot", {"state": "open"}, Disposition.OPEN),
        ("secrets", {"state": "open", "resolution": None}, Disposition.OPEN),
        ("secrets", {"resolution": "wont_fix"}, Disposition.NOT_FIXED),
        ("secrets", {"resolution": "used_in_tests"}, Disposition.NOT_FIXED),
        ("secrets", {"resolution": "pattern_deleted"}, Disposition.NOT_FIXED),
        ("secrets", {"resolution": "false_positive"}, Disposition.FALSE_POSITIVE),
        ("secrets", {"resolution": None}, Disposition.NOT_FIXED),
        ("secrets", {"resolution": "forgotten"}, Disposition.UNKNOWN),
        ("advisories", {"state": "draft"}, Disposition.OPEN),
        ("advisories", {"state": "triage"}, Disposition.OPEN),
        ("advisories", {"state": "published", "vulnerabilities": []}, Disposition.NOT_FIXED),
        ("advisories", {"state": "published", "vulnerabilities": [{"patched_versions": None}]}, Disposition.NOT_FIXED),
        ("advisories", {"state": "published", "withdrawn_at": "2026-11-01T09:00:00Z"}, Disposition.NOT_FIXED),
    ],
)
def test_alert_dispositions(
    github: FakeGitHub, gate: Any, kind: str, fields: dict[str, Any], disposition: Disposition
) -> None:
    """ISSUE-09: a Dependabot alert auto-dismissed; a secret alert resolved as wont_fix."""
    row = rows(github, kind)[7]
    row.update(fields)
    number = str(row.get("ghsa_id") or row["number"])

    assert next(i for i in gate.ask(source(github, kind)).issues if i.id == number).disposition is disposition


@pytest.mark.parametrize(
    ("rule", "level", "known"),
    [
        ({"security_severity_level": "low", "severity": "error"}, "low", True),
        ({"security_severity_level": None, "severity": "error"}, "high", True),
        ({"security_severity_level": None, "severity": None}, "critical", False),
        ({"security_severity_level": None, "severity": "none"}, "critical", False),
    ],
)
def test_a_missing_severity_is_the_highest(
    github: FakeGitHub, gate: Any, rule: dict[str, Any], level: str, known: bool
) -> None:
    """ISSUE-04: severity blank."""
    github.code[7]["rule"] |= rule

    issue = gate.ask(source(github, "code")).issues[7]

    assert (issue.level, not issue.unread) == (level, known)


@pytest.mark.parametrize("kind", ["rsa_private_key", "password"])
def test_secrets_of_no_provider_are_asked_for_by_name(github: FakeGitHub, gate: Any, kind: str) -> None:
    """ISSUE-08: the list gives them to nobody who does not name them."""
    github.secrets.append(make.secret_alert(131, secret_type=kind, state="open", resolution=None))
    judged = gate.judge(source(github, "secrets"))

    assert judged["ISSUE-01"].doubts == ()
    assert ["secrets#131" in f.message for f in judged["ISSUE-08"].findings] == [True]


def test_no_secret_is_kept(github: FakeGitHub, gate: Any) -> None:
    """ISSUE-27: secret-scanning alerts fetched without hiding the secret; a server that does not hide them."""
    github.always(
        "secret-scanning", lambda say: Say(200, [{**r, "secret": "live-secret-value"} for r in say.body], say.headers)
    )
    github.secrets = github.secrets[:20]

    answer = gate.ask(source(github, "secrets"))

    assert all(s.query["hide_secret"] == "true" for s in github.seen if "secret-scanning" in s.path)
    assert not any(b"live-secret-value" in p.text() for p in answer.pages)
    assert {p.stripped for p in answer.pages if p.role == "list" and p.text() != b"[]"} == {("secret",)}


@pytest.mark.parametrize("padding", [0, 116])
def test_a_token_in_a_complaint_is_not_told(github: FakeGitHub, gate: Any, padding: int) -> None:
    """ISSUE-27: a server that repeats what it was sent; nor is half of it told where the message is cut."""
    github.always(".", Say(401, {"message": f"{'x' * padding} key-full is no token"}))

    told = gate.refused(source(github, "issues"))

    assert "answers 401" in told
    assert "key-" not in told


def test_a_token_in_an_answer_is_not_kept(github: FakeGitHub, gate: Any) -> None:
    """ISSUE-27: a token in a stored header or address."""
    github.issues[7]["body"] = "somebody pasted key-full here"

    answer = gate.ask(source(github, "issues"))

    assert b"key-full" not in msgspec.json.encode(answer)
    assert not any(b"key-full" in p.text() for p in answer.pages)


def test_outsiders_see_published_advisories_only(github: FakeGitHub, gate: Any) -> None:
    """ISSUE-02: a private issue hidden from the account."""
    gate.env["TRACKER_TOKEN"] = "key-public"

    assert "did not come back" in gate.refused(source(github, "advisories", account="visitor"))


def test_a_withdrawn_advisory_is_no_fix(github: FakeGitHub, gate: Any) -> None:
    withdrawn = [make.advisory("GHSA-9", state="withdrawn")]
    github.always("state=draft", lambda say: Say(200, withdrawn))

    found = next(i for i in gate.ask(source(github, "advisories")).issues if i.id == "GHSA-9")

    assert found.disposition is Disposition.NOT_FIXED


@pytest.mark.parametrize(
    ("patched", "fixed"),
    [
        ("2.4.0", True),
        (">= 2.3.9", True),
        ("3.0.0, 2.4.0", True),
        ("2.5.0", False),
        (">=3.0.0, 2.3.4", False),
        ("2.4.1", False),
        ("next", False),
    ],
)
def test_a_patched_version_that_is_not_this_one_is_no_fix(
    github: FakeGitHub, gate: Any, patched: str, fixed: bool
) -> None:
    """ISSUE-10: an advisory whose fix comes with a later version (this release is 2.4.0)."""
    github.advisories[7]["vulnerabilities"] = [make.vulnerable(patched)]

    judged = gate.judge(source(github, "advisories"))

    name = f"advisories#{github.advisories[7]['ghsa_id']}"
    assert [f.where.pointer for f in judged["ISSUE-10"].findings] == ([] if fixed else [name])


def test_a_published_control_advisory_proves_nothing(github: FakeGitHub, gate: Any) -> None:
    assert "it lost closed" in gate.refused(source(github, "advisories", control="GHSA-5"))


def test_an_alert_that_is_not_fixed_needs_an_issue(github: FakeGitHub, gate: Any) -> None:
    github.code[7].update(state=DISMISSED, dismissed_reason="won't fix")

    judged = gate.judge(source(github, "code"))

    assert [f.where.pointer for f in judged["ISSUE-12"].findings] == ["code#8"]
    assert [f.where.pointer for f in judged["ISSUE-09"].findings] == ["code#8"]
    assert judged["ISSUE-10"].findings == ()

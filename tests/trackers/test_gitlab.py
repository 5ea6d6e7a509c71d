"""GitLab issues and vulnerabilities against a stateful fake: every trap is planted, and none is a zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gatekeeper.trackers import Disposition, gitlab_issues, gitlab_vulnerabilities
from tests.trackers.fakes import gitlab as make
from tests.trackers.fakes.gitlab import FakeGitLab
from tests.trackers.fakes.server import Say

LISTS = {"issues": "projects/42/issues", "vulnerabilities": "graphql"}
KINDS = tuple(LISTS)


@pytest.fixture
def gitlab() -> Iterator[FakeGitLab]:
    with FakeGitLab() as running:
        running.issues = [make.issue(n) for n in range(1, 131)]
        running.vulnerabilities = [make.vulnerability(n) for n in range(1, 131)]
        yield running


def source(gitlab: FakeGitLab, kind: str, **more: Any) -> Any:
    given: dict[str, Any] = {
        "id": kind,
        "server": gitlab.url,
        "project": "example/pump",
        "account": "gate",
        "token_env": "TRACKER_TOKEN",
        "control": "1",
    }
    if kind == "issues":
        fields = {"fix-commits": "Fix commit"}
        return gitlab_issues.Params(**(given | {"labels": ("security",), "fields": fields} | more))
    return gitlab_vulnerabilities.Params(**(given | {"scan_jobs": ("semgrep-sast",)} | more))


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_list_is_proven(gitlab: FakeGitLab, gate: Any, kind: str) -> None:
    asked = source(gitlab, kind, **({"milestone": "2.4.0"} if kind == "issues" else {}))

    answer = gate.ask(asked)

    assert gate.doubts(asked) == {}
    assert len({i.id for i in answer.issues}) == answer.declared_total == 130
    assert {i.disposition for i in answer.issues} == {Disposition.FIXED}


def access(level: int) -> dict[str, Any]:
    return {"permissions": {"project_access": {"access_level": level}, "group_access": None}}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(lambda gl, g: g.env.update(TRACKER_TOKEN="bad"), "answers 401", id="ISSUE-03: a bad token"),
        pytest.param(lambda gl, g: gl.tokens.update({"key-full": "eve"}), "takes us for 'eve'", id="ISSUE-03: account"),
        pytest.param(
            lambda gl, g: gl.project.update(path_with_namespace="b/pump"), "is not there", id="ISSUE-03: moved"
        ),
        pytest.param(lambda gl, g: gl.project.update(archived=True), "is archived", id="ISSUE-03: archived"),
        pytest.param(lambda gl, g: gl.project.update(access(10)), "has level 10", id="ISSUE-02: a guest"),
        pytest.param(lambda gl, g: gl.project.update(permissions=None), "has level 0", id="ISSUE-02: no role"),
        pytest.param(
            lambda gl, g: gl.always("pump", Say(301, {}, {"Location": "/x"})), "it has moved", id="ISSUE-03: 301"
        ),
    ],
)
def test_a_wrong_place_is_no_zero(gitlab: FakeGitLab, gate: Any, kind: str, change: Any, word: str) -> None:
    change(gitlab, gate)

    assert word in gate.refused(source(gitlab, kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        pytest.param(lambda s: Say(403, {"message": "403 Forbidden"}), "Forbidden", id="ISSUE-04: 403"),
        pytest.param(lambda s: Say(404, {"message": "404"}), "answers 404", id="ISSUE-04: 404"),
        pytest.param(lambda s: Say(429, {}, {"Retry-After": "999"}), "asks to wait", id="ISSUE-04: rate limit"),
        pytest.param(lambda s: Say(502, {}), "gives no answer", id="502 for ever"),
        pytest.param(lambda s: Say(raw=b"<html>", kind="text/html"), "not JSON", id="ISSUE-04: HTML with 200"),
        pytest.param(lambda s: Say(raw=s.data()[:-9]), "not readable JSON", id="half a JSON"),
        pytest.param(lambda s: Say(raw=s.data(), headers=s.headers, cut=9), "did not answer", id="a cut answer"),
        pytest.param(lambda s: Say(body="x"), "what the vendor documents", id="another shape"),
        pytest.param(
            lambda s: Say(raw=s.data().replace(b'"title":', b'"title": "x", "title":'), headers=s.headers),
            "stands twice",
            id="duplicate keys",
        ),
    ],
)
def test_a_strange_answer_is_no_zero(gitlab: FakeGitLab, gate: Any, kind: str, spoil: Any, word: str) -> None:
    gitlab.always(LISTS[kind], spoil)

    assert word in gate.refused(source(gitlab, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_list_is_no_zero(gitlab: FakeGitLab, gate: Any, kind: str) -> None:
    setattr(gitlab, kind, [])

    assert "did not come back" in gate.refused(source(gitlab, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_that_grows_is_read_again(gitlab: FakeGitLab, gate: Any, kind: str) -> None:
    rows = getattr(gitlab, kind)
    new = make.issue(999) if kind == "issues" else make.vulnerability(999)
    gitlab.before(LISTS[kind], 2, lambda: rows.insert(0, new))

    answer = gate.ask(source(gitlab, kind))

    assert (answer.restarts, answer.declared_total) == (1, 131)


@pytest.mark.parametrize("kind", KINDS)
def test_one_gone_and_one_new_between_two_pages_is_read_again(gitlab: FakeGitLab, gate: Any, kind: str) -> None:
    """ISSUE-01: the total stands still, and a row would slip through between the pages."""
    listed, one = getattr(gitlab, kind), make.issue if kind == "issues" else make.vulnerability

    def swap() -> None:
        listed.pop(5)
        listed.append(one(999))

    gitlab.before(LISTS[kind], 2, swap)

    answer = gate.ask(source(gitlab, kind))

    assert (answer.restarts, answer.declared_total) == (1, 130)
    assert "101" in {i.id for i in answer.issues}


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_that_never_rests_is_undecided(gitlab: FakeGitLab, gate: Any, kind: str) -> None:
    rows, one = getattr(gitlab, kind), make.issue if kind == "issues" else make.vulnerability
    for n in range(1, 20):
        gitlab.before(LISTS[kind], n, lambda n=n: rows.append(one(900 + n)))

    assert "moved in each of 3 readings" in gate.refused(source(gitlab, kind))


def test_page_headers_that_get_lost_are_no_end(gitlab: FakeGitLab, gate: Any) -> None:
    """ISSUE-01: whatever stands between passes none of them on, and every reading ends after the first page."""
    gitlab.always(LISTS["issues"], lambda say: Say(200, say.body))

    assert "does not say whether a page follows" in gate.refused(source(gitlab, "issues"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_silently_smaller_page_loses_nothing(gitlab: FakeGitLab, gate: Any, kind: str) -> None:
    """ISSUE-01: a page size silently capped by the server."""
    gitlab.cap = 37

    assert gate.ask(source(gitlab, kind)).declared_total == 130


# --- issues


def test_without_a_total_the_list_is_read_twice(gitlab: FakeGitLab, gate: Any) -> None:
    gitlab.tells_total = False

    answer = gate.ask(source(gitlab, "issues"))

    assert "a second reading" in answer.end_proof
    assert answer.declared_total == 130


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"labels": ("securty",)}, "answers 404"),
        ({"milestone": "2.4"}, "milestone '2.4' is not there"),
        ({"project": "example/other"}, "answers 404"),
        ({"control": "999"}, "did not come back"),
    ],
    ids=["ISSUE-03: a misspelt label", "milestone", "project", "control"],
)
def test_a_wrong_name_is_no_zero(gitlab: FakeGitLab, gate: Any, more: dict[str, Any], word: str) -> None:
    assert word in gate.refused(source(gitlab, "issues", **more))


def test_confidential_issues_that_are_hidden(gitlab: FakeGitLab, gate: Any) -> None:
    """ISSUE-02: a private issue hidden from the account."""
    gitlab.sees_confidential = False

    assert "did not come back" in gate.refused(source(gitlab, "issues"))


def test_an_open_control_does_not_speak_for_confidential_ones(gitlab: FakeGitLab, gate: Any) -> None:
    gitlab.issues[0]["confidential"] = False

    assert "it lost confidential" in gate.refused(source(gitlab, "issues"))
    assert "open to all" in gate.refused(source(gitlab, "issues", control_marks=()))


def test_the_projects_own_list_with_every_scope_is_asked(gitlab: FakeGitLab, gate: Any) -> None:
    gate.ask(source(gitlab, "issues"))

    lists = [s.query for s in gitlab.seen if s.path.endswith("/projects/42/issues")]
    assert all((q["scope"], q["state"]) == ("all", "all") for q in lists)


@pytest.mark.parametrize("following", ["1", "9", "x"])
def test_a_next_page_that_does_not_follow_is_undecided(gitlab: FakeGitLab, gate: Any, following: str) -> None:
    """ISSUE-01: a repeated page token."""
    gitlab.always("projects/42/issues", lambda s: Say(200, s.body, s.headers | {"X-Next-Page": following}))

    assert "is said to follow" in gate.refused(source(gitlab, "issues"))


DUPLICATE = {"closed_as_duplicate_of": "https://gitlab.example.org/api/v4/projects/42/issues/3"}


@pytest.mark.parametrize(
    ("fields", "disposition"),
    [
        pytest.param({"state": "opened"}, Disposition.OPEN, id="open"),
        pytest.param({"description": ""}, Disposition.NOT_FIXED, id="ISSUE-09: closed without any fix"),
        pytest.param({"moved_to_id": 77}, Disposition.NOT_FIXED, id="ISSUE-09: moved"),
        pytest.param({"_links": DUPLICATE}, Disposition.DUPLICATE, id="ISSUE-09: duplicate"),
        pytest.param({"labels": ["security", "resolution::later"]}, Disposition.UNKNOWN, id="ISSUE-04: a new word"),
        pytest.param({"state": "locked"}, Disposition.UNKNOWN, id="ISSUE-04: a new state"),
    ],
)
def test_issue_dispositions(gitlab: FakeGitLab, gate: Any, fields: dict[str, Any], disposition: Disposition) -> None:
    gitlab.issues[7].update(fields)

    issue = gate.ask(source(gitlab, "issues")).issues[7]

    assert issue.disposition is disposition
    assert issue.duplicate_of == ("3" if disposition is Disposition.DUPLICATE else "")


# --- vulnerabilities


def test_a_project_that_is_null(gitlab: FakeGitLab, gate: Any) -> None:
    """ISSUE-02: a GraphQL answer with project null."""
    gitlab.sees_project = False

    assert "the project is null" in gate.refused(source(gitlab, "vulnerabilities"))


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"errors": [{"message": "complexity"}], "data": {"project": {}}}, "reports errors"),
        ({"data": {"project": {"vulnerabilities": None}}}, "Ultimate"),
        ({"data": None}, "no dict"),
    ],
    ids=["ISSUE-04: a partial answer marked incomplete", "ISSUE-07: not set up", "no data"],
)
def test_a_partial_answer_is_no_zero(gitlab: FakeGitLab, gate: Any, body: dict[str, Any], word: str) -> None:
    gitlab.always("graphql", Say(200, body))

    assert word in gate.refused(source(gitlab, "vulnerabilities"))


def test_a_token_in_an_error_is_not_told(gitlab: FakeGitLab, gate: Any) -> None:
    gitlab.always("graphql", Say(200, {"errors": [{"message": "key-full may not"}]}))

    told = gate.refused(source(gitlab, "vulnerabilities"))

    assert "may not" in told
    assert "key-full" not in told


def test_a_repeated_cursor_is_undecided(gitlab: FakeGitLab, gate: Any) -> None:
    """ISSUE-01: a repeated page token."""

    def loop(say: Say) -> Say:
        say.body["data"]["project"]["vulnerabilities"]["pageInfo"] = {"hasNextPage": True, "endCursor": "100"}
        return say

    gitlab.always("graphql", loop)

    assert "a second time" in gate.refused(source(gitlab, "vulnerabilities"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda gl: gl.pipelines.clear(), id="ISSUE-07: no pipeline of the release commit"),
        pytest.param(lambda gl: gl.jobs.clear(), id="ISSUE-07: a pipeline without the scan"),
        pytest.param(lambda gl: gl.jobs[5][0].update(status="failed"), id="ISSUE-07: a scan that failed"),
        pytest.param(lambda gl: gl.jobs[5][0].update(name="lint"), id="ISSUE-07: another job"),
    ],
)
def test_the_release_commit_was_scanned(gitlab: FakeGitLab, gate: Any, change: Any) -> None:
    change(gitlab)

    assert "semgrep-sast did not succeed on cccccccccccc" in gate.refused(source(gitlab, "vulnerabilities"))


def test_a_pipeline_of_another_commit_is_no_scan(gitlab: FakeGitLab, gate: Any) -> None:
    """ISSUE-07: a server that does not know the filter."""
    other = [{"id": 5, "sha": "d" * 40}]
    gitlab.always(r"pipelines[?]", Say(200, other))

    assert "did not succeed" in gate.refused(source(gitlab, "vulnerabilities"))


def test_a_job_has_to_be_named(gitlab: FakeGitLab, gate: Any) -> None:
    assert "no job is named" in gate.refused(source(gitlab, "vulnerabilities", scan_jobs=()))


def test_the_report_is_of_the_default_branch(gitlab: FakeGitLab, gate: Any) -> None:
    """ISSUE-07: asked on the default branch only."""
    gitlab.head = "d" * 40

    assert "the release commit is cccccccccccc" in gate.refused(source(gitlab, "vulnerabilities"))


@pytest.mark.parametrize(
    ("fields", "disposition"),
    [
        ({"state": "DETECTED"}, Disposition.OPEN),
        ({"state": "CONFIRMED"}, Disposition.OPEN),
        ({"state": "RESOLVED", "resolvedOnDefaultBranch": False}, Disposition.NOT_FIXED),
        ({"state": "DISMISSED", "dismissalReason": "ACCEPTABLE_RISK"}, Disposition.NOT_FIXED),
        ({"state": "DISMISSED", "dismissalReason": "FALSE_POSITIVE"}, Disposition.FALSE_POSITIVE),
        ({"state": "DISMISSED", "dismissalReason": None}, Disposition.NOT_FIXED),
        ({"state": "DISMISSED", "dismissalReason": "BORED"}, Disposition.UNKNOWN),
        ({"state": "PARKED"}, Disposition.UNKNOWN),
    ],
)
def test_vulnerability_dispositions(
    gitlab: FakeGitLab, gate: Any, fields: dict[str, Any], disposition: Disposition
) -> None:
    gitlab.vulnerabilities[7].update(fields)

    assert gate.ask(source(gitlab, "vulnerabilities")).issues[7].disposition is disposition


@pytest.mark.parametrize(
    ("severity", "level", "known"),
    [("CRITICAL", "critical", True), ("INFO", "low", True), ("UNKNOWN", "critical", False)],
)
def test_severities(gitlab: FakeGitLab, gate: Any, severity: str, level: str, known: bool) -> None:
    gitlab.vulnerabilities[7]["severity"] = severity

    issue = gate.ask(source(gitlab, "vulnerabilities")).issues[7]

    assert (issue.level, not issue.unread) == (level, known)

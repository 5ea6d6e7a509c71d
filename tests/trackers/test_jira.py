"""Jira Cloud and Data Center against one stateful fake: every trap is planted, and none is a zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from gatekeeper.trackers import Disposition, UnprovenError, Words, jira_cloud, jira_data_center
from gatekeeper.trackers._jira import jql
from tests.trackers.fakes import jira as make
from tests.trackers.fakes.jira import FakeJira
from tests.trackers.fakes.server import Say

LIST = r"/search(/jql)?[?]"


@pytest.fixture(params=["cloud", "data-center"])
def jira(request: pytest.FixtureRequest) -> Iterator[FakeJira]:
    with FakeJira(request.param == "cloud") as running:
        running.add(130)
        yield running


def source(jira: FakeJira, **more: Any) -> Any:
    given: dict[str, Any] = {
        "id": "jira",
        "server": jira.url,
        "project": "PUMP",
        "account": make.ACCOUNT if jira.cloud else "gate",
        "token_env": "TRACKER_TOKEN",
        "control": "PUMP-1",
        "labels": ("security",),
        "issue_types": ("Security Issue",),
        "fields": {"fix-commits": "customfield_1", "cwe": "customfield_2"},
        "words": Words(resolutions={"Fixed": "fixed"}),
    }
    kind = jira_cloud.Params if jira.cloud else jira_data_center.Params
    return kind(**(given | more))


def test_a_whole_list_is_proven(jira: FakeJira, gate: Any) -> None:
    asked = source(jira, version="2.4.0", control_marks=("level: Internal",))

    answer = gate.ask(asked)

    assert gate.doubts(asked) == {}
    assert len({i.id for i in answer.issues}) == answer.declared_total == 130
    first = answer.issues[0]
    assert (first.disposition, first.level, first.cwe) == (Disposition.FIXED, "high", "CWE-20")
    assert first.fix_commits == ("a" * 40,)
    assert first.received == "2026-11-01T09:00:00.000+00:00"
    assert 'project = "PUMP" AND (labels in ("security")' in answer.query


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(lambda j, g, m: g.env.update(TRACKER_TOKEN="bad"), "answers 401", id="ISSUE-02: a bad token"),
        pytest.param(lambda j, g, m: m.update(account="eve"), "answers 401|takes us for", id="ISSUE-03: account"),
        pytest.param(lambda j, g, m: j.project.update(key="PUMP2"), "is not there", id="ISSUE-03: a renamed key"),
        pytest.param(lambda j, g, m: j.project.update(archived=True), "is archived", id="ISSUE-03: archived"),
        pytest.param(lambda j, g, m: setattr(j, "may_browse", False), "may not browse", id="ISSUE-02: no right"),
        pytest.param(lambda j, g, m: m.update(project="CART"), "answers 404", id="ISSUE-03: another project"),
        pytest.param(lambda j, g, m: m.update(issue_types=("security issue",)), "is not there", id="ISSUE-02: case"),
        pytest.param(lambda j, g, m: m.update(version="2.4"), "is not there", id="ISSUE-03: version"),
        pytest.param(lambda j, g, m: m.update(fields={"cwe": "customfield_9"}), "is not there", id="ISSUE-03: field"),
        pytest.param(lambda j, g, m: m.update(labels=(), issue_types=()), "no label and no issue type", id="no kind"),
        pytest.param(lambda j, g, m: m.update(control="PUMP-999"), "did not come back", id="ISSUE-02: control"),
        pytest.param(lambda j, g, m: setattr(j, "levels_seen", False), "did not come back", id="ISSUE-02: hidden"),
    ],
)
def test_a_wrong_question_is_no_zero(jira: FakeJira, gate: Any, change: Any, word: str) -> None:
    more: dict[str, Any] = {}
    change(jira, gate, more)
    told = gate.refused(source(jira, **more))

    assert any(w in told for w in word.split("|"))


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        pytest.param(lambda s: Say(410, {"message": "removed"}), "answers 410", id="the search that was removed"),
        pytest.param(lambda s: Say(400, {"message": "no such field"}), "answers 400", id="400"),
        pytest.param(lambda s: Say(403, {}), "answers 403", id="ISSUE-04: 403"),
        pytest.param(lambda s: Say(302, {}, {"Location": "/login"}), "it has moved", id="ISSUE-03: to a sign-in page"),
        pytest.param(lambda s: Say(429, {}, {"Retry-After": "999"}), "asks to wait", id="ISSUE-04: rate limit"),
        pytest.param(lambda s: Say(raw=b"<html>", kind="text/html"), "not JSON", id="ISSUE-04: HTML with 200"),
        pytest.param(lambda s: Say(raw=s.data(), cut=5), "did not answer", id="a cut answer"),
        pytest.param(lambda s: Say(raw=b'{"issues":[]'), "not readable JSON", id="half a JSON"),
        pytest.param(
            lambda s: Say(raw=s.data().replace(b'"key":', b'"key": "PUMP-0", "key":')),
            "stands twice",
            id="duplicate keys",
        ),
        pytest.param(lambda s: Say(body={"total": 0, "startAt": 0}), "no list", id="ISSUE-04: no rows"),
        pytest.param(
            lambda s: Say(body={**s.body, "issues": [{"id": "1", "key": "PUMP-1"}]}),
            "ids alone say nothing|rows|moved|empty",
            id="ISSUE-04: ids without fields",
        ),
    ],
)
def test_a_strange_answer_is_no_zero(jira: FakeJira, gate: Any, spoil: Any, word: str) -> None:
    jira.always(LIST, spoil)
    told = gate.refused(source(jira))

    assert any(w in told for w in word.split("|"))


def test_an_empty_list_is_no_zero(jira: FakeJira, gate: Any) -> None:
    """ISSUE-02: a Jira Cloud query with a bad token (200 and an empty list)."""
    jira.issues = []

    assert "did not come back" in gate.refused(source(jira))


def test_a_silently_smaller_page_loses_nothing(jira: FakeJira, gate: Any) -> None:
    """ISSUE-01: a page size silently capped by the server."""
    jira.cap = 50

    assert len(gate.ask(source(jira)).issues) == 130


def second(jira: FakeJira) -> tuple[str, int]:
    return (LIST, 2) if jira.cloud else (r"startAt=99", 1)


def test_a_list_that_grows_is_read_again(jira: FakeJira, gate: Any) -> None:
    jira.before(*second(jira), lambda: jira.add(1))

    answer = gate.ask(source(jira))

    assert (answer.restarts, answer.declared_total) == (1, 131)


def test_one_gone_and_one_new_between_two_pages_is_read_again(jira: FakeJira, gate: Any) -> None:
    """ISSUE-01: the total stands still, and a row would slip through between the pages."""
    if jira.cloud:
        pytest.skip("pages by token, whose snapshot is the server's own")

    def swap() -> None:
        jira.issues.pop(5)
        jira.issues.append(make.issue(131))

    jira.before(*second(jira), swap)

    answer = gate.ask(source(jira))

    assert answer.restarts == 1
    assert "PUMP-102" in {i.id for i in answer.issues}


def test_a_search_with_a_warning_is_no_answer(jira: FakeJira, gate: Any) -> None:
    """ISSUE-04: a partial answer marked incomplete."""
    jira.always(LIST, lambda say: Say(200, say.body | {"warningMessages": ["The value 'securty' does not exist"]}))

    assert "came with warnings: The value 'securty'" in gate.refused(source(jira))


def test_a_list_that_never_rests_is_undecided(jira: FakeJira, gate: Any) -> None:
    for n in range(1, 20):
        jira.before(LIST, n, lambda: jira.add(1))

    assert "moved in each of 3 readings" in gate.refused(source(jira))


def test_a_repeated_token_is_undecided(gate: Any) -> None:
    """ISSUE-01: a repeated page token."""
    with FakeJira(True) as jira:
        jira.add(330)
        jira.always(LIST, lambda say: Say(200, say.body | {"nextPageToken": "t100", "isLast": False}))

        assert "a second time" in gate.refused(source(jira))


@pytest.mark.parametrize("body", [{"isLast": True, "nextPageToken": "t100"}, {"isLast": False, "nextPageToken": None}])
def test_an_end_that_contradicts_itself_is_undecided(gate: Any, body: dict[str, Any]) -> None:
    with FakeJira(True) as jira:
        jira.add(30)
        jira.always(LIST, lambda say: Say(200, say.body | body))

        assert "not by both" in gate.refused(source(jira))


def test_a_count_that_differs_is_undecided(gate: Any) -> None:
    """ISSUE-01: fewer rows than the server counts."""
    with FakeJira(True) as jira:
        jira.add(30)
        jira.count_is_off = 1

        assert "moved in each" in gate.refused(source(jira))


def test_a_control_without_a_level_does_not_speak_for_hidden_ones(jira: FakeJira, gate: Any) -> None:
    """ISSUE-02: the account is in no security level, and the control issue is there for all to see."""
    jira.issues[0]["fields"]["security"] = None
    jira.issues[7]["fields"].update(status={"name": "Open", "statusCategory": {"key": "new"}}, resolution=None)
    jira.levels_seen = False

    assert "it lost security level" in gate.refused(source(jira))
    assert gate.doubts(source(jira, control_marks=())) == {}  # where the policy says that there are no such issues


def test_a_control_on_a_lower_level_is_undecided(jira: FakeJira, gate: Any) -> None:
    jira.issues[9]["fields"]["security"] = {"name": "Top secret"}

    assert "Top secret, which the control issue has not" in gate.refused(source(jira))


@pytest.mark.parametrize(
    ("fields", "disposition"),
    [
        pytest.param({"resolution": None}, Disposition.NOT_FIXED, id="ISSUE-09: state done without a resolution"),
        pytest.param({"resolution": {"name": "Won't Do"}}, Disposition.NOT_FIXED, id="ISSUE-09: closed as won't fix"),
        pytest.param({"resolution": {"name": "Cannot Reproduce"}}, Disposition.NOT_FIXED, id="ISSUE-09: cannot"),
        pytest.param({"resolution": {"name": "Duplicate"}}, Disposition.DUPLICATE, id="ISSUE-09: duplicate"),
        pytest.param({"resolution": {"name": "Done"}}, Disposition.UNKNOWN, id="ISSUE-04: a word that no map knows"),
        pytest.param({"status": {"name": "Closed", "statusCategory": {"key": "new"}}}, Disposition.OPEN, id="by name"),
        pytest.param({"status": {"name": "X", "statusCategory": {"key": "undefined"}}}, Disposition.UNKNOWN, id="odd"),
    ],
)
def test_dispositions(jira: FakeJira, gate: Any, fields: dict[str, Any], disposition: Disposition) -> None:
    jira.issues[7]["fields"].update(fields)

    assert gate.ask(source(jira)).issues[7].disposition is disposition


def test_fields_of_every_form_are_read(jira: FakeJira, gate: Any) -> None:
    words = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "The length"}]}]}
    jira.issues[7]["fields"] |= {"customfield_1": words, "customfield_2": [{"value": "CWE-20"}, {"value": "CWE-79"}]}
    link = {"type": {"name": "Duplicate"}, "outwardIssue": {"key": "PUMP-3"}}
    jira.issues[7]["fields"]["issuelinks"] = [{"type": {"name": "Blocks"}}, link]

    asked = source(jira, fields={"root-cause": "customfield_1", "cwe": "customfield_2"})
    issue = gate.ask(asked).issues[7]

    assert (issue.root_cause, issue.cwe, issue.duplicate_of) == ("The length", "CWE-20 CWE-79", "PUMP-3")


def test_names_are_quoted(jira: FakeJira) -> None:
    question = jql(source(jira, labels=('a" OR project = "X',), issue_types=("b\\",)))

    assert 'labels in ("a\\" OR project = \\"X")' in question
    assert 'issuetype in ("b\\\\")' in question


def test_no_token_is_kept(jira: FakeJira, gate: Any) -> None:
    jira.issues[7]["fields"]["summary"] = "somebody pasted key-full"

    answer = gate.ask(source(jira))

    assert b"key-full" not in msgspec.json.encode(answer)
    assert not any(b"key-full" in page.text() for page in answer.pages)


def test_the_question_needs_a_kind(jira: FakeJira) -> None:
    with pytest.raises(UnprovenError):
        jql(source(jira, labels=(), issue_types=()))

"""The table of traps: every way in which a tracker's answer was seen to mislead, planted at every adapter that it
concerns. None passes: the list is in doubt, or the issue is found.

The first part plants; the second names, for the traps of a few adapters, the test that plants them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.checks._security_issues.evidence import TRACKERS
from tests.trackers import test_github, test_gitlab, test_jira, test_redmine
from tests.trackers.fakes import github as on_github
from tests.trackers.fakes import gitlab as on_gitlab
from tests.trackers.fakes.github import FakeGitHub
from tests.trackers.fakes.gitlab import FakeGitLab
from tests.trackers.fakes.jira import FakeJira
from tests.trackers.fakes.redmine import FakeRedmine
from tests.trackers.fakes.server import FakeServer, Say

TESTS = Path(__file__).parents[1]
ROWS = 3  # the first is the control


@dataclass
class World:
    """One adapter with its server: which requests are its list, and how its control issue can be spoilt."""

    server: FakeServer
    source: Callable[..., Any]
    lists: str
    state: Callable[[str], None]  # puts the control issue into another state: open | parked
    hide: Callable[[], Any]  # takes the control issue out of what the account sees
    rename: Callable[[], Any]
    stranger: str  # an account that the token does not belong to


@contextmanager
def github(kind: str) -> Iterator[World]:
    with FakeGitHub() as server:
        server.add_issues(ROWS)
        server.code = [on_github.code_alert(n) for n in range(1, ROWS + 1)]
        server.analyses = [on_github.analysis()]
        server.dependabot = [on_github.dependabot_alert(n) for n in range(1, ROWS + 1)]
        server.secrets = [on_github.secret_alert(n) for n in range(1, ROWS + 1)]
        server.advisories = [on_github.advisory(f"GHSA-{n}") for n in range(1, ROWS + 1)]
        rows = getattr(server, kind)

        def state(word: str) -> None:
            open_word = "draft" if kind == "advisories" else "open"
            rows[0]["state"] = open_word if word == "open" else word
            if kind == "code":
                rows[0]["most_recent_instance"]["state"] = rows[0]["state"]
            if kind == "advisories" and word != "open":  # states are asked for one by one
                server.always("state=draft", Say(200, [rows[0]]))

        yield World(
            server,
            lambda **more: test_github.source(server, kind, **more),
            test_github.LISTS[kind],
            state,
            lambda: rows.pop(0),
            lambda: server.repository.update(full_name="example/other"),
            "eve",
        )


@contextmanager
def gitlab(kind: str) -> Iterator[World]:
    with FakeGitLab() as server:
        server.issues = [on_gitlab.issue(n) for n in range(1, ROWS + 1)]
        server.vulnerabilities = [on_gitlab.vulnerability(n) for n in range(1, ROWS + 1)]
        rows = getattr(server, kind)
        opened = "opened" if kind == "issues" else "DETECTED"
        yield World(
            server,
            lambda **more: test_gitlab.source(server, kind, **more),
            test_gitlab.LISTS[kind],
            lambda word: rows[0].update(state=opened if word == "open" else word),
            lambda: rows.pop(0),
            lambda: server.project.update(path_with_namespace="example/other"),
            "eve",
        )


@contextmanager
def jira(*, cloud: bool) -> Iterator[World]:
    with FakeJira(cloud) as server:
        server.add(ROWS)
        first = server.issues[0]["fields"]
        yield World(
            server,
            lambda **more: test_jira.source(server, **more),
            test_jira.LIST,
            lambda w: first.update(status={"name": w, "statusCategory": {"key": "new" if w == "open" else w}}),
            lambda: server.issues.pop(0),
            lambda: server.project.update(key="OTHER"),
            "eve@example.org",
        )


@contextmanager
def redmine() -> Iterator[World]:
    with FakeRedmine() as server:
        server.add(ROWS, private=True, fields={"Severity": "Low"})
        server.statuses[9] = ("parked", True)
        yield World(
            server,
            lambda **more: test_redmine.params(server, **({"control": "1"} | more)),
            r"issues\.json",
            lambda word: setattr(server.tickets[1], "status", 1 if word == "open" else 9),
            lambda: setattr(server.tickets[1], "tracker", 1),
            lambda: server.projects[1].update(identifier="other"),
            "eve",
        )


ADAPTERS: dict[str, Callable[[], Any]] = {
    "github-issues": lambda: github("issues"),
    "github-code-scanning": lambda: github("code"),
    "github-dependabot": lambda: github("dependabot"),
    "github-secret-scanning": lambda: github("secrets"),
    "github-advisories": lambda: github("advisories"),
    "gitlab-issues": lambda: gitlab("issues"),
    "gitlab-vulnerabilities": lambda: gitlab("vulnerabilities"),
    "jira-cloud": lambda: jira(cloud=True),
    "jira-data-center": lambda: jira(cloud=False),
    "redmine": redmine,
}


def answer(say: Say | Callable[[Say], Say]) -> Callable[[World, dict[str, Any]], None]:
    """The list is answered so, each time."""
    return lambda world, _more: world.server.always(world.lists, say)


def status(code: int, **headers: str) -> Callable[[World, dict[str, Any]], None]:
    return answer(Say(code, {"message": "no"}, {k.replace("_", "-"): v for k, v in headers.items()}))


def emptied(say: Say) -> Say:
    """The same answer with every list in it empty: what an account that sees nothing gets."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            totals = {"total", "total_count", "count"}
            return {k: 0 if k in totals else walk(v) for k, v in node.items()}
        return [] if isinstance(node, list) else node

    return Say(200, walk(say.body), {k: v for k, v in say.headers.items() if k != "Link"})


def doubled(say: Say) -> Say:
    """The first key of every object a second time."""
    return Say(raw=say.data().replace(b'{"', b'{"x": 1, "x": 2, "'), headers=say.headers)


def clock(world: World, _more: dict[str, Any]) -> None:
    past = format_datetime(datetime.now(UTC) - timedelta(hours=3), usegmt=True)
    world.server.always(world.lists, lambda say: Say(200, say.body, say.headers, date=past))


TRAPS: dict[str, Callable[[World, dict[str, Any]], Any]] = {
    "no control issue came back: the account does not see it": lambda w, _: w.hide(),
    "the control issue was opened again": lambda w, _: w.state("open"),
    "a state that no map knows": lambda w, _: w.state("parked"),
    "a list of nothing, with 200": answer(emptied),
    "the place was renamed": lambda w, _: w.rename(),
    "a token of nobody": lambda w, _: w.server.always(".", Say(401, {"message": "no"})),
    "a token of somebody else": lambda w, more: more.update(account=w.stranger),
    "another control issue than there is": lambda _, more: more.update(control="4711"),
    "a redirect": status(301, Location="https://elsewhere.example.org/"),
    "a redirect to a sign-in page": status(302, Location="/login"),
    "400": status(400),
    "403: no right, or switched off": status(403),
    "404: nothing there, or hidden": status(404),
    "410: gone": status(410),
    "429 with a long wait": status(429, Retry_After="900"),
    "403 that is a rate limit": status(403, Retry_After="900"),
    "500 for ever": status(500),
    "503 for ever": status(503),
    "204, and nothing": answer(Say(204, raw=b"")),
    "a sign-in page with 200": answer(Say(raw=b"<html>sign in</html>", kind="text/html")),
    "a page of a proxy that says it is JSON": answer(Say(raw=b"<html>blocked</html>")),
    "half a JSON": answer(lambda say: Say(raw=say.data()[: len(say.data()) // 2], headers=say.headers)),
    "an answer that was cut": answer(lambda say: Say(raw=say.data(), headers=say.headers, cut=10)),
    "a connection that drops": answer(Say(drop=True)),
    "a server that never answers": answer(Say(hang=30)),
    "headers that drip": answer(Say(creep=0.05)),
    "repeated keys": answer(doubled),
    "null": answer(Say(raw=b"null")),
    "a text where rows are due": answer(Say(raw=b'"none"')),
    "an object without the expected keys": answer(Say(body={"ok": True})),
    "NaN": answer(Say(raw=b'{"total": NaN}')),
    "a nesting without end": answer(Say(raw=b"[" * 100_000)),
    "a server clock hours away": clock,
}
SLOW = ("a server that never answers", "headers that drip")


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_no_adapter_walks_into_the_trap(gate: Any, adapter: str, trap: str) -> None:
    with ADAPTERS[adapter]() as world:
        more: dict[str, Any] = {"budget_seconds": 1} if trap in SLOW else {}
        TRAPS[trap](world, more)

        judged = gate.judge(world.source(**more))

    doubts = [d for j in judged.values() for d in j.doubts]
    assert doubts, "nothing was in doubt"
    if trap != "a server clock hours away":  # the list is whole then, and only its time is in doubt
        assert judged["ISSUE-08"].doubts or judged["ISSUE-08"].findings


def bent(say: Say, bend: Any) -> Say:
    """The same answer with every value that is no list or object bent into another type."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: walk(v) for k, v in node.items()}
        return [walk(v) for v in node] if isinstance(node, list) else bend

    return Say(200, walk(say.body), say.headers)


@pytest.mark.parametrize("bend", [None, True, 7, "x", [], {}, [[]], [{}]], ids=repr)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_values_of_another_type_are_no_zero(gate: Any, adapter: str, bend: Any) -> None:
    """ISSUE-04: an answer of the right outline and the wrong values: in doubt at its source, and no crash."""
    with ADAPTERS[adapter]() as world:
        world.server.always(world.lists, lambda say: bent(say, bend))

        assert gate.refused(world.source())


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_without_a_trap_nothing_is_in_doubt(gate: Any, adapter: str) -> None:
    with ADAPTERS[adapter]() as world:
        assert gate.doubts(world.source()) == {}


def test_every_live_adapter_is_in_the_table() -> None:
    assert {*ADAPTERS, "export"} == set(TRACKERS)


GITHUB, GITLAB, JIRA, REDMINE = (f"trackers/test_{name}.py" for name in ("github", "gitlab", "jira", "redmine"))
EXPORT, ISSUES, SERVER = "trackers/test_export.py", "checks/security_issues", "trackers/test_redmine_server.py"
LOST, HTTP = "trackers/test_lost.py", "tools/test_http.py"
NAMED: dict[str, dict[str, tuple[str, str]]] = {
    "a silently smaller page": {
        "github": (GITHUB, "test_a_silently_smaller_page_loses_nothing"),
        "gitlab": (GITLAB, "test_a_silently_smaller_page_loses_nothing"),
        "jira": (JIRA, "test_a_silently_smaller_page_loses_nothing"),
        "redmine": (REDMINE, "test_the_server_caps_pages_silently"),
    },
    "an issue closed between two pages": {
        "redmine": (REDMINE, "test_closing_an_issue_between_two_pages_loses_none"),
        "a real redmine": (SERVER, "test_a_closing_between_two_pages_hides_nothing"),
    },
    "one gone and one new between two pages": {
        "redmine": (REDMINE, "test_one_gone_and_one_new_between_two_pages_is_read_again"),
        "a real redmine": (SERVER, "test_one_gone_and_one_new_between_two_pages_is_read_again"),
        "github": (GITHUB, "test_one_gone_and_one_new_between_two_pages_is_read_again"),
        "gitlab": (GITLAB, "test_one_gone_and_one_new_between_two_pages_is_read_again"),
        "jira-data-center": (JIRA, "test_one_gone_and_one_new_between_two_pages_is_read_again"),
    },
    "a total that moves": {
        "github": (GITHUB, "test_a_list_that_never_rests_is_undecided"),
        "gitlab": (GITLAB, "test_a_list_that_never_rests_is_undecided"),
        "jira": (JIRA, "test_a_list_that_never_rests_is_undecided"),
        "redmine": (REDMINE, "test_a_total_that_never_rests_is_undecided"),
    },
    "a repeated link, token or cursor": {
        "github": (GITHUB, "ISSUE-01: a repeated page token"),
        "gitlab-issues": (GITLAB, "test_a_next_page_that_does_not_follow_is_undecided"),
        "gitlab-vulnerabilities": (GITLAB, "test_a_repeated_cursor_is_undecided"),
        "jira-cloud": (JIRA, "test_a_repeated_token_is_undecided"),
    },
    "a next link to another host": {"github": (GITHUB, "ISSUE-01: a next link to another host")},
    "pull requests among issues": {"github-issues": (GITHUB, "test_pull_requests_are_no_issues")},
    "duplicate ids": {"redmine": (REDMINE, "ISSUE-01: duplicate ids"), "export": (ISSUES, "duplicate ids")},
    "fewer rows than declared": {
        "jira-cloud": (JIRA, "ISSUE-01: fewer rows than the server counts"),
        "redmine": (REDMINE, "ISSUE-01: fewer rows than declared"),
        "export": (ISSUES, "ISSUE-06: a spreadsheet with a filter left on"),
    },
    "a misspelt label, tracker or version": {
        "github-issues": (GITHUB, "ISSUE-03: a misspelt label"),
        "gitlab-issues": (GITLAB, "ISSUE-03: a misspelt label"),
        "jira": (JIRA, "ISSUE-03: version"),
        "redmine": (REDMINE, "ISSUE-03: misspelt"),
        "a real redmine": (SERVER, "ISSUE-03: misspelt"),
    },
    "a name in other letter case": {"jira": (JIRA, "ISSUE-02: case"), "redmine": (REDMINE, "ISSUE-02: letter case")},
    "an archived project": {
        "github": (GITHUB, "ISSUE-03: archived"),
        "gitlab": (GITLAB, "ISSUE-03: archived"),
        "jira": (JIRA, "ISSUE-03: archived"),
        "redmine": (REDMINE, "an archived project"),
        "a real redmine": (SERVER, 'id="archived"'),
    },
    "secret issues behind a public control": {
        "github-advisories": (GITHUB, "test_a_published_control_advisory_proves_nothing"),
        "gitlab-issues": (GITLAB, "test_an_open_control_does_not_speak_for_confidential_ones"),
        "jira": (JIRA, "test_a_control_on_a_lower_level_is_undecided"),
        "a real redmine": (SERVER, "test_a_control_issue_that_became_public_is_undecided"),
    },
    "a subproject": {
        "redmine": (REDMINE, "ISSUE-08: an issue of a subproject"),
        "a real redmine": (SERVER, "subproject"),
    },
    "a project that is null": {"gitlab-vulnerabilities": (GITLAB, "test_a_project_that_is_null")},
    "errors beside data": {"gitlab-vulnerabilities": (GITLAB, "a partial answer marked incomplete")},
    "a search with warnings": {"jira": (JIRA, "test_a_search_with_a_warning_is_no_answer")},
    "ids without fields": {"jira": (JIRA, "ISSUE-04: ids without fields")},
    "the old search, gone": {"jira": (JIRA, "the search that was removed")},
    "no analysis of the release commit": {
        "github-code-scanning": (GITHUB, "test_the_release_commit_was_analysed"),
        "gitlab-vulnerabilities": (GITLAB, "test_the_release_commit_was_scanned"),
    },
    "the default branch only": {
        "github-code-scanning": (GITHUB, "test_fixed_elsewhere_is_not_fixed_here"),
        "github-dependabot": (GITHUB, "test_dependabot_speaks_of_the_default_branch"),
        "gitlab-vulnerabilities": (GITLAB, "test_the_report_is_of_the_default_branch"),
    },
    "closed is not fixed": {
        "github-issues": (GITHUB, "test_issue_dispositions"),
        "github alerts": (GITHUB, "test_alert_dispositions"),
        "gitlab-issues": (GITLAB, "test_issue_dispositions"),
        "gitlab-vulnerabilities": (GITLAB, "test_vulnerability_dispositions"),
        "jira": (JIRA, "test_dispositions"),
        "redmine": (REDMINE, "test_dispositions"),
        "export": (ISSUES, "ISSUE-09: closed as won't fix"),
    },
    "fixed in a version that is not this one": {
        "github-advisories": (GITHUB, "test_a_patched_version_that_is_not_this_one_is_no_fix")
    },
    "a severity that is blank or new": {
        "github-issues": (GITHUB, "test_severity_by_label"),
        "github-code-scanning": (GITHUB, "test_a_missing_severity_is_the_highest"),
        "gitlab-vulnerabilities": (GITLAB, "test_severities"),
        "export": (ISSUES, "ISSUE-04: severity blank"),
    },
    "a secret in a stored page": {
        "github-secret-scanning": (GITHUB, "test_no_secret_is_kept"),
        "github": (GITHUB, "test_a_token_in_an_answer_is_not_kept"),
        "jira": (JIRA, "test_no_token_is_kept"),
        "redmine": (REDMINE, "test_the_key_in_the_account_answer_is_not_kept"),
    },
    "moved, deleted, label removed": {
        "github-issues": (LOST, "test_github_tells"),
        "gitlab-issues": (LOST, "test_gitlab_tells"),
        "jira": (LOST, "test_jira_tells"),
        "redmine": (LOST, "test_redmine_tells"),
        "a real redmine": (SERVER, "test_what_became_of_an_issue_is_told"),
    },
    "netrc in place of the token": {"all": (HTTP, "test_netrc_does_not_replace_the_token")},
    "a CA bundle of the machine": {"all": (HTTP, "test_no_variable_of_the_machine_makes_a_certificate_believed")},
}


@pytest.mark.parametrize(("trap", "adapter"), [(t, a) for t, row in NAMED.items() for a in row])
def test_every_other_trap_is_planted_somewhere(trap: str, adapter: str) -> None:
    place, planted = NAMED[trap][adapter]
    path = TESTS / place
    texts = [f.read_text("utf-8") for f in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]

    assert any(planted in text for text in texts)

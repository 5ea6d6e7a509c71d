"""CHAIN-02: an issue that is no longer in the list is asked for by id, and people are told what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gatekeeper.checks._security_issues.lists import Previous
from gatekeeper.checks.security_issues import what_became
from gatekeeper.trackers import Answer, Desk
from gatekeeper.trackers._lost import MOST_ASKED
from tests.trackers import test_github, test_gitlab, test_jira, test_redmine
from tests.trackers.fakes import gitlab as gitlab_rows
from tests.trackers.fakes.github import FakeGitHub
from tests.trackers.fakes.gitlab import FakeGitLab
from tests.trackers.fakes.jira import FakeJira
from tests.trackers.fakes.redmine import FakeRedmine
from tests.trackers.fakes.server import FakeServer, Say

ELSEWHERE = "https://github.example.org/api/v3/repositories/9/issues/2"


class World:
    """A tracker with twelve issues, of which the previous release knew all."""

    def __init__(self, server: Any, source: Any, first: str) -> None:
        self.server, self.source, self.first = server, source, first

    def became(self, gate: Any, *ids: str) -> dict[str, str]:
        answer: Answer = gate.ask(self.source)
        assert answer.stopped is None
        known = ids or tuple(self.first.replace("1", str(n)) for n in range(1, 13))
        previous = Previous(issues=tuple(f"{self.source.id}#{i}" for i in known))
        desk = Desk(gate.root, gate.env, gate.commit)
        return {m.id: m.what for m in what_became(self.source, answer, previous, desk)}


@pytest.fixture
def github() -> Iterator[World]:
    with FakeGitHub() as server:
        server.add_issues(12)
        yield World(server, test_github.source(server, "issues"), "1")


@pytest.fixture
def gitlab() -> Iterator[World]:
    with FakeGitLab() as server:
        server.issues = [gitlab_rows.issue(n) for n in range(1, 13)]
        yield World(server, test_gitlab.source(server, "issues"), "1")


@pytest.fixture(params=["cloud", "data-center"])
def jira(request: pytest.FixtureRequest) -> Iterator[World]:
    with FakeJira(request.param == "cloud") as server:
        server.add(12)
        yield World(server, test_jira.source(server), "PUMP-1")


@pytest.fixture
def redmine() -> Iterator[World]:
    with FakeRedmine() as server:
        server.add(12, private=True, fields={"Severity": "Low"})
        yield World(server, test_redmine.params(server, control="1"), "1")


def transferred(server: FakeGitHub) -> None:
    server.issues.pop(1)
    server.moved[2] = ELSEWHERE


def deleted(server: FakeGitHub) -> None:
    server.issues.pop(1)
    server.deleted.add(2)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(transferred, f"moved to {ELSEWHERE}", id="CHAIN-02: moved to another project (301)"),
        pytest.param(deleted, "deleted", id="CHAIN-02: an issue deleted"),
        pytest.param(lambda s: s.issues.pop(1), "deleted, or hidden from this account", id="CHAIN-02: 404"),
        pytest.param(
            lambda s: s.issues[1].update(labels=[]),
            "it lost the label 'security'",
            id="CHAIN-02: security label removed",
        ),
    ],
)
def test_github_tells(github: World, gate: Any, change: Callable[[Any], Any], word: str) -> None:
    change(github.server)

    assert github.became(gate) == {"issues#2": word}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(lambda s: s.issues[1].update(labels=[]), "it lost the label", id="CHAIN-02: label removed"),
        pytest.param(
            lambda s: s.issues[1].update(labels=[], moved_to_id=77),
            "moved to the issue with the id 77",
            id="CHAIN-02: moved",
        ),
        pytest.param(lambda s: s.issues.pop(1), "deleted, or hidden", id="CHAIN-02: deleted"),
    ],
)
def test_gitlab_tells(gitlab: World, gate: Any, change: Callable[[Any], Any], word: str) -> None:
    change(gitlab.server)

    (became,) = gitlab.became(gate).items()

    assert became[0] == "issues#2"
    assert word in became[1]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(
            lambda s: s.issues[1]["fields"].update(labels=[]),
            "it lost the label or the issue type",
            id="CHAIN-02: label",
        ),
        pytest.param(lambda s: s.issues[1].update(key="CART-9", was="PUMP-2"), "moved to CART-9", id="CHAIN-02: moved"),
        pytest.param(lambda s: s.issues.pop(1), "deleted, or hidden", id="CHAIN-02: deleted"),
    ],
)
def test_jira_tells(jira: World, gate: Any, change: Callable[[Any], Any], word: str) -> None:
    change(jira.server)

    (became,) = jira.became(gate).items()

    assert became[0] == "jira#PUMP-2"
    assert word in became[1]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(lambda s: setattr(s.tickets[2], "tracker", 1), "its tracker is 'Bug' now", id="CHAIN-02: tracker"),
        pytest.param(lambda s: setattr(s.tickets[2], "project", 7), "moved to the project", id="CHAIN-02: moved"),
        pytest.param(lambda s: s.tickets.pop(2), "deleted, or hidden", id="CHAIN-02: deleted"),
    ],
)
def test_redmine_tells(redmine: World, gate: Any, change: Callable[[Any], Any], word: str) -> None:
    change(redmine.server)

    (became,) = redmine.became(gate).items()

    assert became[0] == "redmine#2"
    assert word in became[1]


def outage(server: FakeServer) -> None:
    server.always(r"issues/2[?]", Say(503, {}))


def sign_in(server: FakeServer) -> None:
    server.always(r"issues/2[?]", Say(raw=b"<html>", kind="text/html"))


@pytest.mark.parametrize("change", [outage, sign_in])
def test_what_cannot_be_asked_is_said(github: World, gate: Any, change: Callable[[Any], None]) -> None:
    github.server.issues.pop(1)
    change(github.server)

    assert "what became of it could not be asked" in github.became(gate)["issues#2"]


def test_without_a_token_the_rest_is_still_told(github: World, gate: Any) -> None:
    answer = gate.ask(github.source)
    gate.env.clear()
    previous = Previous(issues=("issues#99",))

    (found,) = what_became(github.source, answer, previous, Desk(gate.root, gate.env, gate.commit))

    assert "could not be asked: the environment variable TRACKER_TOKEN" in found.what


def test_an_issue_that_is_there_and_not_listed_is_no_riddle(github: World, gate: Any) -> None:
    github.server.always(
        r"/issues[?]labels", lambda say: Say(200, say.body[:3] if len(say.body) > 1 else github.server.issues[:3])
    )

    assert github.became(gate)["issues#9"] == "it is there, and the list does not give it"


def test_no_more_are_asked_for_than_people_can_read(github: World, gate: Any) -> None:
    became = github.became(gate, *(str(n) for n in range(100, 100 + MOST_ASKED + 5)))

    assert len(became) == MOST_ASKED + 5
    assert sum("was not asked for" in what for what in became.values()) == 5
    assert github.server.asked(r"issues/1\d\d") == MOST_ASKED


def test_issues_of_other_sources_are_not_asked_for(github: World, gate: Any) -> None:
    answer = gate.ask(github.source)
    previous = Previous(issues=("other#1", "issues#1"))

    assert what_became(github.source, answer, previous, Desk(gate.root, gate.env, gate.commit)) == ()

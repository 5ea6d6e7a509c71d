"""A real Redmine 5 (tests/trackers/redmine/start.sh): what it answers to accounts of different sight, and while its
world changes. Each test puts the world back."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks._security_issues.lists import Previous
from gatekeeper.checks.security_issues import what_became
from gatekeeper.tools.http import Client
from gatekeeper.trackers import Desk, Words
from gatekeeper.trackers.redmine import Params

SEED = os.environ.get("GATEKEEPER_REDMINE", "")
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not SEED, reason="no Redmine here: run tests/trackers/redmine/start.sh and read its ENV_FILE"),
]


class World:
    """The seeded server, changed through its database: renaming a tracker has no place in the REST API."""

    def __init__(self, seed: dict[str, Any]) -> None:
        self.seed = seed
        self.undo: list[tuple[str, tuple[Any, ...]]] = []

    def execute(self, statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.seed["database"], timeout=30)) as database, database:
            database.execute(statement, values)

    def change(self, table: str, column: str, value: Any, name: str, key: Any) -> None:
        with closing(sqlite3.connect(self.seed["database"], timeout=30)) as database:
            query = f"SELECT {column} FROM {table} WHERE {name} = ?"  # names are of this file
            (before,) = database.execute(query, (key,)).fetchone()
        self.undo.append((f"UPDATE {table} SET {column} = ? WHERE id = ?", (before, self._id(table, name, key))))
        self.execute(f"UPDATE {table} SET {column} = ? WHERE {name} = ?", value, key)

    def _id(self, table: str, name: str, key: Any) -> int:
        with closing(sqlite3.connect(self.seed["database"], timeout=30)) as database:
            (found,) = database.execute(f"SELECT id FROM {table} WHERE {name} = ?", (key,)).fetchone()
        return int(found)

    def status(self, issue: int, name: str) -> None:
        self.change("issues", "status_id", self.seed["statuses"][name], "id", issue)

    def restore(self) -> None:
        for statement, values in reversed(self.undo):
            self.execute(statement, *values)


@pytest.fixture
def world() -> Iterator[World]:
    made = World(json.loads(Path(SEED).read_text()))
    yield made
    made.restore()


def source(world: World, gate: Any, who: str = "full", **more: Any) -> Params:
    gate.env["TRACKER_TOKEN"] = world.seed["keys"][who]
    given: dict[str, Any] = {
        "id": "redmine",
        "server": world.seed["url"],
        "project": world.seed["project"],
        "tracker": world.seed["tracker"],
        "account": world.seed["admin"] if who == "admin" else who,
        "token_env": "TRACKER_TOKEN",
        "control": world.seed["control"],
        "version": "2.4.0",
        "fields": {"severity": "Severity", "cwe": "CWE", "fix-commits": "Fix commit", "origin": "Origin"},
        "words": Words(resolutions={"Closed": "fixed"}),
    }
    return Params(**(given | more))


def during(monkeypatch: pytest.MonkeyPatch, nth: int, change: Callable[[], None]) -> None:
    """Change the world before the nth page of the list is asked for."""
    original, count = Client.get, [0]

    def get(self: Client, path: Any, query: Any = None) -> Any:
        count[0] += list(path) == ["issues.json"]
        if count[0] == nth and list(path) == ["issues.json"]:
            change()
        return original(self, path, query)

    monkeypatch.setattr(Client, "get", get)


def test_full_sight_is_proven(world: World, gate: Any) -> None:
    answer = gate.ask(source(world, gate))

    assert gate.doubts(source(world, gate)) == {}
    assert sorted(int(i.id) for i in answer.issues) == world.seed["issues"]
    assert answer.declared_total == len(world.seed["issues"]) == 121
    assert {(i.level, i.origin) for i in answer.issues} == {("medium", "verification")}


def test_no_key_of_an_account_is_kept(world: World, gate: Any) -> None:
    answer = gate.ask(source(world, gate))

    assert all(key.encode() not in p.text() for p in answer.pages for key in world.seed["keys"].values())


@pytest.mark.parametrize(
    ("account", "word"),
    [
        pytest.param("partial", "did not come back", id="ISSUE-02: a private issue hidden from the account"),
        pytest.param("own", "did not come back", id="ISSUE-02: a role that sees only its own issues"),
        pytest.param("bugs", "is not there for this account", id="ISSUE-02: a role limited to another tracker"),
        pytest.param("admin", "the subproject 'pump-fw' is not named", id="ISSUE-08: an issue of a subproject"),
    ],
)
def test_every_other_sight_is_undecided(world: World, gate: Any, account: str, word: str) -> None:
    assert word in gate.refused(source(world, gate, account))


@pytest.mark.parametrize(
    ("more", "word"),
    [
        pytest.param({"tracker": "Securty"}, "is not there", id="ISSUE-03: misspelt"),
        pytest.param({"tracker": "security"}, "is not there", id="ISSUE-02: wrong upper or lower case"),
        pytest.param({"version": "2.4"}, "is not there", id="ISSUE-03: a version's name"),
        pytest.param({"project": "cart"}, "answers 40", id="ISSUE-03: an unknown project"),
        pytest.param({"account": "somebody"}, "takes us for 'full'", id="ISSUE-03: another account"),
        pytest.param({"control": "999999"}, "did not come back", id="ISSUE-02: no such control issue"),
        pytest.param({"fields": {"cwe": "cwe"}}, "is not there", id="ISSUE-03: a custom field's name"),
    ],
)
def test_a_wrong_name_is_undecided(world: World, gate: Any, more: dict[str, Any], word: str) -> None:
    assert word in gate.refused(source(world, gate, **more))


def test_a_wrong_key_is_undecided(world: World, gate: Any) -> None:
    asked = source(world, gate)
    gate.env["TRACKER_TOKEN"] = "0" * 40

    assert "answers 401" in gate.refused(asked)


@pytest.mark.parametrize(
    ("table", "column", "value", "name", "key", "word"),
    [
        pytest.param("projects", "status", 9, "identifier", "pump", "answers 40", id="archived"),
        pytest.param("trackers", "name", "Safety", "name", "Security", "is not there", id="tracker renamed"),
        pytest.param("projects", "identifier", "pump2", "identifier", "pump", "answers 40", id="project renamed"),
    ],
)
def test_a_changed_place_is_undecided(
    world: World, gate: Any, table: str, column: str, value: Any, name: str, key: str, word: str
) -> None:
    world.change(table, column, value, name, key)

    assert word in gate.refused(source(world, gate))


@pytest.mark.parametrize("state", ["New", "In Progress", "Resolved", "Feedback"])
def test_an_open_issue_is_found(world: World, gate: Any, state: str) -> None:
    """ISSUE-08: a state word that only looks closed (Redmine's Resolved is not closed by default)."""
    world.status(world.seed["issues"][50], state)

    judged = gate.judge(source(world, gate))["ISSUE-08"]

    assert [f.where.pointer for f in judged.findings] == [f"redmine#{world.seed['issues'][50]}"]


def test_rejected_is_no_fix(world: World, gate: Any) -> None:
    world.status(world.seed["issues"][50], "Rejected")

    judged = gate.judge(source(world, gate))["ISSUE-09"]

    assert [f.where.pointer for f in judged.findings] == [f"redmine#{world.seed['issues'][50]}"]


def test_a_control_issue_that_was_reopened_is_undecided(world: World, gate: Any) -> None:
    world.status(int(world.seed["control"]), "New")

    assert "it is not closed" in gate.refused(source(world, gate))


def test_a_control_issue_that_became_public_is_undecided(world: World, gate: Any) -> None:
    world.change("issues", "is_private", 0, "id", int(world.seed["control"]))

    assert "it lost private" in gate.refused(source(world, gate))


def test_a_closing_between_two_pages_hides_nothing(world: World, gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """ISSUE-01: an issue closed between page 1 and 2 so that an open one slips through."""
    first, last = world.seed["issues"][3], world.seed["issues"][110]
    world.status(first, "New")
    world.status(last, "New")
    during(monkeypatch, 2, lambda: world.status(first, "Closed"))

    judged = gate.judge(source(world, gate))["ISSUE-08"]

    assert f"redmine#{last}" in {f.where.pointer for f in judged.findings}
    assert judged.doubts == ()


def test_an_issue_moved_away_between_two_pages_is_read_again(
    world: World, gate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = world.seed["issues"][3]
    bug = 1
    during(monkeypatch, 2, lambda: world.change("issues", "tracker_id", bug, "id", moved))

    answer = gate.ask(source(world, gate))

    assert answer.restarts == 1
    assert len({i.id for i in answer.issues}) == answer.declared_total == 120


def test_one_gone_and_one_new_between_two_pages_is_read_again(
    world: World, gate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ISSUE-01: the total stands still while a row slips through between the pages."""
    gone, kept = world.seed["issues"][3], world.seed["issues"][110]
    world.change("issues", "tracker_id", 1, "id", kept)

    def swap() -> None:
        world.change("issues", "tracker_id", 1, "id", gone)
        world.execute(
            "UPDATE issues SET tracker_id = (SELECT id FROM trackers WHERE name = 'Security') WHERE id = ?", kept
        )

    during(monkeypatch, 2, swap)

    answer = gate.ask(source(world, gate))

    assert (answer.restarts, answer.declared_total) == (1, 120)
    assert str(kept) in {i.id for i in answer.issues}


def test_what_became_of_an_issue_is_told(world: World, gate: Any) -> None:
    """CHAIN-02: security label removed: given to another tracker, deleted, hidden."""
    retyped, public = world.seed["issues"][3], source(world, gate)
    answer = gate.ask(public)
    world.change("issues", "tracker_id", 1, "id", retyped)
    previous = Previous(issues=(f"redmine#{retyped}", "redmine#999999"))
    rest = msgspec.structs.replace(answer, issues=tuple(i for i in answer.issues if i.id != str(retyped)))

    found = {m.id: m.what for m in what_became(public, rest, previous, Desk(gate.root, gate.env))}

    assert found[f"redmine#{retyped}"] == "its tracker is 'Bug' now"
    assert found["redmine#999999"] == "deleted, or hidden from this account"


def test_the_server_counts_the_same_again(world: World, gate: Any) -> None:
    answer = gate.ask(source(world, gate))
    kept = [json.loads(p.text()) for p in answer.pages if p.role == "list"]

    assert [len(k["issues"]) for k in kept] == [100, 22, 1]  # joined by a row each, and nothing behind the last
    assert {k["total_count"] for k in kept} == {121}
    assert {k["limit"] for k in kept} == {100}

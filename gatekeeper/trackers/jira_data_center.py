"""Jira Data Center (REST 2), with a personal access token. Least permission: an account that may browse the project
and is in every security level. The server lowers the page size silently: each step goes by the rows that came."""

from __future__ import annotations

from gatekeeper.tools.http import secret
from gatekeeper.trackers import _jira
from gatekeeper.trackers._answer import Answer, Missing, UnprovenError
from gatekeeper.trackers._contract import Desk, Tracker
from gatekeeper.trackers._jira import PAGE, JiraSource, jql, place, read, visibility, wanted_fields
from gatekeeper.trackers._live import Conversation, by_offset, expect

API = ("rest", "api", "2")


class Params(
    JiraSource,
    frozen=True,
    forbid_unknown_fields=True,
    rename="kebab",
    kw_only=True,
    tag_field="kind",
    tag="jira-data-center",
):
    """One project of a Jira Data Center; `server` may have a path."""


def ask(params: Params, desk: Desk) -> Answer:
    """Prove account and place, then read the search to its total."""
    question = jql(params)
    with Conversation(TRACKER.id, params, desk, secret(desk.env, params.token_env, "Authorization", "Bearer ")) as talk:
        place(talk, params, API)
        query = {"jql": question, "maxResults": str(PAGE), "fields": ",".join(wanted_fields(params))}
        total = 0

        def rows(start: int) -> tuple[list[str], int]:
            asked = {**query, "startAt": str(start)}
            body = expect(talk.get("list", [*API, "search"], asked), dict, "the search")
            if body.get("startAt") != start:
                raise UnprovenError("ISSUE-01", f"the server answered from {body.get('startAt')!r}, asked was {start}")
            _jira.whole_answer(body)
            return _jira.keys(body), expect(body.get("total"), int, "the total")

        def read_all() -> str:
            nonlocal total
            total, proof = by_offset(rows)
            return proof

        proof = talk.whole(read_all)
        issues = read(params, tuple(talk.pages))
        visibility(talk, issues)
        return talk.answer(issues, end_proof=proof, total=total, query=question)


def find(params: Params, desk: Desk, ids: tuple[str, ...]) -> tuple[Missing, ...]:
    """What became of issues that the search no longer gives."""
    with Conversation(TRACKER.id, params, desk, secret(desk.env, params.token_env, "Authorization", "Bearer ")) as talk:
        return _jira.find(talk, params, API, ids)


TRACKER = Tracker("jira-data-center", Params, ask, read, find)

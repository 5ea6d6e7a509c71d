"""Jira Cloud (REST 3). Least permission: an account that may browse the project and is in every security level.

A search with a bad token answers 200 and nothing, so the account is asked for first. Pages come with tokens and
without a total: the last page says so, no token comes twice, and the server's count agrees before and after.
"""

from __future__ import annotations

import base64

from gatekeeper.tools.http import Secret, secret
from gatekeeper.trackers import _jira
from gatekeeper.trackers._answer import Answer, Missing, UnprovenError
from gatekeeper.trackers._contract import Desk, Tracker
from gatekeeper.trackers._jira import PAGE, JiraSource, jql, place, read, visibility, wanted_fields
from gatekeeper.trackers._live import MOST_PAGES, Conversation, MovedError, expect, text, too_many_pages

API = ("rest", "api", "3")


class Params(
    JiraSource,
    frozen=True,
    forbid_unknown_fields=True,
    rename="kebab",
    kw_only=True,
    tag_field="kind",
    tag="jira-cloud",
):
    """One project of a Jira Cloud site. `account` is the e-mail address of the API token's owner."""


def ask(params: Params, desk: Desk) -> Answer:
    """Prove account and place, then read the search between two counts."""
    question = jql(params)
    with _converse(params, desk) as talk:
        place(talk, params, API)
        total = 0

        def read_all() -> str:
            nonlocal total
            before = _count(talk, question)
            total, pages = _pages(talk, question, wanted_fields(params))
            if not before == total == _count(talk, question):
                raise MovedError
            return f"last of {pages} pages, and a count of {total} before and after"

        proof = talk.whole(read_all)
        issues = read(params, tuple(talk.pages))
        visibility(talk, issues)
        return talk.answer(issues, end_proof=proof, total=total, query=question)


def find(params: Params, desk: Desk, ids: tuple[str, ...]) -> tuple[Missing, ...]:
    """What became of issues that the search no longer gives."""
    with _converse(params, desk) as talk:
        return _jira.find(talk, params, API, ids)


def _converse(params: Params, desk: Desk) -> Conversation:
    token = secret(desk.env, params.token_env, "Authorization")
    pair = base64.b64encode(f"{params.account}:{token.value}".encode()).decode()
    return Conversation(TRACKER.id, params, desk, Secret("Authorization", pair, "Basic "), hidden=token.value)


def _pages(talk: Conversation, question: str, fields: list[str]) -> tuple[int, int]:
    tokens: list[str] = []
    rows = 0
    while len(tokens) < MOST_PAGES:
        asked = {"jql": question, "fields": fields, "maxResults": PAGE}
        if tokens:
            asked["nextPageToken"] = tokens[-1]
        body = expect(talk.post("list", [*API, "search", "jql"], asked), dict, "the search")
        _jira.whole_answer(body)
        rows += len(_jira.keys(body))
        token = text(body.get("nextPageToken"))
        if body.get("isLast") is True and not token:
            return rows, len(tokens) + 1
        if body.get("isLast") is True or not token:
            raise UnprovenError("ISSUE-01", "a page is the last one by its mark or by its token, but not by both")
        if token in tokens:
            raise UnprovenError("ISSUE-01", "a page token came back a second time", "Run the gate again.")
        tokens.append(token)
    raise too_many_pages()


def _count(talk: Conversation, question: str) -> int:
    where = question.partition(" ORDER BY ")[0]
    body = expect(talk.post("count", [*API, "search", "approximate-count"], {"jql": where}), dict, "the count")
    count: int = expect(body.get("count"), int, "the count")
    return count


TRACKER = Tracker("jira-cloud", Params, ask, read, find)

"""What the GitHub adapters share: the repository, paging by Link headers, and a second count to hold it against.

GitHub Enterprise Server: `server = "https://HOST/api/v3"`. Lists come without a total, so the end of paging is proven
twice: no next link, and a count asked before and after (or the whole list read twice, where there are only cursors).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gatekeeper.tools.http import secret
from gatekeeper.trackers._answer import UnprovenError
from gatekeeper.trackers._contract import Desk
from gatekeeper.trackers._live import MOST_PAGES, Conversation, LiveSource, MovedError, expect, text, too_many_pages

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
PAGE = 100
_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="next"')
_LAST = re.compile(r'<[^>]*[?&]page=(\d+)[^>]*>\s*;[^,]*\brel="last"')
_PROJECT = re.compile(r"([\w.-]+)/([\w.-]+)")


class GitHubSource(LiveSource, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One repository; `project` is owner/name. `account` is the token's login; a workflow's own token has none that
    the server tells, and is named by a login that ends in [bot]."""

    server: str = "https://api.github.com"


def converse(kind: str, params: GitHubSource, desk: Desk) -> Conversation:
    """Begin to talk, with the token of the policy."""
    auth = secret(desk.env, params.token_env, "Authorization", "Bearer ")
    return Conversation(kind, params, desk, auth, headers=HEADERS)


def repository(talk: Conversation) -> tuple[list[str], dict[str, Any]]:
    """Prove account and repository; the path below which everything is asked, and what the server says of it."""
    match = _PROJECT.fullmatch(talk.params.project)
    if not match:
        raise UnprovenError("ISSUE-03", f"{talk.params.project!r} is not owner/name", "Correct project in the policy.")
    path = ["repos", match[1], match[2]]
    found = expect(talk.get("project", path), dict, "the repository")
    same = text(found.get("full_name")).casefold() == talk.params.project.casefold()
    talk.resolve("repository", talk.params.project, [found.get("id")] if same else [])
    if found.get("archived") is not False:
        raise UnprovenError("ISSUE-03", f"{talk.params.project} is archived", "Name the repository that is worked on.")
    _account(talk, found)
    return path, found


def _account(talk: Conversation, found: Mapping[str, Any]) -> None:
    """A person's or app's login; a workflow's token may not ask for it, but is shown to count by its permissions."""
    if not talk.params.account.endswith("[bot]"):
        talk.account(text(expect(talk.get("account", ["user"]), dict, "the account").get("login")))
    elif not isinstance(found.get("permissions"), dict):
        raise UnprovenError("ISSUE-03", "the server answers as to nobody: the token does not count", "Renew the token.")


def counted(talk: Conversation, path: Iterable[str], query: Mapping[str, str]) -> tuple[str, int]:
    """Read a list that has page numbers, between two counts. How the end was proven, and the number of rows.

    Where one row went and another came meanwhile the count stands still; so the last row of each page but the last is
    asked for once more, by its place in the list.
    """
    where, rows = tuple(path), 0

    def read_all() -> str:
        nonlocal rows
        numbers: list[str] = []
        before = _count(talk, where, query)
        ends = read_pages(talk, where, query, lambda row: numbers.append(text(row.get("number"))))
        after, rows = _count(talk, where, query), ends[-1]
        if not before == rows == after or any(_at(talk, where, query, end) != numbers[end - 1] for end in ends[:-1]):
            raise MovedError
        return f"no next link after {len(ends)} pages, a count of {after} before and after, no page shifted"

    return talk.whole(read_all), rows


def twice(talk: Conversation, path: Iterable[str], queries: Iterable[Mapping[str, str]], key: str) -> tuple[str, int]:
    """Read lists that have only cursors two times, the second time from the other end; both readings hold the same
    ids. So a link to the next page that got lost, and a row that went from one list to another, are seen."""
    where, asked, rows = tuple(path), tuple(queries), 0

    def read_once(role: str, direction: str) -> tuple[list[str], int]:
        ids: list[str] = []
        order = {"sort": "created", "direction": direction}
        ends = [
            read_pages(talk, where, {**query, **order}, lambda row: ids.append(text(row.get(key))), role)
            for query in asked
        ]
        return ids, sum(map(len, ends))

    def read_all() -> str:
        nonlocal rows
        (first, pages), (second, _) = read_once("list", "asc"), read_once("again", "desc")
        if sorted(first) != sorted(second):
            raise MovedError
        rows = len(first)
        return f"no next link after {pages} pages, and a second reading from the other end with the same {rows} ids"

    return talk.whole(read_all), rows


def read_pages(
    talk: Conversation,
    path: tuple[str, ...],
    query: Mapping[str, str],
    each: Callable[[dict[str, Any]], object] = lambda _row: None,
    role: str = "list",
) -> list[int]:
    """Follow the next links to the end; how many rows there were at the end of each page."""
    link, seen = talk.client.address(path, {**query, "per_page": str(PAGE)}), set[str]()
    ends: list[int] = []
    while len(seen) < MOST_PAGES:
        if link in seen:
            raise UnprovenError("ISSUE-01", "a page link came back a second time", "Run the gate again.")
        seen.add(link)
        body, reply = talk.page(role, lambda: talk.client.follow(link))  # noqa: B023 - asked at once
        page = rows_of(body)
        for row in page:
            each(row)
        ends.append(len(page) + (ends[-1] if ends else 0))
        match = _NEXT.search(reply.headers.get("link", ""))
        if not match:
            return ends
        link = match[1]
    raise too_many_pages()


def _count(talk: Conversation, path: tuple[str, ...], query: Mapping[str, str]) -> int:
    """How many rows there are: the number of the last page of one row each."""
    body, reply = talk.page("count", lambda: talk.client.get(path, {**query, "per_page": "1"}))
    match = _LAST.search(reply.headers.get("link", ""))
    return int(match[1]) if match else len(rows_of(body))


def _at(talk: Conversation, path: tuple[str, ...], query: Mapping[str, str], place: int) -> str:
    """The number of the row at a place in the list, counted from 1."""
    asked = {**query, "per_page": "1", "page": str(place)}
    rows = rows_of(talk.page("count", lambda: talk.client.get(path, asked))[0])
    return text(rows[0].get("number")) if rows else ""


def rows_of(body: Any) -> list[dict[str, Any]]:
    """The rows of one page."""
    return [expect(row, dict, "a row") for row in expect(body, list, "the list")]


def login(value: Any) -> str:
    """The login of a person object, or nothing."""
    return text(value.get("login")) if isinstance(value, dict) else ""


def branch_is_release(talk: Conversation, path: list[str], branch: str) -> None:
    """Alerts of a branch speak of its head: that must be the commit to be released. Asked for as a branch: as a
    revision its name may be that of a tag as well."""
    found = expect(talk.get("branch", [*path, "branches", branch]), dict, "the branch")
    head = text(expect(found.get("commit"), dict, "the branch's commit").get("sha"))
    if not talk.desk.commit or head != talk.desk.commit or found.get("name") != branch:
        released = talk.desk.commit[:12] or "unknown"
        what = f"these alerts are for {head[:12] or 'no commit'} of {branch}, and the release commit is {released}"
        talk.trouble("ISSUE-07", what, "Release from the head of the branch that is analysed.")

"""Redmine, over its REST API (5.0 and later). The account needs to view issues of every visibility in the project.

Names of trackers, versions and custom fields are resolved from the project alone: a name where an id belongs answers
200 and zero rows. All states are asked for, sorted by id, so that closing an issue meanwhile moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gatekeeper.model.words import Level
from gatekeeper.tools.http import secret
from gatekeeper.trackers._answer import Answer, Missing, Page, UnprovenError
from gatekeeper.trackers._contract import Desk, Reading, Tracker, Words
from gatekeeper.trackers._fields import Field, filled
from gatekeeper.trackers._issue import Issue
from gatekeeper.trackers._live import Conversation, LiveSource, bodies, by_offset, expect, joined, text
from gatekeeper.trackers._lost import look_up

PAGE = 100  # the most that Redmine gives, whatever is asked for
PRIVATE = "private"
SHIPPED = Words(
    states={"open": "open", "closed": "closed"},  # of `is_closed`, not the status names
    resolutions={"Rejected": "not-fixed"},
    severities={str(level): level for level in Level},
)


class Params(
    LiveSource, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True, tag_field="kind", tag="redmine"
):
    """One project of a Redmine. `project` is its identifier, `tracker` the name of its tracker for security issues.

    Subprojects are sources of their own; every one that the account sees must be named in `subprojects`. The words'
    `resolutions` map the names of closed statuses: `Closed` may mean fixed, `Rejected` never does.
    """

    tracker: str
    version: str = ""  # name of a version; only its issues are asked for
    subprojects: tuple[str, ...] = ()
    fields: dict[Field, str] = msgspec.field(default_factory=dict)  # ours -> name of the custom field
    control_marks: tuple[str, ...] = (PRIVATE,)  # a public control issue would not show that private ones are seen


def ask(params: Params, desk: Desk) -> Answer:
    """Prove the place, read every issue of the tracker, look for the control issue."""
    auth = secret(desk.env, params.token_env, "X-Redmine-API-Key")
    with Conversation(TRACKER.id, params, desk, auth) as talk:
        project, tracker = _place(talk, params)
        query = {
            "project_id": project,
            "tracker_id": tracker,
            "subproject_id": "!*",
            "status_id": "*",
            "sort": "id",
            "include": "relations",
            **_version(talk, params),
        }
        total = -1

        def read_all() -> str:
            nonlocal total
            total, proof = by_offset(lambda offset: _rows(talk, query, offset))
            return proof

        proof = talk.whole(read_all)
        issues = read(params, tuple(talk.pages))
        _visibility(talk, issues)
        return talk.answer(issues, end_proof=proof, total=total, query=talk.client.address(["issues.json"], query))


def read(params: Params, pages: tuple[Page, ...]) -> tuple[Issue, ...]:
    """The issues of the kept pages."""
    closed = {
        text(status.get("id")): status.get("is_closed") is True
        for body in bodies(pages, "statuses")
        for status in _list(body, "issue_statuses")
    }
    reading = Reading(params.words, SHIPPED)
    rows = joined((_list(body, "issues") for body in bodies(pages)), "id")
    return tuple(_issue(row, params, closed, reading) for row in rows)


def _place(talk: Conversation, params: Params) -> tuple[str, str]:
    """Account, project, tracker and custom fields, each exactly one; subprojects all named."""
    user = expect(talk.get("account", ["users", "current.json"]), dict, "the account").get("user", {})
    talk.account(text(user.get("login")))
    include = {"include": "trackers,issue_custom_fields,enabled_modules"}
    body = expect(talk.get("project", ["projects", f"{params.project}.json"], include), dict, "the project")
    project = expect(body.get("project"), dict, "the project")
    talk.resolve("project", params.project, [project["id"]] if project.get("identifier") == params.project else [])
    tracker = talk.resolve("tracker", params.tracker, _ids(_list(project, "trackers"), params.tracker))
    for name in params.fields.values():
        talk.resolve("custom field", name, _ids(_list(project, "issue_custom_fields"), name))
    _list(expect(talk.get("statuses", ["issue_statuses.json"]), dict, "the statuses"), "issue_statuses")
    _subprojects(talk, params, text(project.get("id")))
    return text(project["id"]), tracker


def _subprojects(talk: Conversation, params: Params, project: str) -> None:
    """Issues of a subproject are not in the project's list: each must be named, and is a source of its own."""
    parents: dict[str, tuple[str, str]] = {}

    def rows(offset: int) -> tuple[list[str], int]:
        query = {"limit": str(PAGE), "offset": str(offset)}
        body = expect(talk.get("projects", ["projects.json"], query), dict, "the projects")
        for row in _list(body, "projects"):
            parents[text(row.get("id"))] = (text((row.get("parent") or {}).get("id")), text(row.get("identifier")))
        ids = [text(row.get("id")) for row in _list(body, "projects")]
        return ids, expect(body.get("total_count"), int, "the number of projects")

    talk.whole(lambda: by_offset(rows)[1])
    below = {name for key, (_, name) in parents.items() if project in _ancestors(key, parents)}
    for name in sorted(below - set(params.subprojects)):
        advice = f"Make {name} a source of its own and name it in subprojects."
        talk.trouble("ISSUE-03", f"the subproject {name!r} is not named in the policy", advice)


def _ancestors(key: str, parents: Mapping[str, tuple[str, str]]) -> set[str]:
    found: set[str] = set()
    while (key := parents.get(key, ("", ""))[0]) and key not in found:
        found.add(key)
    return found


def _version(talk: Conversation, params: Params) -> dict[str, str]:
    if not params.version:
        return {}
    body = expect(talk.get("versions", ["projects", params.project, "versions.json"]), dict, "the versions")
    return {"fixed_version_id": talk.resolve("version", params.version, _ids(_list(body, "versions"), params.version))}


def _rows(talk: Conversation, query: Mapping[str, str], offset: int) -> tuple[list[str], int]:
    asked = {**query, "limit": str(PAGE), "offset": str(offset)}
    body = expect(talk.get("list", ["issues.json"], asked), dict, "the list of issues")
    if body.get("offset") != offset:
        raise UnprovenError("ISSUE-01", f"the server answered offset {body.get('offset')!r}, where {offset} was asked")
    ids = [text(row.get("id")) for row in _list(body, "issues")]
    return ids, expect(body.get("total_count"), int, "the number of issues")


def _visibility(talk: Conversation, issues: Iterable[Issue]) -> None:
    """Where private issues come back, a public control issue does not speak for them."""
    control = next((i for i in issues if i.id == talk.params.control), None)
    if control and PRIVATE not in control.marks and any(PRIVATE in i.marks for i in issues):
        advice = "Make the control issue private, or name another one."
        talk.trouble("ISSUE-02", "there are private issues, and the control issue is public", advice)


def _list(body: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    rows = expect(body.get(key), list, f"the list {key!r}")
    return [expect(row, dict, f"a row of {key!r}") for row in rows]


def _ids(rows: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    return [text(row.get("id")) for row in rows if row.get("name") == name]


def _issue(row: Mapping[str, Any], params: Params, closed: Mapping[str, bool], reading: Reading) -> Issue:
    status = expect(row.get("status"), dict, "an issue's status")
    name, key = text(status.get("name")), text(row.get("id"))
    done = closed.get(text(status.get("id")))
    state = {True: "closed", False: "open", None: f"status {name}"}[done]
    disposition, unread = reading.disposition(state, name if done else "")
    priority = text((row.get("priority") or {}).get("name"))
    level, unread_level = reading.level(priority)
    tracker = text((row.get("tracker") or {}).get("name"))
    issue = Issue(
        id=key,
        title=text(row.get("subject")),
        source=params.id,
        url=f"{params.server.rstrip('/')}/issues/{key}",
        disposition=disposition,
        raw_state=name,
        raw_resolution=name if disposition.closed else "",
        level=level,
        raw_severity=priority,
        unread=unread + unread_level,
        marks=tuple(filter(None, (tracker, PRIVATE if row.get("is_private") is True else ""))),
        received=text(row.get("created_on")),
        closed=text(row.get("closed_on")),
        duplicate_of=_original(row, key),
    )
    return filled(issue, params.fields, _custom(row), reading)


def _custom(row: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for field in row.get("custom_fields") or ():
        value = field.get("value")
        found[text(field.get("name"))] = " ".join(map(text, value)) if isinstance(value, list) else text(value)
    return found


def _original(row: Mapping[str, Any], key: str) -> str:
    for relation in row.get("relations") or ():
        if relation.get("relation_type") == "duplicates" and text(relation.get("issue_id")) == key:
            return text(relation.get("issue_to_id"))
    return ""


def find(params: Params, desk: Desk, ids: tuple[str, ...]) -> tuple[Missing, ...]:
    """What became of issues that the list no longer gives: moved, given to another tracker, deleted or hidden."""

    def explain(_number: str, body: dict[str, Any]) -> str:
        row = expect(body.get("issue"), dict, "the issue")
        tracker, version = (text((row.get(key) or {}).get("name")) for key in ("tracker", "fixed_version"))
        place = expect(row.get("project"), dict, "its project")
        if text(place.get("id")) != project:
            return f"moved to the project {text(place.get('name'))!r}"
        if tracker != params.tracker:
            return f"its tracker is {tracker!r} now"
        return f"its version is {version or 'none'!r} now" if params.version and version != params.version else ""

    with Conversation(TRACKER.id, params, desk, secret(desk.env, params.token_env, "X-Redmine-API-Key")) as talk:
        found = expect(talk.get("project", ["projects", f"{params.project}.json"]), dict, "the project")
        project = text(expect(found.get("project"), dict, "the project").get("id"))
        return look_up(talk, ids, lambda number: (["issues", f"{number}.json"], None), explain)


TRACKER = Tracker("redmine", Params, ask, read, find)

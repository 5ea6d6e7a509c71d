"""What Jira Cloud and Jira Data Center share: the question in JQL, the place, and what an issue's fields mean.

Status names never matter: closed is the status category *done*, fixed is a resolution that the policy says is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gatekeeper.model.words import Level
from gatekeeper.trackers._answer import Missing, Page, UnprovenError
from gatekeeper.trackers._contract import Reading, Words
from gatekeeper.trackers._fields import Field, filled
from gatekeeper.trackers._issue import Issue
from gatekeeper.trackers._live import Conversation, LiveSource, bodies, expect, joined, text
from gatekeeper.trackers._lost import look_up

PAGE = 100
LEVEL_MARK = "level: "
SECURED = "security level"  # of whatever name
SHIPPED = Words(
    states={"done": "closed", "indeterminate": "open", "new": "open"},
    resolutions={
        "Duplicate": "duplicate",
        **dict.fromkeys(("Won't Do", "Won't Fix", "Cannot Reproduce", "Incomplete", "Declined"), "not-fixed"),
    },
    severities={str(level): level for level in Level},
)
SYSTEM = ("summary", "status", "resolution", "priority", "labels", "issuetype", "security", "created", "resolutiondate")
LINKS = "issuelinks"
LOST = "it lost the label or the issue type that made it a security issue"


class JiraSource(LiveSource, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One project, by its key. An issue is a security issue by one of `labels` or of `issue_types`. `fields` gives the
    id of the custom field (customfield_10042) for ours; the words' `resolutions` must say which one means fixed."""

    labels: tuple[str, ...] = ()
    issue_types: tuple[str, ...] = ()
    version: str = ""  # name of a fix version; only its issues are asked for
    control_marks: tuple[str, ...] = (SECURED,)  # a control without one would not show that secret ones are seen
    fields: dict[Field, str] = msgspec.field(default_factory=dict)


def jql(params: JiraSource) -> str:
    """The exact question. Raises UnprovenError where nothing says what a security issue is."""
    kinds = [f"labels in ({_quoted(params.labels)})"] if params.labels else []
    kinds += [f"issuetype in ({_quoted(params.issue_types)})"] if params.issue_types else []
    if not kinds:
        raise UnprovenError("ISSUE-03", "the policy names no label and no issue type", "Say what a security issue is.")
    version = f" AND fixVersion = {_quoted([params.version])}" if params.version else ""
    return f"project = {_quoted([params.project])} AND ({' OR '.join(kinds)}){version} ORDER BY key ASC"


def wanted_fields(params: JiraSource) -> list[str]:
    """The fields to ask for: only these come back."""
    return [*SYSTEM, LINKS, *sorted(set(params.fields.values()))]


def place(talk: Conversation, params: JiraSource, api: tuple[str, ...]) -> None:
    """Account, right to browse, project, issue types, version and fields: each exactly one."""
    myself = expect(talk.get("account", [*api, "myself"]), dict, "the account")
    names = [text(myself.get(key)) for key in ("emailAddress", "accountId", "name", "key")]
    talk.account(next((n for n in names if n.casefold() == params.account.casefold() and n), names[0] or names[1]))
    project = expect(talk.get("project", [*api, "project", params.project]), dict, "the project")
    talk.resolve("project", params.project, [project.get("id")] if project.get("key") == params.project else [])
    if project.get("archived") is True:
        raise UnprovenError("ISSUE-03", f"the project {params.project} is archived", "Name the project in use.")
    _may_browse(talk, params, api)
    types = [t for t in expect(project.get("issueTypes", []), list, "the issue types") if isinstance(t, dict)]
    for name in params.issue_types:
        talk.resolve("issue type", name, [t.get("id") for t in types if t.get("name") == name])
    if params.version:
        versions = expect(talk.get("versions", [*api, "project", params.project, "versions"]), list, "the versions")
        talk.resolve("version", params.version, [v.get("id") for v in versions if v.get("name") == params.version])
    if params.fields:
        known = expect(talk.get("fields", [*api, "field"]), list, "the fields")
        for name in sorted(set(params.fields.values())):
            talk.resolve("field", name, [f.get("id") for f in known if f.get("id") == name])


def _may_browse(talk: Conversation, params: JiraSource, api: tuple[str, ...]) -> None:
    query = {"projectKey": params.project, "permissions": "BROWSE_PROJECTS"}
    body = expect(talk.get("permissions", [*api, "mypermissions"], query), dict, "the permissions")
    granted = (body.get("permissions") or {}).get("BROWSE_PROJECTS") or {}
    if granted.get("havePermission") is not True:
        advice = "Give the account the permission to browse the project."
        raise UnprovenError("ISSUE-02", f"{params.account} may not browse {params.project}", advice)


def visibility(talk: Conversation, issues: Iterable[Issue]) -> None:
    """A control issue speaks for its own security level only: each level that comes back must be the control's."""
    found = tuple(issues)
    control = next((i for i in found if i.id == talk.params.control), None)
    levels = {m for i in found for m in i.marks if m.startswith(LEVEL_MARK)}
    missing = sorted(levels - set(control.marks)) if control else []
    if missing:
        advice = "Put the control issue on the most secret level, or make the levels sources of their own."
        talk.trouble("ISSUE-02", f"issues have {', '.join(missing)}, which the control issue has not", advice)


def read(params: JiraSource, pages: tuple[Page, ...]) -> tuple[Issue, ...]:
    """The issues of the kept pages."""
    reading = Reading(params.words, SHIPPED)
    rows = joined((expect(body.get("issues"), list, "the issues") for body in bodies(pages)), "key")
    return tuple(_issue(row, params, reading) for row in rows)


def keys(body: Mapping[str, Any]) -> list[str]:
    """The keys of one page of a search."""
    rows = expect(body.get("issues"), list, "the issues")
    return [text(expect(row, dict, "an issue").get("key")) for row in rows]


def whole_answer(body: Mapping[str, Any]) -> None:
    """A search that Jira warns about was not answered as it was asked. Raises UnprovenError."""
    told = [text(m) for name in ("warningMessages", "errorMessages") for m in body.get(name) or ()]
    if told:
        advice = "Correct the labels, issue types and version of the policy, or the account's rights."
        raise UnprovenError("ISSUE-04", f"the search came with warnings: {'; '.join(told)[:160]}", advice)


def find(talk: Conversation, params: JiraSource, api: tuple[str, ...], ids: tuple[str, ...]) -> tuple[Missing, ...]:
    """What became of issues that the search no longer gives: moved, deleted, hidden, or no longer one."""

    def explain(number: str, row: dict[str, Any]) -> str:
        if row.get("key") != number:
            return f"moved to {text(row.get('key'))}"
        fields = expect(row.get("fields"), dict, "the issue's fields")
        if _plain(fields.get("issuetype")) in params.issue_types:
            return ""
        return "" if set(params.labels) & set(map(text, fields.get("labels") or ())) else LOST

    query = {"fields": "labels,issuetype"}
    return look_up(talk, ids, lambda number: ((*api, "issue", number), query), explain)


def _issue(row: Mapping[str, Any], params: JiraSource, reading: Reading) -> Issue:
    fields = expect(row.get("fields"), dict, "an issue's fields (ids alone say nothing)")
    status = expect(fields.get("status"), dict, "an issue's status")
    category = text((status.get("statusCategory") or {}).get("key"))
    resolution = _plain(fields.get("resolution"))
    disposition, unread = reading.disposition(category, resolution)
    priority = _plain(fields.get("priority"))
    level, unread_level = reading.level(priority)
    secret = _plain(fields.get("security"))
    key = text(row.get("key"))
    issue = Issue(
        id=key,
        title=text(fields.get("summary")),
        source=params.id,
        url=f"{params.server.rstrip('/')}/browse/{key}",
        disposition=disposition,
        raw_state=f"{text(status.get('name'))} ({category})",
        raw_resolution=resolution if disposition.closed else "",
        level=level,
        raw_severity=priority,
        unread=unread + unread_level,
        marks=(*map(text, fields.get("labels") or ()), *([LEVEL_MARK + secret, SECURED] if secret else [])),
        received=_time(fields.get("created")),
        closed=_time(fields.get("resolutiondate")),
        duplicate_of=_original(fields.get(LINKS)),
    )
    given = {name: _plain(fields.get(name)) for name in params.fields.values()}
    return filled(issue, params.fields, given, reading)


def _original(links: Any) -> str:
    for link in links or ():
        outward = link.get("outwardIssue")
        if (link.get("type") or {}).get("name") == "Duplicate" and outward:
            return text(outward.get("key"))
    return ""


def _plain(value: Any) -> str:
    """A field's value as text: plain, an option, a person, several of these, or a rich-text document."""
    if isinstance(value, list):
        return " ".join(filter(None, map(_plain, value)))
    if not isinstance(value, dict):
        return text(value)
    if "content" in value or value.get("type") in ("text", "doc"):
        return text(value.get("text")) or _plain(value.get("content") or [])
    return next((text(value[key]) for key in ("value", "name", "displayName", "emailAddress") if value.get(key)), "")


def _time(value: Any) -> str:
    """Jira writes offsets as +0000; RFC 3339 wants +00:00."""
    given = text(value)
    return f"{given[:-2]}:{given[-2:]}" if len(given) > 5 and given[-5] in "+-" and given[-4:].isdigit() else given


def _quoted(names: Iterable[str]) -> str:
    return ", ".join('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for name in names)

"""Issues of a GitHub repository, found by their labels. Least permission: `issues: read` (and `metadata: read`).

People's fields come from the headings of an issue form; severity and origin from labels. Closed as *completed* is
fixed, and the commit is the one that the closing event names, where no field does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gatekeeper.model.words import Level
from gatekeeper.trackers._answer import Answer, Missing, Page
from gatekeeper.trackers._contract import Desk, Reading, Tracker, Words
from gatekeeper.trackers._fields import Field, filled, headings
from gatekeeper.trackers._github import GitHubSource, converse, counted, login, read_pages, repository, rows_of
from gatekeeper.trackers._issue import Disposition, Issue
from gatekeeper.trackers._live import Conversation, bodies, expect, text
from gatekeeper.trackers._lost import look_up, without

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
REOPENED = "reopened"  # the reason of an open issue
SHIPPED = Words(
    states={"open": "open", "closed": "closed"},
    resolutions={"completed": "fixed", "not_planned": "not-fixed", "duplicate": "duplicate"},
    severities={str(level): level for level in Level},
)


class Params(
    GitHubSource,
    frozen=True,
    forbid_unknown_fields=True,
    rename="kebab",
    kw_only=True,
    tag_field="kind",
    tag="github-issues",
):
    """The issues that carry all of `labels` (and belong to the milestone of that title)."""

    labels: tuple[str, ...]
    milestone: str = ""
    severity_label: str = "severity: "  # labels that begin so name the severity
    origin_label: str = "origin: "
    fields: dict[Field, str] = msgspec.field(default_factory=dict)  # ours -> heading in the issue's text
    commits_from_timeline: bool = True  # of issues that are fixed and name no commit


def ask(params: Params, desk: Desk) -> Answer:
    """Prove the place, read every issue with the labels, and the closing of those that name no commit."""
    with converse(TRACKER.id, params, desk) as talk:
        path, _ = repository(talk)
        for label in params.labels:
            found = expect(talk.get("label", [*path, "labels", label]), dict, "the label")
            talk.resolve("label", label, [found["id"]] if found.get("name") == label else [])
        query = {
            "labels": ",".join(params.labels),
            "state": "all",
            "sort": "created",
            "direction": "asc",
            **_milestone(talk, path, params),
        }
        proof, rows = counted(talk, [*path, "issues"], query)
        pulls = sum("pull_request" in row for body in bodies(talk.pages) for row in rows_of(body))
        _timelines(talk, path, params)
        issues = read(params, tuple(talk.pages))
        address = talk.client.address([*path, "issues"], query)
        return talk.answer(issues, end_proof=proof, total=rows - pulls, query=address)


def read(params: Params, pages: tuple[Page, ...]) -> tuple[Issue, ...]:
    """The issues of the kept pages; pull requests, which the same list holds, are none."""
    reading = Reading(params.words, SHIPPED)
    events: dict[str, list[dict[str, Any]]] = {}
    for page in pages:
        if page.role.startswith("timeline "):
            told = events.setdefault(page.role.removeprefix("timeline "), [])
            told += [event for body in bodies((page,), page.role) for event in rows_of(body)]
    rows = (row for body in bodies(pages) for row in rows_of(body) if "pull_request" not in row)
    return tuple(_issue(row, params, reading, events) for row in rows)


def _milestone(talk: Conversation, path: list[str], params: Params) -> dict[str, str]:
    if not params.milestone:
        return {}
    rows: list[dict[str, Any]] = []
    read_pages(talk, (*path, "milestones"), {"state": "all"}, rows.append, role="milestones")
    numbers = [row.get("number") for row in rows if row.get("title") == params.milestone]
    return {"milestone": talk.resolve("milestone", params.milestone, numbers)}


def _timelines(talk: Conversation, path: list[str], params: Params) -> None:
    """The story of each issue that names no fix, that was opened again, or that was decided in another way than by a
    fix: whether it was opened again since tells what a decision is worth."""
    for issue in read(params, tuple(talk.pages)):
        fixed = issue.disposition is Disposition.FIXED
        unnamed = fixed and not issue.fix_commits and params.commits_from_timeline
        decided = issue.disposition.closed and not fixed
        if (unnamed or decided or issue.raw_resolution == REOPENED) and issue.id != params.control:
            read_pages(talk, (*path, "issues", issue.id, "timeline"), {}, role=f"timeline {issue.id}")


def _issue(
    row: Mapping[str, Any], params: Params, reading: Reading, events: Mapping[str, list[dict[str, Any]]]
) -> Issue:
    labels = tuple(text(expect(label, dict, "a label").get("name")) for label in row.get("labels") or ())
    state, reason = text(row.get("state")), text(row.get("state_reason"))
    disposition, unread = reading.disposition(state, reason)
    severity = _labelled(labels, params.severity_label)
    level, unread_level = reading.level(severity)
    number = text(row.get("number"))
    issue = Issue(
        id=number,
        title=text(row.get("title")),
        source=params.id,
        url=text(row.get("html_url")),
        disposition=disposition,
        raw_state=state,
        raw_resolution=reason if state == "closed" or reason == REOPENED else "",
        level=level,
        raw_severity=severity,
        unread=unread + unread_level,
        marks=labels,
        origin=_labelled(labels, params.origin_label),
        received=text(row.get("created_at")),
        closed=text(row.get("closed_at")),
        closer=login(row.get("closed_by")),
    )
    made = filled(issue, params.fields, headings(text(row.get("body"))), reading)
    told = events.get(number, [])
    made = msgspec.structs.replace(made, reopened=made.reopened or _reopened(told))
    return made if made.fix_commits else msgspec.structs.replace(made, fix_commits=_closing(told))


def _labelled(labels: Iterable[str], prefix: str) -> str:
    """What the one label with that prefix says; several together are a word that nobody knows."""
    return ", ".join(label.removeprefix(prefix) for label in labels if label.startswith(prefix))


def _closing(events: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The commit of the last closing event."""
    commits = [text(e.get("commit_id")) for e in events if e.get("event") == "closed"]
    return tuple(c for c in commits[-1:] if _COMMIT.fullmatch(c))


def _reopened(events: Iterable[Mapping[str, Any]]) -> str:
    """When it was opened again for the last time."""
    times = [text(e.get("created_at")) for e in events if e.get("event") == "reopened"]
    return times[-1] if times else ""


def find(params: Params, desk: Desk, ids: tuple[str, ...]) -> tuple[Missing, ...]:
    """What became of issues that the list no longer gives: transferred (301), deleted (410), or its label removed."""
    path = ("repos", *params.project.split("/"), "issues")

    def explain(_number: str, row: dict[str, Any]) -> str:
        names = [text(label.get("name")) for label in row.get("labels") or () if isinstance(label, dict)]
        milestone = text((row.get("milestone") or {}).get("title"))
        other = params.milestone and milestone != params.milestone
        return without(params.labels, names) or (f"its milestone is {milestone or 'none'!r} now" if other else "")

    with converse(TRACKER.id, params, desk) as talk:
        return look_up(talk, ids, lambda number: ((*path, number), None), explain)


TRACKER = Tracker("github-issues", Params, ask, read, find)

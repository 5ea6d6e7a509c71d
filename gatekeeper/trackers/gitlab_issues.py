"""Issues of a GitLab project, found by their labels. Least permission: role Reporter, scope `read_api`.

GitLab has no reason for closing: an issue counts as fixed where it names its fix, as a field or as a scoped label of
the policy; moved and duplicate issues say so themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gatekeeper.model.words import Level
from gatekeeper.trackers._answer import Answer, Missing, Page, UnprovenError
from gatekeeper.trackers._contract import Desk, Reading, Tracker, Words
from gatekeeper.trackers._fields import Field, filled, headings
from gatekeeper.trackers._gitlab import API, GitLabSource, converse, project
from gatekeeper.trackers._issue import Issue
from gatekeeper.trackers._live import MOST_PAGES, Conversation, MovedError, bodies, expect, text, too_many_pages
from gatekeeper.trackers._lost import look_up, without

REPORTER = 20
CONFIDENTIAL = "confidential"
SHIPPED = Words(
    states={"opened": "open", "closed": "closed"},
    resolutions={"fixed": "fixed", "duplicate": "duplicate", "moved": "not-fixed"},
    severities={str(level): level for level in Level},
)


class Params(
    GitLabSource,
    frozen=True,
    forbid_unknown_fields=True,
    rename="kebab",
    kw_only=True,
    tag_field="kind",
    tag="gitlab-issues",
):
    """The issues that carry all of `labels`."""

    labels: tuple[str, ...]
    milestone: str = ""
    severity_label: str = "severity::"
    origin_label: str = "origin::"
    resolution_label: str = "resolution::"
    fields: dict[Field, str] = msgspec.field(default_factory=dict)  # ours -> heading in the issue's text
    control_marks: tuple[str, ...] = (CONFIDENTIAL,)  # an open control would not show that confidential ones are seen


def ask(params: Params, desk: Desk) -> Answer:
    """Prove the place, read every issue with the labels, and count again."""
    with converse(TRACKER.id, params, desk) as talk:
        number = text(project(talk, REPORTER).get("id"))
        for label in params.labels:
            found = expect(talk.get("label", [*API, "projects", number, "labels", label]), dict, "the label")
            talk.resolve("label", label, [found.get("id")] if found.get("name") == label else [])
        query = {
            "labels": ",".join(params.labels),
            "state": "all",
            "scope": "all",
            "order_by": "created_at",
            "sort": "asc",
            "per_page": "100",
            **_milestone(talk, number, params),
        }
        path = [*API, "projects", number, "issues"]
        total = 0

        def read_all() -> str:
            nonlocal total
            first, declared, ends = _pages(talk, path, query, "list")
            second = first if declared is not None else _pages(talk, path, query, "again")[0]
            if first != second or declared not in (None, len(first)):
                raise MovedError
            if declared is not None and any(_at(talk, path, query, end) != first[end - 1] for end in ends[:-1]):
                raise MovedError  # one went and one came: the total stands still, and the pages do not fit
            total = len(first)
            told = f"a declared total of {declared}" if declared is not None else "a second reading with the same ids"
            return f"no next page after {len(ends)} pages, and {told}"

        proof = talk.whole(read_all)
        issues = read(params, tuple(talk.pages))
        _visibility(talk, issues)
        return talk.answer(issues, end_proof=proof, total=total, query=talk.client.address(path, query))


def read(params: Params, pages: tuple[Page, ...]) -> tuple[Issue, ...]:
    """The issues of the kept pages."""
    reading = Reading(params.words, SHIPPED)
    return tuple(
        _issue(expect(row, dict, "an issue"), params, reading)
        for body in bodies(pages)
        for row in expect(body, list, "the issues")
    )


def _pages(
    talk: Conversation, path: list[str], query: Mapping[str, str], role: str
) -> tuple[list[str], int | None, list[int]]:
    """The ids, the total where the server tells one (it does not over 10,000), and the rows at each page's end."""
    ids: list[str] = []
    ends: list[int] = []
    totals: set[str] = set()
    page = "1"
    for _ in range(MOST_PAGES):
        body, reply = talk.page(role, lambda: talk.client.get(path, {**query, "page": page}))  # noqa: B023 - asked at once
        ids += [text(expect(row, dict, "an issue").get("iid")) for row in expect(body, list, "the issues")]
        ends.append(len(ids))
        totals.add(reply.headers.get("x-total", ""))
        following = reply.headers.get("x-next-page", "")
        if not following:
            if not {"x-next-page", "x-total"} & reply.headers.keys():
                advice = "Let whatever stands between pass the headers X-Next-Page and X-Total."
                raise UnprovenError("ISSUE-01", "the answer does not say whether a page follows", advice)
            if len(totals) > 1:
                raise MovedError
            (total,) = totals
            return ids, int(total) if total.isdigit() else None, ends
        if not following.isdigit() or int(following) != int(page) + 1:
            raise UnprovenError("ISSUE-01", f"page {following!r} is said to follow page {page}")
        page = following
    raise too_many_pages()


def _at(talk: Conversation, path: list[str], query: Mapping[str, str], place: int) -> str:
    """The number of the issue at a place in the list, counted from 1."""
    body = talk.get("count", path, {**query, "per_page": "1", "page": str(place)})
    rows = [expect(row, dict, "an issue") for row in expect(body, list, "the issues")]
    return text(rows[0].get("iid")) if rows else ""


def _milestone(talk: Conversation, number: str, params: Params) -> dict[str, str]:
    if not params.milestone:
        return {}
    query = {"title": params.milestone}
    rows = expect(talk.get("milestones", [*API, "projects", number, "milestones"], query), list, "the milestones")
    talk.resolve("milestone", params.milestone, [r.get("id") for r in rows if r.get("title") == params.milestone])
    return {"milestone": params.milestone}


def _visibility(talk: Conversation, issues: Iterable[Issue]) -> None:
    found = tuple(issues)
    control = next((i for i in found if i.id == talk.params.control), None)
    if control and CONFIDENTIAL not in control.marks and any(CONFIDENTIAL in i.marks for i in found):
        advice = "Make the control issue confidential, or name another one."
        talk.trouble("ISSUE-02", "there are confidential issues, and the control issue is open to all", advice)


def _issue(row: Mapping[str, Any], params: Params, reading: Reading) -> Issue:
    labels = tuple(map(text, row.get("labels") or ()))
    given = headings(text(row.get("description")))
    original = text((row.get("_links") or {}).get("closed_as_duplicate_of")).rpartition("/")[2]
    state = text(row.get("state"))
    resolution = _resolution(row, labels, given, original, params) if state == "closed" else ""
    disposition, unread = reading.disposition(state, resolution)
    severity = _labelled(labels, params.severity_label)
    level, unread_level = reading.level(severity)
    issue = Issue(
        id=text(row.get("iid")),
        title=text(row.get("title")),
        source=params.id,
        url=text(row.get("web_url")),
        disposition=disposition,
        raw_state=state,
        raw_resolution=resolution,
        level=level,
        raw_severity=severity,
        unread=unread + unread_level,
        marks=(*labels, *([CONFIDENTIAL] if row.get("confidential") is True else [])),
        origin=_labelled(labels, params.origin_label),
        received=text(row.get("created_at")),
        closed=text(row.get("closed_at")),
        closer=text((row.get("closed_by") or {}).get("username")),
        duplicate_of=original,
    )
    return filled(issue, params.fields, given, reading)


def _resolution(
    row: Mapping[str, Any], labels: Iterable[str], given: Mapping[str, str], original: str, params: Params
) -> str:
    """Why it was closed, the surest sign first; nothing where nothing says so."""
    if row.get("moved_to_id") is not None:
        return "moved"
    if original:
        return "duplicate"
    if said := _labelled(labels, params.resolution_label):
        return said
    return "fixed" if given.get(params.fields.get("fix-commits", ""), "").strip() else ""


def _labelled(labels: Iterable[str], prefix: str) -> str:
    return ", ".join(label.removeprefix(prefix) for label in labels if label.startswith(prefix))


def find(params: Params, desk: Desk, ids: tuple[str, ...]) -> tuple[Missing, ...]:
    """What became of issues that the list no longer gives: moved, deleted, or its label removed."""
    path = (*API, "projects", params.project, "issues")

    def explain(_number: str, row: dict[str, Any]) -> str:
        if row.get("moved_to_id") is not None:
            return f"moved to the issue with the id {text(row['moved_to_id'])}"
        return without(params.labels, map(text, row.get("labels") or ()))

    with converse(TRACKER.id, params, desk) as talk:
        return look_up(talk, ids, lambda number: ((*path, number), None), explain)


TRACKER = Tracker("gitlab-issues", Params, ask, read, find)

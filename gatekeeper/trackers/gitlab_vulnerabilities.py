"""The vulnerability report of a GitLab project (Ultimate), by GraphQL. Least permission: role Developer with
`read_api`, or a role that may read vulnerabilities.

The report speaks of the default branch, so its head must be the release commit; *resolved* counts as fixed only where
the scanners no longer see it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatekeeper.model.words import Level
from gatekeeper.trackers._answer import Answer, Page, UnprovenError
from gatekeeper.trackers._contract import Desk, Reading, Tracker, Words
from gatekeeper.trackers._gitlab import API, GitLabSource, converse, project
from gatekeeper.trackers._issue import Issue
from gatekeeper.trackers._live import MOST_PAGES, Conversation, MovedError, bodies, expect, text, too_many_pages

DEVELOPER = 30
QUESTION = """query($path: ID!, $after: String) {
  currentUser { username }
  project(fullPath: $path) {
    fullPath
    vulnerabilities(first: 100, after: $after, state: [DETECTED, CONFIRMED, RESOLVED, DISMISSED]) {
      nodes {
        id title state severity dismissalReason resolvedOnDefaultBranch detectedAt resolvedAt dismissedAt webUrl
        scanner { name } identifiers { externalType externalId }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}"""
STILL_SEEN = "resolved, but still detected"
SHIPPED = Words(
    states={"DETECTED": "open", "CONFIRMED": "open", "RESOLVED": "closed", "DISMISSED": "closed"},
    resolutions={
        "resolved": "fixed",
        STILL_SEEN: "not-fixed",
        "FALSE_POSITIVE": "false-positive",
        **dict.fromkeys(("ACCEPTABLE_RISK", "MITIGATING_CONTROL", "USED_IN_TESTS", "NOT_APPLICABLE"), "not-fixed"),
    },
    severities={**{str(level): level for level in Level}, "INFO": Level.LOW},
)


class Params(
    GitLabSource,
    frozen=True,
    forbid_unknown_fields=True,
    rename="kebab",
    kw_only=True,
    tag_field="kind",
    tag="gitlab-vulnerabilities",
):
    """The report of one project. `control` is the number of a dismissed or resolved vulnerability; `scan_jobs` are the
    jobs (by name) that must have succeeded in a pipeline of the release commit: without them nothing was looked for."""

    scan_jobs: tuple[str, ...]


def ask(params: Params, desk: Desk) -> Answer:
    """Prove place and commit, then read the report in every state, two times."""
    with converse(TRACKER.id, params, desk) as talk:
        found = project(talk, DEVELOPER)
        _head_is_release(talk, found)
        scanned = _scanned(talk, params, text(found.get("id")))
        total = 0

        def read_all() -> str:
            nonlocal total
            first, pages = _pages(talk, "list")
            if first != _pages(talk, "again")[0]:
                raise MovedError
            total = len(first)
            return f"no next page after {pages} pages, and a second reading with the same {total} ids"

        proof = talk.whole(read_all)
        issues = read(params, tuple(talk.pages))
        return talk.answer(issues, end_proof=proof, total=total, query=QUESTION, analyses=scanned)


def read(params: Params, pages: tuple[Page, ...]) -> tuple[Issue, ...]:
    """The vulnerabilities of the kept pages."""
    reading = Reading(params.words, SHIPPED)
    return tuple(_issue(row, params, reading) for body in bodies(pages) for row in _report(body)[0])


def _head_is_release(talk: Conversation, found: Mapping[str, Any]) -> None:
    branch, number = text(found.get("default_branch")), text(found.get("id"))
    where = [*API, "projects", number, "repository", "branches", branch]
    head = text((expect(talk.get("branch", where), dict, "the branch").get("commit") or {}).get("id"))
    if not talk.desk.commit or head != talk.desk.commit:
        released = talk.desk.commit[:12] or "unknown"
        what = f"the report is for {head[:12] or 'no commit'} of {branch}, and the release commit is {released}"
        talk.trouble("ISSUE-07", what, "Release from the head of the default branch.")


def _scanned(talk: Conversation, params: Params, number: str) -> tuple[str, ...]:
    """The scans that succeeded on the release commit. Raises UnprovenError where one of the policy's is not there."""
    if not params.scan_jobs or not talk.desk.commit:
        what = "no job is named that must have scanned the release commit, or the commit is not known"
        raise UnprovenError("ISSUE-07", what, "Name the scanners' jobs in scan-jobs.")
    where = [*API, "projects", number, "pipelines"]
    pipelines = expect(talk.get("analyses", where, {"sha": talk.desk.commit, "per_page": "100"}), list, "the pipelines")
    done: set[str] = set()
    for pipeline in pipelines:
        if expect(pipeline, dict, "a pipeline").get("sha") != talk.desk.commit:
            continue
        jobs = talk.get("analyses", [*where, text(pipeline.get("id")), "jobs"], {"per_page": "100"})
        done |= {text(j.get("name")) for j in expect(jobs, list, "the jobs") if j.get("status") == "success"}
    if missing := sorted(set(params.scan_jobs) - done):
        advice = "Let them run on the release commit, then run the gate again."
        raise UnprovenError("ISSUE-07", f"{', '.join(missing)} did not succeed on {talk.desk.commit[:12]}", advice)
    return params.scan_jobs


def _pages(talk: Conversation, role: str) -> tuple[list[str], int]:
    ids: list[str] = []
    cursors: list[str] = []
    for count in range(1, MOST_PAGES + 1):
        variables = {"path": talk.params.project, "after": cursors[-1] if cursors else None}
        body = talk.post(role, ["api", "graphql"], {"query": QUESTION, "variables": variables})
        rows, info = _report(body)
        talk.account(text((body["data"].get("currentUser") or {}).get("username")))
        ids += [_number(row) for row in rows]
        if info.get("hasNextPage") is False:
            return ids, count
        cursor = text(info.get("endCursor"))
        if not cursor or cursor in cursors:
            raise UnprovenError(
                "ISSUE-01", "a page cursor is missing or came back a second time", "Run the gate again."
            )
        cursors.append(cursor)
    raise too_many_pages()


def _report(body: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows and page information. Raises UnprovenError for errors, and for a project that the account cannot see."""
    answer = expect(body, dict, "the answer")
    if answer.get("errors"):
        raise UnprovenError("ISSUE-04", f"the server reports errors: {str(answer['errors'])[:160]}")
    found = expect(answer.get("data"), dict, "the data").get("project")
    if found is None:
        advice = "Give the account a role in the project that may read vulnerabilities."
        raise UnprovenError("ISSUE-02", "the project is null: this account cannot see it", advice)
    report = expect(found.get("vulnerabilities"), dict, "the vulnerabilities (this takes GitLab Ultimate)")
    rows = [expect(row, dict, "a vulnerability") for row in expect(report.get("nodes"), list, "the rows")]
    return rows, expect(report.get("pageInfo"), dict, "the page information")


def _number(row: Mapping[str, Any]) -> str:
    return text(row.get("id")).rpartition("/")[2]


def _issue(row: Mapping[str, Any], params: Params, reading: Reading) -> Issue:
    state, severity = text(row.get("state")), text(row.get("severity"))
    resolution = text(row.get("dismissalReason")) if state == "DISMISSED" else ""
    if state == "RESOLVED":
        resolution = "resolved" if row.get("resolvedOnDefaultBranch") is True else STILL_SEEN
    disposition, unread = reading.disposition(state, resolution)
    level, unread_level = reading.level(severity)
    ids = [i for i in row.get("identifiers") or () if text(i.get("externalType")).casefold() == "cwe"]
    return Issue(
        id=_number(row),
        alert=True,
        title=text(row.get("title")),
        source=params.id,
        url=text(row.get("webUrl")),
        disposition=disposition,
        raw_state=state,
        raw_resolution=resolution,
        level=level,
        raw_severity=severity,
        unread=unread + unread_level,
        found_by=text((row.get("scanner") or {}).get("name")),
        received=text(row.get("detectedAt")),
        closed=text(row.get("resolvedAt") or row.get("dismissedAt")),
        cwe=", ".join(f"CWE-{text(i.get('externalId'))}" for i in ids),
        fix_shown_by="scan of the release commit",
    )


TRACKER = Tracker("gitlab-vulnerabilities", Params, ask, read)

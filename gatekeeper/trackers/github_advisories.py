"""Private security advisories of a GitHub repository. Least permission: "Repository security advisories: read" for an
account that is an administrator, security manager or collaborator: any other sees the published ones only.

So the control must be one that is not public: a closed advisory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatekeeper.model.words import Level
from gatekeeper.trackers._answer import Answer, Page
from gatekeeper.trackers._contract import Desk, Reading, Tracker, Words
from gatekeeper.trackers._github import GitHubSource, converse, repository, rows_of, twice
from gatekeeper.trackers._issue import Issue
from gatekeeper.trackers._live import bodies, text

STATES = ("triage", "draft", "published", "closed")
SHIPPED = Words(
    states={"triage": "open", "draft": "open", "published": "closed", "closed": "closed", "withdrawn": "closed"},
    resolutions={"patched": "fixed", "unpatched": "not-fixed", "closed": "not-fixed", "withdrawn": "not-fixed"},
    severities={str(level): level for level in Level},
)


class Params(
    GitHubSource,
    frozen=True,
    forbid_unknown_fields=True,
    rename="kebab",
    kw_only=True,
    tag_field="kind",
    tag="github-advisories",
):
    """The advisories of one repository. `control` is the GHSA id of a closed one, which only insiders see."""

    control_marks: tuple[str, ...] = ("closed",)


def ask(params: Params, desk: Desk) -> Answer:
    """Prove the place, then read the advisories of each state, two times."""
    with converse(TRACKER.id, params, desk) as talk:
        path, _ = repository(talk)
        where = [*path, "security-advisories"]
        proof, rows = twice(talk, where, [{"state": state} for state in STATES], "ghsa_id")
        address = talk.client.address(where, {"state": "|".join(STATES)})
        return talk.answer(read(params, tuple(talk.pages)), end_proof=proof, total=rows, query=address)


def read(params: Params, pages: tuple[Page, ...]) -> tuple[Issue, ...]:
    """The advisories of the kept pages."""
    reading = Reading(params.words, SHIPPED)
    return tuple(_issue(row, params, reading) for body in bodies(pages) for row in rows_of(body))


def _issue(row: Mapping[str, Any], params: Params, reading: Reading) -> Issue:
    state, severity = text(row.get("state")), text(row.get("severity"))
    patched = [text(v.get("patched_versions")) for v in row.get("vulnerabilities") or ()]
    resolution = ("patched" if patched and all(patched) else "unpatched") if state == "published" else state
    resolution = "withdrawn" if row.get("withdrawn_at") or state == "withdrawn" else resolution
    disposition, unread = reading.disposition(state, resolution)
    level, unread_level = reading.level(severity)
    return Issue(
        id=text(row.get("ghsa_id")),
        alert=True,
        title=text(row.get("summary")),
        source=params.id,
        url=text(row.get("html_url")),
        disposition=disposition,
        raw_state=state,
        raw_resolution=resolution if disposition.closed else "",
        level=level,
        raw_severity=severity,
        unread=unread + unread_level,
        marks=(state,),
        found_by="advisory",
        received=text(row.get("created_at")),
        closed=text(row.get("published_at") or row.get("closed_at")),
        cvss=text((row.get("cvss") or {}).get("vector_string")),
        cwe=", ".join(map(text, row.get("cwe_ids") or ())),
        fixed_in=", ".join(filter(None, patched)),
        fix_shown_by=f"patched versions of the advisory: {', '.join(filter(None, patched))}",
    )


TRACKER = Tracker("github-advisories", Params, ask, read)

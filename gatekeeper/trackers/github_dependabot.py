"""Dependabot alerts of a GitHub repository. Least permission: `vulnerability-alerts: read` (an app or token:
"Dependabot alerts: read").

GitHub gives them for the default branch only, so its head must be the release commit. The control is a dismissed or
fixed alert that stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatekeeper.model.words import Level
from gatekeeper.trackers._answer import Answer, Page
from gatekeeper.trackers._contract import Desk, Reading, Tracker, Words
from gatekeeper.trackers._github import GitHubSource, branch_is_release, converse, login, repository, rows_of, twice
from gatekeeper.trackers._issue import Issue
from gatekeeper.trackers._live import bodies, expect, text

SHIPPED = Words(
    states={"open": "open", "fixed": "closed", "dismissed": "closed", "auto_dismissed": "closed"},
    resolutions={
        "fixed": "fixed",
        "inaccurate": "false-positive",
        **dict.fromkeys(("auto_dismissed", "fix_started", "no_bandwidth", "not_used", "tolerable_risk"), "not-fixed"),
    },
    severities={str(level): level for level in Level},
)


class Params(
    GitHubSource,
    frozen=True,
    forbid_unknown_fields=True,
    rename="kebab",
    kw_only=True,
    tag_field="kind",
    tag="github-dependabot",
):
    """The alerts of the default branch."""


def ask(params: Params, desk: Desk) -> Answer:
    """Prove the place and the commit, then read the alerts in every state, two times."""
    with converse(TRACKER.id, params, desk) as talk:
        path, found = repository(talk)
        branch_is_release(talk, path, text(found.get("default_branch")))
        where = [*path, "dependabot", "alerts"]
        proof, rows = twice(talk, where, [{}], "number")
        address = talk.client.address(where)
        return talk.answer(read(params, tuple(talk.pages)), end_proof=proof, total=rows, query=address)


def read(params: Params, pages: tuple[Page, ...]) -> tuple[Issue, ...]:
    """The alerts of the kept pages."""
    reading = Reading(params.words, SHIPPED)
    return tuple(_issue(row, params, reading) for body in bodies(pages) for row in rows_of(body))


def _issue(row: Mapping[str, Any], params: Params, reading: Reading) -> Issue:
    advisory = expect(row.get("security_advisory"), dict, "an alert's advisory")
    state = text(row.get("state"))
    reason = text(row.get("dismissed_reason")) if state == "dismissed" else state
    severity = text((row.get("security_vulnerability") or {}).get("severity")) or text(advisory.get("severity"))
    disposition, unread = reading.disposition(state, reason)
    level, unread_level = reading.level(severity)
    return Issue(
        id=text(row.get("number")),
        alert=True,
        title=f"{text(advisory.get('ghsa_id'))} {text(advisory.get('summary'))}".strip(),
        source=params.id,
        url=text(row.get("html_url")),
        disposition=disposition,
        raw_state=state,
        raw_resolution=reason if disposition.closed else "",
        level=level,
        raw_severity=severity,
        unread=unread + unread_level,
        found_by="Dependabot",
        received=text(row.get("created_at")),
        closed=text(row.get("fixed_at") or row.get("dismissed_at") or row.get("auto_dismissed_at")),
        closer=login(row.get("dismissed_by")),
        cvss=text((advisory.get("cvss") or {}).get("vector_string")),
        cwe=", ".join(text(cwe.get("cwe_id")) for cwe in advisory.get("cwes") or ()),
        fix_shown_by="dependencies of the release commit",
    )


TRACKER = Tracker("github-dependabot", Params, ask, read)

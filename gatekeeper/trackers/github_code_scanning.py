"""Code-scanning alerts of a GitHub repository. Least permission: `security-events: read` (private: `actions: read`).

An empty list is also what a repository answers that was never analysed: the proof is an analysis of the release
commit itself by every tool that the policy names, without error or warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gatekeeper.model.words import Level
from gatekeeper.trackers._answer import Answer, Control, Page, UnprovenError
from gatekeeper.trackers._contract import Desk, Reading, Tracker, Words
from gatekeeper.trackers._github import GitHubSource, converse, counted, login, repository, rows_of
from gatekeeper.trackers._issue import Issue
from gatekeeper.trackers._live import Conversation, bodies, expect, text

SHIPPED = Words(
    states={"open": "open", "fixed": "closed", "dismissed": "closed"},
    resolutions={
        "fixed": "fixed",
        "false positive": "false-positive",
        "won't fix": "not-fixed",
        "used in tests": "not-fixed",
        "mitigated": "not-fixed",
    },
    # beside the four levels: what a rule without a security level says; "none" and the rest are unknown
    severities={
        **{str(level): level for level in Level},
        "error": Level.HIGH,
        "warning": Level.MEDIUM,
        "note": Level.LOW,
    },
)


class Params(
    GitHubSource,
    frozen=True,
    forbid_unknown_fields=True,
    rename="kebab",
    kw_only=True,
    tag_field="kind",
    tag="github-code-scanning",
):
    """The alerts of one ref, with the tools that must have analysed the release commit. The analyses are the proof of
    sight, so that `control` may stay empty."""

    ref: str  # such as refs/heads/main; without it GitHub answers for the default branch
    tools: tuple[str, ...]  # that must have analysed the commit, such as CodeQL
    control: str = ""


def ask(params: Params, desk: Desk) -> Answer:
    """Prove the place and the analyses, then read the alerts in every state."""
    if not params.tools:
        raise UnprovenError("ISSUE-07", "no tool is named that must have analysed the release", "Name it in tools.")
    with converse(TRACKER.id, params, desk) as talk:
        path, _ = repository(talk)
        analyses = tuple(
            _analysis(talk, [*path, "code-scanning", "analyses"], params.ref, tool) for tool in params.tools
        )
        query = {"ref": params.ref, "sort": "created", "direction": "asc"}
        proof, rows = counted(talk, [*path, "code-scanning", "alerts"], query)
        issues = read(params, tuple(talk.pages))
        address = talk.client.address([*path, "code-scanning", "alerts"], query)
        answer = talk.answer(issues, end_proof=proof, total=rows, query=address, analyses=analyses)
        return answer if params.control else _shown_by_analyses(answer)


def read(params: Params, pages: tuple[Page, ...]) -> tuple[Issue, ...]:
    """The alerts of the kept pages."""
    reading = Reading(params.words, SHIPPED)
    return tuple(_issue(row, params, reading) for body in bodies(pages) for row in rows_of(body))


def _analysis(talk: Conversation, path: list[str], ref: str, tool: str) -> str:
    """The last analysis by one tool, of each category, is of the release commit and without error or warning; as
    "tool version". Alerts are told as of the last analysis: what a later commit mended is in this one still."""
    found = rows_of(talk.get("analyses", path, {"ref": ref, "tool_name": tool, "per_page": "100"}))
    rows = [row for row in found if (row.get("tool") or {}).get("name") == tool]
    commit = talk.desk.commit
    if not commit or all(row.get("commit_sha") != commit for row in rows):
        advice = f"Let {tool} analyse the release commit on {ref}, then run the gate again."
        raise UnprovenError("ISSUE-07", f"{tool} did not analyse {commit[:12] or 'a known commit'}", advice)
    rows.sort(key=lambda row: text(row.get("created_at")))
    last = {text(row.get("category")): row for row in rows}
    for category, row in sorted(last.items()):
        _whole(row, f"{tool} ({category})" if category else tool, commit)
    return f"{tool} {text(rows[-1]['tool'].get('version'))}".strip()


def _whole(row: Mapping[str, Any], tool: str, commit: str) -> None:
    if row.get("commit_sha") != commit:
        what = f"the last analysis by {tool} is of {text(row.get('commit_sha'))[:12] or 'no commit'}, not {commit[:12]}"
        advice = "Release from the head of what is analysed, in every category; delete a configuration that is over."
        raise UnprovenError("ISSUE-07", what, advice)
    for key, named in (("error", "an error"), ("warning", "a warning")):
        if row.get(key) != "":
            raise UnprovenError("ISSUE-07", f"the analysis by {tool} has {named}: {text(row.get(key))[:120]!r}")


def _shown_by_analyses(answer: Answer) -> Answer:
    return msgspec.structs.replace(answer, control=Control("analyses of the release commit", seen=True))


def _issue(row: Mapping[str, Any], params: Params, reading: Reading) -> Issue:
    rule = expect(row.get("rule"), dict, "an alert's rule")
    state = _state(row, params.ref)
    reason = text(row.get("dismissed_reason")) if state == "dismissed" else state
    severity = text(rule.get("security_severity_level")) or text(rule.get("severity"))
    disposition, unread = reading.disposition(state, reason)
    level, unread_level = reading.level(severity)
    return Issue(
        id=text(row.get("number")),
        alert=True,
        title=text(rule.get("description")) or text(rule.get("id")),
        source=params.id,
        url=text(row.get("html_url")),
        disposition=disposition,
        raw_state=state,
        raw_resolution=reason if disposition.closed else "",
        level=level,
        raw_severity=severity,
        unread=unread + unread_level,
        origin="implementation",
        found_by=text((row.get("tool") or {}).get("name")),
        received=text(row.get("created_at")),
        closed=text(row.get("fixed_at") or row.get("dismissed_at")),
        closer=login(row.get("dismissed_by")),
        cwe=", ".join(tag.rpartition("/")[2].upper() for tag in map(text, rule.get("tags") or ()) if "/cwe/" in tag),
        fix_shown_by="analysis of the release commit",
    )


def _state(row: Mapping[str, Any], ref: str) -> str:
    """An alert's own state may be that of another branch: fixed counts only where it is fixed on the ref as well."""
    here = expect(row.get("most_recent_instance"), dict, "an alert's instance")
    own, found = text(row.get("state")), text(here.get("state"))
    if here.get("ref") != ref:
        return f"{own} on {text(here.get('ref')) or 'no ref'}"
    return found if own == "fixed" else own


TRACKER = Tracker("github-code-scanning", Params, ask, read)

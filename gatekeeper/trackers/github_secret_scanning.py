"""Secret-scanning alerts of a GitHub repository. Least permission: "Secret scanning alerts: read" of an app or a
fine-grained token; a workflow's own token has none.

The secrets themselves are asked to stay hidden, and are removed again before anything is kept. GitHub leaves out what
it found by patterns of no provider (private keys, passwords, connection strings) unless they are asked for by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatekeeper.model.words import Level
from gatekeeper.trackers._answer import Answer, Page
from gatekeeper.trackers._contract import Desk, Reading, Tracker, Words
from gatekeeper.trackers._github import GitHubSource, converse, counted, login, repository, rows_of
from gatekeeper.trackers._issue import Issue
from gatekeeper.trackers._live import bodies, text

GENERIC = (
    *("http_basic_authentication_header", "http_bearer_authentication_header", "openssh_private_key", "password"),
    *("mongodb_connection_string", "mysql_connection_string", "postgres_connection_string"),
    *("pgp_private_key", "rsa_private_key"),
)
SHIPPED = Words(
    states={"open": "open", "resolved": "closed"},
    resolutions={
        "revoked": "fixed",
        "false_positive": "false-positive",
        **dict.fromkeys(("wont_fix", "used_in_tests", "pattern_deleted", "pattern_edited"), "not-fixed"),
    },
)


class Params(
    GitHubSource,
    frozen=True,
    forbid_unknown_fields=True,
    rename="kebab",
    kw_only=True,
    tag_field="kind",
    tag="github-secret-scanning",
):
    """The alerts of one repository. `control` is the number of a resolved alert."""


def ask(params: Params, desk: Desk) -> Answer:
    """Prove the place, then read the alerts in every state: those that GitHub gives, and those it gives by name."""
    with converse(TRACKER.id, params, desk) as talk:
        path, _ = repository(talk)
        where = [*path, "secret-scanning", "alerts"]
        given = {"hide_secret": "true", "sort": "created", "direction": "asc"}
        queries = (given, {**given, "secret_type": ",".join(GENERIC)})
        told = [counted(talk, where, query) for query in queries]
        return talk.answer(
            read(params, tuple(talk.pages)),
            end_proof="; ".join(proof for proof, _ in told),
            total=sum(rows for _, rows in told),
            query=" and ".join(talk.client.address(where, query) for query in queries),
        )


def read(params: Params, pages: tuple[Page, ...]) -> tuple[Issue, ...]:
    """The alerts of the kept pages."""
    reading = Reading(params.words, SHIPPED)
    return tuple(_issue(row, params, reading) for body in bodies(pages) for row in rows_of(body))


def _issue(row: Mapping[str, Any], params: Params, reading: Reading) -> Issue:
    state, resolution = text(row.get("state")), text(row.get("resolution"))
    disposition, unread = reading.disposition(state, resolution)
    return Issue(
        id=text(row.get("number")),
        alert=True,
        title=f"{text(row.get('secret_type_display_name')) or text(row.get('secret_type'))} in the repository",
        source=params.id,
        url=text(row.get("html_url")),
        disposition=disposition,
        raw_state=state,
        raw_resolution=resolution,
        level=Level.CRITICAL,  # GitHub grades no secret; one that leaked opens whatever it opens
        unread=unread,
        found_by="secret scanning",
        received=text(row.get("created_at")),
        closed=text(row.get("resolved_at")),
        closer=login(row.get("resolved_by")),
        cwe="CWE-798",
        fix_shown_by="revocation",
    )


TRACKER = Tracker("github-secret-scanning", Params, ask, read)

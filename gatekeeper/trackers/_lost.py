"""Issues that were known once and are no longer in the list: asked for by id, so that people are told what became of
them. Nothing here makes one of them pass: whatever became of it, it is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.tools.replies import StatusError
from gatekeeper.trackers import _strict_json
from gatekeeper.trackers._answer import Missing
from gatekeeper.trackers._live import Conversation, expect

MOST_ASKED = 50
STILL_THERE = "it is there, and the list does not give it"
NOT_ASKED = f"more than {MOST_ASKED} are missing, and this one was not asked for"


Where = Callable[[str], tuple[Iterable[str], Mapping[str, str] | None]]  # id -> path and query of the one issue


def look_up(
    talk: Conversation, ids: Iterable[str], where: Where, explain: Callable[[str, dict[str, Any]], str]
) -> tuple[Missing, ...]:
    """Ask for each by its id. `explain` reads the issue that came back, and says what is no longer as it was."""
    listed = tuple(ids)
    asked = [Missing(i, talk.without_token(_one(talk, i, where, explain))) for i in listed[:MOST_ASKED]]
    return (*asked, *(Missing(i, NOT_ASKED) for i in listed[MOST_ASKED:]))


def _one(talk: Conversation, number: str, where: Where, explain: Callable[[str, dict[str, Any]], str]) -> str:
    try:
        reply = talk.client.get(*where(number))
        return explain(number, expect(_strict_json.loads(reply.body, reply.url), dict, "the issue")) or STILL_THERE
    except StatusError as e:
        return _told(e)
    except GatekeeperError as e:
        return f"what became of it could not be asked: {e.message}"


def _told(error: StatusError) -> str:
    status = error.reply.status
    if 300 <= status < 400:
        return f"moved to {error.reply.headers.get('location') or 'a place that the server does not name'}"
    known = {403: "hidden from this account", 404: "deleted, or hidden from this account", 410: "deleted"}
    return known.get(status, f"what became of it is not told: the server answers {status}")


def without(names: Iterable[str], found: Iterable[str], what: str = "label") -> str:
    """Which of the names that made it a security issue it no longer has."""
    gone = sorted(set(names) - set(found))
    return f"it lost the {what} {', '.join(map(repr, gone))}" if gone else ""

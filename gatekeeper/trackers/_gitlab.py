"""What the GitLab adapters share: account, project, and the rights in it. A job's own token cannot read issues: use a
project or group access token."""

from __future__ import annotations

from typing import Any

from gatekeeper.tools.http import secret
from gatekeeper.trackers._answer import UnprovenError
from gatekeeper.trackers._contract import Desk
from gatekeeper.trackers._live import Conversation, LiveSource, expect, text

API = ("api", "v4")


class GitLabSource(LiveSource, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One project, by its full path (group/subgroup/project). `account` is the user name of the token."""

    server: str = "https://gitlab.com"


def converse(kind: str, params: GitLabSource, desk: Desk) -> Conversation:
    """Begin to talk, with the token of the policy."""
    return Conversation(kind, params, desk, secret(desk.env, params.token_env, "PRIVATE-TOKEN"))


def project(talk: Conversation, least: int) -> dict[str, Any]:
    """Prove the account, the project and the account's level in it (20 reporter, 30 developer)."""
    user = expect(talk.get("account", [*API, "user"]), dict, "the account")
    talk.account(text(user.get("username")))
    found = expect(talk.get("project", [*API, "projects", talk.params.project]), dict, "the project")
    same = text(found.get("path_with_namespace")) == talk.params.project
    talk.resolve("project", talk.params.project, [found.get("id")] if same else [])
    if found.get("archived") is not False:
        raise UnprovenError("ISSUE-03", f"{talk.params.project} is archived", "Name the project that is worked on.")
    rights = found.get("permissions") or {}
    levels = [(rights.get(key) or {}).get("access_level") for key in ("project_access", "group_access")]
    highest = max((level for level in levels if isinstance(level, int)), default=0)
    if highest < least:
        advice = "Give the token the role that docs/trackers.md names."
        raise UnprovenError(
            "ISSUE-02", f"{talk.params.account} has level {highest} in the project, not {least}", advice
        )
    return found  # type: ignore[no-any-return]  # checked to be a dict above

"""The parts of GitHub's bodies that no adapter reads, so that the whole is of the published shape."""

from __future__ import annotations

from typing import Any

HOST = "https://github.example.org"
API = f"{HOST}/api/v3"
PERSON_URLS = ("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events")
REPOSITORY_URLS = (
    *("archive", "assignees", "blobs", "branches", "clone", "collaborators", "comments", "commits", "compare"),
    *("contents", "contributors", "deployments", "downloads", "events", "forks", "git", "git_commits", "git_refs"),
    *("git_tags", "hooks", "issue_comment", "issue_events", "issues", "keys", "labels", "languages", "merges"),
    *("milestones", "notifications", "pulls", "releases", "ssh", "stargazers", "statuses", "subscribers"),
    *("subscription", "svn", "tags", "teams", "trees"),
)
COUNTS = ("forks", "open_issues", "stargazers", "watchers")
FLAGS = ("fork", "private", "has_issues", "has_projects", "has_wiki", "has_pages", "has_discussions", "disabled")
NIGHT, LATER = "2026-11-01T09:00:00Z", "2026-11-10T09:00:00Z"


def user(login: str) -> dict[str, Any]:
    """A person as others see one."""
    urls = {f"{name}_url": f"{API}/users/{login}/{name}" for name in (*PERSON_URLS, "received_events", "avatar")}
    return {
        "login": login,
        "id": 7,
        "node_id": "U_7",
        "gravatar_id": "",
        "url": f"{API}/users/{login}",
        "html_url": f"{HOST}/{login}",
        "type": "User",
        "site_admin": False,
        **urls,
    }


def myself(login: str) -> dict[str, Any]:
    """A person as they see themselves."""
    counts = dict.fromkeys(("public_repos", "public_gists", "private_gists", "followers", "following"), 0)
    more = dict.fromkeys(("collaborators", "disk_usage", "owned_private_repos", "total_private_repos"), 0)
    about = dict.fromkeys(("name", "company", "location", "email", "hireable", "bio"))
    times = {"created_at": NIGHT, "updated_at": NIGHT}
    return {**user(login), **counts, **more, **about, **times, "blog": "", "two_factor_authentication": True}


def repository() -> dict[str, Any]:
    """example/pump, public and quiet."""
    return {
        "id": 4711,
        "node_id": "R_4711",
        "name": "pump",
        "full_name": "example/pump",
        "owner": user("example"),
        "description": None,
        "url": f"{API}/repos/example/pump",
        "html_url": f"{HOST}/example/pump",
        "homepage": None,
        "language": "Python",
        "license": None,
        "mirror_url": None,
        "size": 1,
        "archived": False,
        "default_branch": "main",
        "permissions": {"admin": False, "push": False, "pull": True},
        "network_count": 0,
        "subscribers_count": 0,
        "forks": 0,
        "open_issues": 0,
        "watchers": 0,
        **{f"{name}_url": f"{API}/repos/example/pump/{name}" for name in REPOSITORY_URLS},
        **{f"{name}_count": 0 for name in COUNTS},
        **dict.fromkeys(FLAGS, False),
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), NIGHT),
    }


def label(name: str, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "node_id": f"LA_{number}",
        "url": f"{API}/repos/example/pump/labels/{number}",
        "name": name,
        "description": None,
        "color": "ededed",
        "default": False,
    }


def milestone(title: str, number: int) -> dict[str, Any]:
    place = f"{API}/repos/example/pump/milestones/{number}"
    return {
        "id": number,
        "node_id": f"MI_{number}",
        "number": number,
        "title": title,
        "state": "open",
        "description": None,
        "creator": user("ada"),
        "open_issues": 0,
        "closed_issues": 0,
        "url": place,
        "html_url": f"{HOST}/example/pump/milestone/{number}",
        "labels_url": f"{place}/labels",
        "due_on": None,
        "closed_at": None,
        "created_at": NIGHT,
        "updated_at": NIGHT,
    }


def commit(sha: str) -> dict[str, Any]:
    place = f"{API}/repos/example/pump/commits/{sha}"
    person = {"name": "Ada Example", "email": "ada@example.org", "date": NIGHT}
    inner = {
        "url": place,
        "author": person,
        "committer": person,
        "message": "An example",
        "comment_count": 0,
        "tree": {"sha": sha, "url": place},
    }
    return {
        "sha": sha,
        "node_id": "C_1",
        "url": place,
        "html_url": place,
        "comments_url": f"{place}/comments",
        "commit": inner,
        "author": user("ada"),
        "committer": user("ada"),
        "parents": [],
    }


def branch(name: str, sha: str) -> dict[str, Any]:
    place = f"{API}/repos/example/pump/branches/{name}"
    return {
        "name": name,
        "commit": commit(sha),
        "_links": {"self": place, "html": f"{HOST}/example/pump/tree/{name}"},
        "protected": False,
        "protection": {},
        "protection_url": f"{place}/protection",
    }


def issue(number: int) -> dict[str, Any]:
    place = f"{API}/repos/example/pump/issues/{number}"
    return {
        "id": 1000 + number,
        "node_id": f"I_{number}",
        "url": place,
        "repository_url": f"{API}/repos/example/pump",
        "labels_url": f"{place}/labels",
        "comments_url": f"{place}/comments",
        "events_url": f"{place}/events",
        "user": user("ada"),
        "assignee": None,
        "milestone": None,
        "locked": False,
        "comments": 0,
        "updated_at": LATER,
    }


def closed_event(commit_id: str | None, event: str = "closed") -> dict[str, Any]:
    place = f"{API}/repos/example/pump"
    return {
        "id": 1,
        "node_id": "E_1",
        "url": f"{place}/issues/events/1",
        "actor": user("ada"),
        "event": event,
        "commit_id": commit_id,
        "commit_url": f"{place}/commits/{commit_id}" if commit_id else None,
        "created_at": LATER,
        "performed_via_github_app": None,
        "state_reason": None,
    }


def alert(kind: str, number: int) -> dict[str, Any]:
    """What alerts of every kind have: address and times of their closing."""
    place = f"{API}/repos/example/pump/{kind}/alerts/{number}"
    return {"url": place, "dismissed_at": None, "dismissed_by": None, "fixed_at": None, "created_at": NIGHT}


def instance(ref: str, state: str, sha: str) -> dict[str, Any]:
    """The most recent instance of a code-scanning alert."""
    return {
        "ref": ref,
        "analysis_key": "codeql.yml:analyze",
        "environment": "",
        "category": "",
        "state": state,
        "commit_sha": sha,
        "message": {"text": "An example"},
        "location": {"path": "a.py", "start_line": 1, "end_line": 1, "start_column": 1, "end_column": 2},
        "classifications": [],
    }

"""GitLab as far as the adapters ask it: issues by REST with page headers, vulnerabilities by GraphQL with cursors."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from tests.trackers.fakes.server import FakeServer, Say, Seen

COMMIT = "c" * 40


class FakeGitLab(FakeServer):
    """The project example/pump (number 42)."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = {"key-full": "gate"}
        self.project: dict[str, Any] = {
            "id": 42,
            "path_with_namespace": "example/pump",
            "archived": False,
            "default_branch": "main",
            "permissions": {"project_access": {"access_level": 30}, "group_access": None},
        }
        self.labels = {"security": 9}
        self.milestones = [{"id": 3, "title": "2.4.0"}]
        self.head = COMMIT
        self.issues: list[dict[str, Any]] = []
        self.vulnerabilities: list[dict[str, Any]] = []
        self.pipelines = [{"id": 5, "sha": COMMIT, "status": "success", "ref": "main"}]
        self.jobs = {5: [{"id": 50, "name": "semgrep-sast", "status": "success"}]}
        self.sees_confidential = True
        self.sees_project = True
        self.cap = 100
        self.tells_total = True

    def route(self, seen: Seen) -> Say:
        who = self.tokens.get(seen.headers.get("private-token", ""))
        if seen.path == "/api/graphql":
            return self._graphql(seen, who)
        if who is None:
            return Say(401, {"message": "401 Unauthorized"})
        match [unquote(part) for part in seen.path.removeprefix("/api/v4/").split("/")]:
            case ["user"]:
                return Say(200, {"id": 7, "username": who})
            case ["projects", "example/pump"]:
                return Say(200, self.project)
            case ["projects", "42", "labels", name] if name in self.labels:
                return Say(200, {"id": self.labels[name], "name": name})
            case ["projects", "42", "milestones"]:
                return Say(200, [m for m in self.milestones if m["title"] == seen.query["title"]])
            case ["projects", "42", "repository", "branches", _]:
                return Say(200, {"commit": {"id": self.head}})
            case ["projects", "example/pump", "issues", number]:
                found = [i for i in self.issues if str(i["iid"]) == number]
                seen_by = self.sees_confidential or not (found and found[0]["confidential"])
                return Say(200, found[0]) if found and seen_by else Say(404, {"message": "404 Not found"})
            case ["projects", "42", "pipelines"]:
                return Say(200, [p for p in self.pipelines if p["sha"] == seen.query["sha"]])
            case ["projects", "42", "pipelines", number, "jobs"]:
                return Say(200, self.jobs.get(int(number), []))
            case ["projects", "42", "issues"]:
                return self._issues(seen)
        return Say(404, {"message": "404 Not found"})

    def _issues(self, seen: Seen) -> Say:
        wanted = set(seen.query["labels"].split(","))
        rows = [i for i in self.issues if wanted <= set(i["labels"])]
        rows = [i for i in rows if self.sees_confidential or not i["confidential"]]
        rows = [i for i in rows if seen.query.get("state") == "all" or i["state"] == "opened"]
        size, page = min(int(seen.query.get("per_page", 20)), self.cap), int(seen.query.get("page", 1))
        following = str(page + 1) if page * size < len(rows) else ""
        headers = {"X-Next-Page": following, **({"X-Total": str(len(rows))} if self.tells_total else {})}
        return Say(200, rows[(page - 1) * size : page * size], headers)

    def _graphql(self, seen: Seen, who: str | None) -> Say:
        user = {"username": who} if who else None
        variables = seen.json()["variables"]
        if not who or not self.sees_project or variables["path"] != "example/pump":
            return Say(200, {"data": {"currentUser": user, "project": None}})
        start = int(variables["after"] or 0)
        rows = self.vulnerabilities[start : start + self.cap]
        more = start + self.cap < len(self.vulnerabilities)
        info = {"hasNextPage": more, "endCursor": str(start + self.cap)}
        report = {"nodes": rows, "pageInfo": info}
        return Say(
            200, {"data": {"currentUser": user, "project": {"fullPath": "example/pump", "vulnerabilities": report}}}
        )


def issue(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "iid": number,
        "title": f"Example finding {number}",
        "web_url": f"https://gitlab.example.org/example/pump/-/issues/{number}",
        "state": "closed",
        "labels": ["security", "severity::low", "origin::verification"],
        "confidential": True,
        "description": f"### Fix commit\n\n{'a' * 40}\n",
        "created_at": "2026-11-01T09:00:00.000Z",
        "closed_at": "2026-11-10T09:00:00.000Z",
        "closed_by": {"username": "ada"},
        "moved_to_id": None,
        "_links": {"closed_as_duplicate_of": None},
    } | fields


def vulnerability(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"gid://gitlab/Vulnerability/{number}",
        "title": "Example",
        "state": "RESOLVED",
        "severity": "HIGH",
        "dismissalReason": None,
        "resolvedOnDefaultBranch": True,
        "detectedAt": "2026-11-01T09:00:00Z",
        "resolvedAt": "2026-11-10T09:00:00Z",
        "dismissedAt": None,
        "webUrl": "https://gitlab.example.org/v",
        "scanner": {"name": "Semgrep"},
        "identifiers": [{"externalType": "cwe", "externalId": "20"}],
    } | fields

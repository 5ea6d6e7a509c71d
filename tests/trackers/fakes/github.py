"""GitHub's REST API as far as the adapters ask it, stateful: Link paging by page and by cursor, features that are off,
tokens of different rights. A test changes the lists while the client pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from tests.trackers.fakes.server import FakeServer, Say, Seen, bearer

COMMIT = "c" * 40


class FakeGitHub(FakeServer):
    """The repository example/pump at a GitHub Enterprise address."""

    prefix = "/api/v3"

    def __init__(self) -> None:
        super().__init__()
        self.tokens = {"key-full": "gate-bot", "key-job": "", "key-public": "visitor"}
        self.repository: dict[str, Any] = {
            "id": 4711,
            "full_name": "example/pump",
            "archived": False,
            "default_branch": "main",
            "permissions": {"pull": True},
        }
        self.head = COMMIT
        self.labels = {"security": 9}
        self.milestones = {"2.4.0": 3}
        self.issues: list[dict[str, Any]] = []
        self.timelines: dict[int, list[dict[str, Any]]] = {}
        self.code: list[dict[str, Any]] = []
        self.analyses: list[dict[str, Any]] = []
        self.dependabot: list[dict[str, Any]] = []
        self.secrets: list[dict[str, Any]] = []
        self.advisories: list[dict[str, Any]] = []
        self.cap = 100

    def add_issues(self, count: int, **fields: Any) -> None:
        for number in range(len(self.issues) + 1, len(self.issues) + count + 1):
            self.issues.append(issue(number, **fields))

    def route(self, seen: Seen) -> Say:
        token = bearer(seen.headers)
        if token not in self.tokens:
            return Say(401, {"message": "Bad credentials"})
        path = seen.path.removeprefix(self.prefix).strip("/").split("/")
        if path == ["user"]:
            who = self.tokens[token]
            return Say(200, {"login": who}) if who else Say(403, {"message": "Resource not accessible by integration"})
        if [p.lower() for p in path[:3]] != ["repos", "example", "pump"]:
            return Say(404, {"message": "Not Found"})
        return self._inside(path[3:], seen, token)

    def _inside(self, path: list[str], seen: Seen, token: str) -> Say:
        match path:
            case []:
                return Say(200, self.repository)
            case ["labels", name]:
                known = name in self.labels
                return (
                    Say(200, {"id": self.labels[name], "name": name}) if known else Say(404, {"message": "Not Found"})
                )
            case ["milestones"]:
                return Say(200, [{"number": n, "title": t} for t, n in self.milestones.items()])
            case ["commits", _]:
                return Say(200, {"sha": self.head})
            case ["issues"]:
                wanted = set(seen.query["labels"].split(","))
                rows = [i for i in self.issues if wanted <= {label["name"] for label in i["labels"]}]
                rows = [i for i in rows if seen.query.get("state") == "all" or i["state"] == "open"]
                return self._paged(rows, seen)
            case ["issues", number, "timeline"]:
                return Say(200, self.timelines.get(int(number), []))
            case ["code-scanning", "analyses"]:
                rows = [a for a in self.analyses if a["ref"] == seen.query["ref"]]
                return self._paged([a for a in rows if a["tool"]["name"] == seen.query["tool_name"]], seen)
            case ["code-scanning", "alerts"]:
                rows = [a for a in self.code if a["ref"] == seen.query.get("ref")]
                return self._paged(rows, seen) if self.analyses else Say(404, {"message": "no analysis found"})
            case ["dependabot", "alerts"]:
                return self._cursor(self.dependabot, seen)
            case ["secret-scanning", "alerts"]:
                hidden = seen.query.get("hide_secret") == "true"
                rows = [{**a, "secret": None if hidden else a["secret"]} for a in self.secrets]
                return self._paged(rows, seen)
            case ["security-advisories"]:
                rows = [a for a in self.advisories if a["state"] == seen.query["state"]]
                return self._cursor(rows if self.tokens[token] != "visitor" else rows[:0], seen)
        return Say(404, {"message": "Not Found"})

    def _paged(self, rows: list[Any], seen: Seen) -> Say:
        size, page = min(int(seen.query.get("per_page", 30)), self.cap), int(seen.query.get("page", 1))
        last = max(1, -(-len(rows) // size))
        links = []
        if page < last:
            links = [f'<{self._link(seen, page=page + 1)}>; rel="next"', f'<{self._link(seen, page=last)}>; rel="last"']
        return Say(200, rows[(page - 1) * size : page * size], {"Link": ", ".join(links)} if links else {})

    def _cursor(self, rows: list[Any], seen: Seen) -> Say:
        size, start = min(int(seen.query.get("per_page", 30)), self.cap), int(seen.query.get("after", 0))
        more = start + size < len(rows)
        link = {"Link": f'<{self._link(seen, after=start + size)}>; rel="next"'} if more else {}
        return Say(200, rows[start : start + size], link)

    def _link(self, seen: Seen, **change: Any) -> str:
        return f"{self.url}{seen.path.removeprefix(self.prefix)}?{urlencode({**seen.query, **change})}"


def issue(number: int, **fields: Any) -> dict[str, Any]:
    labels = fields.pop("labels", ("security", "severity: low", "origin: verification"))
    return {
        "number": number,
        "title": f"Example finding {number}",
        "html_url": f"https://github.example.org/example/pump/issues/{number}",
        "state": "closed",
        "state_reason": "completed",
        "labels": [{"id": 9, "name": name} for name in labels],
        "body": f"### Fix commit\n\n{'a' * 40}\n\n### CWE\n\nCWE-20",
        "created_at": "2026-11-01T09:00:00Z",
        "closed_at": "2026-11-10T09:00:00Z",
        "closed_by": {"login": "ada"},
    } | fields


def code_alert(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "number": number,
        "ref": "refs/heads/main",
        "state": "fixed",
        "dismissed_reason": None,
        "rule": {
            "id": "py/example",
            "description": "Example",
            "severity": "error",
            "security_severity_level": "high",
            "tags": ["security", "external/cwe/cwe-020"],
        },
        "tool": {"name": "CodeQL", "version": "2.20"},
        "html_url": "https://github.example.org/a",
        "created_at": "2026-11-01T09:00:00Z",
    } | fields


def analysis(**fields: Any) -> dict[str, Any]:
    tool = {"name": "CodeQL", "version": "2.20"}
    return {"ref": "refs/heads/main", "commit_sha": COMMIT, "tool": tool, "error": "", "warning": ""} | fields


def dependabot_alert(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "number": number,
        "state": "fixed",
        "dismissed_reason": None,
        "security_advisory": {
            "ghsa_id": "GHSA-aaaa-bbbb-cccc",
            "summary": "Example",
            "severity": "high",
            "cvss": {"vector_string": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
            "cwes": [{"cwe_id": "CWE-20"}],
        },
        "security_vulnerability": {"severity": "high"},
        "html_url": "https://github.example.org/d",
        "created_at": "2026-11-01T09:00:00Z",
    } | fields


def secret_alert(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "number": number,
        "state": "resolved",
        "resolution": "revoked",
        "secret": "live-secret-value",
        "secret_type": "example_token",
        "html_url": "https://github.example.org/s",
        "created_at": "2026-11-01T09:00:00Z",
    } | fields


def advisory(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "ghsa_id": name,
        "state": "closed",
        "severity": "high",
        "summary": "Example",
        "vulnerabilities": [{"patched_versions": "2.4.0"}],
        "withdrawn_at": None,
        "html_url": "https://github.example.org/g",
        "created_at": "2026-11-01T09:00:00Z",
        "cwe_ids": ["CWE-20"],
    } | fields

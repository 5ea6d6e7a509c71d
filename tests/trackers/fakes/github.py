"""GitHub's REST API as far as the adapters ask it, stateful: Link paging by page and by cursor, features that are off,
tokens of different rights. A test changes the lists while the client pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from tests.trackers.fakes import github_shapes as shapes
from tests.trackers.fakes.server import FakeServer, Say, Seen, bearer

COMMIT = "c" * 40
BY_ITSELF = ("example_token",)  # secret types that the list gives without being asked for them by name


class FakeGitHub(FakeServer):
    """The repository example/pump at a GitHub Enterprise address."""

    prefix = "/api/v3"

    def __init__(self) -> None:
        super().__init__()
        self.tokens = {"key-full": "gate-bot", "key-job": "", "key-public": "visitor"}
        self.repository: dict[str, Any] = shapes.repository()
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
        self.moved: dict[int, str] = {}
        self.deleted: set[int] = set()

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
            return (
                Say(200, shapes.myself(who)) if who else Say(403, {"message": "Resource not accessible by integration"})
            )
        if [p.lower() for p in path[:3]] != ["repos", "example", "pump"]:
            return Say(404, {"message": "Not Found"})
        return self._inside(path[3:], seen, token)

    def _inside(self, path: list[str], seen: Seen, token: str) -> Say:
        match path:
            case []:
                return Say(200, self.repository)
            case ["labels", name]:
                known = name in self.labels
                return Say(200, shapes.label(name, self.labels[name])) if known else Say(404, {"message": "Not Found"})
            case ["milestones"]:
                return self._paged([shapes.milestone(t, n) for t, n in self.milestones.items()], seen)
            case ["branches", name]:
                return Say(200, shapes.branch(name, self.head))
            case ["issues"]:
                wanted = set(seen.query["labels"].split(","))
                rows = [i for i in self.issues if wanted <= {label["name"] for label in i["labels"]}]
                rows = [i for i in rows if seen.query.get("state") == "all" or i["state"] == "open"]
                return self._paged(rows, seen)
            case ["issues", number]:
                return self._one(int(number))
            case ["issues", number, "timeline"]:
                return self._paged(self.timelines.get(int(number), []), seen)
            case ["code-scanning", "analyses"]:
                rows = [a for a in self.analyses if a["ref"] == seen.query["ref"]]
                return self._paged([a for a in rows if a["tool"]["name"] == seen.query["tool_name"]], seen)
            case ["code-scanning", "alerts"]:
                rows = [a for a in self.code if a["most_recent_instance"]["ref"] == seen.query.get("ref")]
                return self._paged(rows, seen) if self.analyses else Say(404, {"message": "no analysis found"})
            case ["dependabot", "alerts"]:
                return self._cursor(self.dependabot, seen)
            case ["secret-scanning", "alerts"]:
                hidden = seen.query.get("hide_secret") == "true"
                asked = seen.query.get("secret_type", "")
                wanted = [a for a in self.secrets if (a["secret_type"] in (asked.split(",") if asked else BY_ITSELF))]
                rows = [{k: v for k, v in a.items() if k != "secret" or not hidden} for a in wanted]
                return self._paged(rows, seen)
            case ["security-advisories"]:
                rows = [a for a in self.advisories if a["state"] == seen.query["state"]]
                return self._cursor(rows if self.tokens[token] != "visitor" else rows[:0], seen)
        return Say(404, {"message": "Not Found"})

    def _one(self, number: int) -> Say:
        if number in self.moved:
            return Say(301, {"message": "Moved Permanently"}, {"Location": self.moved[number]})
        if number in self.deleted:
            return Say(410, {"message": "This issue was deleted"})
        found = [i for i in self.issues if i["number"] == number]
        return Say(200, found[0]) if found else Say(404, {"message": "Not Found"})

    def _paged(self, rows: list[Any], seen: Seen) -> Say:
        size, page = min(int(seen.query.get("per_page", 30)), self.cap), int(seen.query.get("page", 1))
        last = max(1, -(-len(rows) // size))
        links = []
        if page < last:
            links = [f'<{self._link(seen, page=page + 1)}>; rel="next"', f'<{self._link(seen, page=last)}>; rel="last"']
        return Say(200, rows[(page - 1) * size : page * size], {"Link": ", ".join(links)} if links else {})

    def _cursor(self, rows: list[Any], seen: Seen) -> Say:
        size, start = min(int(seen.query.get("per_page", 30)), self.cap), int(seen.query.get("after", 0))
        rows = rows[::-1] if seen.query.get("direction") == "desc" else rows
        more = start + size < len(rows)
        link = {"Link": f'<{self._link(seen, after=start + size)}>; rel="next"'} if more else {}
        return Say(200, rows[start : start + size], link)

    def _link(self, seen: Seen, **change: Any) -> str:
        return f"{self.url}{seen.path.removeprefix(self.prefix)}?{urlencode({**seen.query, **change})}"


def issue(number: int, **fields: Any) -> dict[str, Any]:
    labels = fields.pop("labels", ("security", "severity: low", "origin: verification"))
    return {
        **shapes.issue(number),
        "number": number,
        "title": f"Example finding {number}",
        "html_url": f"https://github.example.org/example/pump/issues/{number}",
        "state": "closed",
        "state_reason": "completed",
        "labels": [shapes.label(name, 9) for name in labels],
        "body": f"### Fix commit\n\n{'a' * 40}\n\n### CWE\n\nCWE-20",
        "created_at": "2026-11-01T09:00:00Z",
        "closed_at": "2026-11-10T09:00:00Z",
        "closed_by": shapes.user("ada"),
    } | fields


def closed_event(commit_id: str | None) -> dict[str, Any]:
    return shapes.closed_event(commit_id)


def code_alert(number: int, *, on_ref: str = "", ref: str = "refs/heads/main", **fields: Any) -> dict[str, Any]:
    """`on_ref` is the state on the ref that was asked for, where it is another than the alert's own."""
    made = {
        **shapes.alert("code-scanning", number),
        "number": number,
        "state": "fixed",
        "dismissed_reason": None,
        "rule": {
            "id": "py/example",
            "name": "py/example",
            "description": "Example",
            "severity": "error",
            "security_severity_level": "high",
            "tags": ["security", "external/cwe/cwe-020"],
        },
        "tool": {"name": "CodeQL", "version": "2.20", "guid": None},
        "html_url": "https://github.example.org/a",
        "instances_url": "https://github.example.org/a/instances",
    } | fields
    return {**made, "most_recent_instance": shapes.instance(ref, on_ref or made["state"], COMMIT)}


def analysis(**fields: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "ref": "refs/heads/main",
        "commit_sha": COMMIT,
        "analysis_key": "codeql.yml:analyze",
        "environment": "{}",
        "category": "",
        "tool": {"name": "CodeQL", "version": "2.20", "guid": None},
        "error": "",
        "warning": "",
        "created_at": shapes.LATER,
        "results_count": 0,
        "rules_count": 9,
        "url": "https://github.example.org/analyses/1",
        "sarif_id": "s-1",
        "deletable": True,
    } | fields


def dependabot_alert(number: int, **fields: Any) -> dict[str, Any]:
    package = {"ecosystem": "pip", "name": "example"}
    weakness = {
        "package": package,
        "severity": "high",
        "vulnerable_version_range": "< 2.0",
        "first_patched_version": {"identifier": "2.0"},
    }
    advisory = {
        "ghsa_id": "GHSA-aaaa-bbbb-cccc",
        "cve_id": None,
        "summary": "Example",
        "description": "An example",
        "vulnerabilities": [weakness],
        "severity": "high",
        "cvss": {"score": 9.8, "vector_string": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
        "cwes": [{"cwe_id": "CWE-20", "name": "Improper Input Validation"}],
        "identifiers": [{"type": "GHSA", "value": "GHSA-aaaa-bbbb-cccc"}],
        "references": [],
        "published_at": shapes.NIGHT,
        "updated_at": shapes.NIGHT,
        "withdrawn_at": None,
    }
    return {
        **shapes.alert("dependabot", number),
        "number": number,
        "state": "fixed",
        "dependency": {"package": package, "manifest_path": "uv.lock", "scope": "runtime"},
        "dismissed_reason": None,
        "dismissed_comment": None,
        "updated_at": shapes.LATER,
        "security_advisory": advisory,
        "security_vulnerability": weakness,
        "html_url": "https://github.example.org/d",
    } | fields


def secret_alert(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "number": number,
        "state": "resolved",
        "resolution": "revoked",
        "secret": "live-secret-value",
        "secret_type": "example_token",
        "url": f"{shapes.API}/repos/example/pump/secret-scanning/alerts/{number}",
        "html_url": "https://github.example.org/s",
        "created_at": "2026-11-01T09:00:00Z",
    } | fields


def advisory(name: str, **fields: Any) -> dict[str, Any]:
    none = ("cve_id", "cvss", "cwes", "publisher", "submission", "private_fork", "collaborating_users")
    more = ("collaborating_teams", "credits", "credits_detailed", "published_at", "closed_at", "withdrawn_at")
    return {
        **dict.fromkeys((*none, *more)),
        "ghsa_id": name,
        "state": "closed",
        "severity": "high",
        "summary": "Example",
        "description": "An example",
        "author": shapes.user("ada"),
        "identifiers": [{"type": "GHSA", "value": name}],
        "vulnerabilities": [vulnerable()],
        "url": f"{shapes.API}/repos/example/pump/security-advisories/{name}",
        "html_url": "https://github.example.org/g",
        "created_at": "2026-11-01T09:00:00Z",
        "updated_at": "2026-11-01T09:00:00Z",
        "cwe_ids": ["CWE-20"],
    } | fields


def vulnerable(patched: str | None = "2.4.0") -> dict[str, Any]:
    return {
        "package": {"ecosystem": "pip", "name": "pump"},
        "vulnerable_version_range": "< 2.4.0",
        "patched_versions": patched,
        "vulnerable_functions": None,
    }

"""A Redmine as measured on 5.0: paging by offset, pages capped at 100, wrong filter values that answer zero rows,
accounts that see only a part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.trackers.fakes.server import FakeServer, Say, Seen


@dataclass
class Ticket:
    id: int
    tracker: int = 4
    status: int = 5
    private: bool = False
    author: str = "admin"
    fields: dict[str, str] = field(default_factory=dict)
    duplicates: int = 0
    project: int = 1
    version: int = 3
    subject: str = "Example finding"


class FakeRedmine(FakeServer):
    """One project `pump` (id 1) with its subproject; keys are named after what their account sees."""

    prefix = "/redmine"

    def __init__(self) -> None:
        super().__init__()
        self.trackers = {1: "Bug", 4: "Security"}
        self.statuses = {1: ("New", False), 3: ("Resolved", False), 5: ("Closed", True), 6: ("Rejected", True)}
        self.custom = {1: "Fix commit", 2: "Severity"}
        self.versions = {3: "2.4.0"}
        self.projects: dict[int, dict[str, Any]] = {1: {"identifier": "pump", "status": 1, "parent": None}}
        self.accounts = {"key-full": "full", "key-partial": "partial", "key-own": "own", "key-bugs": "bugs"}
        self.tickets: dict[int, Ticket] = {}
        self.cap = 100

    def add(self, count: int = 1, **fields: Any) -> list[Ticket]:
        first = max(self.tickets, default=0) + 1
        made = [Ticket(number, **fields) for number in range(first, first + count)]
        self.tickets |= {t.id: t for t in made}
        return made

    def route(self, seen: Seen) -> Say:
        account = self.accounts.get(seen.headers.get("x-redmine-api-key", ""))
        if account is None:
            return Say(401, {})
        path = seen.path.removeprefix(self.prefix).removesuffix(".json").strip("/").split("/")
        match path:
            case ["users", "current"]:
                return Say(200, {"user": {"id": 7, "login": account, "api_key": seen.headers["x-redmine-api-key"]}})
            case ["issue_statuses"]:
                rows = [{"id": k, "name": n, "is_closed": c} for k, (n, c) in self.statuses.items()]
                return Say(200, {"issue_statuses": rows})
            case ["projects"]:
                return Say(200, self._projects(int(seen.query.get("offset", 0))))
            case ["projects", name]:
                return self._project(name, account)
            case ["projects", _, "versions"]:
                return Say(200, {"versions": [{"id": k, "name": n} for k, n in self.versions.items()]})
            case ["issues", number]:
                ticket = self.tickets.get(int(number))
                if ticket is None:
                    return Say(404, {})
                return Say(200, {"issue": self._row(ticket)}) if self._sees(ticket, account) else Say(403, {})
            case ["issues"]:
                return Say(200, self._issues(seen.query, account))
        return Say(404, {})

    def _projects(self, offset: int) -> dict[str, Any]:
        rows = [
            {"id": k, "identifier": p["identifier"], **({"parent": {"id": p["parent"]}} if p["parent"] else {})}
            for k, p in self.projects.items()
        ]
        return {"projects": rows[offset:], "total_count": len(rows), "offset": offset, "limit": 100}

    def _project(self, name: str, account: str) -> Say:
        found = [(k, p) for k, p in self.projects.items() if p["identifier"] == name]
        if not found:
            return Say(404, {})
        key, project = found[0]
        if project["status"] == 9:
            return Say(403, {})
        seen = {k: n for k, n in self.trackers.items() if account != "bugs" or n == "Bug"}
        return Say(
            200,
            {
                "project": {
                    "id": key,
                    "identifier": name,
                    "trackers": [{"id": k, "name": n} for k, n in seen.items()],
                    "issue_custom_fields": [{"id": k, "name": n} for k, n in self.custom.items()],
                }
            },
        )

    def _sees(self, ticket: Ticket, account: str) -> bool:
        if account == "own":
            return ticket.author == "own"
        if account == "bugs":
            return self.trackers[ticket.tracker] == "Bug"
        return account == "full" or not ticket.private

    def _issues(self, query: dict[str, str], account: str) -> dict[str, Any]:
        wanted = [
            t
            for t in sorted(self.tickets.values(), key=lambda t: t.id)
            if self._sees(t, account)
            and str(t.project) == query.get("project_id", str(t.project))
            and str(t.tracker) == query.get("tracker_id", str(t.tracker))
            and str(t.version) == query.get("fixed_version_id", str(t.version))
            and (query.get("status_id") == "*" or not self.statuses[t.status][1])
        ]
        offset, limit = int(query.get("offset", 0)), min(int(query.get("limit", 25)), self.cap)
        rows = [self._row(t) for t in wanted[offset : offset + limit]]
        return {"issues": rows, "total_count": len(wanted), "offset": offset, "limit": limit}

    def _row(self, t: Ticket) -> dict[str, Any]:
        name, closed = self.statuses[t.status]
        return {
            "id": t.id,
            "project": {"id": t.project},
            "tracker": {"id": t.tracker, "name": self.trackers[t.tracker]},
            "status": {"id": t.status, "name": name, "is_closed": closed},
            "priority": {"id": 2, "name": "Normal"},
            "subject": t.subject,
            "is_private": t.private,
            "created_on": "2026-11-01T09:00:00Z",
            "closed_on": "2026-11-10T09:00:00Z" if closed else None,
            "custom_fields": [{"id": 1, "name": n, "value": v} for n, v in t.fields.items()],
            "relations": [{"issue_id": t.id, "issue_to_id": t.duplicates, "relation_type": "duplicates"}]
            if t.duplicates
            else [],
        }

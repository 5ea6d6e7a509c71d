"""Jira in its two dialects over one world: Cloud with page tokens and no total, Data Center with offsets and a total.
A bad token is no error for a Cloud search: it answers 200 and nothing."""

from __future__ import annotations

import base64
from typing import Any

from tests.trackers.fakes.server import FakeServer, Say, Seen, bearer

ACCOUNT = "gate@example.org"


class FakeJira(FakeServer):
    """The project PUMP; `cloud` chooses the dialect."""

    def __init__(self, cloud: bool) -> None:
        super().__init__()
        self.cloud = cloud
        self.prefix = "" if cloud else "/jira"
        self.api = f"{self.prefix}/rest/api/{3 if cloud else 2}"
        self.project: dict[str, Any] = {
            "id": "100",
            "key": "PUMP",
            "issueTypes": [{"id": "7", "name": "Security Issue"}],
        }
        self.may_browse = True
        self.versions = [{"id": "5", "name": "2.4.0"}]
        self.fields = ["customfield_1", "customfield_2"]
        self.levels_seen = True
        self.issues: list[dict[str, Any]] = []
        self.cap = 100
        self.count_is_off = 0

    def add(self, count: int, **fields: Any) -> None:
        for number in range(len(self.issues) + 1, len(self.issues) + count + 1):
            self.issues.append(issue(number, **fields))

    def _known(self, seen: Seen) -> bool:
        header = seen.headers.get("authorization", "")
        if not self.cloud:
            return bearer(seen.headers) == "key-full"
        pair = base64.b64decode(header.removeprefix("Basic ")).decode() if header.startswith("Basic ") else ""
        return pair == f"{ACCOUNT}:key-full"

    def route(self, seen: Seen) -> Say:
        known = self._known(seen)
        if not known and not (self.cloud and "search" in seen.path):
            return Say(401, {"message": "no"})
        match seen.path.removeprefix(self.api).strip("/").split("/"):
            case ["myself"]:
                return Say(200, {"emailAddress": ACCOUNT} if self.cloud else {"name": "gate", "key": "JIRAUSER1"})
            case ["project", "PUMP"]:
                return Say(200, self.project)
            case ["issue", key]:
                found = [i for i in self.issues if key in (i["key"], i.get("was"))]
                return Say(200, found[0]) if found else Say(404, {"errorMessages": ["it is not there"], "errors": {}})
            case ["project", "PUMP", "versions"]:
                return Say(200, self.versions)
            case ["mypermissions"]:
                return Say(200, {"permissions": {"BROWSE_PROJECTS": {"havePermission": self.may_browse}}})
            case ["field"]:
                return Say(200, [{"id": name, "name": name} for name in self.fields])
            case ["search"] if not self.cloud:
                return self._by_offset(seen)
            case ["search", "jql"] if self.cloud:
                return self._by_token(seen, known)
            case ["search", "approximate-count"] if self.cloud:
                return Say(200, {"count": len(self._rows(known)) + self.count_is_off})
        return Say(404, {"message": "not here"})

    def _rows(self, known: bool = True) -> list[dict[str, Any]]:
        rows = [
            i for i in self.issues if known and i["key"].startswith("PUMP-") and "security" in i["fields"]["labels"]
        ]
        return rows if self.levels_seen else [r for r in rows if not r["fields"]["security"]]

    def _by_offset(self, seen: Seen) -> Say:
        start, size = int(seen.query["startAt"]), min(int(seen.query["maxResults"]), self.cap)
        rows = self._rows()
        return Say(
            200, {"startAt": start, "maxResults": size, "total": len(rows), "issues": rows[start : start + size]}
        )

    def _by_token(self, seen: Seen, known: bool) -> Say:
        asked = seen.json()
        start, size = int(asked.get("nextPageToken", "t0")[1:]), min(asked["maxResults"], self.cap)
        rows = self._rows(known)
        last = start + size >= len(rows)
        page: dict[str, Any] = {"issues": rows[start : start + size], "isLast": last}
        return Say(200, page if last else page | {"nextPageToken": f"t{start + size}"})


def issue(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(1000 + number),
        "key": f"PUMP-{number}",
        "fields": {
            "summary": f"Example finding {number}",
            "status": {"name": "Verified", "statusCategory": {"key": "done"}},
            "resolution": {"name": "Fixed"},
            "priority": {"name": "High"},
            "labels": ["security"],
            "security": {"name": "Internal"},
            "created": "2026-11-01T09:00:00.000+0000",
            "resolutiondate": "2026-11-10T09:00:00.000+0000",
            "issuelinks": [],
            "customfield_1": "a" * 40,
            "customfield_2": {"value": "CWE-20"},
        }
        | fields,
    }

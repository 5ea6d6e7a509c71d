"""The bodies that the tests' GitHub serves, against the shapes that GitHub publishes (npm: @octokit/openapi, MIT).

GitHub's own examples do not stand a strict reading: a null is let into an enumeration that only says nullable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from gatekeeper.trackers import (
    github_advisories,
    github_code_scanning,
    github_dependabot,
    github_issues,
    github_secret_scanning,
)
from tests.trackers.fakes import github as make
from tests.trackers.fakes.github import FakeGitHub
from tests.trackers.test_github import KINDS, source

FILE = Path(__file__).parent / "node/node_modules/@octokit/openapi/generated/api.github.com.json"
pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(not FILE.is_file(), reason="node packages are missing (npm ci in tests/trackers/node)"),
]
KEYWORDS = ("type", "enum", "required", "additionalProperties", "minItems", "maxItems", "minimum", "maximum", "pattern")


@cache
def published() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_bytes())
    return found


def as_json_schema(node: Any, wanted: set[str]) -> Any:
    """OpenAPI 3.0 as JSON Schema; names of the schemas that it refers to go to `wanted`."""
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        wanted.add(node["$ref"].rpartition("/")[2])
        return {"$ref": node["$ref"].replace("#/components/schemas/", "#/$defs/")}
    made = {key: node[key] for key in KEYWORDS if key in node}
    for key in ("items", "not", "additionalProperties"):
        if isinstance(node.get(key), dict):
            made[key] = as_json_schema(node[key], wanted)
    for key in ("allOf", "anyOf", "oneOf"):
        if key in node:
            made[key] = [as_json_schema(part, wanted) for part in node[key]]
    if "properties" in node:
        made["properties"] = {name: as_json_schema(part, wanted) for name, part in node["properties"].items()}
    return {"anyOf": [{"type": "null"}, made]} if node.get("nullable") else made


@cache
def validator(path: str) -> Any:
    """Of the 200 answer of one GET operation, with all schemas that it needs."""
    response = published()["paths"][path]["get"]["responses"]["200"]
    wanted: set[str] = set()
    root = as_json_schema(response["content"]["application/json"]["schema"], wanted)
    definitions: dict[str, Any] = {}
    while missing := wanted - definitions.keys():
        for name in missing:
            definitions[name] = as_json_schema(published()["components"]["schemas"][name], wanted)
    return jsonschema_rs.Draft202012Validator({**root, "$defs": definitions})


@cache
def operations() -> dict[str, re.Pattern[str]]:
    """Every path that can be got, as a pattern; one without a variable part wins over one with."""
    paths = sorted((p for p, o in published()["paths"].items() if "get" in o), key=lambda p: p.count("{"))
    return {p: re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(p))) for p in paths}


def operation(path: str) -> str:
    return next(p for p, pattern in operations().items() if pattern.fullmatch(path))


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """Something of every kind in every list, in the states that matter."""
    with FakeGitHub() as running:
        running.add_issues(2)
        running.issues[1].update(body="no form", state_reason="not_planned")
        running.add_issues(1, state="open", state_reason=None, closed_at=None, closed_by=None)
        running.add_issues(1, state_reason="duplicate")
        running.add_issues(1, body=None)
        running.timelines[5] = [make.closed_event("b" * 40)]
        running.code = [make.code_alert(1), make.code_alert(2, state="open")]
        running.code.append(make.code_alert(3, state="dismissed", dismissed_reason="won't fix"))
        running.analyses = [make.analysis()]
        running.dependabot = [make.dependabot_alert(n, state=s) for n, s in enumerate(("fixed", "open"), start=1)]
        running.dependabot.append(make.dependabot_alert(3, state="dismissed", dismissed_reason="not_used"))
        running.dependabot.append(make.dependabot_alert(4, state="auto_dismissed"))
        running.secrets = [make.secret_alert(1), make.secret_alert(2, state="open", resolution=None)]
        running.advisories = [make.advisory("GHSA-1")]
        running.advisories += [make.advisory(f"GHSA-{s}", state=s) for s in ("triage", "draft", "published")]
        yield running


@pytest.mark.parametrize("kind", KINDS)
def test_every_body_is_of_the_published_shape(github: FakeGitHub, gate: Any, kind: str) -> None:
    more = {"milestone": "2.4.0"} if kind == "issues" else {}

    answer = gate.ask(source(github, kind, **more))

    assert answer.stopped is None
    served = {seen.path: (operation(seen.path.removeprefix(github.prefix)), say.body) for seen, say in github.served}
    assert len(served) >= 3
    faults = [
        f"{path}: /{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"
        for path, (name, body) in served.items()
        for error in validator(name).iter_errors(body)
    ]
    assert not faults, "\n".join(faults[:40])


def test_a_body_of_another_shape_is_noticed(github: FakeGitHub) -> None:
    issue = dict(github.issues[0])
    issue["state_reason"] = "tidied"

    assert not validator("/repos/{owner}/{repo}/issues").is_valid([issue])
    del issue["state"]
    assert len(list(validator("/repos/{owner}/{repo}/issues").iter_errors([issue]))) == 2


PUBLISHED_WORDS = {
    "code-scanning-alert-items": (github_code_scanning.SHIPPED, ("state", "dismissed_reason")),
    "dependabot-alert": (github_dependabot.SHIPPED, ("state", "dismissed_reason")),
    "secret-scanning-alert": (github_secret_scanning.SHIPPED, ("state", "resolution")),
    "repository-advisory": (github_advisories.SHIPPED, ("state", "severity")),
    "issue": (github_issues.SHIPPED, ("state_reason",)),
}


@pytest.mark.parametrize("name", PUBLISHED_WORDS)
def test_every_published_word_is_known_to_the_adapter(name: str) -> None:
    """ISSUE-04: a word that GitHub documents and no map knows would leave the list undecided."""
    shipped, fields = PUBLISHED_WORDS[name]
    schemas = published()["components"]["schemas"]
    rows = [schemas[name]["properties"][field] for field in fields]
    rows = [schemas[row["$ref"].rpartition("/")[2]] if "$ref" in row else row for row in rows]
    told = {word for row in rows for word in row["enum"] if word}

    open_reasons = {"reopened"}  # of an issue that is open: it closes nothing
    assert told - open_reasons - {*shipped.states, *shipped.resolutions, *shipped.severities} == set()

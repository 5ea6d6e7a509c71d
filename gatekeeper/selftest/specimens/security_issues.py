"""ISSUE: the ways in which a count of zero lies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from gatekeeper.selftest.specimen import Sample, Specimen, Stage

_EXPORT = "release/issues.json"
_SOURCE = {
    "kind": "export", "id": "tracker", "path": _EXPORT, "tracker": "polarion", "server": "https://tracker.example.org",
    "project": "PUMP", "query": "type:securityissue", "control": "PUMP-1", "exporters": ["qa@example.org"],
    "max-age-hours": 24,
}  # fmt: skip


def _rows(stage: Stage) -> list[dict[str, Any]]:
    day = (stage.now - timedelta(days=10)).isoformat()
    plain = {
        "state": "closed",
        "resolution": "fixed",
        "severity": "low",
        "origin": "verification",
        "received": day,
        "closed": day,
    }
    return [
        {"id": "PUMP-1", "title": "Control issue", **plain},
        {"id": "PUMP-7", "title": "Length is not checked", **plain, "fix_commits": [stage.commit]},
    ]


def _export(stage: Stage, **changes: Any) -> bytes:
    rows = changes.pop("issues", _rows(stage))
    canonical = msgspec.json.encode(rows, order="sorted")
    whole = {
        "schema": 1, "tracker": "polarion", "server": "https://tracker.example.org", "project": "PUMP",
        "product": "specimen", "query": "type:securityissue", "states": "all", "total": len(rows),
        "exported_at": stage.now.isoformat(), "exported_by": "qa@example.org", "tool": "specimen 1",
        "issues_sha256": hashlib.sha256(canonical).hexdigest(), "issues": rows,
    }  # fmt: skip
    return msgspec.json.encode({**whole, **changes})


def _late(stage: Stage) -> Mapping[str, bytes]:
    return {_EXPORT: _export(stage)}


def _with(**changes: Any) -> Callable[[Stage], None]:
    return lambda stage: _put(stage, _export(stage, **changes))


def _row(**changes: Any) -> Callable[[Stage], None]:
    def plant(stage: Stage) -> None:
        first, second = _rows(stage)
        _put(stage, _export(stage, issues=[first, {**second, **changes}]))

    return plant


def _aged(**age: float) -> Callable[[Stage], None]:
    return lambda stage: _put(stage, _export(stage, exported_at=(stage.now - timedelta(**age)).isoformat()))


def _put(stage: Stage, raw: bytes) -> None:
    (stage.root / _EXPORT).write_bytes(raw)


SPECIMEN = Specimen(
    id="security-issues",
    checks=("security-issues", "build-identity"),
    rules=("ISSUE-01", "ISSUE-03", "ISSUE-04", "ISSUE-06", "ISSUE-08"),
    files={"src/pump.py": b"x = 1\n"},
    tables={"security-issues": {"sources": [_SOURCE]}},
    late=_late,
    samples=(
        Sample("ISSUE-01", "a total that is larger than the list", plant=_with(total=3)),
        Sample("ISSUE-03", "another query than the policy's", plant=_with(query="type:bug")),
        Sample("ISSUE-03", "another project", plant=_with(project="PUMP-OLD")),
        Sample("ISSUE-04", "half a file", plant=lambda stage: _put(stage, _export(stage)[:200])),
        Sample("ISSUE-05", "an export of the day before yesterday", plant=_aged(hours=49)),
        Sample("ISSUE-05", "an export from the future", plant=_aged(hours=-5)),
        Sample("ISSUE-06", "an empty list without a statement", plant=_with(issues=[], total=0)),
        Sample("ISSUE-06", "a row changed by hand", plant=_with(issues_sha256="0" * 64)),
        Sample("ISSUE-08", "an open issue", plant=_row(state="open")),
        Sample("ISSUE-08", "a state that nobody knows", plant=_row(state="parked")),
        Sample("ISSUE-09", "closed as won't fix", plant=_row(resolution="wont-fix")),
    ),
)

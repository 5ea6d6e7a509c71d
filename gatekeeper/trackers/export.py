"""The exported list: for trackers that the gate cannot reach. Its shape is in docs/issue-export.md.

The file proves itself as far as a file can: it names its query, its exporter and its time, declares its total, and
carries the digest of its rows, so that a cut, filtered or hand-edited list does not pass for a whole one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Annotated, Any

import msgspec

from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.words import Level
from gatekeeper.trackers import _strict_json
from gatekeeper.trackers._answer import Answer, Page, Resolved, Statement, Trouble, UnprovenError, control_in, keep
from gatekeeper.trackers._contract import Desk, Reading, Source, Tracker, Words
from gatekeeper.trackers._issue import Issue

MOST_BYTES = 64 * 1024 * 1024
LISTS = ("fix_commits", "affected_versions", "findings", "labels")
SHIPPED = Words(
    states={"open": "open", "closed": "closed"},
    resolutions={
        "fixed": "fixed",
        **dict.fromkeys(("wont-fix", "not-planned", "accepted", "mitigated", "cannot-reproduce"), "not-fixed"),
        "false-positive": "false-positive",
        "duplicate": "duplicate",
    },
    severities={str(level): level for level in Level},
)


class Params(
    Source, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True, tag_field="kind", tag="export"
):
    """One exported list: the file, and what its head must say, word for word."""

    path: str  # relative to the repository's root; .json or .csv
    tracker: str  # as the head of the file names it
    server: str  # likewise
    query: str  # likewise
    exporters: tuple[str, ...]  # who may export, as `exported_by` names them
    max_age_hours: Annotated[int, msgspec.Meta(ge=1, le=24)] = 24  # of the export


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One issue as the file gives it: every value is text, or a list of texts."""

    id: str
    title: str
    state: str
    severity: str
    resolution: str = ""
    url: str = ""
    labels: tuple[str, ...] = ()
    origin: str = ""
    found_by: str = ""
    received: str = ""
    reviewed: str = ""
    closed: str = ""
    reopened: str = ""
    closer: str = ""
    reviewer: str = ""
    fix_commits: tuple[str, ...] = ()
    fix_test: str = ""
    duplicate_of: str = ""
    cvss: str = ""
    cvss_score: str = ""
    cwe: str = ""
    impact: str = ""
    affected_versions: tuple[str, ...] = ()
    root_cause: str = ""
    related: str = ""
    safety_effect: str = ""
    risk_ref: str = ""
    findings: tuple[str, ...] = ()
    disclose: str = ""
    disclose_reason: str = ""
    disclose_by: str = ""
    disclose_on: str = ""
    third_party: str = ""
    supplier_notice: str = ""
    supplier_told_on: str = ""
    supplier_told_by: str = ""


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the file says about itself; `issues` are the rows, still raw."""

    schema: int
    tracker: str
    server: str
    project: str
    product: str
    query: str
    states: str
    total: int
    exported_at: str
    exported_by: str
    tool: str
    issues_sha256: str
    issues: tuple[dict[str, Any], ...]
    none_statement: Statement | None = None


def ask(params: Params, desk: Desk) -> Answer:
    """Read the file and hold its head against the policy. Raises UnprovenError where it cannot be read."""
    data = _bytes(params, desk)
    head = _head(data, params.path)
    stored, digest = keep(data)
    page = Page(
        role="list",
        method="FILE",
        url=params.path,
        status=200,
        size=len(data),
        sha256=digest,
        stored_sha256=digest,
        stored=stored,
        received=head.exported_at,
    )
    issues = read(params, (page,))
    return Answer(
        source=params.id,
        kind=TRACKER.id,
        server=head.server,
        project=head.project,
        product=head.product,
        account=head.exported_by,
        exporter=head.exported_by,
        server_version=head.tool,
        query=head.query,
        started=head.exported_at,
        ended=head.exported_at,
        declared_total=head.total,
        rows=len(head.issues),
        end_proof="declared total",
        file=params.path,
        file_sha256=digest,
        none_statement=head.none_statement,
        resolved=(Resolved("project", params.project, head.project),),
        control=control_in(issues, params.control),
        pages=(page,),
        issues=issues,
        troubles=tuple(_troubles(params, head)),
    )


def read(params: Params, pages: tuple[Page, ...]) -> tuple[Issue, ...]:
    """The issues of the kept file. Raises UnprovenError for a row that is not of the documented shape."""
    reading = Reading(params.words, SHIPPED)
    raw = [row for page in pages for row in _head(page.text(), page.url).issues]
    return tuple(_issue(row, number, params, reading) for number, row in enumerate(raw, start=1))


def digest(issues: Any) -> str:
    """SHA-256 of the rows in canonical JSON: sorted keys, no spaces, UTF-8 (`jq -cjS .issues FILE | sha256sum`)."""
    text = json.dumps(issues, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def rows_digest(path: str) -> str:
    """The digest that the head of a file must carry, for tools that export CSV. Raises UnprovenError, OSError."""
    return digest(_head(Path(path).read_bytes(), path).issues)


def _bytes(params: Params, desk: Desk) -> bytes:
    path = desk.root / params.path
    if not path.resolve().is_relative_to(desk.root.resolve()):
        raise UnprovenError("ISSUE-06", f"{params.path} lies outside the repository", "Name a file inside it.")
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as e:
        raise UnprovenError(
            "ISSUE-06", f"{params.path} cannot be read: {e.strerror}", "Export the list of issues."
        ) from e
    if len(data) > MOST_BYTES:
        raise UnprovenError(
            "ISSUE-06", f"{params.path} is larger than {MOST_BYTES} bytes", "Split the export by project."
        )
    return data


def _head(data: bytes, name: str) -> Head:
    table = name.lower().endswith(".csv")
    try:
        raw = _from_csv(data) if table else _strict_json.loads(data, name)
        return msgspec.convert(raw, Head, strict=not table)
    except EvidenceError as e:
        raise UnprovenError("ISSUE-06", e.message, SHAPE) from e
    except UnicodeDecodeError as e:
        what = f"{name} is not of the documented shape: it is {_strict_json.in_another_encoding(e)}"
        raise UnprovenError("ISSUE-06", what, "Export the list again in UTF-8.") from e
    except (msgspec.ValidationError, csv.Error, ValueError) as e:
        raise UnprovenError("ISSUE-06", f"{name} is not of the documented shape: {e}", SHAPE) from e


SHAPE = "Export the list again in the shape of docs/issue-export.md."


def _from_csv(data: bytes) -> dict[str, Any]:
    """The head as `key,value` rows, an empty row, then the table. Every row is as wide as its header."""
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    gap = next((n for n, line in enumerate(lines) if not any(line)), len(lines))
    head = dict(_pair(line) for line in lines[:gap])
    if len(head) != gap:
        raise ValueError("a key stands twice in the head")
    table = [line for line in lines[gap + 1 :] if any(line)]
    if not table:
        raise ValueError("the table's header row is missing")
    columns = table[0]
    if len(set(columns)) != len(columns):
        raise ValueError("a column stands twice")
    rows = [_cells(columns, line, number) for number, line in enumerate(table[1:], start=1)]
    statement = {k.removeprefix("none_"): head.pop(k) for k in ("none_text", "none_by", "none_on") if k in head}
    return {**head, "issues": rows, **({"none_statement": statement} if statement else {})}


def _pair(line: list[str]) -> tuple[str, str]:
    if len(line) < 2 or any(line[2:]):
        raise ValueError(f"the head row {line[0]!r} is not a key and a value")
    return line[0], line[1]


def _cells(columns: list[str], line: list[str], number: int) -> dict[str, Any]:
    if len(line) != len(columns):
        raise ValueError(f"row {number} has {len(line)} cells, the header {len(columns)}")
    filled = {name: cell for name, cell in zip(columns, line, strict=True) if cell}
    return {k: [part.strip() for part in v.split(";")] if k in LISTS else v for k, v in filled.items()}


def _issue(raw: dict[str, Any], number: int, params: Params, reading: Reading) -> Issue:
    try:
        row = msgspec.convert(raw, Row)
        score = float(row.cvss_score) if row.cvss_score else None
    except (msgspec.ValidationError, ValueError) as e:
        raise UnprovenError("ISSUE-06", f"{params.path}: issue {number}: {e}", SHAPE) from e
    disposition, unread = reading.disposition(row.state, row.resolution)
    level, unread_level = reading.level(row.severity)
    same = {name: getattr(row, name) for name in Row.__struct_fields__ if name in Issue.__struct_fields__}
    return Issue(
        **{**same, "cvss_score": score},
        source=params.id,
        disposition=disposition,
        level=level,
        raw_state=row.state,
        raw_resolution=row.resolution,
        raw_severity=row.severity,
        unread=unread + unread_level,
        marks=row.labels,
    )


def _troubles(params: Params, head: Head) -> list[Trouble]:
    """Everything in the head that is not as the policy says."""
    place = "Export from the place that the policy names, or correct the policy."
    again = "Export again with all states and without a filter."
    expected = (
        ("tracker", params.tracker),
        ("server", params.server),
        ("project", params.project),
        ("query", params.query),
    )
    found = [
        Trouble("ISSUE-03", f"{params.path}: {name} is {getattr(head, name)!r}, the policy says {wanted!r}", place)
        for name, wanted in expected
        if getattr(head, name) != wanted
    ]
    if head.exported_by not in params.exporters:
        found.append(Trouble("ISSUE-03", f"{params.path}: exported by {head.exported_by!r}, who may not export", place))
    if head.schema != 1:
        found.append(Trouble("ISSUE-06", f"{params.path}: schema {head.schema} is not known", SHAPE))
    if head.states != "all":
        found.append(Trouble("ISSUE-01", f"{params.path}: states is {head.states!r}, not 'all'", again))
    if head.total != len(head.issues):
        what = f"{params.path} declares {head.total} issues and holds {len(head.issues)}"
        found += [Trouble("ISSUE-01", what, again), Trouble("ISSUE-06", what, again)]
    if head.issues_sha256 != digest(head.issues):
        what = f"{params.path}: issues_sha256 does not match the rows: they were changed after the export"
        found.append(
            Trouble("ISSUE-06", what, "Never edit an export; change the issue in the tracker and export again.")
        )
    return found


TRACKER = Tracker("export", Params, ask, read)

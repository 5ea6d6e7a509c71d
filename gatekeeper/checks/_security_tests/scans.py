"""Reports that list findings instead of test cases: SARIF, ZAP, and a plain form for every other tool.

A clean scan and a scan that never ran look alike, so each reader asks for what was scanned (targets), takes nothing
for granted that is not stated, and never lets the report lower its own findings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from gatekeeper.checks._security_tests import zap
from gatekeeper.checks._security_tests.evidence import Scan, ScanFinding, finding_id
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.words import LEVEL_RANK, level_of
from gatekeeper.sbom import strict_json
from gatekeeper.scanners import sarif

LARGEST_SCAN = 64 << 20
MOST_FINDINGS = 100_000
Text = Annotated[str, msgspec.Meta(pattern=r"\S", max_length=2000)]


class PlainFinding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One finding of the plain form. A severity word that the gate does not know counts as critical."""

    id: Text
    severity: str
    title: Text
    where: str = ""


class PlainScan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The plain form, `gatekeeper.findings/1`: for tools that write neither SARIF nor a ZAP report."""

    schema: Literal["gatekeeper.findings/1"]
    tool: Text
    tool_version: Text
    commit: str
    complete: bool
    targets: tuple[Text, ...]
    findings: tuple[PlainFinding, ...]


def read(content: bytes, form: str, root: Path) -> Scan:
    """Read a report of that form. Raises ValueError where it is not whole, not sound, or beyond the bounds."""
    if len(content) > LARGEST_SCAN:
        raise ValueError(f"larger than {LARGEST_SCAN} bytes")
    found = _READERS[form](content, root)
    if not found.tool.strip():
        raise ValueError("it does not say which tool made it")
    if len(found.findings) > MOST_FINDINGS:
        raise ValueError(f"more than {MOST_FINDINGS} findings")
    return found


def _sarif(content: bytes, root: Path) -> Scan:
    runs, faults = sarif.read(content, root)
    faults = (*faults, *(f"{run.tool or 'a run'}: {fault}" for run in runs for fault in run.faults))
    unstated = "no invocation states that it went well (executionSuccessful)"
    faults = (*faults, *(f"{run.tool or 'a run'}: {unstated}" for run in runs if not run.stated_success))
    if faults:
        raise ValueError("; ".join(faults[:5]))
    rows = (_sarif_row(row) for run in runs for row in run.results)
    return Scan(
        tool=", ".join(dict.fromkeys(run.tool for run in runs)),
        tool_version=", ".join(dict.fromkeys(run.version for run in runs)),
        commits=tuple(dict.fromkeys(revision for run in runs for revision in run.revisions)),
        targets=tuple(dict.fromkeys(path for run in runs for path in run.artifacts)),
        findings=_worst(rows),
    )


def _sarif_row(row: sarif.Result) -> ScanFinding:
    place = f"{row.path}:{row.line}" if row.path else f"#{hashlib.sha256(row.text.encode()).hexdigest()[:12]}"
    return ScanFinding(finding_id(f"{row.rule}@{place}"), row.level, row.text[:300], place)


def _plain(content: bytes, _root: Path) -> Scan:
    document = _json(content)
    try:
        told = msgspec.convert(document, PlainScan)
    except msgspec.ValidationError as e:
        raise ValueError(f"not of the form gatekeeper.findings/1: {e}") from e
    if not told.complete:
        raise ValueError("it says itself that the run was not completed")
    ids = [finding_id(f.id) for f in told.findings]
    if len(set(ids)) != len(ids):
        raise ValueError("an id stands twice")
    return Scan(
        tool=told.tool,
        tool_version=told.tool_version,
        commits=(told.commit,),
        targets=told.targets,
        findings=tuple(
            ScanFinding(name, level_of(f.severity), f.title[:300], f.where[:300])
            for name, f in zip(ids, told.findings, strict=True)
        ),
    )


def _zap_json(content: bytes, _root: Path) -> Scan:
    found, contradictions = zap.of_json(_json(content))
    return msgspec.structs.replace(found, findings=_worst(found.findings), contradictions=contradictions)


def _zap_xml(content: bytes, _root: Path) -> Scan:
    found, contradictions = zap.of_xml(content)
    return msgspec.structs.replace(found, findings=_worst(found.findings), contradictions=contradictions)


def _json(content: bytes) -> object:
    try:
        return strict_json.load(content, LARGEST_SCAN)
    except GatekeeperError as e:
        raise ValueError(e.message) from e


def _worst(rows: Iterable[ScanFinding]) -> tuple[ScanFinding, ...]:
    """One row for each id, with the highest level that any row gave it."""
    return tuple(_by_id(rows))


def _by_id(rows: Iterable[ScanFinding]) -> Iterator[ScanFinding]:
    worst: dict[str, ScanFinding] = {}
    for row in rows:
        if row.id not in worst or LEVEL_RANK[row.level] > LEVEL_RANK[worst[row.id].level]:
            worst[row.id] = row
    yield from worst.values()


_READERS = {"sarif": _sarif, "zap-json": _zap_json, "zap-xml": _zap_xml, "findings": _plain}

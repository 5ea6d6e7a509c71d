"""Reading reports, statements of runs, plans, traces and the penetration report."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import msgspec
import tomli

from gatekeeper.checks._documents.model import names, names_version, plain
from gatekeeper.checks._documents.reading import read as read_document
from gatekeeper.checks._security_tests import junit, scans
from gatekeeper.checks._security_tests.evidence import (
    Controlled,
    Evidence,
    Params,
    Penetration,
    PenetrationSeen,
    Report,
    ReportEntry,
    Trace,
    Traced,
)
from gatekeeper.model.check import Context
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.people import people_of
from gatekeeper.sbom import strict_json

LARGEST_LIST = 16 << 20
# What `pytest --collect-only -q` prints beside the names: its sections, and the line at the end.
_SECTION = re.compile(r"=+ .* =+")
_SUMMARY = re.compile(r"-- Docs: .*|(?:\d+/)?\d+ tests? collected\b.* in .*|no tests (?:collected|ran)\b.* in .*")
_NOT_WHOLE = re.compile(r"ERROR .*|.*\b\d+ errors? in [\d.]+s\b.*|.*Interrupted: \d+ errors? during collection.*")
# Ids such as PT-7 or PT-2026-007, and headings that count their findings; names of standards and algorithms look alike.
_FINDING_ID = re.compile(
    r"(?<![\w-])(?!(?:CVE|CWE|CAPEC|CVSS|RFC|ISO|IEC|JIS|IEEE|NIST|FIPS|SP|SHA|MD|AES|DES|RSA|ECC|HMAC|CRC|TLS|SSL|UTF"
    r"|USB|RS|PCI|OWASP|WSTG|ASVS)-)[A-Z][A-Z0-9]{0,9}(?:-\d{1,6}){1,3}(?![\w-])"
    r"|(?<![A-Za-z])(?i:finding|vulnerability|issue|observation)s?\s{0,3}#?\s{0,3}\d{1,4}(?![\w.])"
    r"|(?:検出事項|検出|指摘事項|指摘|脆弱性)\s{0,3}\d{1,4}(?![\d件個])(?!\s{1,3}[件個])"
)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{1,2}|[^\W\u3040-\u30ff\u3400-\u9fff]+")  # Japanese has no blanks


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The statement of a test run, written by what ran it: JSON beside the report."""

    report_sha256: str
    commit: str
    version: str
    exit_status: int | None
    finished: str
    started: str = ""
    command: tuple[str, ...] = ()
    deselected: int = 0
    tester: str = ""
    organisation: str = ""
    independence: str = ""
    targets: tuple[str, ...] = ()  # what was scanned, where the report itself does not list it


_BLANK = Run(report_sha256="", commit="", version="", exit_status=None, finished="")


class Requirements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The trace file: `version`, and the tests of each requirement and threat."""

    version: str
    requirement: tuple[Traced, ...] = ()
    threat: tuple[Traced, ...] = ()
    requirements: tuple[str, ...] = ()


def collect(context: Context, params: Params) -> Evidence:
    """Read everything that the table names, below the root."""
    planned, planned_fault = _planned(context.root, params.planned_tests)
    people = people_of(context.tables)
    return Evidence(
        reports=tuple(_report(context.root, entry) for entry in params.reports),
        planned=planned,
        planned_fault=planned_fault,
        trace=_trace(context.root, params.trace),
        penetration=_penetration(context, params.penetration) if params.penetration else None,
        security=tuple(n for m in people if "security" in m.roles for n in (m.id, m.name)),
        people=people,
        controlled=_controlled(context.root, context.tables.get("risk-management", {}).get("threats", "")),
    )


def _report(root: Path, entry: ReportEntry) -> Report:
    try:
        content = _bytes(root, entry.path, junit.LARGEST_REPORT)
    except OSError as e:
        return Report(entry=entry, missing=True, fault=f"{entry.path} is not there: {e.strerror or e}")
    except ValueError as e:
        return Report(entry=entry, fault=f"{entry.path}: {e}")
    digest = hashlib.sha256(content).hexdigest()
    try:
        return _tests(root, entry, content, digest) if entry.format == "junit" else _scan(root, entry, content, digest)
    except ValueError as e:
        return Report(entry=entry, sha256=digest, fault=f"{entry.path}: {e}")


def _tests(root: Path, entry: ReportEntry, content: bytes, digest: str) -> Report:
    found = junit.read(content)
    run, fault = _run(root, entry, digest) if entry.run else _properties(found)
    named = [value for name, value in found.properties if name == "commit" and not _abbreviates(value, run.commit)]
    if named and not fault:
        fault = f"it names commit {named[0]} itself, its run statement {run.commit or 'none'}"
    bound = _bound(entry, digest, run, fault)
    return msgspec.structs.replace(bound, cases=found.cases, declared=found.contradictions, started=found.started)


def _abbreviates(value: str, commit: str) -> bool:
    """Whether a report may well mean this commit; seven digits are what git shows of one."""
    return value == commit or (len(value) >= 7 and commit.startswith(value))


def _scan(root: Path, entry: ReportEntry, content: bytes, digest: str) -> Report:
    found = scans.read(content, entry.format, root)
    run, fault = _run(root, entry, digest) if entry.run else (_BLANK, "no statement of its run is named")
    others = [commit for commit in found.commits if commit != run.commit]
    if others and not fault:
        fault = f"it names commit {others[0] or 'none'} itself, its run statement {run.commit or 'none'}"
    if entry.format == "sarif":  # which need not say what was looked at; the others do
        found = msgspec.structs.replace(found, targets=found.targets or run.targets)
    bound = _bound(entry, digest, run, fault)
    return msgspec.structs.replace(bound, scan=found, declared=found.contradictions, started=found.started)


def _bound(entry: ReportEntry, digest: str, run: Run, fault: str) -> Report:
    return Report(
        entry=entry,
        sha256=digest,
        commit=run.commit,
        version=run.version,
        exit_status=run.exit_status,
        finished=run.finished,
        deselected=run.deselected,
        tester=entry.tester or run.tester,
        organisation=entry.organisation or run.organisation,
        independence=entry.independence or run.independence,
        run_fault=fault,
        of_run={name: getattr(run, name) for name in ("tester", "organisation", "independence")},
    )


def _run(root: Path, entry: ReportEntry, digest: str) -> tuple[Run, str]:
    """The statement of the run, which must be about this very report."""
    try:
        run = msgspec.convert(strict_json.load(_bytes(root, entry.run, LARGEST_LIST), LARGEST_LIST), Run)
    except (OSError, ValueError) as e:
        return _BLANK, f"{entry.run} cannot be read: {e}"
    except GatekeeperError as e:
        return _BLANK, f"{entry.run} cannot be read: {e.message}"
    if run.report_sha256 != digest:
        return _BLANK, f"{entry.run} is about another report (sha256 {run.report_sha256[:12]}…)"
    return run, ""


def _properties(found: junit.Junit) -> tuple[Run, str]:
    """The same out of the report's own properties, which all its suites must tell alike."""
    pairs = [(name.replace("_", "-"), value) for name, value in found.properties]
    told = dict(pairs)
    disputed = sorted({name for name, value in pairs if value != told[name]} & set(Run.__struct_encode_fields__))
    fault = f"its suites tell different things of {', '.join(disputed)}" if disputed else ""
    status, deselected = told.get("exit-status", ""), told.get("deselected", "0")
    run = Run(
        report_sha256="",
        commit=told.get("commit", ""),
        version=told.get("version", ""),
        exit_status=int(status) if status.removeprefix("-").isdecimal() else None,
        finished=told.get("finished", found.started),
        deselected=int(deselected) if deselected.isdecimal() else 1,
        tester=told.get("tester", ""),
        organisation=told.get("organisation", ""),
        independence=told.get("independence", ""),
    )
    return run, fault


def _planned(root: Path, name: str) -> tuple[tuple[str, ...], str]:
    if not name:
        return (), ""
    try:
        lines = _bytes(root, name, LARGEST_LIST).decode("utf-8-sig").splitlines()
    except (OSError, ValueError) as e:
        return (), f"{name} cannot be read: {e}"
    lost = next((line.strip() for line in lines if _NOT_WHOLE.fullmatch(line.strip())), "")
    if lost:
        return (), f"{name} is not whole: {lost}"
    names = tuple(dict.fromkeys(_names(lines)))
    return names, "" if names else f"{name} names no test"


def _names(lines: list[str]) -> Iterator[str]:
    """Every line that is no remark and not pytest's own: what is passed over is never missed."""
    own = False
    for line in map(str.strip, lines):
        ends = _SUMMARY.fullmatch(line) is not None
        own = not ends and (own or _SECTION.fullmatch(line) is not None)
        if line and not (own or ends or line.startswith("#")):
            yield line


def _trace(root: Path, name: str) -> Trace:
    if not name:
        return Trace()
    try:
        raw = tomli.loads(_bytes(root, name, LARGEST_LIST).decode("utf-8-sig"))
        table = msgspec.convert(raw, Requirements)
    except (OSError, ValueError) as e:
        return Trace(fault=f"{name} cannot be read: {e}", named=True)
    return Trace(table.version, table.requirement, table.threat, table.requirements, named=True)


def _controlled(root: Path, name: str) -> Controlled:
    if not name:
        return Controlled()
    try:
        rows = tomli.loads(_bytes(root, name, LARGEST_LIST).decode("utf-8-sig")).get("threat", [])
        return Controlled(name, tuple(str(row["id"]) for row in rows if row.get("controls")))
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as e:
        return Controlled(name, fault=f"{name} cannot be read: {e}")


def _penetration(context: Context, entry: Penetration) -> PenetrationSeen:
    seen, product = read_document(context.root, entry.path), context.product
    if seen.missing:
        return PenetrationSeen(fault=seen.missing)
    if seen.unreadable:
        return PenetrationSeen(seen.sha256, seen.size)
    first = [row[0] for table in seen.document.tables() for row in table.rows[1:] if row]
    headings = [section.heading for section in seen.document.sections]
    shown = (unicodedata.normalize("NFKC", text) for text in (*headings, *first))
    ids = dict.fromkeys(
        " ".join(found.replace("#", " ").split()) for text in shown for found in _FINDING_ID.findall(text)
    )
    text = seen.document.text
    return PenetrationSeen(
        sha256=seen.sha256,
        size=seen.size,
        words=len(_WORD.findall(plain(text))),
        ids=tuple(ids),
        of_product=any(names(text, name) for name in (product.name, product.model) if name),
        of_version=names_version(text, entry.version),
    )


def _bytes(root: Path, name: str, limit: int) -> bytes:
    path = root / name
    if not path.resolve(strict=True).is_relative_to(root.resolve()):
        raise ValueError("lies outside the product's folder")
    with path.open("rb") as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"larger than {limit} bytes")
    return content

"""Collecting for the `vulnerabilities` check: read the data that the index names, no further than this SBOM needs."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.model.check import Context
from gatekeeper.model.errors import EvidenceError, GatekeeperError
from gatekeeper.sbom import reader, strict_json
from gatekeeper.sbom.bom import Component, Fault
from gatekeeper.sbom.collect import bounded
from gatekeeper.sbom.known import commits, index, osv, results, vex
from gatekeeper.sbom.known.ecosystems import package
from gatekeeper.sbom.known.evidence import Advisory, Assessment, Evidence, Exploited, Scan, Snapshot, VexFile
from gatekeeper.sbom.known.index import KevEntry, OsvEntry
from gatekeeper.sbom.known.params import Params

_TEXT_BYTES = 16 * 2**20


def collect(context: Context, params: Params) -> Evidence:
    """Read SBOM, index, data, results and VEX. Raises EvidenceError where SBOM or index are missing or unreadable."""
    root: Path = context.root
    name = context.product.fill(params.sbom or _sbom_of(context))
    raw = bounded(root / name, strict_json.MAX_BYTES + 1)
    bom = reader.read(raw, Path(name).name).bom
    if bom is None:
        raise EvidenceError(
            f"{name} is no SBOM that can be read and is valid", "See what SBOM-01 and SBOM-02 say of it."
        )
    where = root / params.data
    given = index.parse(bounded(where, _TEXT_BYTES))
    components = tuple(_slim(c) for c in bom.components)
    snapshots, advisories, controls = _snapshots(where.parent, given.osv, components, params)
    answers = commits.answers(root, params.repositories, components, advisories)
    faults: list[str] = []
    return Evidence(
        sbom=name,
        sbom_sha256=hashlib.sha256(raw).hexdigest(),
        serial=bom.serial,
        version=bom.version,
        root=_slim(bom.root) if bom.root else None,
        components=components,
        snapshots=snapshots,
        advisories=advisories,
        control_advisories=controls,
        commits=tuple(answers),
        exploited=_exploited(where.parent, given.kev),
        scans=tuple(_scan(where.parent, e) for e in given.result),
        vex=tuple(_vex(context, params, context.product.fill(v)) for v in params.vex),
        assessments=tuple(_assessments(root, params, faults)),
        faults=tuple(faults),
    )


def _sbom_of(context: Context) -> str:
    table: Any = context.tables.get("sbom", {})
    name = table.get("file", "") if isinstance(table, dict) else ""
    if not name:
        raise EvidenceError("no SBOM is named", "Name it in [sbom] file or [vulnerabilities] sbom.")
    return str(name)


def _slim(c: Component) -> Component:
    return Component(where=c.where, ref=c.ref, name=c.name, version=c.version, group=c.group, purl=c.purl)


def _snapshots(
    folder: Path, entries: tuple[OsvEntry, ...], components: tuple[Component, ...], params: Params
) -> tuple[tuple[Snapshot, ...], tuple[Advisory, ...], tuple[Advisory, ...]]:
    packages = [p for c in components if not isinstance(p := package(c), str)]
    wanted = {(p.ecosystem, name) for p in packages for name in p.names}
    probes = [Component(where="", name="", purl=c.purl) for c in params.controls]
    asked = {(p.ecosystem, n) for probe in probes if not isinstance(p := package(probe), str) for n in p.names}
    ours_from = {s.repository for c in components if (s := commits.source(c))}
    asked_from = {s.repository for probe in probes if (s := commits.source(probe))}
    read = [_snapshot(folder, entry, wanted | asked, ours_from | asked_from) for entry in entries]
    advisories = [advisory for _, found in read for advisory in found]
    ours = tuple(a for a in advisories if _about(a, wanted, ours_from))
    controls = tuple(a for a in advisories if _about(a, asked, asked_from))
    return tuple(snapshot for snapshot, _ in read), ours, controls


def _snapshot(
    folder: Path, entry: OsvEntry, wanted: set[tuple[str, str]], repositories: set[str]
) -> tuple[Snapshot, tuple[Advisory, ...]]:
    """One file of the index, and those of its records that are about any of these packages or repositories."""
    row = Snapshot(
        path=entry.file, ecosystem=entry.ecosystem, sha256="", stated_sha256=entry.sha256.lower(), fetched=entry.fetched
    )
    path = folder / entry.file
    if not path.is_file():
        return msgspec.structs.replace(row, faults=("it is not there",)), ()
    found = osv.read(path, wanted, repositories)
    snapshot = msgspec.structs.replace(
        row,
        sha256=_digest(path),
        newest=found.newest,
        records=found.records,
        withdrawn=found.withdrawn,
        ecosystems=found.ecosystems,
        faults=found.faults,
    )
    return snapshot, tuple(found.advisories)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _about(advisory: Advisory, wanted: set[tuple[str, str]], sources: set[str]) -> bool:
    return any(
        (a.ecosystem, a.name) in wanted or any(r.repo in sources for r in a.ranges if r.repo) for a in advisory.affected
    )


def _exploited(folder: Path, entry: KevEntry | None) -> Exploited:
    if entry is None:
        return Exploited(fault="the index names none")
    row = Exploited(path=entry.file, stated_sha256=entry.sha256.lower(), fetched=entry.fetched)
    try:
        raw = bounded(folder / entry.file, strict_json.MAX_BYTES)
        document = strict_json.load(raw)
        ids = tuple(v["cveID"] for v in document["vulnerabilities"])
        if document["count"] != len(ids) or not ids:
            raise ValueError(f"it says {document['count']} entries and holds {len(ids)}")
        version, released = str(document["catalogVersion"]), str(document["dateReleased"])
    except EvidenceError as e:
        return msgspec.structs.replace(row, fault=e.message)
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        return msgspec.structs.replace(row, fault=f"not as its format should be: {e!r}")
    digest = hashlib.sha256(raw).hexdigest()
    return msgspec.structs.replace(row, sha256=digest, version=version, released=released, ids=ids)


def _scan(folder: Path, entry: results.Entry) -> Scan:
    try:
        raw = bounded(folder / entry.file, strict_json.MAX_BYTES + 1)
    except EvidenceError as e:
        return Scan(path=entry.file, tool=entry.tool, fault=e.message)
    return results.read(entry, raw, hashlib.sha256(raw).hexdigest())


def _vex(context: Context, params: Params, name: str) -> VexFile:
    root: Path = context.root
    try:
        file = vex.read(name, bounded(root / name, strict_json.MAX_BYTES + 1))
        bundle = root / f"{name}.sigstore.json"
        return _signed(file, bundle, context, params) if bundle.is_file() else file
    except EvidenceError as e:
        return VexFile(path=name, faults=(Fault("", e.message),))


def _signed(file: VexFile, bundle: Path, context: Context, params: Params) -> VexFile:
    """Whether one of the authors of the policy signed the file: by exact identity, with the root that it names."""
    file = msgspec.structs.replace(file, bundle=bundle.name)
    if context.verify is None or not (params.trusted_root and params.authors and params.issuer):
        text = "its signature cannot be verified: [vulnerabilities] authors, issuer and trusted-root are needed"
        return msgspec.structs.replace(file, unverified=text)
    refusal = ""
    try:
        root, raw = bounded(context.root / params.trusted_root, _TEXT_BYTES), bounded(bundle, _TEXT_BYTES)
        for author in params.authors:
            refusal = context.verify(raw, file.sha256, author, params.issuer, root)
            if not refusal:
                return msgspec.structs.replace(file, signer=author, issuer=params.issuer)
    except GatekeeperError as e:
        return msgspec.structs.replace(file, unverified=f"its signature could not be verified: {e.message}")
    return msgspec.structs.replace(file, refused=f"no author of the policy signed it: {refusal}")


def _assessments(root: Path, params: Params, faults: list[str]) -> Iterator[Assessment]:
    if not params.assessments:
        return
    try:
        text = bounded(root / params.assessments, _TEXT_BYTES).decode("utf-8-sig")
        for row in csv.DictReader(io.StringIO(text), strict=True):
            fields = Assessment.__struct_fields__
            yield Assessment(**{f: (row[f] or "").strip() for f in fields})
    except (EvidenceError, UnicodeDecodeError, csv.Error, KeyError) as e:
        faults.append(f"{params.assessments}: {e!r}" if isinstance(e, KeyError) else f"{params.assessments}: {e}")

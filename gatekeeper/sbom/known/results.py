"""Results of other scanners: osv-scanner, grype, pip-audit, Dependency-Track. Their silence is not an answer: only
those packages count as assessed that a result names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from gatekeeper.sbom import strict_json
from gatekeeper.sbom.known.evidence import Reported, Scan, names
from gatekeeper.sbom.known.severity import level, named

Json = dict[str, Any]
Packages = list[tuple[str, str, str]]  # ecosystem as OSV calls it, name, version
Skipped = list[tuple[str, str]]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One `[[result]]` of the index: which tool wrote the file, on what, and how it ended."""

    file: str
    tool: str
    version: str = ""
    exit_status: int | None = None
    sbom_sha256: str = ""
    database: str = ""
    database_date: str = ""


def read(entry: Entry, raw: bytes, sha256: str) -> Scan:
    """A scanner's result in neutral form; what cannot be understood is a fault."""
    scan = Scan(
        path=entry.file,
        tool=entry.tool,
        version=entry.version,
        sha256=sha256,
        exit_status=entry.exit_status,
        sbom_sha256=entry.sbom_sha256.lower(),
        database=entry.database,
        database_date=entry.database_date,
    )
    reader = _READERS.get(entry.tool)
    if reader is None:
        return _broken(scan, f"the tool {entry.tool!r} is not known; known are {', '.join(_READERS)}")
    try:
        document = strict_json.load(raw)
        reported = _Found()
        assessed: Packages = []
        skipped: Skipped = []
        reader(document, reported, assessed, skipped)
        msgspec.convert(assessed, tuple[tuple[str, str, str], ...])
        msgspec.convert(skipped, tuple[tuple[str, str], ...])  # texts, or it is not that tool's file
    except strict_json.UnreadableError as e:
        return _broken(scan, e.message)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as e:
        return _broken(scan, f"not as {entry.tool} writes it: {e!r}")
    return msgspec.structs.replace(
        scan, reported=tuple(reported), assessed=tuple(dict.fromkeys(assessed)), skipped=tuple(skipped)
    )


def _broken(scan: Scan, fault: str) -> Scan:
    return msgspec.structs.replace(scan, fault=fault)


class _Found(list[Reported]):
    def add(self, ids: Any, name: str, version: str, word: str, purl: str = "") -> None:
        texts = tuple(dict.fromkeys(str(i) for i in ids if i))
        if not texts:
            raise ValueError("a vulnerability without id")
        self.append(Reported(texts, str(name), str(version), word, str(purl or "")))


def _pip_audit(document: Json, found: _Found, assessed: Packages, skipped: Skipped) -> None:
    for d in document["dependencies"]:
        if "skip_reason" in d:
            skipped.append((d["name"], d["skip_reason"]))
            continue
        assessed.append(("PyPI", d["name"], d["version"]))
        for v in d["vulns"]:
            # pip-audit gives no severity, so it is unknown, and unknown is the highest
            found.add([v["id"], *v.get("aliases", [])], d["name"], d["version"], named(""), "")


def _osv_scanner(document: Json, found: _Found, assessed: Packages, _skipped: Skipped) -> None:
    for source in document["results"]:
        for entry in source["packages"]:
            p = entry["package"]
            assessed.append((p.get("ecosystem", ""), p["name"], p["version"]))
            worst = {i: g.get("max_severity", "") for g in entry.get("groups", []) for i in g["ids"]}
            for v in entry.get("vulnerabilities", []):
                scores = [worst.get(v["id"], ""), *(s["score"] for s in v.get("severity", []))]
                word = level(scores, str(v.get("database_specific", {}).get("severity", "")))
                own = (v["id"], *(v.get("aliases") or ()))
                for ids in _each(own, v.get("upstream") or ()):
                    found.add(ids, p["name"], p["version"], word)


def _grype(document: Json, found: _Found, _assessed: Packages, _skipped: Skipped) -> None:
    """grype lists matches alone: it never says what it looked at, so nothing counts as assessed by it."""
    for m in [*document["matches"], *document.get("ignoredMatches", [])]:
        v, a = m["vulnerability"], m["artifact"]
        for ids in _each((v["id"],), [r["id"] for r in m.get("relatedVulnerabilities", [])]):
            found.add(ids, a["name"], a["version"], named(v.get("severity", "")), a.get("purl", ""))


def _each(own: Iterable[str], stems: Iterable[str]) -> list[tuple[str, ...]]:
    """The names of each vulnerability that an entry is about."""
    ids, several = names(own, stems)
    return [(stem,) for stem in several] or [ids]


def _dependency_track(document: Json, found: _Found, _assessed: Packages, _skipped: Skipped) -> None:
    """The findings export; what somebody suppressed there is still a finding here."""
    for f in document["findings"]:
        v, c = f["vulnerability"], f["component"]
        aliases = [value for alias in v.get("aliases", []) for key, value in alias.items() if key.endswith("Id")]
        found.add(
            [v["vulnId"], *aliases], c["name"], c.get("version", ""), named(v.get("severity", "")), c.get("purl", "")
        )


_READERS: dict[str, Callable[[Json, _Found, Packages, Skipped], None]] = {
    "dependency-track": _dependency_track,
    "grype": _grype,
    "osv-scanner": _osv_scanner,
    "pip-audit": _pip_audit,
}


def tools() -> Iterator[str]:
    """The tools whose results are read."""
    return iter(_READERS)

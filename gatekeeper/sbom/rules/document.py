"""The document itself: readable, valid, fresh, complete in its own data (SBOM-01, 02, 07, 11, 13, 20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.sbom.evidence import Evidence
from gatekeeper.sbom.rules.subject import Subject, ruled
from gatekeeper.sbom.text import placeholder, unprintable

WORDS = ("complete", "incomplete", "unknown", "not_specified")


def readable(evidence: Evidence) -> Judgement:
    """SBOM-01: the bytes have one meaning, within bounds."""
    rule = "SBOM-01"
    if not evidence.unreadable:
        return judged(rule, f"{evidence.path}: {evidence.size} bytes, sha256 {evidence.sha256}")
    message = f"{evidence.path} cannot be read safely: {evidence.unreadable}"
    return judged(rule, "", [finding(rule, message, key=("unreadable",), where=Where(path=evidence.path))])


def valid(evidence: Evidence) -> Judgement:
    """SBOM-02: valid against the official schema of the version that the document declares."""
    rule = "SBOM-02"
    if evidence.unreadable:
        return undecided(rule, "the file cannot be read (SBOM-01)")
    if evidence.unknown:
        return undecided(rule, evidence.unknown, advice="Generate CycloneDX 1.6 JSON, SPDX 2.3 or SPDX 3.0.1.")
    found = [
        finding(rule, f.message, key=(f.where, f.message), where=Where(path=evidence.path, pointer=f.where))
        for f in evidence.faults
    ]
    return ruled(rule, f"{evidence.format}, {len(found)} places against its schema", found)


def fresh(s: Subject) -> Judgement:
    """SBOM-07: neither from the future nor older than the policy, and made after the last change of each lock file."""
    rule = "SBOM-07"
    made = moment(s.bom.timestamp)
    if made is None:
        text = (
            f"its time is {s.bom.timestamp!r}, no date and time with a zone" if s.bom.timestamp else "it states no time"
        )
        return judged(rule, "", [finding(rule, text, key=("time",), where=s.at(_place(s, "timestamp")))])
    recorded = {lock.path: _recorded(s, lock.path) for lock in s.evidence.locks}
    bound = bool(recorded) and all(digest for digest in recorded.values())
    found = [*_out_of_time(s, made, bound=bound), *_behind_locks(s, made, recorded)]
    doubts = [
        f"{lock.path}: neither a commit time nor a digest in the SBOM tells whether it changed afterwards"
        for lock in s.evidence.locks
        if not lock.committed and not recorded[lock.path]
    ]
    how = "bound to the lock files by digest" if bound else "compared by time"
    return judged(rule, f"made {s.bom.timestamp}, {how}: {', '.join(recorded) or 'no lock file'}", found, doubts)


def moment(text: str) -> datetime | None:
    """An RFC 3339 time with its zone; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _recorded(s: Subject, path: str) -> str:
    return next((digest for name, digest in s.bom.sources if name == path), "")


def _out_of_time(s: Subject, made: datetime, *, bound: bool) -> Iterator[Finding]:
    tolerance = timedelta(minutes=s.case.default("future_time_tolerance_minutes"))
    days = s.params.max_age_days if s.params.max_age_days is not None else s.case.default("sbom_max_age_days")
    if made > s.case.now + tolerance:
        yield finding(
            "SBOM-07", f"made in the future: {s.bom.timestamp}", key=("future",), where=s.at(_place(s, "timestamp"))
        )
    elif made < s.case.now - timedelta(days=days) and not bound:
        text = f"made {s.bom.timestamp}, more than {days} days before this run"
        yield finding("SBOM-07", text, key=("age",), where=s.at(_place(s, "timestamp")))


def _behind_locks(s: Subject, made: datetime, recorded: dict[str, str]) -> Iterator[Finding]:
    for lock in s.evidence.locks:
        committed = moment(lock.committed)
        if digest := recorded[lock.path]:
            if digest.lower() != lock.sha256:
                text = f"made from another {lock.path}: {digest[:16]}..., now {lock.sha256[:16]}..."
                yield finding("SBOM-07", text, key=("lock", lock.path), where=Where(path=lock.path))
        elif committed and made < committed:
            text = f"made {s.bom.timestamp}, before {lock.path} changed ({lock.committed})"
            yield finding("SBOM-07", text, key=("lock", lock.path), where=Where(path=lock.path))


def completeness(s: Subject) -> Judgement:
    """SBOM-11: it says how complete it is, and tells unknown from withheld."""
    rule = "SBOM-11"
    for_root = [c for c in s.bom.completeness if set(c.keys) & set(s.bom.roots) and c.word]
    found = []
    if not for_root:
        text = "nothing says how complete the root's graph is"
        found.append(finding(rule, text, key=("completeness",), where=s.at("/compositions")))
    for c in (c for c in s.bom.components if c.stated):
        both = {x.field for x in c.stated if x.how == "unknown"} & {x.field for x in c.stated if x.how == "withheld"}
        bare = {x.field for x in c.stated if x.how == "noassertion"}
        found += [s.about(rule, c, f"{f} is stated as unknown and as withheld", f) for f in sorted(both)]
        found += [s.about(rule, c, f"{f} is NOASSERTION: unknown or withheld?", f) for f in sorted(bare)]
    return ruled(rule, ", ".join(f"root's graph: {c.word}" for c in for_root) or "no statement", found)


def own_data(s: Subject) -> Judgement:
    """SBOM-13: the document fields of the active profiles are there."""
    rule = "SBOM-13"
    doubts = [f"the profile {name!r} is not known" for name in s.unknown_profiles]
    asked = dict.fromkeys(f for p in s.profiles for f in p.sbom_document_fields)
    known = {field: DOCUMENT_FIELDS[field](s) for field in asked if field in DOCUMENT_FIELDS}
    doubts += [f"the field {field!r} is not known" for field in asked if field not in DOCUMENT_FIELDS]
    found = [
        finding(rule, f"{field}: {fault}", key=(field,), where=s.at(_place(s, field)), remedy=_REMEDY.get(field, ""))
        for field, fault in known.items()
        if fault
    ]
    found += [
        finding(rule, f"{s.bom.format} is not accepted by the profile {p.id}", key=("format", p.id), where=s.at())
        for p in s.profiles
        if s.bom.format.replace("spdx-2.2", "spdx-2.3")
        not in p.sbom_formats  # the two differ in no field that is asked
    ]
    good = [field for field, fault in known.items() if not fault]
    return judged(rule, f"{len(good)} of {len(known)} fields: {', '.join(good)}", found, doubts)


def _place(s: Subject, field: str) -> str:
    """Where a field of the document stands in its format; SPDX 3 keeps all of them in the elements of its graph."""
    if s.bom.format.startswith("spdx-3"):
        return "/@graph"
    return _PLACES.get(field, ("", ""))[s.bom.format.startswith("spdx")]


_PLACES = {  # CycloneDX, SPDX 2
    "author": ("/metadata/authors", "/creationInfo/creators"),
    "timestamp": ("/metadata/timestamp", "/creationInfo/created"),
    "tool-name": ("/metadata/tools", "/creationInfo/creators"),
    "tool-version": ("/metadata/tools", "/creationInfo/creators"),
    "sbom-version": ("/serialNumber", "/documentNamespace"),
    "generation-context": ("/metadata/lifecycles", "/creationInfo/comment"),
    "format-name": ("/bomFormat", "/spdxVersion"),
    "format-version": ("/specVersion", "/spdxVersion"),
}


def _text(values: tuple[str, ...], what: str) -> str:
    if not any(values):
        return f"no {what}"
    bad = [v for v in values if placeholder(v) or unprintable(v)]
    return f"{bad[0]!r} is not a {what}" if bad else ""


def _time(s: Subject) -> str:
    if not s.bom.timestamp:
        return "no time"
    return "" if moment(s.bom.timestamp) else f"{s.bom.timestamp!r} is no time with a zone"


def _tool_versions(s: Subject) -> str:
    given = [t.version for t in s.bom.tools]
    return "" if given and not any(map(placeholder, given)) else "no tool version"


def _sbom_version(s: Subject) -> str:
    if not s.bom.serial:
        return "no serial number or namespace"
    if "#" in s.bom.serial:
        return f"the namespace {s.bom.serial[:80]!r} has a fragment"
    return "" if s.bom.version or not s.bom.format.startswith("cyclonedx") else "no document version"


def _phase(s: Subject) -> str:
    if not s.bom.phases:
        return "nothing says in which phase it was made"
    wrong = [p for p in s.bom.phases if p not in s.params.phases]
    return f"made in phase {wrong[0]!r}; a release needs {' or '.join(s.params.phases)}" if wrong else ""


DOCUMENT_FIELDS: dict[str, Callable[[Subject], str]] = {
    "author": lambda s: _text(s.bom.authors, "author"),
    "author-signature": lambda _s: "",  # judged at signing, SBOM-06
    "timestamp": _time,
    "tool-name": lambda s: _text(tuple(t.name for t in s.bom.tools), "tool name"),
    "tool-version": _tool_versions,
    "sbom-version": _sbom_version,
    "generation-context": _phase,
    "format-name": lambda _s: "",  # the format was recognised, else nothing would be judged
    "format-version": lambda _s: "",
}
_REMEDY = {
    "author": "Set metadata.authors or metadata.manufacturer (SPDX: a creator that is a person or organisation).",
    "timestamp": "Set metadata.timestamp (SPDX: created), with a zone.",
    "tool-name": "Set metadata.tools.components[].name (SPDX: Tool: NAME-VERSION).",
    "tool-version": "Set metadata.tools.components[].version (SPDX: Tool: NAME-VERSION).",
    "sbom-version": "Set serialNumber and version (SPDX: a documentNamespace without fragment).",
    "generation-context": "Set metadata.lifecycles to build (SPDX 2: creator comment; SPDX 3: software_sbomType).",
}


def no_vulnerabilities(s: Subject) -> Judgement:
    """SBOM-20: statements on vulnerabilities live in VEX files, not in here."""
    rule = "SBOM-20"
    text = f"{s.bom.vulnerabilities} vulnerability statements inside the SBOM"
    found = [finding(rule, text, key=("inside",), where=s.at("/vulnerabilities"))] if s.bom.vulnerabilities else []
    return judged(rule, text, found)


def not_read(evidence: Evidence) -> str:
    """Why the rules about the content cannot be judged."""
    if evidence.unreadable:
        return "the SBOM cannot be read (SBOM-01)"
    return "the SBOM is not valid for its version, so nothing in it counts (SBOM-02)"

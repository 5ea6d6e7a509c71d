"""What the checks found out about the release, in neutral form: the record's lists, and what rules of one family
may know of another. A check never reads another check's evidence, only these facts."""

from __future__ import annotations

import msgspec

from gatekeeper.model.finding import Where


class SourceFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """The source that the release was made from, as git tells it."""

    commit: str = ""  # 40 hex
    tag: str = ""  # the tag that points at the commit
    clean: bool | None = None  # None: not established
    repository: str = ""
    committed: str = ""  # RFC 3339, of the commit
    authors: tuple[str, ...] = ()  # id or name of everyone who wrote in the change set, mail map applied


class ArtifactFact(msgspec.Struct, frozen=True):
    """One file of the release; `size` in bytes, `sha256` in hex."""

    name: str
    size: int
    sha256: str
    kind: str = "artifact"
    sha512: str = ""


class IssueFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One security issue as the tracker tells it and as the gate understands it."""

    id: str
    title: str
    state: str  # open | closed
    raw_state: str
    level: str
    raw_severity: str = ""
    resolution: str = ""  # normalised: fixed, wont-fix, duplicate, not-planned, dismissed, unknown ...
    raw_resolution: str = ""
    source: str = ""
    origin: str = ""  # testing, review, report, scan, field ...
    url: str = ""
    cwe: str = ""
    cvss: str = ""
    fix_commit: str = ""
    fix_test: str = ""
    deviation: str = ""
    opened: str = ""
    closed: str = ""
    closer: str = ""
    more: dict[str, str] = {}


class MissingFact(msgspec.Struct, frozen=True):
    """An issue of the last release that its tracker no longer lists, and what became of it as far as that was told."""

    id: str
    what: str


class ComponentFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One software item of the SBOM."""

    name: str
    version: str
    purl: str = ""
    producer: str = ""
    licence: str = ""
    sha256: str = ""
    item_class: str = ""
    support_level: str = ""
    support_end: str = ""
    justification: str = ""


class VulnerabilityFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One known vulnerability of one component, and what was decided about it."""

    id: str
    component: str
    level: str
    known_exploited: bool = False
    vex_status: str = ""
    reason: str = ""
    found_by: str = ""
    deviation: str = ""
    aliases: tuple[str, ...] = ()


class DocumentFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One document that goes out with the release or stands behind it."""

    kind: str
    path: str
    sha256: str
    language: str = ""
    version: str = ""
    title: str = ""
    author: str = ""
    reviewer: str = ""
    reviewed: str = ""
    topics: tuple[str, ...] = ()
    discloses: tuple[str, ...] = ()  # ids of residual risks that the text names


class TestFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One test report."""

    kind: str
    path: str
    sha256: str
    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0
    commit: str = ""
    tester: str = ""
    organisation: str = ""
    independence: str = ""
    finished: str = ""  # RFC 3339
    passed: tuple[str, ...] = ()  # names of passed tests
    findings: tuple[str, ...] = ()  # ids of what the tests found: tests that did not pass, findings of scans
    raised: dict[str, str] = {}  # finding -> the issue that it became, as the policy says


class SuppressionFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One place where the source asks a scanner to look away."""

    where: Where
    tool: str
    tests: tuple[str, ...]
    hides: int
    deviation: str = ""
    author: str = ""
    commit: str = ""


class ToolFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One tool whose word the record relies on."""

    name: str
    version: str
    sha256: str = ""
    use: str = ""
    validated: str = ""


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything above, merged over the checks by concatenation."""

    source: SourceFact = SourceFact()
    artifacts: tuple[ArtifactFact, ...] = ()
    issues: tuple[IssueFact, ...] = ()
    missing: tuple[MissingFact, ...] = ()
    components: tuple[ComponentFact, ...] = ()
    vulnerabilities: tuple[VulnerabilityFact, ...] = ()
    documents: tuple[DocumentFact, ...] = ()
    tests: tuple[TestFact, ...] = ()
    suppressions: tuple[SuppressionFact, ...] = ()
    tools: tuple[ToolFact, ...] = ()
    tailored: tuple[tuple[str, str], ...] = ()  # clause and reason
    versions: tuple[tuple[str, str], ...] = ()  # where a version of the product was read, and which


def merged(parts: tuple[Facts, ...]) -> Facts:
    """All facts in the order of the parts. The source is the first one that names a commit."""
    lists = {
        name: tuple(item for part in parts for item in getattr(part, name))
        for name in Facts.__struct_fields__
        if name != "source"
    }
    return Facts(source=next((p.source for p in parts if p.source.commit), SourceFact()), **lists)

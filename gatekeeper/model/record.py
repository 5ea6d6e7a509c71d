"""The release record: the frozen, versioned shape that is signed, stored and rendered. Nothing else is dumped."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gatekeeper.model.approval import Approval
from gatekeeper.model.check import Product, Sealing, SignedFile
from gatekeeper.model.deviation import Person
from gatekeeper.model.facts import (
    ArtifactFact,
    ComponentFact,
    DocumentFact,
    IssueFact,
    SourceFact,
    SuppressionFact,
    TestFact,
    ToolFact,
    VulnerabilityFact,
)
from gatekeeper.model.finding import Where
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Basis, ClauseStatus, Decision, Level, Mode, Outcome, Severity

RECORD_SCHEMA: Literal["gatekeeper.record/1"] = "gatekeeper.record/1"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:release-gatekeeper:record:1"


class FindingRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A finding as the record tells it, with the deviation that answers it, if any."""

    message: str
    where: Where
    fingerprint: str
    level: Level
    deviation: str = ""
    remedy: str = ""
    excerpt: str = ""
    note: str = ""
    details: dict[str, str] = {}


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one rule. `evidence` is the SHA-256 of the stored evidence that it was judged on."""

    id: str
    title: Text
    check: str
    outcome: Outcome
    basis: Basis
    severity: Severity
    clauses: tuple[str, ...]
    observed: tuple[str, ...]
    findings: tuple[FindingRow, ...]
    doubts: tuple[str, ...]
    not_applicable: str
    remedy: Text  # empty where nothing is to be done
    evidence: str
    advice: str = ""  # a better next step than the remedy, where there is one


class ClauseRow(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one clause of the catalogue; every clause has one."""

    id: str
    title: Text
    title_status: Text
    summary: Text
    relation: str
    status: ClauseStatus
    bases: tuple[Basis, ...]
    rules: tuple[str, ...]
    remark: Text
    iec62443_4_1: tuple[str, ...] = ()
    iec62443_4_1_confidence: str = ""
    iec62304: tuple[str, ...] = ()
    iso13485: tuple[str, ...] = ()
    evidence_expected: tuple[Text, ...] = ()


class NamedRule(msgspec.Struct, frozen=True):
    """A rule that this run did not judge, and why."""

    id: str
    title: Text
    reason: Text


class DeviationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A deviation in force in this run, and how long it still runs."""

    id: str
    rule: str
    finding: str
    decision: str
    justification: str
    risk_ref: str
    severity: Level
    author: Person
    approved_by: tuple[Person, ...]
    approved_on: str
    expires: str
    days_left: int
    used: bool
    compensating_control: str = ""
    residual_risk_disclosed_in: str = ""
    review_by: str = ""
    releases: tuple[str, ...] = ()


class PolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """Which policy, deviations, catalogue and rules this record was judged under, by digest."""

    sha256: str
    deviations_sha256: str
    profiles: tuple[str, ...]
    conformance_route: str
    catalogue_version: str
    catalogue_sha256: str
    rules_version: str
    rules_sha256: str
    refuse_deviations: bool = False


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The predicate. Times are RFC 3339 in UTC, digests lower-case hex."""

    schema: Literal["gatekeeper.record/1"] = RECORD_SCHEMA
    record_id: str
    decision: Decision
    reasons: tuple[str, ...]
    stage: str  # checked: nothing is signed; sealed: artifacts are hashed and signed; unsigned: sealed, not signed
    mode: Mode
    product: Product
    source: SourceFact
    policy: PolicyRow
    effective_time: str
    created: str
    gate_version: str
    limits: tuple[Text, ...]
    rules: tuple[RuleRow, ...]
    outside: tuple[NamedRule, ...]  # rules that this version of the tool does not judge
    deferred: tuple[NamedRule, ...]  # rules judged in a phase that this run did not reach
    clauses: tuple[ClauseRow, ...]
    tools: tuple[ToolFact, ...]
    artifacts: tuple[ArtifactFact, ...]
    signatures: tuple[SignedFile, ...]
    deviations: tuple[DeviationRow, ...]
    issues: tuple[IssueFact, ...] = ()
    components: tuple[ComponentFact, ...] = ()
    vulnerabilities: tuple[VulnerabilityFact, ...] = ()
    documents: tuple[DocumentFact, ...] = ()
    tests: tuple[TestFact, ...] = ()
    suppressions: tuple[SuppressionFact, ...] = ()
    switches: dict[str, str] = {}  # every option and override in effect, with its origin
    previous_record: str = ""  # sha256 of the record before this one, or "none"
    evidence: dict[str, str] = {}  # check -> sha256 of its stored evidence
    evidence_set: str = ""  # the digest that approvers sign
    approvals: tuple[Approval, ...] = ()
    trust_root_sha256: str = ""
    sealing: Sealing = Sealing()


class Subject(msgspec.Struct, frozen=True):
    """One file that a statement is about."""

    name: str
    digest: dict[str, str]


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """in-toto Statement v1 around the record: subjects are the artifacts and the SBOM."""

    type_: str = msgspec.field(name="_type", default=STATEMENT_TYPE)
    subject: tuple[Subject, ...]
    predicateType: str = PREDICATE_TYPE  # noqa: N815 - the name is the specification's
    predicate: Record


def statement(record: Record) -> Statement:
    """The statement about a record's artifacts."""
    subjects = tuple(Subject(a.name, {"sha256": a.sha256}) for a in record.artifacts)
    return Statement(subject=subjects, predicate=record)


def to_bytes(value: Any) -> bytes:
    """Canonical JSON of a record or statement: sorted keys, UTF-8, one trailing newline; same value, same bytes."""
    return msgspec.json.encode(value, order="sorted") + b"\n"


def from_bytes(raw: bytes) -> Statement:
    """Read record.json back, strictly. Raises ValueError for anything that is not such a statement."""
    found = msgspec.json.decode(raw, type=Statement)
    if found.type_ != STATEMENT_TYPE or found.predicateType != PREDICATE_TYPE:
        raise ValueError(f"not a release record: {found.type_} with {found.predicateType}")
    return found

"""Rules and clauses as shipped data: what is demanded, and where the demand comes from."""

from __future__ import annotations

import msgspec

from gatekeeper.model.words import Basis, Phase, Severity


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in the record's two languages."""

    en: str
    ja: str


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One demand with a stable id. Ids know nothing of clause numbers, so a new edition changes the mapping only."""

    id: str
    title: Text
    clauses: tuple[str, ...]
    basis: Basis
    severity: Severity
    check: str
    inputs: tuple[str, ...]
    passes_when: str
    bad_input: tuple[str, ...]
    remedy: Text
    source: tuple[str, ...]
    note: str = ""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named tightening: rules raised from warn to block, and the SBOM fields that it asks for."""

    id: str
    title: Text
    raises: tuple[str, ...]
    sbom_formats: tuple[str, ...] = ()
    sbom_document_fields: tuple[str, ...] = ()
    sbom_component_fields: tuple[str, ...] = ()


class Clause(msgspec.Struct, frozen=True):
    """One row of the standard's contents, with our own summary and the evidence that it takes."""

    id: str
    title: Text
    title_status: Text
    summary: Text
    summary_confidence: str
    iec62443_4_1: tuple[str, ...]
    iec62443_4_1_confidence: str
    iec62304: tuple[str, ...]
    iec62304_confidence: str
    iso13485: tuple[str, ...]
    relation: str
    bases: tuple[Basis, ...]
    rules: tuple[str, ...]
    evidence: tuple[Text, ...]
    sources: tuple[str, ...]
    note: str = ""


class Rulebook(msgspec.Struct, frozen=True):
    """Catalogue and rules of one edition, with the digests that the record cites."""

    rules: dict[str, Rule]
    clauses: dict[str, Clause]
    profiles: dict[str, Profile]
    phases: dict[str, Phase]  # rule id -> phase; all others are judged on the evidence
    deviable: frozenset[str]  # rules whose findings a deviation may answer
    defaults: dict[str, int | dict[str, int]]
    catalogue_version: str
    catalogue_sha256: str
    rules_version: str
    rules_sha256: str
    standard: dict[str, str | tuple[str, ...]]

    def phase(self, rule: str) -> Phase:
        """When the rule is judged."""
        return self.phases.get(rule, Phase.EVIDENCE)

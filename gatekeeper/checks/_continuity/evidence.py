"""What the policy says about the record before this one, and what was read of it."""

from __future__ import annotations

from datetime import date

import msgspec

from gatekeeper.history.ledger import Entry
from gatekeeper.model.check import Product
from gatekeeper.model.facts import ComponentFact, IssueFact

ARCHIVED = (
    *("record", "manifest", "sbom", "vex", "bundles", "trusted-root", "lock-files", "policies", "catalogue"),
    *("documents", "issue-pages", "gate-package"),
)


class FirstRelease(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A named person states that no release record exists before this one."""

    text: str
    by: str  # id of the [people] table
    on: date


class Signer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who must have signed the previous record, exact; `{version}` stands for the previous version."""

    identity: str
    issuer: str


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """How long the record is kept, by which rule, and by whom."""

    keep_until: date
    rule: str  # of the quality system
    keeper: str  # id of the [people] table


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The table `[continuity]`.

    `previous_record` is the SHA-256 of the previous record.json, as a verified dossier tells it, or the word "none",
    which needs `first_release`. `ledger` is a folder of earlier dossiers; `archive` a TOML file with [[item]] rows.
    `maintenance_line` says in words why a version lower than the last one goes out; `remarks` why a rule that passed
    before is deviated or not applicable now.

    The previous record's signature must be by `previous_signer`, or by the key whose PEM file is `previous_key`;
    without both, by the signer of `[signing]`. It must verify under `trusted_root`, or that table's trust config.
    """

    previous_record: str = ""
    previous_signer: Signer | None = None
    previous_key: str = ""
    trusted_root: str = ""
    first_release: FirstRelease | None = None
    ledger: str = ""
    maintenance_line: str = ""
    remarks: dict[str, str] = {}
    archive: str = ""
    retention: Retention | None = None  # how long the record is kept


class Promise(msgspec.Struct, frozen=True):
    """A fix that an earlier release deferred: which finding, until when, and how many people approved that."""

    release: str
    deviation: str
    rule: str
    finding: str
    target_version: str
    target_date: date
    approvers: int


class RuleThen(msgspec.Struct, frozen=True):
    """What came of a rule in the previous release."""

    id: str
    outcome: str


class Signature(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What became of the previous record's signature: who made it, why it was refused, or why nobody could say."""

    by: str = ""
    refused: str = ""
    unverified: str = ""


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """The previous record, as far as this check compares it."""

    sha256: str
    product: Product
    created: str
    decision: str
    mode: str
    stage: str
    issues: tuple[IssueFact, ...]
    components: tuple[ComponentFact, ...]
    rules: tuple[RuleThen, ...]
    bundle: str  # binds | differs | missing
    listed: str  # of record.json in SHA256SUMS: binds | differs | missing
    signature: Signature = Signature()


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One row of the archive list."""

    kind: str
    place: str
    sha256: str = ""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The previous record and its surroundings; `fault` says why it could not be read."""

    before: Before | None = None
    fault: str = ""
    ledger: tuple[Entry, ...] = ()
    ledger_fault: str = ""
    promises: tuple[Promise, ...] = ()
    promise_fault: str = ""
    archive: tuple[Item, ...] = ()
    archive_fault: str = ""
    people: tuple[str, ...] = ()  # ids of the roles table

"""What the policy says about the gate itself, and what was seen of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from gatekeeper.model.selftest import SelfTest

VALIDATED = {"bandit": "==1.9.4", "sigstore": ">=4.5,<4.6", "release-gatekeeper": "==0.1.*", "python": ">=3.11,<3.15"}


class Validation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The statement that this tool was validated for its intended use (ISO 13485 4.1.6), by a named person."""

    intended_use: str  # in the words of your quality system
    risk: str  # what a wrong pass would mean, and what else would catch it
    report: str  # id of the validation report
    versions: str  # PEP 440 specifier of release-gatekeeper
    by: str  # id of the [people] table
    on: date


class Loosened(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A parameter that may be looser than in the release before, never than the floor.

    It counts once the release before this one carried it too.
    """

    key: str  # such as security-issues.query-max-age-minutes
    reason: str
    approved_by: str  # id of a person of the [people] table, who holds a security role
    on: date


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """`[gate-integrity]`: versions (PEP 440) and builds (SHA-256 of a package's RECORD) that were validated."""

    validated: dict[str, str] = msgspec.field(default_factory=lambda: dict(VALIDATED))  # package -> range of versions
    builds: dict[str, tuple[str, ...]] = {}  # package -> SHA-256 of its RECORD
    validation: Validation | None = None  # that this tool was validated for its use
    loosened: tuple[Loosened, ...] = ()  # parameters that may be looser than in the last release


class Tool(msgspec.Struct, frozen=True):
    """One installed distribution; `build` is the SHA-256 of its RECORD, empty where it has none."""

    name: str
    version: str
    build: str


class Change(msgspec.Struct, frozen=True):
    """A parameter that became looser, than the shipped floor or than in the previous release."""

    key: str
    then: str
    now: str
    than: str  # floor | previous release


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's own state in this run. `shadows` are modules that came out of the product's folder."""

    selftest: SelfTest | None
    tools: tuple[Tool, ...]
    shadows: tuple[str, ...]
    policy_sha256: str
    pinned: bool
    tables: tuple[str, ...]
    loosened: tuple[Change, ...]
    announced: tuple[str, ...]  # keys of `loosened` that the previous release's policy carried already
    approvers: tuple[str, ...] = ()  # ids of the people who hold a security role
    previous: str  # its version; empty: no previous dossier was given
    variables: tuple[str, ...]  # GATEKEEPER_* of the environment
    switches: dict[str, str]
    clock: str  # RFC 3339: read once more, only to compare
    source_date_epoch: str

    def version(self, tool: str) -> str:
        """The installed version of a tool, or nothing."""
        return next((t.version for t in self.tools if t.name == tool), "")


Tables = dict[str, Any]

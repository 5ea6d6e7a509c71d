"""The risk register, the threat trace, and the records behind them."""

from __future__ import annotations

from datetime import date

import msgspec

from gatekeeper.checks._records.register import Register
from gatekeeper.model.people import Member


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """How risks are valued: the range of values, and the highest that is acceptable."""

    id: str
    lowest: int
    highest: int
    acceptable: int
    criteria: str  # version of the acceptance criteria in force
    criteria_since: date | None = None


class Risk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True, omit_defaults=True):
    """One security risk. `result` is `acceptable` or `accepted`; an accepted one names who approved it and when."""

    id: str
    title: str
    control: str = ""
    before: int | None = None
    after: int | None = None
    result: str = ""
    criteria: str = ""
    approved_by: str = ""
    approved_on: date | None = None
    note: str = ""
    safety: bool = False  # stands in the safety risk file too


class Threat(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True, omit_defaults=True):
    """One threat of the model, and its answer: controls, or an accepted risk."""

    id: str
    title: str
    controls: tuple[str, ...] = ()
    risk: str = ""
    approved_by: str = ""


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True, omit_defaults=True):
    """The threat model that the trace belongs to: ids of all its threats, and when it was reviewed."""

    id: str
    version: str
    reviewed: date
    reviewer: str = ""
    threats: tuple[str, ...] = ()
    controls: dict[str, str] = {}  # id -> what it is
    architecture_changed: date | None = None
    path: str = ""
    sha256: str = ""


class Registered(msgspec.Struct, frozen=True):
    """risks.toml as read."""

    path: str
    sha256: str
    risks: tuple[Risk, ...]
    method: Method | None = None


class Traced(msgspec.Struct, frozen=True):
    """threats.toml as read; `digest` is of the model's own file."""

    path: str
    sha256: str
    model: Model | None
    threats: tuple[Threat, ...]
    digest: str = ""
    problem: str = ""


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """`[risk-management]`: where the registers lie, and how old a review may be (days)."""

    records: str  # TOML: the register of records
    risks: str  # TOML: risks, method and acceptance criteria
    threats: str  # TOML: the threat model's threats and their answers
    threat_model_review_days: int = 365  # how old the review of the threat model may be
    monitoring_max_age_days: int = 365  # how old the review of controls may be
    authority_role: str = "risk-authority"  # who may accept residual risk


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that was read."""

    register: Register
    risks: Registered
    threats: Traced
    people: tuple[Member, ...]

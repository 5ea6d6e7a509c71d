"""What the policy says about scope, route and tailoring, and the register as it was read."""

from __future__ import annotations

from datetime import date

import msgspec

from gatekeeper.checks._records.register import Register
from gatekeeper.model.people import Member

STANDARD_PUBLISHED = date(2021, 12, 16)  # IEC 81001-5-1:2021; annex F is for software first released before it


class Excluded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the product that lies outside the scope, and why."""

    part: str
    reason: str


class Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What the claim of conformity covers (4.1.3, 5.1.1)."""

    parts: tuple[str, ...]  # of the product, in words
    approved_by: str
    approved_on: date
    role: str = "security"  # that the approver must hold: a security role of [people]
    excluded: tuple[Excluded, ...] = ()


class Tailored(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A clause that is reasoned away; never one of 5.8."""

    clause: str
    reason: str
    author: str
    approver: str
    competence: str  # id of the record that shows the approver's security expertise
    on: date


class Transition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What annex F asks of software that was first released before the standard."""

    first_released: date
    whole_product: bool


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """`[activity-completion]`: the register of records, the scope, the tailoring, and who verifies completion."""

    records: str  # TOML: the register of plans, designs, reviews and statements
    scope: Scope | None = None  # what the claim of conformity covers
    tailored: tuple[Tailored, ...] = ()  # clauses that are not applied, each reasoned and approved
    annex_f: Transition | None = None  # for software first released before the standard
    design_records: tuple[str, ...] = ("architecture", "detailed-design", "interfaces")  # kinds that must be there
    verification_role: str = "verification"  # who verifies that all activities are complete
    completion_meaning: str = "completion"  # the meaning under which they sign


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The register, the route that the policy claims, the people that it names, and the commit's day."""

    register: Register
    route: str
    people: tuple[Member, ...]
    committed: str = ""
    security_roles: tuple[str, ...] = ("security",)  # as [people] names them

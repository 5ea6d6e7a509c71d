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

    parts: tuple[str, ...]
    approved_by: str
    approved_on: date
    role: str = "security"
    excluded: tuple[Excluded, ...] = ()


class Tailored(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A clause that is reasoned away; never one of 5.8."""

    clause: str
    reason: str
    author: str
    approver: str
    competence: str
    on: date


class Transition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What annex F asks of software that was first released before the standard."""

    first_released: date
    whole_product: bool


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """`[activity-completion]`: the register of records, the scope, the tailoring, and who verifies completion."""

    records: str
    scope: Scope | None = None
    tailored: tuple[Tailored, ...] = ()
    annex_f: Transition | None = None
    design_records: tuple[str, ...] = ("architecture", "detailed-design", "interfaces")
    verification_role: str = "verification"
    completion_meaning: str = "completion"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The register, the route that the policy claims, the people that it names, and the commit's day."""

    register: Register
    route: str
    people: tuple[Member, ...]
    committed: str = ""

"""What the policy says about updates, and the register as it was read."""

from __future__ import annotations

import msgspec

from gatekeeper.checks._records.register import Register
from gatekeeper.model.words import Level


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The time that an update may take at one severity, in days: to the first review, to the fix, to the users."""

    review: int
    fix: int
    delivery: int

    @property
    def total(self) -> int:
        """From receiving a report to releasing its fix."""
        return self.review + self.fix


class UpdatePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The manufacturer's own update policy (6.1.1)."""

    version: str
    owner: str  # id of the [people] table
    days: dict[Level, Days]  # one table for each of critical, high, medium and low


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """`[maintenance]`: the register of records, the update policy, and how old statements may be (days)."""

    records: str  # TOML: the register of records
    update_policy: UpdatePolicy | None = None  # how fast updates reach users
    monitoring_max_age_days: int = 90  # of the record that incidents and advisories were watched
    defect_review_max_age_days: int = 365  # of the review of how defects are handled


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The register of records."""

    register: Register

"""What a judge may know: the product, the rules, the time, and what the phases before have shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from gatekeeper.model.approval import Approval
from gatekeeper.model.deviation import Deviation
from gatekeeper.model.facts import Facts
from gatekeeper.model.rule import Rulebook
from gatekeeper.model.verdict import RuleResult
from gatekeeper.model.words import Mode

Named = Annotated[str, msgspec.Meta(pattern=r"\S")]


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The `[product]` table: what is being released."""

    name: Named
    version: Named
    manufacturer: Named
    previous_version: str = ""
    kind: Literal["new", "update", "security-update"] = "new"
    model: str = ""
    support_end: Annotated[str, msgspec.Meta(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = ""

    def fill(self, text: str) -> str:
        """A text of the policy with `{version}` replaced: the one value that changes with every release."""
        return text.replace("{version}", self.version)


class SignedFile(msgspec.Struct, frozen=True):
    """One signature made in this run, read back from its written form and verified at once.

    `fault` says why it does not verify, `doubt` why that could not be established; both are empty for a good one.
    Times are RFC 3339 in UTC.
    """

    name: str
    sha256: str
    bundle_sha256: str
    identity: str
    issuer: str
    timestamp: str = ""
    log_index: str = ""
    not_before: str = ""
    not_after: str = ""
    extensions: dict[str, str] = {}
    key: str = "keyless"  # keyless | pkcs11 ...
    kind: str = "artifact"  # artifact | manifest | pipeline: the job's certificate, beside a managed key
    trust_root_sha256: str = ""
    logged: str = ""  # the log's time
    fault: str = ""
    doubt: str = ""


class SealedFile(msgspec.Struct, frozen=True):
    """A released file as copied into the dossier, and as read again from there after signing."""

    name: str
    size: int
    sha256: str
    again: str  # sha256 of the second reading; empty where it could not be read


class UserCheck(msgspec.Struct, frozen=True):
    """One trial of the users' check on a clean copy: as shipped it must accept, with one byte changed refuse."""

    command: str
    changed: bool
    accepted: bool | None  # None: it could not be run
    said: str = ""


class Sealing(msgspec.Struct, frozen=True):
    """What sealing saw: the files that were hashed, signed and kept, and the users' check tried on them."""

    files: tuple[SealedFile, ...] = ()
    user_checks: tuple[UserCheck, ...] = ()
    identity: str = ""  # who the signatures had to be from, and who vouches for that name
    issuer: str = ""
    outage: str = ""  # why signing could not be completed


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """All that a judge may know beside its own evidence and parameters. Pure data; `day` is the effective date."""

    product: Product
    rulebook: Rulebook
    now: datetime
    mode: Mode
    replay: bool = False  # judged for another time than now: never a release
    facts: Facts = Facts()
    deviations: tuple[Deviation, ...] = ()
    unmatched: tuple[Deviation, ...] = ()  # from phase on_findings on
    results: tuple[RuleResult, ...] = ()  # of the phases before
    built: tuple[str, ...] = ()  # every rule that a check of this gate judges
    evidence_set: str = ""  # from phase on_approvals on: the digest that approvers sign
    approvals: tuple[Approval, ...] = ()  # from phase on_approvals on
    signatures: tuple[SignedFile, ...] = ()  # from phase at_signing on
    sealing: Sealing = Sealing()  # likewise
    profiles: tuple[str, ...] = ("iec",)

    def default(self, name: str) -> int:
        """A starting value of rules.toml, such as `sbom_max_age_days`."""
        value = self.rulebook.defaults[name]
        assert isinstance(value, int)
        return value

"""What a check is: impure collecting on one side, pure judging on the other, frozen evidence between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from gatekeeper.model.approval import Approval
from gatekeeper.model.deviation import Deviation
from gatekeeper.model.facts import Facts
from gatekeeper.model.finding import Judgement
from gatekeeper.model.rule import Rulebook
from gatekeeper.model.selftest import SelfTest
from gatekeeper.model.verdict import RuleResult
from gatekeeper.model.words import Mode, Phase

P = TypeVar("P", bound=msgspec.Struct)
E = TypeVar("E", bound=msgspec.Struct)


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The `[product]` table: what is being released."""

    name: str
    version: str
    manufacturer: str
    previous_version: str = ""
    kind: str = "new"  # new | update | security-update
    model: str = ""
    support_end: str = ""

    def fill(self, text: str) -> str:
        """A text of the policy with `{version}` replaced: the one value that changes with every release."""
        return text.replace("{version}", self.version)


class Brought(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of evidence from another job: its check, its digest, and who signed it, or why that does not hold."""

    check: str
    file: str
    sha256: str
    identity: str = ""
    issuer: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """The world as this run sees it, read once: where to look, what time it is, what the environment says.

    `root` is the product's repository, `artifacts` the files to be released (absolute), `now` the one effective
    time (UTC), `commit` the 40 hex digits of HEAD or empty, `tables` the whole policy by table name.
    """

    root: Any  # pathlib.Path; the model does not import pathlib
    artifacts: tuple[Any, ...]
    now: datetime
    env: Mapping[str, str]
    mode: Mode
    product: Product
    rulebook: Rulebook
    commit: str = ""
    tables: Mapping[str, Any] = field(default_factory=dict)
    policy_sha256: str = ""
    pinned: bool = False  # the caller named the policy's digest from outside
    replay: bool = False  # judged for another time than now
    cold: bool = False  # scan without any cache
    offline: bool = False
    shard: tuple[int, int] | None = None  # (2, 8): the second of eight
    previous: Any = None  # folder of the previous dossier, if given
    # (bundle, SHA-256 in hex, identity, issuer, trusted root): why the signature does not hold, empty where it does;
    # an empty root stands for the policy's own
    verify: Callable[[bytes, str, str, str, bytes], str] | None = None
    selftest: Callable[[], SelfTest] | None = None  # runs the tool-validation pack; None: it was skipped
    brought: tuple[Brought, ...] = ()  # evidence of other jobs
    switches: Mapping[str, str] = field(default_factory=dict)  # every option in effect, with its origin


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
    kind: str = "artifact"  # artifact | manifest
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


Judge = Callable[[Any, Any, Case], Iterable[Judgement]]


def _no_facts(_evidence: Any, _params: Any) -> Facts:
    return Facts()


@dataclass(frozen=True, slots=True)
class Check(Generic[P, E]):
    """One family of rules: how to collect their evidence, and how to judge it.

    `params` is the policy table of the same name (a frozen msgspec Struct, unknown fields forbidden, kebab-case);
    `evidence` a frozen msgspec Struct that survives JSON. `collect` may raise EvidenceError, ToolError or
    OutageError: then every rule of the check is undecided. `judges` has one pure function a phase; together they
    return exactly one Judgement for each id in `rules`.
    """

    id: str
    rules: tuple[str, ...]
    params: type[P]
    evidence: type[E]
    collect: Callable[[Context, P], E]
    judge: Callable[[E, P, Case], Iterable[Judgement]]
    facts: Callable[[E, P], Facts] = _no_facts
    later: Mapping[Phase, Judge] = field(default_factory=dict)  # judges of the later phases
    merge: Callable[[Sequence[Any]], Any] | None = None  # the evidence of all shards as one; raises EvidenceError

    def judge_in(self, phase: Phase) -> Judge | None:
        """The judge for a phase, where the check has one."""
        return self.judge if phase is Phase.EVIDENCE else self.later.get(phase)


AnyCheck = Check[Any, Any]

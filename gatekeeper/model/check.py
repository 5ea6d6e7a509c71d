"""What a check is: impure collecting on one side, pure judging on the other, frozen evidence between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from gatekeeper.model.case import Case, Product, SealedFile, Sealing, SignedFile, UserCheck
from gatekeeper.model.facts import Facts
from gatekeeper.model.finding import Judgement
from gatekeeper.model.rule import Rulebook
from gatekeeper.model.selftest import SelfTest
from gatekeeper.model.words import Mode, Phase

__all__ = [
    "AnyCheck",
    "Brought",
    "Case",
    "Check",
    "Context",
    "Judge",
    "Product",
    "SealedFile",
    "Sealing",
    "SignedFile",
    "UserCheck",
]

P = TypeVar("P", bound=msgspec.Struct)
E = TypeVar("E", bound=msgspec.Struct)


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
    time (UTC), `commit` the 40 hex digits of HEAD or empty, `tables` the whole policy by table name, `starting` what
    holds for each parameter that it leaves out, by dotted key.
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
    starting: Mapping[str, Any] = field(default_factory=dict)
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
    progress: Callable[[str, int, int], None] | None = None  # told how much of a file is read, for a person who waits


Judge = Callable[[Any, Any, Case], Iterable[Judgement]]


def _no_facts(_evidence: Any, _params: Any) -> Facts:
    return Facts()


@dataclass(frozen=True, slots=True)
class Check(Generic[P, E]):
    """One family of rules: how to collect their evidence, and how to judge it.

    `params` is the policy table of the same name (a frozen msgspec Struct, unknown fields forbidden, kebab-case);
    `evidence` a frozen msgspec Struct that survives JSON. `collect` may raise EvidenceError, ToolError or
    OutageError: then every rule of the check is undecided. `judges` has one pure function a phase; together they
    return exactly one Judgement for each id in `rules`. A check with `own_run` looks at the run itself, so that no
    other job can collect its evidence; one with `artifacts` looks into the files to be released, so that evidence of
    other files is none.
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
    own_run: bool = False
    artifacts: bool = False

    def judge_in(self, phase: Phase) -> Judge | None:
        """The judge for a phase, where the check has one."""
        return self.judge if phase is Phase.EVIDENCE else self.later.get(phase)


AnyCheck = Check[Any, Any]

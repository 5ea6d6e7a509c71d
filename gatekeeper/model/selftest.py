"""The result of the self-test: which known-bad samples were stopped, by which rule, on this machine (GATE-01)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

import msgspec

from gatekeeper.model.words import Outcome

SUITE_VERSION = "1"


class SampleResult(msgspec.Struct, frozen=True):
    """One sample: a planted fault, or a good specimen (`bad` is False), and what its rule said about it."""

    rule: str
    name: str
    bad: bool
    outcome: Outcome
    said: str = ""
    also: tuple[str, ...] = ()  # rules that it gives evidence for beside its own

    @property
    def right(self) -> bool:
        """A bad sample must be stopped by its own rule, a good one must pass it."""
        return self.outcome in (Outcome.FAILED, Outcome.UNDECIDED) if self.bad else self.outcome is Outcome.PASSED


class SelfTest(msgspec.Struct, frozen=True):
    """All samples of one run, with the versions of what ran."""

    suite_version: str
    suite_sha256: str
    gate_version: str
    machine: str
    tools: dict[str, str]
    samples: tuple[SampleResult, ...]

    @property
    def wrong(self) -> tuple[SampleResult, ...]:
        """The samples that came out otherwise than they must."""
        return tuple(s for s in self.samples if not s.right)

    @property
    def passed(self) -> bool:
        """Every sample right, and samples of both kinds there: an empty suite proves nothing."""
        kinds = {s.bad for s in self.samples}
        return kinds == {True, False} and not self.wrong


class SignedBy(msgspec.Struct, frozen=True):
    """Whose signature must lie beside the report; `kind` is release, rehearsal or unsigned."""

    kind: str
    identity: str = ""
    issuer: str = ""
    said: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The self-test as it is handed on: what came out, when (RFC 3339, UTC), and who vouches for it."""

    schema: Literal["gatekeeper.selftest/1"] = "gatekeeper.selftest/1"
    created: str
    passed: bool
    signature: SignedBy
    result: SelfTest

    def to_bytes(self) -> bytes:
        """The bytes that are signed."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def suite_digest(names: Iterable[tuple[str, str, bool]]) -> str:
    """SHA-256 over what the suite holds: rule, name and kind of every sample, in order."""
    return hashlib.sha256(msgspec.json.encode(sorted(names))).hexdigest()

"""What a rule found: findings with stable fingerprints, and the judgement of one rule."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from gatekeeper.model.words import Level


class Where(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place: a file (slashes, relative to the root), an issue, a component. Lines and columns count from 1."""

    path: str = ""
    line: int = 0
    column: int = 0
    pointer: str = ""  # JSON pointer inside the file, or an id such as ISSUE #412 or a purl

    def __str__(self) -> str:
        place = ":".join([self.path, *(str(n) for n in (self.line, self.column) if n)])
        return " ".join(part for part in (place, self.pointer) if part)


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One place where a rule is not satisfied.

    `fingerprint` is the same in every run for the same fault: it hangs on the rule and on `key`, what the fault
    *is* (a test id and the offending line's text, an issue's number), never on line numbers or wording.
    """

    rule: str
    message: str
    where: Where
    fingerprint: str
    level: Level = Level.HIGH
    remedy: str = ""  # better advice than the rule's own, where there is one
    excerpt: str = ""  # a few lines of source with a caret, for people
    note: str = ""  # the tool's own id: B602, CVE-2026-1234
    details: dict[str, str] = {}  # further named facts for the record: cwe, more


def finding(
    rule: str,
    message: str,
    *,
    key: Iterable[str],
    where: Where | None = None,
    level: Level = Level.HIGH,
    **more: Any,
) -> Finding:
    """Make a finding whose fingerprint follows from the rule and `key` (order matters, parts are kept apart)."""
    return Finding(rule, message, where or Where(), fingerprint(rule, key), level, **more)


def fingerprint(rule: str, key: Iterable[str]) -> str:
    """Sixteen hex digits of SHA-256 over the rule and the parts of the key, unambiguously joined."""
    digest = hashlib.sha256(msgspec.json.encode([rule, *key]))
    return digest.hexdigest()[:16]


class Judgement(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that was judged about one rule. The outcome is derived from it elsewhere, never set.

    `observed` cites what was really seen ("214 files, 0 findings at or above medium"); a rule without findings
    and without anything observed is undecided. `doubts` say why something could not be judged.
    """

    rule: str
    observed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    doubts: tuple[str, ...] = ()
    not_applicable: str = ""
    advice: str = ""  # the next step, where a doubt has a better one than the rule's remedy


def judged(rule: str, observed: str, findings: Iterable[Finding] = (), doubts: Iterable[str] = ()) -> Judgement:
    """The common case: what was observed, and what was wrong with it."""
    return Judgement(rule, (observed,) if observed else (), tuple(findings), tuple(doubts))


def undecided(rule: str, *doubts: str, advice: str = "") -> Judgement:
    """The rule could not be judged, and why. Raises ValueError without a reason."""
    if not doubts or not all(doubts):
        raise ValueError(f"{rule}: undecided needs a reason")
    return Judgement(rule, doubts=doubts, advice=advice)


def not_applicable(rule: str, reason: str) -> Judgement:
    """The condition of a rule with an "if" does not hold. Raises ValueError without a reason."""
    if not reason:
        raise ValueError(f"{rule}: not applicable needs a reason")
    return Judgement(rule, not_applicable=reason)

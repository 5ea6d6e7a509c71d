"""The decision: pure, total, and with no way to say `release` by default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from gatekeeper.model.deviation import Deviation, covering
from gatekeeper.model.finding import Finding, Judgement, fingerprint
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Basis, Decision, Outcome, Severity


class Answered(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finding, and the id of the deviation that answers it, if one does."""

    finding: Finding
    deviation: str = ""


class RuleResult(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What came of one rule. `outcome` is computed from the rest each time it is asked for."""

    id: str
    check: str
    severity: Severity
    basis: Basis
    clauses: tuple[str, ...]
    observed: tuple[str, ...] = ()
    answered: tuple[Answered, ...] = ()
    doubts: tuple[str, ...] = ()
    not_applicable: str = ""
    remedy: Text = Text("", "")
    advice: str = ""  # a better next step than the remedy, where the judgement had one
    evidence: str = ""  # sha256 of the stored evidence

    @property
    def outcome(self) -> Outcome:
        """One live finding fails; a doubt outweighs everything else; nothing observed is not a pass."""
        if any(not a.deviation for a in self.answered):
            return Outcome.FAILED
        if self.doubts:
            return Outcome.UNDECIDED
        if self.answered:
            return Outcome.DEVIATED
        if self.not_applicable:
            return Outcome.NOT_APPLICABLE
        return Outcome.PASSED if any(self.observed) else Outcome.UNDECIDED

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings alone, answered or not."""
        return tuple(a.finding for a in self.answered)


def answer(judgement: Judgement, deviations: Iterable[Deviation], day: date, version: str) -> tuple[Answered, ...]:
    """Put each finding beside the live deviation that answers it."""
    known = tuple(deviations)
    found = ((f, covering(f, known, day, version)) for f in _told_apart(judgement.findings))
    return tuple(Answered(f, d.id if d else "") for f, d in found)


def _told_apart(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Each finding with a fingerprint of its own, so that a deviation answers one: of different ones that share theirs
    (the same words on two lines), all but the first are numbered in their order."""
    seen: dict[str, list[Finding]] = {}
    for each in findings:
        alike = seen.setdefault(each.fingerprint, [])
        if each not in alike:
            alike.append(each)
        number = alike.index(each)
        own = fingerprint(each.rule, [each.fingerprint, str(number)])
        yield msgspec.structs.replace(each, fingerprint=own) if number else each


def decide(results: Iterable[RuleResult]) -> Decision:
    """Release only if something passed, nothing is undecided and no blocking rule failed.

    One blocking failure is enough to refuse, also where other rules are undecided: no missing evidence
    could turn it round. A warn rule that failed does not block; one that is undecided does.
    """
    seen = tuple(results)
    if any(r.outcome is Outcome.FAILED and r.severity is Severity.BLOCK for r in seen):
        return Decision.BLOCK
    if any(r.outcome is Outcome.UNDECIDED for r in seen):
        return Decision.UNDECIDED
    if not any(r.outcome in (Outcome.PASSED, Outcome.DEVIATED) for r in seen):
        return Decision.UNDECIDED
    return Decision.RELEASE

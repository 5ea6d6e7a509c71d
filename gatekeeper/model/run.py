"""What one run of the gate came to, as pure values between the gate, the record and the dossier."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper.model.check import Case
from gatekeeper.model.deviation import Deviation
from gatekeeper.model.rule import Text
from gatekeeper.model.verdict import RuleResult, decide
from gatekeeper.model.words import Decision, Outcome, Severity

# Why good results are no release, as the record's reasons say it.
PARTIAL = Text("only part of the checks was judged", "一部のチェックだけを判定した")
REPLAY = Text("judged for another time than now", "現在とは異なる時点で判定した")


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A rule that this run did not judge: outside the tool, left out by the call, or of a later phase."""

    rule: str
    why: str  # outside | left-out | later | receipt | published


@dataclass(frozen=True, slots=True)
class Verdict:
    """All results of a run, and what follows from them. The decision is computed, never stored."""

    case: Case
    results: tuple[RuleResult, ...]
    unjudged: tuple[Unjudged, ...]
    unmatched: tuple[Deviation, ...]
    evidence: dict[str, str]  # check -> sha256 of its stored evidence

    @property
    def partial(self) -> bool:
        """The call left checks out, so nothing can be released on this verdict."""
        return any(u.why == "left-out" for u in self.unjudged)

    @property
    def decision(self) -> Decision:
        """Release only on a whole judgement of the present; any other one can refuse but never allow."""
        decision = decide(self.results)
        barred = self.partial or self.case.replay
        return Decision.UNDECIDED if barred and decision is Decision.RELEASE else decision

    def reasons(self) -> tuple[str, ...]:
        """The rules that stand in the way of a release, blocking failures first."""
        failed = [r.id for r in self.results if r.outcome is Outcome.FAILED and r.severity is Severity.BLOCK]
        open_ = [r.id for r in self.results if r.outcome is Outcome.UNDECIDED]
        said = (f"failed: {', '.join(failed)}" if failed else "", f"undecided: {', '.join(open_)}" if open_ else "")
        partial = PARTIAL.en if self.partial else ""
        replay = REPLAY.en if self.case.replay else ""
        return tuple(filter(None, (*said, partial, replay)))

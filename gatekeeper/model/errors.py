"""What can go wrong, in the words of the person who has to mend it.

One base class; the command line maps each kind to one exit code, and the gate maps what escapes a check
to the outcome *undecided*. Each error carries a sentence on what was seen and, where there is one, a next step.
"""

from __future__ import annotations


class GatekeeperError(Exception):
    """The base of all of gatekeeper's own errors: what was seen, and what to do next."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class UsageError(GatekeeperError):
    """The call itself is wrong: exit 2."""


class PolicyError(GatekeeperError):
    """The policy or the deviations file is invalid: exit 2, every fault named at once."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults), "Correct the lines named above; nothing was judged.")
        self.faults = faults


class EvidenceError(GatekeeperError):
    """Evidence is missing, unreadable, partial, stale or foreign: the rules that need it are undecided."""


class ToolError(GatekeeperError):
    """A tool crashed, timed out or answered nonsense: undecided, never a clean result."""


class OutageError(GatekeeperError):
    """A service did not answer within its budget: undecided, and worth trying again later."""


class NotAuthenticError(GatekeeperError):
    """A judgement was made: these bytes, this signature or this identity are not what they claim to be. Exit 1."""


class SealError(GatekeeperError):
    """The dossier could not be written whole: exit 3, and nothing half-written is left."""

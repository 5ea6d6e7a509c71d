"""What an adapter is: policy parameters, one function that asks, one pure function that reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import msgspec

from gatekeeper.model.words import Level
from gatekeeper.trackers._answer import Answer, Missing, Page
from gatekeeper.trackers._issue import Disposition, Issue

Closing = Literal["fixed", "not-fixed", "false-positive", "duplicate"]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """How a tracker's own words are to be read, beside those that the adapter knows. Upper and lower case are one.

    A word that stands in no map is open, unknown or critical, and makes the list undecided until it is added here.
    What the adapter knows already cannot be redefined.
    """

    states: dict[str, Literal["open", "closed"]] = {}  # a state's name -> open or closed
    resolutions: dict[str, Closing] = {}  # a resolution's name -> fixed, not-fixed, duplicate, false-positive
    severities: dict[str, Level] = {}  # a severity's name -> level


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What every source of issues is told: its id, its project and the permanent, closed control issue."""

    id: str  # your name for this source, in findings and the record
    project: str  # as the tracker names it
    control: str  # id of a permanent, closed issue that the same query must return
    words: Words = Words()  # the tracker's own words for states, resolutions and severities


@dataclass(frozen=True, slots=True)
class Desk:
    """What an adapter may use of the world: the repository's root, the environment (tokens, proxies), and which
    commit is to be released (empty where there is none)."""

    root: Path
    env: Mapping[str, str]
    commit: str = ""


S = TypeVar("S", bound=Source)


@dataclass(frozen=True, slots=True)
class Tracker(Generic[S]):
    """One adapter. `ask` goes out and returns all that came back, with its proofs; it raises `UnprovenError`, ToolError
    or OutageError where it cannot. `read` is pure: stored pages to issues, so that anyone can count again. `find` asks
    for issues by id that were known once and are missing now, where the tracker can."""

    id: str
    params: type[S]
    ask: Callable[[S, Desk], Answer]
    read: Callable[[S, tuple[Page, ...]], tuple[Issue, ...]]
    find: Callable[[S, Desk, tuple[str, ...]], tuple[Missing, ...]] | None = None


AnyTracker = Tracker[Any]


class Reading:
    """Reads words through the shipped map and the policy's, and keeps those that neither knows."""

    def __init__(self, words: Words, shipped: Words) -> None:
        self._states = _both(words.states, shipped.states)
        self._resolutions = _both(words.resolutions, shipped.resolutions)
        self._severities = _both(words.severities, shipped.severities)

    def level(self, word: str) -> tuple[Level, tuple[str, ...]]:
        """The severity; an unknown one is critical, and is named."""
        known = self._severities.get(_fold(word))
        return (known, ()) if known else (Level.CRITICAL, (f"severity {word!r}",))

    def disposition(self, state: str, resolution: str) -> tuple[Disposition, tuple[str, ...]]:
        """Open or closed, and how; closed without a resolution is not a fix."""
        where = self._states.get(_fold(state))
        if where is None:
            return Disposition.UNKNOWN, (f"state {state!r}",)
        if where == "open":
            return Disposition.OPEN, ()
        if not resolution.strip():
            return Disposition.NOT_FIXED, ()
        known = self._resolutions.get(_fold(resolution))
        return (Disposition(known), ()) if known else (Disposition.UNKNOWN, (f"resolution {resolution!r}",))


V = TypeVar("V")


def _both(policy: Mapping[str, V], shipped: Mapping[str, V]) -> dict[str, V]:
    """What the adapter knows comes last. That there is no word is no word: nobody can say what it means."""
    return {_fold(k): v for k, v in [*policy.items(), *shipped.items()] if _fold(k)}


def _fold(word: str) -> str:
    return word.strip().casefold()

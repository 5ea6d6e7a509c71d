"""The pump's log: one event per line, `TIME KIND VALUE UNIT`, strictly read.

A line that is not understood is an error and never left out: a handover that lacks a bolus is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum

MAX_LINE = 200


class Kind(Enum):
    """What a line can be about, and the unit that it must carry."""

    RATE = "ml/h"
    BOLUS = "ml"
    ALARM = "code"
    STOP = "-"


class LogError(ValueError):
    """A line that cannot be trusted, with its number."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log."""

    time: datetime
    kind: Kind
    value: Decimal


def read(lines: Iterable[str]) -> tuple[Event, ...]:
    """All events in their order. Raises LogError for the first line that is malformed or out of order."""
    events: list[Event] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            event = _event(line)
        except ValueError as e:
            raise LogError(f"line {number}: {e}") from e
        if events and event.time < events[-1].time:
            raise LogError(f"line {number}: earlier than the line before it")
        events.append(event)
    if not events:
        raise LogError("the log holds no event")
    return tuple(events)


def infused(events: Iterable[Event]) -> Decimal:
    """Millilitres given: rates over the time that they ran, and boluses. The last rate must have been stopped."""
    total, rate, since = Decimal(0), Decimal(0), None
    for event in events:
        if since is not None:
            total += rate * Decimal((event.time - since).total_seconds()) / 3600
        since = event.time
        match event.kind:
            case Kind.RATE:
                rate = event.value
            case Kind.STOP:
                rate = Decimal(0)
            case Kind.BOLUS:
                total += event.value
            case Kind.ALARM:
                pass
    if rate:
        raise LogError("the pump still runs at the end of the log; the volume cannot be told")
    return total.quantize(Decimal("0.01"))


def _event(line: str) -> Event:
    if len(line) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE} characters")
    words = line.split()
    if len(words) != 4:
        raise ValueError(f"expected TIME KIND VALUE UNIT, found {len(words)} words")
    time, kind, value, unit = datetime.fromisoformat(words[0]), _kind(words[1]), _number(words[2]), words[3]
    if time.tzinfo is None:
        raise ValueError("the time has no zone")
    if unit != kind.value:
        raise ValueError(f"{kind.name} is given in {kind.value}, not {unit}")
    return Event(time, kind, value)


def _kind(word: str) -> Kind:
    try:
        return Kind[word]
    except KeyError:
        raise ValueError(f"unknown event {word!r}") from None


def _number(word: str) -> Decimal:
    try:
        number = Decimal(word)
    except InvalidOperation:
        raise ValueError(f"{word!r} is not a number") from None
    if not number.is_finite() or number < 0:
        raise ValueError(f"{word} is not a number that a pump can report")
    return number

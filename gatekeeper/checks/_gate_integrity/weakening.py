"""How a policy can become weaker, parameter by parameter: `policies/floor.toml` says which way is stricter (GATE-04).

What a policy leaves out counts with what the check starts from, on both sides: leaving out can loosen as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec
import tomli

from gatekeeper.checks._gate_integrity.evidence import Change, Tables

FLOOR, PREVIOUS = "floor", "previous release"
LEVELS = {"low": 0, "medium": 1, "high": 2, "critical": 3}
LONGEST_SHOWN = 200
_NOT_COMPARED = ("schema", "product")


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """Which way each parameter is stricter, by what entries of a list are the same, and where things start."""

    ways: dict[str, str]
    entries: dict[str, tuple[str, ...]]
    floor: dict[str, Any]
    starting: Mapping[str, Any] = {}

    def way(self, key: str) -> str:
        """That of the key itself, or of the nearest one above it that says any."""
        while key and key not in self.ways:
            key = key.rpartition(".")[0]
        return self.ways.get(key, "same")

    def start(self, key: str) -> Any:
        """What holds where a policy says nothing; None where that is nothing."""
        value = self.starting.get(key)
        return self.floor.get(key) if _blank(value) else value

    def members(self, key: str, value: Any) -> set[bytes]:
        """The entries of a list, or the one that a single value is, each by what makes it the same one."""
        entries = value if isinstance(value, list | tuple) else [] if _blank(value) else [value]
        return {_whole(self._entry(key, e) if isinstance(e, Mapping) else e) for e in entries}

    def _entry(self, key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that count, those included that it leaves to their starting values."""
        below = (k.removeprefix(f"{key}.") for k in self.starting if k.startswith(f"{key}."))
        fields = self.entries.get(key) or {*entry, *(name for name in below if "." not in name)}
        return {name: entry.get(name, self.starting.get(f"{key}.{name}")) for name in fields}


def scale(shipped: bytes, starting: Mapping[str, Any]) -> Scale:
    """The scale of floor.toml, with what the checks start from, by dotted key."""
    data = tomli.loads(shipped.decode("utf-8"))
    ways = {key: way for part in ("stated", "stricter") for way, keys in data[part].items() for key in keys}
    return Scale(
        ways=ways,
        entries={key: tuple(fields) for key, fields in data["entries"].items()},
        floor=data["floor"],
        starting=starting,
    )


def below_floor(now: Tables, by: Scale) -> Iterator[Change]:
    """Every parameter that the policy sets below the shipped floor."""
    for key, floor in by.floor.items():
        table, _, name = key.partition(".")
        value = now.get(table, {}).get(name)
        if value is not None and _looser(key, floor, value, by):
            yield Change(key, _shown(floor), _shown(value), FLOOR)


def announced(before: Tables) -> tuple[str, ...]:
    """The keys that the previous release said would become looser."""
    entries = before.get("gate-integrity", {}).get("loosened", [])
    return tuple(str(e.get("key", "")) for e in entries if isinstance(e, dict))


def weakened(now: Tables, before: Tables, by: Scale) -> Iterator[Change]:
    """Every parameter of the previous policy that is looser in this one, or gone."""
    for table in sorted({*before, *(now if before else ())} - set(_NOT_COMPARED)):
        if table not in now:
            yield Change(table, "a table", "gone", PREVIOUS)
        else:
            yield from _compare(table, before.get(table), now[table], by)


def _compare(key: str, then: Any, now: Any, by: Scale) -> Iterator[Change]:
    if isinstance(then, Mapping) or isinstance(now, Mapping):
        before, after = _table(then), _table(now)
        for name in sorted({*before, *after}):
            below = f"{key}.{name}"
            start = by.start(below)
            yield from _compare(below, before.get(name, start), after.get(name, start), by)
    elif _whole(then) != _whole(now) and _looser(key, then, now, by):
        yield Change(key, _shown(then), _shown(now), PREVIOUS)


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _looser(key: str, then: Any, now: Any, by: Scale) -> bool:
    """Whether a changed value asks for less. A change that cannot be ranked counts as looser."""
    match by.way(key):
        case "freely":
            return False
        case "kept":
            return not _blank(then) and _blank(now)
        case "lower":
            return not _blank(then) and (_blank(now) or _rank(now) > _rank(then))
        case "higher":
            return not _blank(then) and (_blank(now) or _rank(now) < _rank(then))
        case "on":
            return bool(then) and not now
        case "off":
            return bool(now) and not then
        case "more":
            return bool(by.members(key, then) - by.members(key, now))
        case "fewer":
            return bool(by.members(key, now) - by.members(key, then))
        case _:
            return not _blank(then)


def _blank(value: Any) -> bool:
    return value is None or value in ("", [], {}, ())


def _rank(value: Any) -> float:
    """Levels by their gravity, days of the calendar by their order; a word that nobody knows is the highest level."""
    if isinstance(value, date):
        return float(value.toordinal())
    return float(LEVELS.get(value, max(LEVELS.values()))) if isinstance(value, str) else float(value)


def _whole(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted", enc_hook=str)


def _shown(value: Any) -> str:
    if value is None:
        return "not there"
    return _whole(value).decode()[:LONGEST_SHOWN]

"""Every key of a whole policy, mutated: a misspelt key, a value of another type or a character that cannot be is a fault
that is named, and never a setting that quietly does not hold."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import tomli

from gatekeeper import gate
from gatekeeper.model.errors import PolicyError
from gatekeeper.policy import policy as policy_room
from gatekeeper.policy.rulebook import rulebook

EXAMPLE = Path(__file__).parents[2] / "examples" / "pump-link" / "gatekeeper.toml"
POLICY: dict[str, Any] = tomli.loads(EXAMPLE.read_text(encoding="utf-8"))
FREE = (("sbom", "target"),)  # names of their own, which the gate cannot know
Place = tuple[str | int, ...]


def places(node: Any, place: Place = ()) -> Iterator[Place]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*place, key)
        yield from places(value, (*place, key))


PLACES = tuple(places(POLICY))
KEYS = tuple(p for p in PLACES if isinstance(p[-1], str) and p[:-1] not in FREE)
TABLES = tuple(t for t in dict.fromkeys(p[:-1] for p in KEYS) if t not in FREE)


def at(node: Any, place: Place) -> Any:
    for key in place:
        node = node[key]
    return node


def changed(place: Place, change: Callable[[Any, Any], None]) -> dict[str, Any]:
    whole = copy.deepcopy(POLICY)
    change(at(whole, place[:-1]), place[-1])
    return whole


def written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(k)} = {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return value.isoformat() if isinstance(value, date) else msgspec.json.encode(value).decode()


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], bool]:
    checks, book, file = gate.checks(), rulebook(), tmp_path / "gatekeeper.toml"
    schema = policy_room.policy_schema(checks.values())
    monkeypatch.setattr(policy_room, "policy_schema", lambda _checks: schema)  # the same for all, and slow to make

    def load(whole: dict[str, Any]) -> bool:
        file.write_text("".join(f"{key} = {written(value)}\n" for key, value in whole.items()), encoding="utf-8")
        try:
            policy_room.load(file, checks, book)
        except PolicyError as e:
            return bool(e.faults) and all(e.faults)
        return False

    assert not load(POLICY)
    return load


def sweep(refused: Callable[[dict[str, Any]], bool], among: tuple[Place, ...], change: Any) -> list[Place]:
    return [place for place in among if not refused(changed(place, change))]


def test_a_value_of_another_type_is_refused(refused: Callable[[dict[str, Any]], bool]) -> None:
    def other(node: Any, key: Any) -> None:
        node[key] = [[7]] if isinstance(node[key], str | int | dict) else "x"

    assert sweep(refused, PLACES, other) == []


def test_a_key_in_another_case_is_refused(refused: Callable[[dict[str, Any]], bool]) -> None:
    def upper(node: Any, key: Any) -> None:
        node[key.upper()] = node.pop(key)

    assert sweep(refused, KEYS, upper) == []


def test_a_key_that_nobody_knows_is_refused(refused: Callable[[dict[str, Any]], bool]) -> None:
    def more(node: Any, key: Any) -> None:
        node[key]["allow-everything"] = True

    assert [t for t in TABLES if t and not refused(changed(t, more))] == []


def test_a_nul_character_is_refused(refused: Callable[[dict[str, Any]], bool]) -> None:
    def nul(node: Any, key: Any) -> None:
        node[key] = f"{node[key]}\0"

    assert sweep(refused, tuple(p for p in PLACES if isinstance(at(POLICY, p), str)), nul) == []

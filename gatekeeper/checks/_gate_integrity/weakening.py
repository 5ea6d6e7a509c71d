"""How a policy can become weaker, parameter by parameter: each says which way is stricter (GATE-04).

The shipped floor is what the checks themselves start from; a product may only tighten it. What is not listed here is
compared for exclusions (fewer are stricter), sources and demands (more are stricter) and identities (none may change).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli

from gatekeeper.checks._gate_integrity.evidence import Change, Tables
from gatekeeper.checks._previous.dossier import open_dossier
from gatekeeper.model.errors import EvidenceError

LEVELS = {"low": 0, "medium": 1, "high": 2, "critical": 3}
# which way is stricter, by the last part of a parameter's name
LOWER = ("-days", "-minutes", "-hours", "-bytes", "-depth", "max-age", "-from", "severity", "confidence", "block-at")
FEWER = (
    "exclude",
    "allow",
    "loosened",
    "none-statements",
    "retired-sources",
    "tailored",
    "postponed",
    "not-applicable",
)
MORE = ("sources", "required", "profiles", "kinds", "topics", "approvals", "roots", "expected", "locks", "languages",
        "documents", "artifacts", "bundles", "person", "banned", "tools", "sarif")  # fmt: skip
FIXED = ("identity", "issuer", "instance", "trust-config-sha256", "trusted-root-sha256", "repository", "project",
         "query", "control", "account", "policy", "conformance-route")  # fmt: skip


def previous_policy(dossier: Path | None) -> tuple[str, Tables]:
    """Version and tables of the policy in the previous dossier. Raises EvidenceError where it cannot be read."""
    if dossier is None:
        return "", {}
    try:
        tables = tomli.loads(open_dossier(Path(dossier)).policy().decode("utf-8"))
        return str(tables["product"]["version"]), tables
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as e:
        advice = "Name the whole dossier of the release before this one with --previous."
        raise EvidenceError(f"{dossier}: the policy of the previous release cannot be read: {e}", advice) from e


def below_floor(now: Tables, floor: bytes) -> Iterator[Change]:
    """Every parameter that the policy sets below the shipped floor."""
    for entry in tomli.loads(floor.decode("utf-8"))["parameter"]:
        table, _, name = entry["key"].partition(".")
        value = now.get(table, {}).get(name)
        if value is not None and _below(entry, value):
            yield Change(entry["key"], _shown(entry["floor"]), _shown(value), "floor")


def _below(entry: Mapping[str, Any], value: Any) -> bool:
    floor = entry["floor"]
    match entry["stricter"]:
        case "lower":
            return _rank(value) > _rank(floor)
        case "higher":
            return _rank(value) < _rank(floor)
        case _:
            return bool(_items(floor) - _items(value))


def announced(before: Tables) -> tuple[str, ...]:
    """The keys that the previous release said would become looser."""
    entries = before.get("gate-integrity", {}).get("loosened", [])
    return tuple(str(e.get("key", "")) for e in entries if isinstance(e, dict))


def weakened(now: Tables, before: Tables) -> Iterator[Change]:
    """Every parameter of the previous policy that is looser in this one, or gone."""
    for table, values in before.items():
        if table in ("schema", "product"):
            continue
        if table not in now:
            yield Change(table, "a table", "gone", "previous release")
        elif isinstance(values, dict):
            yield from _compare(table, values, now[table])


def _compare(prefix: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted({*before, *now}):
        then, value = before.get(name), now.get(name)
        key = f"{prefix}.{name}"
        if isinstance(then, dict) and isinstance(value, dict) and not name.endswith("sources"):
            yield from _compare(key, then, value)
        elif then != value and _looser(name, then, value):
            yield Change(key, _shown(then), _shown(value), "previous release")


def _looser(name: str, then: Any, now: Any) -> bool:
    """Whether a changed value asks for less. A change that cannot be ranked counts as looser."""
    if name in FEWER:
        return bool(_items(now) - _items(then))
    if isinstance(then, list) or isinstance(now, list):
        return bool(_items(then) - _items(now)) if name in MORE or then is not None else False
    if name in FIXED:
        return then is not None
    if isinstance(then, bool) or isinstance(now, bool):
        return then is not None and bool(then) and not now
    if name.endswith(LOWER):
        return now is not None and _rank(now) > _rank(then) if then is not None else False
    return then is not None


def _rank(value: Any) -> float:
    return float(LEVELS.get(value, 3)) if isinstance(value, str) else float(value)


def _items(value: Any) -> set[str]:
    """Members of a list or table as comparable texts."""
    members = (
        value if isinstance(value, list) else [{k: v} for k, v in value.items()] if isinstance(value, dict) else []
    )
    return {_shown(m) for m in members}


def _shown(value: Any) -> str:
    if value is None:
        return "not there"
    return msgspec.json.encode(value, order="sorted", enc_hook=str).decode()[:200]

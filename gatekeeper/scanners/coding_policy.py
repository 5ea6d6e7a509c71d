"""The coding policy: what the product's code must not do, why, and which test of which tool shows it.

A file of its own, so that a manufacturer reviews and versions it apart from any one product. It is strict: a word that
is not known is a fault, and all faults are named at once.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

import msgspec

LARGEST_POLICY = 1024 * 1024  # bytes
Threshold = Literal["low", "medium", "high"]
_TABLE = {"frozen": True, "forbid_unknown_fields": True, "rename": "kebab", "omit_defaults": True}


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """From where on a finding counts: both its severity and the tool's confidence must reach these."""

    severity: Threshold
    confidence: Threshold


class CodingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", omit_defaults=True):
    """One rule: a weakness by its CWE number, the reason, and the tests that evidence it, by tool.

    `scope` are patterns of the paths that the rule is about (empty: every file that the tool reads). `severity` and
    `confidence` lower the thresholds for this rule alone.
    """

    id: str
    cwe: int
    title: str
    reason: str
    tests: dict[str, tuple[str, ...]]
    clauses: tuple[str, ...] = ("5.1.3", "5.5.1")
    scope: tuple[str, ...] = ()
    severity: Threshold | None = None
    confidence: Threshold | None = None


class CodingPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The whole file."""

    schema: Literal[1]
    id: str
    version: str
    owner: str
    reviewed: date
    next_review: date
    thresholds: Thresholds
    rule: tuple[CodingRule, ...]

    def rule_for(self, tool: str, test: str) -> CodingRule | None:
        """The rule that a tool's test gives evidence for."""
        return next((r for r in self.rule if test in r.tests.get(tool, ())), None)


class PolicyFile(msgspec.Struct, frozen=True):
    """The file as read: its digest, and either the policy or what is wrong with it."""

    path: str
    sha256: str = ""
    policy: CodingPolicy | None = None
    faults: tuple[str, ...] = ()


def shipped() -> Path:
    """The coding policy that comes with gatekeeper."""
    return Path(import_module("gatekeeper.policies").__path__[0]).resolve() / "secure-coding.toml"


def place(root: Path, path: str) -> Path:
    """Where the product's coding policy lies; the shipped one where `path` is empty."""
    return root / path if path else shipped()


def read(root: Path, path: str) -> PolicyFile:
    """Read the product's coding policy, or the shipped one where `path` is empty. Faults are returned, not raised."""
    name = path or "secure-coding.toml (shipped with gatekeeper)"
    if path and not place(root, path).resolve().is_relative_to(root.resolve()):
        return PolicyFile(name, faults=("the coding policy must lie inside the repository",))
    try:
        with place(root, path).open("rb") as file:
            raw = file.read(LARGEST_POLICY + 1)
    except OSError as e:
        return PolicyFile(name, faults=(f"cannot be read: {e.strerror}",))
    if len(raw) > LARGEST_POLICY:
        return PolicyFile(name, faults=("larger than 1 MiB",))
    policy, faults = parse(raw)
    return PolicyFile(name, hashlib.sha256(raw).hexdigest(), policy, faults)


def parse(raw: bytes) -> tuple[CodingPolicy | None, tuple[str, ...]]:
    """A policy without faults, or every fault that can be named."""
    import tomli

    try:
        table = tomli.loads(raw.decode("utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as e:
        return None, (f"not a TOML file: {e}",)
    faults = tuple(_unknown(table, CodingPolicy, ""))
    try:
        policy = msgspec.convert(table, CodingPolicy)
    except msgspec.ValidationError as e:
        return None, faults or (_plain(str(e)),)
    found = tuple(_semantic(policy))
    return (None if found else policy), found


def _unknown(value: Any, kind: Any, pointer: str) -> Iterator[str]:
    """Keys that the shape does not know, at every level, each with the nearest one that it does."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(item, next(iter(get_args(kind)), None), f"{pointer}[{index}]")
    elif isinstance(value, Mapping) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        known = _fields(kind)
        for key, item in value.items():
            if key in known:
                yield from _unknown(item, known[key], f"{pointer}{'.' * bool(pointer)}{key}")
            else:
                yield f"unknown key {f'{pointer}.{key}'.lstrip('.')!r}{_hint(key, known)}"


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The keys of a table, each with the type of its value."""
    hints = get_type_hints(kind)
    return {key: hints[name] for key, name in zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True)}


def _hint(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return f": did you mean {near[0]!r}?" if near else ""


def _plain(message: str) -> str:
    bad = re.match(r"Invalid enum value '(.*)' - at `\$\.(.*)`", message)
    if bad:
        return f"{bad[2]} = {bad[1]!r} is none of {', '.join(get_args(Threshold))}{_hint(bad[1], get_args(Threshold))}"
    return message.replace("`$.", "`")


def _semantic(policy: CodingPolicy) -> Iterator[str]:
    for name in ("id", "version", "owner"):
        if not getattr(policy, name).strip():
            yield f"{name} is empty"
    if policy.next_review <= policy.reviewed:
        yield f"next-review {policy.next_review} is not after reviewed {policy.reviewed}"
    if not policy.rule:
        yield "the list of rules is empty: a policy without rules allows everything"
    seen: set[str] = set()
    for rule in policy.rule:
        if rule.id in seen:
            yield f"rule {rule.id!r} stands twice"
        seen.add(rule.id)
        yield from _rule_faults(rule)
        yield from _raised(rule, policy.thresholds)


def _raised(rule: CodingRule, common: Thresholds) -> Iterator[str]:
    """A rule of its own is there to see more; what it would see less of passed unseen."""
    order = get_args(Threshold)
    for name in ("severity", "confidence"):
        own, all_rules = getattr(rule, name), getattr(common, name)
        if own and order.index(own) > order.index(all_rules):
            yield f"rule {rule.id!r} counts from {name} {own} on, above the {all_rules} of [thresholds]: only lower it"


def _rule_faults(rule: CodingRule) -> Iterator[str]:
    place = f"rule {rule.id!r}"
    if not rule.reason.strip():
        yield f"{place} gives no reason"
    if rule.cwe <= 0:
        yield f"{place} names no CWE number"
    if not any(rule.tests.values()) or not all(rule.tests.values()):
        yield f"{place} names no test that evidences it"

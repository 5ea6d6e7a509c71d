"""Bandit's tests, prepared for the fast driver: which there are for which node, and by what they are called for."""

from __future__ import annotations

import ast
from typing import Any

from bandit.core.config import BanditConfig
from bandit.core.extension_loader import MANAGER
from bandit.core.test_set import BanditTestSet

from gatekeeper.scanners import guards

_LEAVES = frozenset({"ctx", "op", "ops", "id", "attr", "arg", "n", "s", "kind", "type_comment", "level", "module"})


def unfit() -> str:
    """Why this Bandit cannot be driven fast; empty where it can."""
    tests = BanditTestSet(BanditConfig(), {}).tests
    seen = {kind: tuple(test._test_id for test in found) for kind, found in tests.items()}
    calls = set(seen.pop("Call", ()))
    if seen != guards.KNOWN or calls != guards.CALL_TESTS:
        return "its tests are not those that the fast driver knows"
    return ""


class Asked:
    """Bandit's test set, prepared: which tests there are for which node, and by which names they are called for."""

    def __init__(self) -> None:
        tests = BanditTestSet(BanditConfig(), {}).tests
        banned = {name for row in MANAGER.blacklist["Call"] for name in row["qualnames"]}
        self.tests = tests
        self.calls = guards.Calls(tests["Call"], banned)
        self.imports = tuple({name for kind in ("Import", "ImportFrom") for name in _imports(kind)})
        self.fields = _Fields()


def _imports(kind: str) -> list[str]:
    return [name for row in MANAGER.blacklist[kind] for name in row["qualnames"]]


class _Fields(dict[Any, tuple[str, ...]]):
    """The fields of a node class that can hold nodes with something to see in them, in order."""

    def __missing__(self, kind: Any) -> tuple[str, ...]:
        leaf = kind in (ast.Name, ast.Constant) or not issubclass(kind, ast.AST)
        found = () if leaf else tuple(field for field in kind._fields if field not in _LEAVES)
        self[kind] = found
        return found

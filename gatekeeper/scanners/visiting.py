"""The way through one syntax tree, in the order in which Bandit takes it: which tests are asked about which node."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from bandit.core import utils

from gatekeeper.scanners import guards
from gatekeeper.scanners.asking import Asking
from gatekeeper.scanners.bandit_tests import Asked

DEEPEST = 120  # levels of the syntax tree; stock Bandit itself gives up at about 320
MANY_KEYS = 16


class TooDeepError(Exception):
    """Nested so deep that stock Bandit's own limit may be near."""


class _Keys(list[Any]):
    """The keys of a dict, found by identity: the test on secrets asks `node in keys` for every string."""

    __slots__ = ("places",)

    def __init__(self, keys: Sequence[Any]) -> None:
        super().__init__(keys)
        self.places = {id(key): place for place, key in reversed(tuple(enumerate(keys)))}

    def __contains__(self, key: object) -> bool:
        return id(key) in self.places

    def index(self, key: Any, *_: Any) -> int:
        place: int = self.places[id(key)]
        return place


class Visit:
    """One walk. `chain` are the nodes above the one that is visited, from the top."""

    def __init__(self, asked: Asked, asking: Asking, chain: list[ast.AST]) -> None:
        self.asked = asked
        self.ask = asking.ask
        self.imports = asking.imports
        self.aliases = asking.aliases
        self.chain = chain

    def descend(self, node: ast.AST) -> None:
        """Visit what hangs below a node, in the order in which Bandit does.

        The inner loop of the scan, so `one` is written out in it.
        """
        chain, fields = self.chain, self.asked.fields
        if len(chain) > DEEPEST:
            raise TooDeepError
        chain.append(node)
        for field in fields[node.__class__]:
            value: Any = getattr(node, field, None)
            if value.__class__ is list:
                for item in value:
                    kind = item.__class__
                    if kind is ast.Constant:
                        if item.value.__class__ is str:
                            self.string(item, node)
                    elif kind in _ENTER:
                        _ENTER[kind](self, item)
                    elif fields[kind]:
                        self.descend(item)
            else:
                kind = value.__class__
                if kind is ast.Constant:
                    if value.value.__class__ is str:
                        self.string(value, node)
                elif kind in _ENTER:
                    _ENTER[kind](self, value)
                elif fields[kind]:
                    self.descend(value)
        chain.pop()

    def string(self, node: Any, parent: ast.AST) -> None:
        """A string that is no docstring (Bandit takes every bare string for one)."""
        if parent.__class__ is ast.Expr:
            return
        value = node.value
        if guards.may_be_about(value, parent):
            self.ask(self.asked.tests["Str"], {"str": value}, node, parent)

    def call(self, node: ast.Call) -> None:
        """A call: asked about by name and by keywords."""
        calls, function = self.asked.calls, node.func
        qualified = utils.get_call_name(node, self.aliases)
        wanted = calls.by_name.get(qualified)
        if wanted is None:
            wanted = calls.named(qualified)
        for keyword in node.keywords:
            word = keyword.arg
            more = calls.by_keyword.get(word)
            wanted |= calls.keyword(word) if more is None else more  # type: ignore[arg-type]  # None is always known
        if function.__class__ is ast.Name and function.id == "__import__":
            wanted |= calls.importing()
        if wanted:
            tests = [test for place, test in enumerate(calls.tests) if wanted >> place & 1]
            name = qualified.rpartition(".")[2]
            self.ask(tests, {"call": node, "qualname": qualified, "name": name}, node)
        self.descend(node)

    def function(self, node: ast.FunctionDef) -> None:
        """A function: the tests look at its defaults."""
        if node.args.defaults:
            said = {"function": node, "qualname": node.name, "name": node.name}
            self.ask(self.asked.tests["FunctionDef"], said, node)
        self.descend(node)

    def importing(self, node: ast.Import) -> None:
        """An import: remembered, and asked about where its name begins as a banned one does."""
        said = {}
        for alias in node.names:
            if alias.asname:
                self.aliases[alias.asname] = alias.name
            self.imports.add(alias.name)
            said["module"] = alias.name
        if any(alias.name.startswith(self.asked.imports) for alias in node.names):
            self.ask(self.asked.tests["Import"], said, node)

    def importing_from(self, node: ast.ImportFrom) -> None:
        """An import of names; a relative one without a module counts as a plain import, as it does in Bandit."""
        module = node.module
        said = {}
        for alias in node.names:
            full = alias.name if module is None else f"{module}.{alias.name}"
            if module is not None or alias.asname:
                self.aliases[alias.asname or alias.name] = full
            self.imports.add(full)
            said = {"module": alias.name} if module is None else {"module": module, "name": alias.name}
        if any(full.startswith(self.asked.imports) for full in _full_names(node)):
            self.ask(self.asked.tests["ImportFrom" if module is not None else "Import"], said, node)

    def handler(self, node: ast.ExceptHandler) -> None:
        """An except clause of one statement."""
        if len(node.body) == 1:
            self.ask(self.asked.tests["ExceptHandler"], {}, node)
        self.descend(node)

    def assertion(self, node: ast.Assert) -> None:
        """An assert."""
        self.ask(self.asked.tests["Assert"], {}, node)
        self.descend(node)

    def table(self, node: ast.Dict) -> None:
        """A dict: with many keys, they are found by identity."""
        if len(node.keys) > MANY_KEYS:
            node.keys = _Keys(node.keys)
            self.chain.append(node)
            for item in (*node.keys, *node.values):
                self.one(item, node)
            self.chain.pop()
        else:
            self.descend(node)

    def one(self, item: Any, parent: ast.AST) -> None:
        """Visit one child."""
        kind = item.__class__
        if kind is ast.Constant:
            if item.value.__class__ is str:
                self.string(item, parent)
        elif kind in _ENTER:
            _ENTER[kind](self, item)
        elif self.asked.fields[kind]:
            self.descend(item)


def _full_names(node: ast.ImportFrom) -> list[str]:
    return [alias.name if node.module is None else f"{node.module}.{alias.name}" for alias in node.names]


_ENTER: dict[type, Any] = {
    ast.Call: Visit.call,
    ast.FunctionDef: Visit.function,
    ast.Import: Visit.importing,
    ast.ImportFrom: Visit.importing_from,
    ast.ExceptHandler: Visit.handler,
    ast.Assert: Visit.assertion,
    ast.Dict: Visit.table,
}

"""What Bandit's tests say of the nodes of one file, kept and counted as Bandit does it."""

from __future__ import annotations

import ast
import io
from collections.abc import Mapping, Sequence
from typing import Any

from bandit.core import constants, utils
from bandit.core.context import Context

from gatekeeper.scanners.results import Source


class Asking:
    """The tests' word on one file. `chain` are the nodes above the one in question; `nosec` the tests that a comment
    on a line names.
    """

    def __init__(self, source: Source, chain: Sequence[ast.AST], nosec: Mapping[int, set[str]], loc: int) -> None:
        self.path = source.path
        self.buffer = io.BytesIO(source.data)
        self.chain = chain
        self.nosec = nosec
        self.imports: set[str] = set()
        self.aliases: dict[str, str] = {}
        self.found: list[tuple[Any, bool]] = []
        self.crashes: list[str] = []
        self.metrics = {"loc": loc, "nosec": 0, "skipped_tests": 0}
        self._linked: list[ast.AST] = []

    def ask(self, tests: Sequence[Any], said: dict[str, Any], node: Any, ranged: Any = None) -> None:
        """Run tests on a node, each on its own copy of the context, and keep what they find as Bandit does."""
        raw: dict[str, Any] = {"imports": self.imports, "import_aliases": self.aliases} if node is not None else {}
        if node is not None:
            self._link(node)
            raw |= {"lineno": node.lineno, "col_offset": node.col_offset, "end_col_offset": node.end_col_offset}
            raw["node"] = node
        raw |= {"filename": self.path, "file_data": self.buffer} | said
        for test in tests:
            context = raw.copy()
            try:
                wrapped = Context(context)
                issue = test(wrapped, test._config) if hasattr(test, "_config") else test(wrapped)
                if issue is not None:
                    self._keep(issue, test, context, ranged or node)
            except Exception as e:  # noqa: BLE001 - a crashed test makes the scan incomplete; told as Bandit tells it
                place = f"file {context['filename']} at line {context['lineno']}"
                sentence = f"Bandit internal error running: {test.__name__} on {place}: {e}"
                self.crashes.append(" ".join(sentence.split())[:300])

    def _keep(self, issue: Any, test: Any, context: dict[str, Any], node: Any) -> None:
        """Complete a result from its context, and say whether a comment would hide it."""
        lines = context["linerange"] if node is None else _range(node)
        hidden = self._hidden(issue, lines) if self.nosec else False
        if issue.lineno is None:
            issue.lineno = context["lineno"]
        if issue.linerange == []:
            issue.linerange = lines
        if issue.col_offset == -1:
            issue.col_offset = context["col_offset"]
        issue.end_col_offset = context.get("end_col_offset", 0)
        issue.test = test.__name__
        if issue.test_id == "":
            issue.test_id = test._test_id
        constants.RANKING.index(issue.severity)  # as in Bandit, a severity or confidence unknown to it is a crash
        constants.RANKING.index(issue.confidence)
        self.found.append((issue, self._counted(issue, hidden)))

    def _hidden(self, issue: Any, lines: Any) -> set[str] | None:
        """The tests that comments on the line or in the node's range name; an empty set is a bare comment."""
        base = self.nosec.get(issue.lineno)
        near = next((tests for line, tests in self.nosec.items() if line in lines), None)
        return None if base is None and near is None else {*(base or ()), *(near or ())}

    def _counted(self, issue: Any, hidden: set[str] | bool | None) -> bool:
        """Whether stock Bandit would drop the result, counting as it does."""
        if hidden is None or hidden is False:
            return False
        if not hidden:
            self.metrics["nosec"] += 1
            return True
        assert isinstance(hidden, set)
        dropped = issue.test_id in hidden
        self.metrics["skipped_tests"] += dropped
        return dropped

    def _link(self, node: ast.AST) -> None:
        """Give the node and what stands over it the parents that Bandit's plugins look for."""
        below = node
        for above in reversed(self.chain):
            if getattr(below, "_bandit_parent", None) is above:
                return
            below._bandit_parent = above  # type: ignore[attr-defined]  # the plugins' own convention
            self._linked.append(below)
            below = above

    def unlink(self) -> None:
        """Take the links off again: without them the tree is free of cycles."""
        for node in self._linked:
            del node._bandit_parent  # type: ignore[attr-defined]  # set by _link()


def _range(node: Any) -> Any:
    return range(node.lineno, node.end_lineno + 1) if hasattr(node, "lineno") else utils.linerange(node)

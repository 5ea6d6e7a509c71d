"""The fast driver: Bandit's own plugins, unchanged, over a traversal that is linear in the length of the file.

Stock Bandit builds a list of line numbers for every node, asks every test about every node, and looks for a key by
walking all keys of its dict: quadratic in the rows of a code table. Here a test is asked only where it could answer
(guards.py), ranges stay ranges, keys are found by identity, and files without the word `nosec` are not tokenized.

Whatever is out of the ordinary (a file that does not parse, nesting deeper than DEEPEST, any exception) is handed to
the stock driver, so that its answer is the stock answer. Imported only where a scan takes place.
"""

from __future__ import annotations

import ast
import gc
import io
import re
import tokenize
from collections.abc import Sequence
from typing import Any

from bandit.core import constants, utils
from bandit.core.config import BanditConfig
from bandit.core.context import Context
from bandit.core.extension_loader import MANAGER
from bandit.core.manager import _parse_nosec_comment
from bandit.core.test_set import BanditTestSet

from gatekeeper.scanners import guards, nosec, stock
from gatekeeper.scanners.assemble import SourceText, finished
from gatekeeper.scanners.results import FileScan, Source

DEEPEST = 120  # levels of the syntax tree; stock Bandit itself gives up at about 320
MANY_KEYS = 16
_COLLECT_AFTER = 2**20  # bytes of source between two collections of garbage
_LEAVES = frozenset({"ctx", "op", "ops", "id", "attr", "arg", "n", "s", "kind", "type_comment", "level", "module"})
_LINE = re.compile(rb"^[ \t\x0b\x0c]*[^\s#]", re.MULTILINE)


def scan(sources: Sequence[Source]) -> list[FileScan]:
    """Scan each source once; findings under a `nosec` comment are kept and marked."""
    asked = Asked()
    collecting, since, done = gc.isenabled(), 0, []
    gc.disable()  # trees of millions of nodes without cycles: looking for garbage in them only costs time
    try:
        with stock.listening() as complaints:
            for source in sources:
                done.append(_scan_one(source, asked, complaints))
                since += len(source.data)
                if since > _COLLECT_AFTER:
                    since = 0
                    gc.collect()
    finally:
        if collecting:
            gc.enable()
    return done


def unfit() -> str:
    """Why this Bandit cannot be driven fast; empty where it can."""
    tests = BanditTestSet(BanditConfig(), {}).tests
    seen = {kind: tuple(test._test_id for test in found) for kind, found in tests.items()}
    calls = set(seen.pop("Call", ()))
    if seen != guards.KNOWN or calls != guards.CALL_TESTS:
        return "its tests are not those that the fast driver knows"
    return ""


def _scan_one(source: Source, asked: Asked, complaints: list[str]) -> FileScan:
    try:
        return _File(source, asked).scanned(complaints)
    except Exception:  # noqa: BLE001 - a file out of the ordinary: the stock driver's answer is the answer
        [result] = stock.scan([source])
        return result


class TooDeepError(Exception):
    """Nested so deep that stock Bandit's own limit may be near."""


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


class _File:
    """One file under way."""

    def __init__(self, source: Source, asked: Asked) -> None:
        self.text = SourceText(source)
        self.data = source.data
        self.asked = asked
        self.buffer = io.BytesIO(source.data)
        self.imports: set[str] = set()
        self.aliases: dict[str, str] = {}
        self.chain: list[ast.AST] = []
        self.linked: list[ast.AST] = []
        self.found: list[tuple[Any, bool]] = []
        self.crashes: list[str] = []
        self.metrics = {"loc": _lines_of_code(source.data), "nosec": 0, "skipped_tests": 0}
        self.comments = nosec.comments(source.data) if nosec.may_hold_comment(source.data) else ()
        self.nosec: dict[int, set[str]] = {}

    def scanned(self, complaints: list[str]) -> FileScan:
        """Walk the tree and ask the tests. `complaints` is what Bandit logs meanwhile."""
        before = len(complaints)
        self.refuse_undecodable()
        self.nosec = {c.line: _parse_nosec_comment(c.text) for c in self.comments}
        self.descend(ast.parse(self.data))
        if guards.may_be_mirrored(self.data):
            self.ask(self.asked.tests["File"], {"lineno": 0, "linerange": [0, 1], "col_offset": 0}, None)
        for node in self.linked:
            del node._bandit_parent  # type: ignore[attr-defined]  # set by link(); without it the tree is free of cycles
        crashes = dict.fromkeys((*self.crashes, *complaints[before:]))
        return finished(self.text, self.found, self.comments, self.metrics, crashes)

    def refuse_undecodable(self) -> None:
        """Bytes that the encoding does not know: Python's parser overlooks them in comments, Bandit's tokens do not."""
        if not self.data.isascii():
            encoding, _ = tokenize.detect_encoding(io.BytesIO(self.data).readline)
            self.data.decode(encoding)

    def descend(self, node: ast.AST) -> None:
        """Visit what hangs below a node, in the order in which Bandit does."""
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

    def ask(self, tests: Sequence[Any], said: dict[str, Any], node: Any, ranged: Any = None) -> None:
        """Run tests on a node, each on its own copy of the context, and keep what they find as Bandit does."""
        raw: dict[str, Any] = {"imports": self.imports, "import_aliases": self.aliases} if node is not None else {}
        if node is not None:
            self.link(node)
            raw |= {"lineno": node.lineno, "col_offset": node.col_offset, "end_col_offset": node.end_col_offset}
            raw["node"] = node
        raw |= {"filename": self.text.source.path, "file_data": self.buffer} | said
        for test in tests:
            context = raw.copy()
            try:
                wrapped = Context(context)
                issue = test(wrapped, test._config) if hasattr(test, "_config") else test(wrapped)
                if issue is not None:
                    self.keep(issue, test, context, ranged or node)
            except Exception as e:  # noqa: BLE001 - a crashed test makes the scan incomplete; told as Bandit tells it
                place = f"file {context['filename']} at line {context['lineno']}"
                sentence = f"Bandit internal error running: {test.__name__} on {place}: {e}"
                self.crashes.append(" ".join(sentence.split())[:300])

    def keep(self, issue: Any, test: Any, context: dict[str, Any], node: Any) -> None:
        """Complete a result from its context, and say whether a comment would hide it."""
        lines = context["linerange"] if node is None else _range(node)
        hidden = self.hidden(issue, lines) if self.nosec else False
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
        self.found.append((issue, self.counted(issue, hidden)))

    def hidden(self, issue: Any, lines: Any) -> set[str] | None:
        """The tests that comments on the line or in the node's range name; an empty set is a bare comment."""
        base = self.nosec.get(issue.lineno)
        near = next((tests for line, tests in self.nosec.items() if line in lines), None)
        return None if base is None and near is None else {*(base or ()), *(near or ())}

    def counted(self, issue: Any, hidden: set[str] | bool | None) -> bool:
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

    def link(self, node: ast.AST) -> None:
        """Give the node and what stands over it the parents that Bandit's plugins look for."""
        below = node
        for above in reversed(self.chain):
            if getattr(below, "_bandit_parent", None) is above:
                return
            below._bandit_parent = above  # type: ignore[attr-defined]  # the plugins' own convention
            self.linked.append(below)
            below = above


def _full_names(node: ast.ImportFrom) -> list[str]:
    return [alias.name if node.module is None else f"{node.module}.{alias.name}" for alias in node.names]


def _range(node: Any) -> Any:
    return range(node.lineno, node.end_lineno + 1) if hasattr(node, "lineno") else utils.linerange(node)


def _lines_of_code(data: bytes) -> int:
    """Lines that are neither empty nor comment, counted as Bandit counts them: at line feeds and carriage returns."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return len(_LINE.findall(data))


_ENTER: dict[type, Any] = {
    ast.Call: _File.call,
    ast.FunctionDef: _File.function,
    ast.Import: _File.importing,
    ast.ImportFrom: _File.importing_from,
    ast.ExceptHandler: _File.handler,
    ast.Assert: _File.assertion,
    ast.Dict: _File.table,
}

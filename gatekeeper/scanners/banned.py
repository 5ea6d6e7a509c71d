"""Functions and modules that the team has banned, found on the syntax tree with import aliases resolved.

Every mention counts, not only a call: a function that is handed on is called somewhere else.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from gatekeeper.scanners import excerpts, nosec
from gatekeeper.scanners.names import Names, plain
from gatekeeper.scanners.pool import read
from gatekeeper.scanners.results import Source


class Banned(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A banned name (`pickle.loads`, `telnetlib`, `eval`), why, what to use instead, and the weakness that it is."""

    name: str
    reason: str
    instead: str = ""
    cwe: int = 0


class Use(msgspec.Struct, frozen=True, omit_defaults=True):
    """One place that mentions a banned name, and how it is written there."""

    name: str
    path: str
    line: int
    column: int
    written: str
    anchor: str = ""
    shown: int = 0
    source: tuple[str, ...] = ()


def uses(root: Path, paths: Iterable[str], banned: Sequence[Banned]) -> tuple[Use, ...]:
    """Every mention of a banned name in the files. Files that do not parse are the scan's to report."""
    names = tuple(each.name for each in banned)
    if not names:
        return ()
    found: list[Use] = []
    for path in paths:
        source = read(root, path)
        if isinstance(source, Source) and _may_mention(source.data, names):
            found += uses_in(source, names)
    return tuple(found)


def _may_mention(data: bytes, names: tuple[str, ...]) -> bool:
    """Whether the last part of a name occurs at all; a star, an escape, or letters beyond ASCII may be any."""
    text = data.lower()
    if b"import *" in text or b"\\" in data or not data.isascii() or nosec.may_be_spelt_otherwise(data):
        return True
    return any(name.rpartition(".")[2].lower().encode() in text for name in names)


def uses_in(source: Source, names: Sequence[str]) -> tuple[Use, ...]:
    """Every mention in one file, in order of place."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    mentions = _mentions(tree, Names(tree), frozenset(names))
    places = {(node.lineno, node.col_offset, name, said) for node, name, said in mentions}
    lines = excerpts.lines_of(source.data) if places else []
    return tuple(_use(source.path, lines, *place) for place in sorted(places))


def _use(path: str, lines: list[str], line: int, column: int, name: str, written: str) -> Use:
    shown, shown_lines = excerpts.shown(lines, line)
    return Use(name, path, line, column, written, excerpts.anchor(lines, {}, line, line, line), shown, shown_lines)


def _mentions(tree: ast.AST, known: Names, names: frozenset[str]) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node, name, said) for said in _imported(node) if (name := _banned_in(said, names)))
            yield from ((node, name, f"{name} by *") for name in names if _starred(node, name))
        elif isinstance(node, ast.Attribute | ast.Name | ast.Call | ast.Subscript):
            yield from ((node, name, said) for said in known.of(node) if (name := _banned_in(said, names)))


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif node.module and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _starred(node: ast.Import | ast.ImportFrom, name: str) -> bool:
    """Whether a star import brings the name in."""
    star = isinstance(node, ast.ImportFrom) and not node.level and any(alias.name == "*" for alias in node.names)
    return star and isinstance(node, ast.ImportFrom) and name.rpartition(".")[0] == node.module


def _banned_in(said: str, names: frozenset[str]) -> str:
    """The banned name that a qualified one is or lies in; a banned module bans all that is in it."""
    said = plain(said)
    while said:
        if said in names:
            return said
        said = said.rpartition(".")[0]
    return ""

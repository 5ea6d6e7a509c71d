"""Writes docs/record-reference.md from the types of the record: `python docs/record_reference.py`.

The words are the docstrings and the comments beside the fields, so that code and reference cannot say different things.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
from msgspec import inspect as shapes

from gatekeeper.model import words
from gatekeeper.model.record import PREDICATE_TYPE, STATEMENT_TYPE, Record, Statement

PAGE = Path(__file__).with_name("record-reference.md")
HEAD = f"""# The release record, field by field

`record.json` is an in-toto Statement (`{STATEMENT_TYPE}`) with predicate type `{PREDICATE_TYPE}`: canonical JSON (keys
sorted, UTF-8, no spaces, one line feed at the end), so that the same record has the same bytes and the same digest.
`-o json` prints the predicate alone, `gatekeeper schema record` the JSON Schema. A reader takes a schema name that it
does not know for a record that it cannot read; a field changes its meaning only with a new name of the schema.

Every other format is made from the record and decides nothing. This page is made by `docs/record_reference.py`.
"""
_FIELD = re.compile(r"^    (?P<name>\w+): .*?(?:  # (?P<note>(?!noqa|type:).*))?$", re.M)


def page() -> str:
    """The whole page: the statement first, then each type where it is first needed, then the closed sets of words."""
    parts = [HEAD, *(_struct(kind) for kind in _kinds(Statement)), "## Closed sets of words\n", *_words()]
    return "\n".join(parts).rstrip() + "\n"


def _kinds(start: type) -> Iterator[type]:
    seen, waiting = set(), [start]
    while waiting:
        kind = waiting.pop(0)
        if kind not in seen:
            seen.add(kind)
            yield kind
            waiting += [hint for field in msgspec.structs.fields(kind) for hint in _structs(field.type)]


def _structs(hint: Any) -> Iterator[type]:
    if inspect.isclass(hint) and issubclass(hint, msgspec.Struct):
        yield hint
    for part in getattr(hint, "__args__", ()):
        yield from _structs(part)


def _struct(kind: type) -> str:
    notes = {m["name"]: m["note"] or "" for m in _FIELD.finditer(inspect.getsource(kind))}
    rows = [
        f"| `{field.encode_name}` | {_shape(field.type)} | {'' if field.required else 'may be left out'} "
        f"| {notes.get(field.name, '').replace('|', chr(92) + '|')} |"
        for field in msgspec.structs.fields(kind)
    ]
    name = "`record.json`" if kind is Statement else "`predicate`: Record" if kind is Record else kind.__name__
    head = f"## {name}\n\n{inspect.cleandoc(kind.__doc__ or '')}\n\n| field | type | | |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _shape(hint: Any) -> str:
    kind = shapes.type_info(hint)
    match kind:
        case shapes.StructType():
            return f"[{kind.cls.__name__}](#{_anchor(kind.cls)})"
        case shapes.VarTupleType():
            return f"list of {_shape(hint.__args__[0])}"
        case shapes.DictType():
            return "object of text"
        case shapes.EnumType():
            return f"[{kind.cls.__name__}](#{kind.cls.__name__.lower()})"
        case shapes.LiteralType():
            return f'"{kind.values[0]}"'
        case shapes.UnionType():
            return " or ".join(_shape(part) for part in hint.__args__)
    plain = {"str": "text", "int": "number", "bool": "true or false", "none": "null", "float": "number"}
    return plain.get(type(kind).__name__.removesuffix("Type").lower(), type(kind).__name__)


def _anchor(kind: type) -> str:
    return "predicate-record" if kind is Record else kind.__name__.lower()


def _words() -> Iterator[str]:
    used = {hint for kind in _kinds(Statement) for h in get_type_hints(kind).values() for hint in _enums(h)}
    for kind in sorted(used, key=lambda k: list(vars(words)).index(k.__name__)):
        values = ", ".join(f"`{item.value}`" for item in kind)
        yield f"### {kind.__name__}\n\n{inspect.cleandoc(kind.__doc__ or '')}\n\n{values}\n"


def _enums(hint: Any) -> Iterator[Any]:
    if inspect.isclass(hint) and issubclass(hint, words.StrEnum):
        yield hint
    for part in getattr(hint, "__args__", ()):
        yield from _enums(part)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""The policy file table by table and key by key, as `explain` and docs/policy-reference.md tell it.

The words are the docstrings of the types that read the file and the comments beside their fields, so that what is
told and what is accepted cannot differ.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, get_args, get_origin

import msgspec
from msgspec import inspect as shapes

PLAIN = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "date": "date", "any": "any"}
REQUIRED = "required"
_NOTE = re.compile(r"^    (?P<name>\w+): .*?(?:  # (?P<note>(?!noqa|type:).*))?$", re.M)

_HEAD = re.compile(r"\A(?:The )?(?:table )?`\[[\w-]+\]`(?: table)?[.:]\s+")  # it is told already


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what may stand there, what holds without it (`required` where nothing does), what it means."""

    name: str
    shape: str
    default: str
    note: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its head as it is written in TOML, what it is for, its keys."""

    head: str
    words: str
    keys: tuple[Key, ...]


def tables(name: str, kind: type) -> Iterator[Table]:
    """The table `[name]` and each table below it, once, in the order in which they are read."""
    for head, struct in _walk(name, kind):
        yield Table(head, _words(struct), tuple(_keys(struct)))


def with_words(schema: dict[str, Any], kinds: Iterable[type]) -> dict[str, Any]:
    """A JSON Schema made from `kinds`, with what each key means beside it, for editors to show."""
    for struct in {struct for kind in kinds for _, struct in _walk("", kind)}:
        for name in (struct.__name__, f"{struct.__module__}.{struct.__qualname__}"):  # the long one where two share it
            properties = schema["$defs"].get(name, {}).get("properties", {})
            for key in _keys(struct):
                if key.note and key.name in properties:
                    properties[key.name]["description"] = key.note
    return schema


def _keys(struct: type) -> Iterator[Key]:
    told = notes(struct)
    tag: Any = getattr(struct, "__struct_config__")  # noqa: B009 - every Struct has it, and `type` does not say so
    if tag.tag_field:
        yield Key(tag.tag_field, f'"{tag.tag}"', REQUIRED, "")
    for field in msgspec.structs.fields(struct):
        if field.name != "line":  # where a table stands in its file: known to the reader, never written
            yield Key(field.encode_name, _shape(field.type), _default(field), told.get(field.name, ""))


def notes(struct: type) -> dict[str, str]:
    """The comments beside the fields, those of the types that this one extends included."""
    told: dict[str, str] = {}
    for each in reversed([base for base in struct.__mro__ if msgspec.Struct in base.__mro__[1:]]):
        told |= {m["name"]: m["note"] for m in _NOTE.finditer(textwrap.dedent(inspect.getsource(each))) if m["note"]}
    return told


def _words(struct: type) -> str:
    """The docstring, with the names of keys as they are written in TOML."""
    words = _HEAD.sub("", inspect.cleandoc(struct.__doc__ or ""))
    for field in msgspec.structs.fields(struct):
        words = words.replace(f"`{field.name}`", f"`{field.encode_name}`")
    return words[:1].upper() + words[1:]


def _walk(name: str, kind: type) -> Iterator[tuple[str, type]]:
    seen: set[type] = set()
    waiting = [(f"[{name}]", name, kind)]
    while waiting:
        head, path, struct = waiting.pop(0)
        if struct not in seen:
            seen.add(struct)
            yield head, struct
            waiting[:0] = _below(path, struct)


def _below(path: str, struct: type) -> list[tuple[str, str, type]]:
    found = []
    for field in msgspec.structs.fields(struct):
        for many, kind in _structs(field.type, many=False):
            inner = f"{path}.{field.encode_name}"
            found.append((f"[[{inner}]]" if many else f"[{inner}]", inner, kind))
    return found


def _structs(hint: Any, *, many: bool) -> Iterator[tuple[bool, type]]:
    """The tables that may stand in a place, and whether several may."""
    if inspect.isclass(hint) and issubclass(hint, msgspec.Struct):
        yield many, hint
    for part in get_args(hint):
        yield from _structs(part, many=many or get_origin(hint) is tuple)


def _default(field: Any) -> str:
    if field.required:
        return REQUIRED
    return _written(field.default if field.default is not msgspec.NODEFAULT else field.default_factory())


def _written(value: Any) -> str:
    match value:
        case None | "" | () | {}:
            return ""
        case Enum() | str():
            return f'"{value}"'
        case bool():
            return str(value).lower()
        case date() | int() | float():
            return str(value)
        case tuple():
            return f"[{', '.join(map(_written, value))}]"
        case Mapping():
            return _pairs({str(k): v for k, v in value.items()})
        case msgspec.Struct():
            return _pairs({f.encode_name: getattr(value, f.name) for f in msgspec.structs.fields(value)})
        case _:
            return str(value)


def _pairs(values: Mapping[str, Any]) -> str:
    told = ", ".join(f"{k} = {_written(v)}" for k, v in values.items() if _written(v))
    return f"{{ {told} }}" if told else ""


def _shape(hint: Any) -> str:
    return _in_words(shapes.type_info(hint))


def _in_words(kind: Any) -> str:
    match kind:
        case shapes.Metadata():
            return _in_words(kind.type)
        case shapes.StructType():
            return "table"
        case shapes.VarTupleType():
            return _list_of(kind.item_type)
        case shapes.TupleType():
            return f"list of {len(kind.item_types)}: {', '.join(map(_in_words, kind.item_types))}"
        case shapes.DictType():
            return f"table of {_in_words(kind.value_type)}"
        case shapes.EnumType():
            return " or ".join(f'"{item.value}"' for item in kind.cls)
        case shapes.LiteralType():
            return " or ".join(map(_written, kind.values))
        case shapes.UnionType():
            told = [_in_words(part) for part in kind.types if not isinstance(part, shapes.NoneType)]
            return " or ".join(dict.fromkeys(told))
        case shapes.IntType() | shapes.FloatType():
            return _plain(kind) + _bounds(kind)
        case _:
            return _plain(kind)


def _list_of(kind: Any) -> str:
    inner = _in_words(kind)
    return "tables" if inner == "table" else f"list of {inner}"


def _plain(kind: Any) -> str:
    name = type(kind).__name__.removesuffix("Type").lower()
    return PLAIN.get(name, name)


def _bounds(kind: Any) -> str:
    if kind.ge is not None and kind.le is not None:
        return f", {kind.ge} to {kind.le}"
    return f", {kind.ge} or more" if kind.ge is not None else ""

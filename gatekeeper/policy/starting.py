"""What holds where a policy leaves a parameter out: the check's own starting value, by dotted key."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, get_args

import msgspec


def starting_values(tables: Mapping[str, type]) -> dict[str, Any]:
    """Every value that a table of the policy has by itself, through the tables within tables."""
    return {key: value for table, kind in tables.items() for key, value in _values(table, kind)}


def parameters(table: str, kind: type) -> Iterator[tuple[str, Any]]:
    """Every parameter that a table can hold, by dotted key, with its field; so can the entries of a list."""
    for field in msgspec.structs.fields(kind):
        key = f"{table}.{field.encode_name}"
        yield key, field
        for below in _tables(field.type):
            yield from parameters(key, below)


def _values(table: str, kind: type) -> Iterator[tuple[str, Any]]:
    for key, field in parameters(table, kind):
        if not field.required:
            value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
            yield key, msgspec.to_builtins(value, builtin_types=(date, datetime))


def _tables(hint: Any) -> Iterator[type]:
    if inspect.isclass(hint) and issubclass(hint, msgspec.Struct):
        yield hint
    for part in get_args(hint):
        yield from _tables(part)

"""Values of a SARIF document, strictly: JSON within bounds, and each value of the kind that it has to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

LARGEST = 64 * 2**20  # bytes
DEEPEST = 64  # levels of nesting
LONGEST_TEXT = 1000  # characters of a message that are kept


class FaultError(Exception):
    """The document is not what it should be; the message says where."""


def strict_json(data: bytes) -> Any:
    """The document of the bytes. Raises FaultError."""
    if len(data) > LARGEST:
        raise FaultError(f"larger than {LARGEST >> 20} MiB")
    try:
        document = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_pairs, parse_constant=_constant)
    except (ValueError, RecursionError) as e:
        raise FaultError(f"not JSON: {str(e)[:200]}") from e
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(DEEPEST):
        level = [v for c in level for v in (c.values() if isinstance(c, dict) else c) if isinstance(v, dict | list)]
        if not level:
            return document
    raise FaultError(f"nested deeper than {DEEPEST} levels")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """An object. Raises FaultError for anything else."""
    if not isinstance(value, dict):
        raise FaultError(f"{what} is no object")
    return value


def array(value: Any, what: str) -> list[Any]:
    """An array. Raises FaultError for anything else."""
    if not isinstance(value, list):
        raise FaultError(f"{what} is no array")
    return value


def text(value: Any) -> str:
    """A text, cut to a readable length; anything else is none."""
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def count(value: Any) -> int:
    """A number of a line or column; anything else is 0."""
    return value if isinstance(value, int) and 0 < value < 2**31 else 0

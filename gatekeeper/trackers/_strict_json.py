"""JSON from outside: no repeated keys, no NaN, bounded depth, and an error that says what was wrong."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from gatekeeper.model.errors import EvidenceError


def loads(data: bytes, what: str) -> Any:
    """Parse UTF-8 JSON strictly. Raises EvidenceError naming `what`."""
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError as e:
        raise EvidenceError(f"{what} is nested too deeply to be read") from e
    except ValueError as e:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise EvidenceError(f"{what} is not readable JSON: {e}") from e


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} stands twice in one object")
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")

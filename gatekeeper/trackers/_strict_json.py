"""JSON from outside: no repeated keys, no NaN, bounded depth, whole characters, and errors that say what was wrong."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from gatekeeper.model.errors import EvidenceError

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")  # of pairs mostly; a text that was cut ends in half of one


def loads(data: bytes, what: str) -> Any:
    """Parse UTF-8 JSON strictly. Raises EvidenceError naming `what`."""
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
        if _SURROGATE.search(data):
            json.dumps(found, ensure_ascii=False).encode("utf-8")
        return found
    except RecursionError as e:
        raise EvidenceError(f"{what} is nested too deeply to be read") from e
    except UnicodeDecodeError as e:
        raise EvidenceError(f"{what} is not readable JSON: it is {in_another_encoding(e)}") from e
    except UnicodeEncodeError as e:
        near = e.object[max(0, e.start - 40) : e.start]
        raise EvidenceError(f"{what} holds half a character, which no record can hold, after {near!r}") from e
    except ValueError as e:  # a JSONDecodeError, and ours
        raise EvidenceError(f"{what} is not readable JSON: {e}") from e


def in_another_encoding(error: UnicodeDecodeError) -> str:
    """What is wrong with a text that is not in UTF-8: such as Shift_JIS or UTF-16, which spreadsheets write."""
    return f"written in another encoding than UTF-8 (byte 0x{error.object[error.start]:02x} at {error.start})"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} stands twice in one object")
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")

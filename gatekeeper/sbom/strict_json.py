"""JSON from strangers: one meaning or none.

Two readers that disagree about a repeated key, or about NaN, can be shown two different documents in one file. So what
is ambiguous is refused before anything else looks at it.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec

from gatekeeper.model.errors import EvidenceError

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 1000
MAX_DIGITS = 20
_LONG = b"0" * (MAX_DIGITS + 1)
_ZEROED = bytes.maketrans(b"123456789", b"000000000")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_PLAIN = bytes(b for b in range(256) if b not in b'[]{}"\\')


class UnreadableError(EvidenceError):
    """The bytes have no single meaning or go beyond the bounds; the message says which."""


def load(raw: bytes, limit: int = MAX_BYTES) -> Any:
    """Decode UTF-8 JSON (RFC 8259, I-JSON of RFC 7493).

    Refuses more than `limit` bytes, repeated keys, NaN and infinities, lone surrogates and nesting deeper than
    `MAX_DEPTH`. Raises UnreadableError.
    """
    _refuse_size(raw, limit)
    with uncollected():
        proven = _unambiguous(raw.removeprefix(b"\xef\xbb\xbf"))
        document, same = proven or (_read(decode(raw, limit)), raw)
    if not _shallow(same):
        _refuse_depth(document)
    if not proven and _SURROGATE.search(raw):
        _refuse_surrogates(document)
    return document


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection inside: for trees of millions of objects without cycles, where looking only costs time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _unambiguous(raw: bytes) -> tuple[Any, bytes] | None:
    """The document where its text proves by itself that it has one meaning, in a third of the time, and that text
    without white space; None where it does not, which says nothing yet.

    What is decoded and written again loses the first of two equal keys. So if nothing but white space differs from the
    text as it stands, there were none, and neither escapes, odd numbers nor lone surrogates that readers may differ on.
    """
    try:
        document = msgspec.json.decode(raw)
        compact = msgspec.json.format(raw, indent=-1)
        same = msgspec.json.encode(document) == compact
    except (ValueError, OverflowError, TypeError, RecursionError):
        return None
    plain = same and isinstance(document, (dict, list)) and not _long_number(compact)
    return (document, compact) if plain else None


def _long_number(compact: bytes) -> bool:
    """Whether a number without white space before it has more digits than are read."""
    zeroed = compact.translate(_ZEROED)
    at = zeroed.find(_LONG)
    while at >= 0:
        if zeroed[at - 1] in b":,[-":  # else inside a text, such as a hash
            return True
        at = zeroed.find(_LONG, at + len(_LONG))  # past it, so that a run costs no more than its length
    return False


def _read(text: str) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite, parse_int=_bounded
        )
    except json.JSONDecodeError as e:
        raise UnreadableError(f"not JSON: {e.msg} at line {e.lineno}, column {e.colno}") from e
    except RecursionError as e:
        raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels") from e


def decode(raw: bytes, limit: int = MAX_BYTES) -> str:
    """The text of a file, strictly UTF-8; a leading byte-order mark is tolerated. Raises UnreadableError."""
    _refuse_size(raw, limit)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise UnreadableError(f"not UTF-8: byte {e.start} is {raw[e.start] if e.start < len(raw) else 0:#04x}") from e


def _refuse_size(raw: bytes, limit: int) -> None:
    if len(raw) > limit:
        raise UnreadableError(f"{len(raw)} bytes: more than the {limit} that are read")


def _shallow(raw: bytes) -> bool:
    """Whether the brackets alone prove modest nesting, at memory speed; False where a closer look is needed.

    Keeping brackets, quotes and backslashes only, strings without any of these become empty pairs of quotes; what is
    left after taking those out is cancelled from the inside.
    """
    left = raw.translate(None, _PLAIN).replace(b'""', b"")
    if b'"' in left or b"\\" in left:
        return False
    for _ in range(64):
        left = left.replace(b"[]", b"").replace(b"{}", b"")
        if not left:
            return True
    return False


def _refuse_depth(document: Any) -> None:
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels")
        level = [v for c in level for v in _inside(c) if isinstance(v, (dict, list))]


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise UnreadableError(f"the key {twice[:60]!r} stands twice in one object")
    return found


def _constant(word: str) -> NoReturn:
    raise UnreadableError(f"{word} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise UnreadableError(f"the number {text[:20]} is too large")
    return number


def _bounded(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise UnreadableError(f"a number of {len(text)} digits")
    return int(text)


def _refuse_surrogates(document: Any) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as e:
        raise UnreadableError("a lone surrogate: the text cannot be written as UTF-8") from e

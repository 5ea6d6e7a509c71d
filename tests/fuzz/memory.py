"""Remembering what a pure function answered, so that a million dossiers can be judged that differ in one byte each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache, wraps
from typing import Any

KEPT = 64  # answers of each function; those of changed bytes are asked for once only


class _Frozen(tuple[tuple[str, Hashable], ...]):
    """A mapping as part of a key."""

    __slots__ = ()


def remembering(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function; asked again with all inputs the same, it gives the same answer or raises the same error."""

    @lru_cache(maxsize=KEPT)
    def asked(*inputs: Any, **named: Any) -> tuple[Any, Exception | None]:
        try:
            return function(*map(_thawed, inputs), **{k: _thawed(v) for k, v in named.items()}), None
        except Exception as e:  # noqa: BLE001  # remembered, and raised below
            return None, e

    @wraps(function)
    def ask(*inputs: Any, **named: Any) -> Any:
        answer, error = asked(*map(_frozen, inputs), **{k: _frozen(v) for k, v in named.items()})
        if error is not None:
            raise error.with_traceback(None)
        return answer

    return ask


def _frozen(value: Any) -> Any:
    return _Frozen(sorted(value.items())) if isinstance(value, Mapping) else value


def _thawed(value: Any) -> Any:
    return dict(value) if isinstance(value, _Frozen) else value

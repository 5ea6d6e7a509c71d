"""Environment markers (PEP 508), answered for the product's target and never for the machine that the gate runs on."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


def answer(marker: str, target: dict[str, str]) -> str | None:
    """Empty: holds. None: does not hold. Else: the marker itself, because the target does not answer it."""
    if not marker:
        return ""
    return _answer(marker, tuple(sorted(target.items())))


@lru_cache(maxsize=4096)
def _answer(marker: str, target: tuple[tuple[str, str], ...]) -> str | None:
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        parsed = Marker(marker)
    except InvalidMarker:
        return marker
    known = dict(target)
    asked = set(_names(parsed._markers))  # packaging offers no public way to ask which names a marker uses
    if asked - set(known) - {"extra"}:
        return marker
    try:
        holds = parsed.evaluate({**known, "extra": known.get("extra", "")})
    except (UndefinedEnvironmentName, UndefinedComparison):
        return marker
    return "" if holds else None


def _names(tree: Any) -> list[str]:
    if isinstance(tree, list):
        return [name for part in tree for name in _names(part)]
    if isinstance(tree, tuple):
        return [str(side) for side in (tree[0], tree[2]) if type(side).__name__ == "Variable"]
    return []

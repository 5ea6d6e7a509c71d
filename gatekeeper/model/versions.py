"""The order of a product's own versions, by the numbers that they begin with."""

from __future__ import annotations

import re

_NUMBERS = re.compile(r"v?(\d+(?:\.\d+)*)", re.IGNORECASE)
_LAST_ZEROS = re.compile(r"(\.0+)+$")


def numbers(version: str) -> tuple[int, ...] | None:
    """The numbers at the beginning, zeros at their end aside: 2.4 and v2.4.0 are one. None where there are none."""
    match = _NUMBERS.match(version.strip())
    return tuple(map(int, _LAST_ZEROS.sub("", match[1]).split("."))) if match else None

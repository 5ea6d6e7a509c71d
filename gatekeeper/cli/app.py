"""The group."""

from __future__ import annotations


def run() -> int:
    """Stub until the commands stand."""
    return 3

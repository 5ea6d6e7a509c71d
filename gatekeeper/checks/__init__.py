"""One file, one check. The folder is the registry."""

from __future__ import annotations

import sys

from gatekeeper.discovery import discover
from gatekeeper.model.check import AnyCheck, Check


def all_checks() -> dict[str, AnyCheck]:
    """Every check by id."""
    return discover(sys.modules[__name__], "CHECK", Check)

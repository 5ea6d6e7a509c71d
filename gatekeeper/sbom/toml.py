"""TOML from lock files and overlays: one error for whatever is wrong with it."""

from __future__ import annotations

from typing import Any

import tomli

from gatekeeper.sbom.locking import LockError


def load(text: str) -> dict[str, Any]:
    """Decode TOML 1.1. Raises LockError."""
    try:
        return tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError) as e:
        raise LockError(f"not TOML: {e}") from e

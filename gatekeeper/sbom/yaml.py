"""YAML from lock files: the safe loader, no aliases (an alias bomb is a few bytes), one error for whatever is wrong."""

from __future__ import annotations

from typing import Any

from gatekeeper.sbom.locking import LockError


def load(text: str) -> Any:
    """Decode one YAML document. Raises LockError, also for anchors and aliases, which no lock file needs."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                raise LockError("it uses YAML aliases")
        return yaml.load(text, Loader=loader)  # noqa: S506  # a safe loader, chosen above
    except (yaml.YAMLError, RecursionError, ValueError) as e:
        raise LockError(f"not YAML: {e}") from e

"""The folder is the registry: find the one value that each module of a package offers.

No entry points and no plug-in framework: whatever else is installed must not be able to join the gate.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Protocol, TypeVar

from gatekeeper.model.errors import GatekeeperError


class DiscoveryError(GatekeeperError):
    """A module of a registry folder is broken: a gate that quietly loses a check is an open gate."""


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_HasId)


def discover(package: ModuleType, attribute: str, kind: type[T]) -> dict[str, T]:
    """Import each public module of `package` and collect its `attribute`, keyed by id, in order of module name.

    Raises DiscoveryError for a module without that attribute, with one of another type, or with an id taken twice;
    an ImportError of the module itself is let through.
    """
    found: dict[str, T] = {}
    for name in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        if name.startswith("_"):
            continue
        item = getattr(importlib.import_module(f"{package.__name__}.{name}"), attribute, None)
        if not isinstance(item, kind):
            raise DiscoveryError(f"{package.__name__}.{name} offers no {attribute} of type {kind.__name__}")
        if item.id in found:
            raise DiscoveryError(f"{package.__name__}.{name}: the id {item.id!r} is taken")
        found[item.id] = item
    return found

"""What an installed wheel runs by name: entry points have to lead into the modules that the wheel itself brings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

FILE = re.compile(r"[^/]+\.dist-info/entry_points\.txt")
_DATA = re.compile(r"[^/]+\.data/(?:purelib|platlib)/")
_MODULES = (".py", ".so", ".pyd")


def astray(data: bytes, members: Iterable[str]) -> Iterator[str]:
    """The entry points that name a module which is not among the members of the wheel."""
    modules = set(_modules(members))
    for line in map(str.strip, data.decode("utf-8-sig", "replace").splitlines()):
        if line and not line.startswith(("#", "[")) and _module(line) not in modules:
            yield line[:200]


def _module(line: str) -> str:
    return line.partition("=")[2].partition("[")[0].partition(":")[0].strip()


def _modules(members: Iterable[str]) -> Iterator[str]:
    """Each module by its dotted name; `pump/core.abi3.so` is `pump.core`."""
    for member in members:
        path = PurePosixPath(_DATA.sub("", member, count=1))
        if path.suffix.lower() in _MODULES:
            stem = path.name.partition(".")[0]
            yield ".".join(path.parts[:-1] if stem == "__init__" else (*path.parts[:-1], stem))

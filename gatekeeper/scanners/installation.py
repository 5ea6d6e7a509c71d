"""Which installation this is: Python, the folders that modules come from, and the files of Bandit and of gatekeeper.

Told from the files as they stand, so that an upgrade in place or an edited line of an editable install is another
installation. Without pathlib, like everything that runs before the hook's first answer: it would cost more than that.
"""

from __future__ import annotations

import hashlib
import os
import sys
from importlib.machinery import PathFinder

TYPE_CHECKING = False  # as in typing, which would have to be loaded
if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS = os.path.dirname(os.path.dirname(__file__))
_known: dict[str, bytes] = {}


def fingerprint(root: str) -> bytes:
    """Equal where nothing has changed since; told once for each tree, as early as anybody asks.

    A file is known by its place, size, times and inode: the time when its status last changed cannot be set back.
    """
    if root not in _known:
        path = _import_path(root)
        told = [sys.version, sys.executable, *(f"{entry} {_stamp(entry)}" for entry in path)]
        for folder in (*_bandit(path), _OURS):
            told += _files(folder)
        _known[root] = hashlib.sha256("\n".join(told).encode("utf-8", "surrogatepass")).digest()
    return _known[root]


def _import_path(root: str) -> list[str]:
    """Where modules come from, without the scanned tree and the current folder, which `python -m` puts there."""
    barred = (os.path.realpath(root), os.path.realpath(os.curdir))
    return [entry for entry in sys.path if entry and os.path.realpath(entry) not in barred]


def _bandit(path: list[str]) -> list[str]:
    spec = PathFinder.find_spec("bandit", path)
    return list(spec.submodule_search_locations or ()) if spec else []


def _files(folder: str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != "__pycache__":
                yield from _files(entry.path)
        else:
            yield f"{entry.path} {_stamp(entry.path)}"


def _stamp(path: str) -> str:
    try:
        about = os.stat(path)
    except OSError:
        return ""
    return f"{about.st_size} {about.st_mtime_ns} {about.st_ctime_ns} {about.st_ino}"

"""Results of files that have not changed, for the hook and for `check` on a developer's machine. Never for a release.

They belong to one user, one tree, one Bandit, one Python and one gatekeeper (own_file.py). Files that were not fully
judged are never kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gatekeeper.scanners.own_file import OwnFile
from gatekeeper.scanners.results import FileScan, Toolchain

MOST_ENTRIES = 50_000


class _Body(msgspec.Struct, frozen=True):
    tools: Toolchain
    driver: str
    entries: dict[str, msgspec.Raw]  # by path


class Store:
    """The kept results of one tree. Whatever is wrong with it, it is empty."""

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self._file = OwnFile(str(root), "scan", env)
        self._body = _decoded(self._file.read())

    @property
    def tools(self) -> Toolchain | None:
        """The Bandit that the results are from."""
        return self._body.tools if self._body else None

    @property
    def driver(self) -> str:
        """The driver that they were made with."""
        return self._body.driver if self._body else ""

    def find(self, path: str, sha256: str) -> FileScan | None:
        """The result for exactly this content under this path."""
        raw = self._body.entries.get(path) if self._body else None
        if raw is None:
            return None
        try:
            found = msgspec.msgpack.decode(raw, type=FileScan)
        except msgspec.MsgspecError:
            return None
        return found if (found.path, found.sha256) == (path, sha256) else None

    def keep(self, tools: Toolchain, driver: str, files: Iterable[FileScan]) -> None:
        """Add results, in the place of older ones of the same files. Other people's plugins are not watched: nothing
        that they had a part in is kept. A cache that cannot be written is no fault of the scan.
        """
        if tools.foreign:
            return
        old = self._body.entries if self._body and (self.tools, self.driver) == (tools, driver) else {}
        new = {f.path: msgspec.Raw(msgspec.msgpack.encode(f)) for f in files if _complete(f)}
        entries = old | new if len(old) + len(new) <= MOST_ENTRIES else new
        self._file.write(msgspec.msgpack.encode(_Body(tools, driver, entries)))


def _decoded(raw: bytes) -> _Body | None:
    try:
        return msgspec.msgpack.decode(raw, type=_Body)
    except msgspec.MsgspecError:
        return None


def _complete(file: FileScan) -> bool:
    return not (file.unread or file.crashes or file.cells)

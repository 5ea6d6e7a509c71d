"""Results of files that have not changed, for the hook and for `check` on a developer's machine. Never for a release.

A cache that somebody else could write would hide findings. So it lies in the user's own cache folder, outside the
scanned tree, and is authenticated by a key that lies elsewhere: what is truncated, altered, made by another user or
brought along from another machine is as if it were not there. It belongs to one tree, one Bandit, one Python and one
gatekeeper, as their files stand on disk. Files that were not fully judged are never kept.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from gatekeeper.scanners.results import FileScan
from gatekeeper.scanners.toolchain import Toolchain, out_of_reach

LARGEST_STORE = 256 * 2**20  # bytes
MOST_ENTRIES = 50_000
_MAC = 32


class _Body(msgspec.Struct, frozen=True):
    tools: Toolchain
    driver: str
    entries: dict[str, msgspec.Raw]  # by path and digest of the file


class Store:
    """The kept results of one tree. Whatever is wrong with it, it is empty."""

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self._salt = _salt(root)
        self._key = _key(root, env)
        self._file = _folder(env, "XDG_CACHE_HOME", ".cache") / f"scan-{_hex(os.fsencode(root.resolve()))[:32]}"
        self._body = self._read()

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
        raw = self._body.entries.get(_name(path, sha256)) if self._body else None
        if raw is None:
            return None
        try:
            found = msgspec.msgpack.decode(raw, type=FileScan)
        except msgspec.MsgspecError:
            return None
        return found if (found.path, found.sha256) == (path, sha256) else None

    def keep(self, tools: Toolchain, driver: str, files: Iterable[FileScan]) -> None:
        """Add results. A cache that cannot be written is no fault of the scan."""
        old = self._body.entries if self._body and (self.tools, self.driver) == (tools, driver) else {}
        new = {_name(f.path, f.sha256): msgspec.Raw(msgspec.msgpack.encode(f)) for f in files if _complete(f)}
        entries = old | new if len(old) + len(new) <= MOST_ENTRIES else new
        body = msgspec.msgpack.encode(_Body(tools, driver, entries))
        if self._key:
            with suppress(OSError):
                _write(self._file, self._mac(body) + body)

    def _read(self) -> _Body | None:
        if not self._key:
            return None
        raw = _own_bytes(self._file, LARGEST_STORE)
        if not hmac.compare_digest(raw[:_MAC], self._mac(raw[_MAC:])):
            return None
        try:
            return msgspec.msgpack.decode(raw[_MAC:], type=_Body)
        except msgspec.MsgspecError:
            return None

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, self._salt + body, "sha256")


def _complete(file: FileScan) -> bool:
    return not (file.unread or file.crashes or file.cells)


def _name(path: str, sha256: str) -> str:
    return f"{sha256} {path}"


def _hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _folder(env: Mapping[str, str], variable: str, default: str) -> Path:
    home = env.get(variable) or os.path.join(env.get("HOME", ""), default)  # noqa: PTH118 - HOME may be missing
    return Path(home) / "gatekeeper"


def _key(root: Path, env: Mapping[str, str]) -> bytes:
    """The user's own key, made on first use; nothing where it cannot be kept from others or lies in the tree."""
    file = _folder(env, "XDG_STATE_HOME", ".local/state") / "cache-key"
    for place in (file, _folder(env, "XDG_CACHE_HOME", ".cache")):
        if not place.is_absolute() or place.resolve().is_relative_to(root.resolve()):
            return b""
    if found := _own_bytes(file, _MAC):
        return found if len(found) == _MAC else b""
    key = os.urandom(_MAC)
    try:
        _write(file, key)
    except OSError:
        return b""
    return key


def _own_bytes(file: Path, limit: int) -> bytes:
    """The bytes of a plain file that only this user can read and write; nothing for any other."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return b""
    with os.fdopen(descriptor, "rb") as opened:
        about = os.fstat(descriptor)
        mine = not hasattr(os, "getuid") or (about.st_uid == os.getuid() and not about.st_mode & 0o077)
        return opened.read(limit) if mine and about.st_size <= limit else b""


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all, for this user alone."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
        os.replace(name, file)  # noqa: PTH105 - the name is a string
    except BaseException:
        os.unlink(name)  # noqa: PTH108 - the name is a string
        raise


def _salt(root: Path) -> bytes:
    """What must not have changed: Python, the folders that modules come from, and the files of Bandit and of ours."""
    told = [sys.version, sys.executable]
    with out_of_reach(root):
        told += (f"{entry} {_modified(entry)}" for entry in sys.path)
        spec = importlib.util.find_spec("bandit")
    bandit = list(spec.submodule_search_locations or ()) if spec else []
    for folder in (*bandit, os.path.dirname(__file__)):  # noqa: PTH120 - one string, at every start
        told += _files(folder)
    return hashlib.sha256("\n".join(told).encode("utf-8", "surrogatepass")).digest()


def _modified(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - one string, at every start
    except OSError:
        return 0


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
            about = entry.stat()
            yield f"{entry.path} {about.st_size} {about.st_mtime_ns}"

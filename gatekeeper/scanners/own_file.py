"""A file that this user alone wrote, with this very installation: where results are kept from one run to the next.

Who could write such a file could hide findings. So it lies in the user's own cache folder, outside the scanned tree,
and is authenticated by a key that lies elsewhere: what is truncated, altered, made by another user, brought along from
another machine, or written by another Bandit, Python or gatekeeper is as if it were not there.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat

from gatekeeper.scanners.installation import fingerprint

TYPE_CHECKING = False  # as in typing, which would have to be loaded
if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 256 * 2**20  # bytes
_MAC = 32
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FLAGS = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class OwnFile:
    """The file for one tree and one purpose. Whatever is wrong with it, it is empty."""

    def __init__(self, root: str, purpose: str, env: Mapping[str, str]) -> None:
        root = os.path.realpath(root)
        cache, state = _folder(env, "XDG_CACHE_HOME", ".cache"), _folder(env, "XDG_STATE_HOME", ".local/state")
        self.path = os.path.join(cache, f"{purpose}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:32]}")
        self._place_of_key = os.path.join(state, "cache-key")
        self._outside = all(os.path.isabs(each) and not within(os.path.realpath(each), root) for each in (cache, state))
        self._about = b"\0".join((purpose.encode(), os.fsencode(root), fingerprint(root)))

    def read(self) -> bytes:
        """What was written last; nothing where that cannot be told for certain."""
        key = self._key()
        raw = plain_bytes(self.path, LARGEST, private=True) if key else None
        known = raw is not None and hmac.compare_digest(raw[:_MAC], self._mac(key, raw[_MAC:]))
        return raw[_MAC:] if raw and known else b""

    def write(self, body: bytes) -> None:
        """Replace it. A folder that cannot be written is no fault of the scan."""
        try:
            if key := self._key() or self._new_key():
                _write(self.path, self._mac(key, body) + body)
        except OSError:
            pass

    def _mac(self, key: bytes, body: bytes) -> bytes:
        return hmac.digest(key, self._about + body, "sha256")

    def _key(self) -> bytes:
        """The user's own key; nothing where others could know it, or where the tree could bring it along."""
        found = plain_bytes(self._place_of_key, _MAC, private=True) if self._outside else None
        return found if found and len(found) == _MAC else b""

    def _new_key(self) -> bytes:
        key = os.urandom(_MAC) if self._outside else b""
        if key:
            _write(self._place_of_key, key)
        return key


def within(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it; both resolved."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def plain_bytes(path: str, limit: int, *, private: bool = False) -> bytes | None:
    """The bytes of a plain file, not of a link; `private`: that only this user can read and write. None for others,
    and for a file that is being written: what is read must be as long as it was when it was opened.
    """
    if not _NO_LINK and os.path.islink(path):  # a system that cannot refuse them when it opens
        return None
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError:
        return None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_size > limit or (private and not _own(about)):
            return None
        data = os.read(descriptor, about.st_size + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return data if len(data) == about.st_size else None


def _own(about: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or (about.st_uid == os.getuid() and not about.st_mode & 0o077)


def _folder(env: Mapping[str, str], variable: str, default: str) -> str:
    home = env.get(variable) or os.path.join(env.get("HOME", ""), default)
    return os.path.join(home, "gatekeeper")


def _write(path: str, data: bytes) -> None:
    """Whole or not at all, for this user alone."""
    from tempfile import mkstemp

    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True, mode=0o700)
    descriptor, name = mkstemp(dir=folder)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise

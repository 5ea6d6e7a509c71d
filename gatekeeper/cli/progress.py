"""How far the reading of a large file has come: one line on stderr, for a person at a terminal and nobody else."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, TextIO

from gatekeeper.cli.settings import Settings
from gatekeeper.reports._cells import cells

if TYPE_CHECKING:
    from gatekeeper.tools.hashing import Progress

LARGE = 64 * 1024 * 1024  # bytes; smaller files are read before anybody wonders
SECONDS = 0.2  # between two lines
NAME_WIDTH = 40  # cells
_CLEAR = "\r\x1b[K"
_MIB = 1024 * 1024


@contextmanager
def progress_shown(settings: Settings) -> Iterator[Progress | None]:
    """What hashing calls as it reads; None where no person looks: no terminal, --quiet, or a CI run."""
    if settings.quiet or not _watched(sys.stderr):
        yield None
        return
    line = Line(sys.stderr)
    try:
        yield line.tell
    finally:
        line.clear()


def _watched(stream: TextIO) -> bool:
    in_ci = any(os.environ.get(name) for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL"))
    return stream.isatty() and not in_ci and os.environ.get("TERM", "") != "dumb"


class Line:
    """One line that is written over again and again, by whichever thread reads a large file."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = Lock()
        self._next = 0.0
        self._shown = False

    def tell(self, name: str, done: int, size: int) -> None:
        """Show how much of a file is read, unless that was just shown."""
        if size < LARGE:
            return
        with self._lock:
            if done < size and time.monotonic() < self._next:
                return
            self._next = time.monotonic() + SECONDS
            self._write(f"{_CLEAR}{_plain(name)}: {done // _MIB} of {size // _MIB} MiB ({100 * done // size} %)")
            self._shown = True

    def clear(self) -> None:
        """Leave an empty line behind."""
        with self._lock:
            if self._shown:
                self._write(_CLEAR)
            self._shown = False

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):  # nobody looks any more
            self._stream.write(text)
            self._stream.flush()


def _plain(name: str) -> str:
    """The end of a name, which tells files apart; nothing in it moves the cursor."""
    shown = "".join(c if c.isprintable() else "?" for c in name)
    if cells(shown) <= NAME_WIDTH:
        return shown
    end = shown[3 - NAME_WIDTH :]
    while cells(end) > NAME_WIDTH - 3:  # Japanese takes two
        end = end[1:]
    return f"...{end}"

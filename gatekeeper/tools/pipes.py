"""Whoever opens a named pipe that lies where a file is expected waits for ever: it is refused instead, everywhere."""

from __future__ import annotations

import errno
import os
import stat
import sys
from functools import cache
from typing import Any

_GIVEN_BY_THE_CALLER = ("/dev/", "/proc/")  # such as `--trusted-root <(...)` in a shell


@cache
def refuse_pipes() -> None:
    """From now on, opening a named pipe by its path raises OSError in this process."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or not isinstance(arguments[0], str | bytes):
        return
    path = os.fsdecode(arguments[0])
    if path.startswith(_GIVEN_BY_THE_CALLER):
        return
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - at each opening of a file; a Path costs more than the call
    except (OSError, ValueError):  # opening it says so better
        return
    if stat.S_ISFIFO(mode):
        raise OSError(errno.EINVAL, "a named pipe, no regular file", path)

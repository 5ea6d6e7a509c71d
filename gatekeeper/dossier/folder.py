"""A folder that is there whole or not at all: written beside its place, flushed to disk, renamed last."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gatekeeper.dossier.layout import UNFINISHED
from gatekeeper.model.errors import SealError, UsageError

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_ROOM = "Make room or choose another folder, and run again; nothing half-written is left."


class Unfinished:
    """A folder being written. Its name says that it is not finished, and `verify` refuses it for that name alone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, content: bytes) -> None:
        """One new file, on disk when this returns. Raises SealError."""
        file = self.path / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(file, _FLAGS, 0o644)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as e:
            raise SealError(f"{file} cannot be written: {e.strerror}", _ROOM) from e

    def read(self, name: str) -> bytes:
        """What now lies there: checks after writing look at the file, not at memory. Raises SealError."""
        try:
            return (self.path / name).read_bytes()
        except OSError as e:
            raise SealError(f"{self.path / name} cannot be read again: {e.strerror}", _ROOM) from e

    def finish(self, target: Path, *, keep_old_as: Path | None = None) -> None:
        """Give it its name, in one step; an older dossier there is moved aside first where that is asked for."""
        try:
            _flush_folders(self.path)
            if keep_old_as is not None:
                target.rename(keep_old_as)
            elif target.exists() or target.is_symlink():
                raise SealError(f"{target} came into being meanwhile", "Choose another folder for the dossier.")
            self.path.rename(target)
        except OSError as e:
            raise SealError(f"{target} cannot be put in place: {e.strerror}", _ROOM) from e
        with suppress(OSError):  # the dossier stands; after a power cut it is there whole, or not at all
            _flush(target.parent)


@contextmanager
def unfinished(target: Path) -> Iterator[Unfinished]:
    """A new folder beside the target; gone again unless it was finished. Raises SealError."""
    path = target.with_name(f".{target.name}{UNFINISHED}{secrets.token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o755)
    except OSError as e:
        raise SealError(f"{path} cannot be made: {e.strerror}", _ROOM) from e
    try:
        yield Unfinished(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)  # renamed by now, or worthless


def refuse_taken(target: Path) -> None:
    """Say at once that a dossier is never written over. Raises UsageError."""
    if target.exists() or target.is_symlink():
        raise UsageError(
            f"{target} is there already; a dossier is never written over",
            "Name another folder with --dossier, or finish an unsigned one with --resume.",
        )


def _flush_folders(top: Path) -> None:
    for folder, _, _ in os.walk(top):
        _flush(Path(folder))


def _flush(folder: Path) -> None:
    """Put a folder's entries on disk, where the system lets folders be opened for that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""Read one TOML file within bounds, and remember where each key stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import tomli

from gatekeeper.model.errors import PolicyError

MAX_BYTES = 4 * 1024 * 1024
Key = str | int


class TomlFile(msgspec.Struct, frozen=True):
    """A parsed file: its data, the digest of its bytes, and its text, where the lines of its keys are looked up."""

    name: str
    data: dict[str, Any]
    sha256: str
    text: str

    def line(self, path: Sequence[Key]) -> int:
        """The line of a key, or of the nearest table above it; 1 for the whole file."""
        for size in range(len(path), 0, -1):
            if (found := _lines(self.text).get(tuple(path[:size]))) is not None:
                return found
        return 1


def read(path: Path, name: str | None = None) -> TomlFile:
    """Read and parse a file. Raises PolicyError for one that is missing, too large, not UTF-8 or not TOML."""
    name = name or path.name
    try:
        raw = _bounded(path)
        text = raw.decode("utf-8")
        data = tomli.loads(text)
    except OSError as e:
        raise PolicyError((f"{name}: cannot be read: {e.strerror}",)) from e
    except UnicodeDecodeError as e:
        raise PolicyError((f"{name}: not UTF-8 at byte {e.start}",)) from e
    except tomli.TOMLDecodeError as e:
        raise PolicyError((f"{name}:{getattr(e, 'lineno', 1)}: not valid TOML: {e}",)) from e
    except RecursionError as e:
        raise PolicyError((f"{name}: nested too deep",)) from e
    if faults := tuple(f"{name}: a NUL character {where}" for where in _nul(data, ())):
        raise PolicyError(faults)
    return TomlFile(name, data, hashlib.sha256(raw).hexdigest(), text)


def _nul(node: Any, path: tuple[Key, ...]) -> Iterator[str]:
    """Where a text holds the one character that no file name, no version and no name of a person can have."""
    if isinstance(node, str) and "\0" in node:
        yield f"in {'.'.join(map(str, path))}"
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _nul(value, (*path, key))
            yield from _nul(key, (*path, "a key")) if "\0" in key else ()
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _nul(value, (*path, number))


def _bounded(path: Path) -> bytes:
    with path.open("rb") as f:
        raw = f.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise PolicyError((f"{path.name}: larger than {MAX_BYTES} bytes",))
    return raw


_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_HEADER = rf"^\s*(\[\[?)\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]\]?\s*(?:#.*)?$"
_KEY = rf"^\s*({_PART}(?:\s*\.\s*{_PART})*)\s*="


@lru_cache(maxsize=8)
def _lines(text: str) -> dict[tuple[Key, ...], int]:
    return dict(_places(text))


def _places(text: str) -> Iterator[tuple[tuple[Key, ...], int]]:
    """Where tables and keys begin. Good for messages; the parser above alone decides what the file means."""
    counts: dict[tuple[Key, ...], int] = {}
    table: tuple[Key, ...] = ()
    open_quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not open_quote and (header := re.match(_HEADER, line)):
            names: tuple[Key, ...] = tuple(_parts(header[2]))
            table = _numbered(names, counts, is_array=header[1] == "[[")
            yield table, number
        elif not open_quote and (key := re.match(_KEY, line)):
            yield (*table, *_parts(key[1])), number
        open_quote = _still_open(line, open_quote)


def _parts(dotted: str) -> Iterator[str]:
    return (part.strip("\"'") for part in re.findall(_PART, dotted))


def _numbered(names: tuple[Key, ...], counts: dict[tuple[Key, ...], int], *, is_array: bool) -> tuple[Key, ...]:
    """Put the running index behind each array of tables on the way."""
    path: tuple[Key, ...] = ()
    for position, name in enumerate(names):
        path = (*path, name)
        if is_array and position == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _still_open(line: str, quote: str) -> str:
    """The triple quote that is open after this line, if any."""
    for found in re.findall(r'"""|' + "'''", line):
        quote = "" if found == quote else quote or found
    return quote

"""File names that mean the same on every system: what is wrong with a name, and which names collide (FILE-02)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

MAX_PART_BYTES = 255
MAX_NAME_BYTES = 1024
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = frozenset('<>:"|?*')
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))  # controls, direction marks, lone surrogates


def name_fault(name: str) -> str:
    """What makes this relative POSIX path unsafe somewhere, or the empty string."""
    if not name:
        return "is empty"
    if any(unicodedata.category(c) in _INVISIBLE for c in name):
        return "holds a control or invisible character"
    if "\\" in name:
        return "holds a backslash"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "is absolute"
    if len(name.encode()) > MAX_NAME_BYTES:
        return f"is longer than {MAX_NAME_BYTES} bytes"
    return next(filter(None, map(_part_fault, name.split("/"))), "")


def _part_fault(part: str) -> str:
    if part in ("", ".", ".."):
        return f'has "{part}" as a part' if part else "has an empty part"
    if len(part.encode()) > MAX_PART_BYTES:
        return f"has a part longer than {MAX_PART_BYTES} bytes"
    if part != part.strip() or part.endswith("."):
        return "has a part that begins or ends with white space, or ends with a full stop"
    if part.startswith("-"):
        return "has a part that begins with a hyphen, which tools read as an option"
    if _FORBIDDEN & set(part):
        return f"holds a character out of {' '.join(sorted(_FORBIDDEN))}"
    return "is reserved on Windows" if _RESERVED.fullmatch(part) else ""


def same_name(name: str) -> str:
    """The key under which a file system that ignores case or Unicode form stores this name."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", name).casefold())
    return unicodedata.normalize("NFKC", folded.casefold())


def collisions(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of paths, folders among them, that some file systems cannot tell apart, and any path named twice."""
    folders: dict[str, str] = {}
    files: dict[str, str] = {}
    for name in names:
        for folder in _folders(name):
            other = folders.setdefault(same_name(folder), folder)
            if other != folder:
                yield other, folder
        key = same_name(name)
        if key in files:
            yield files[key], name
        files.setdefault(key, name)
    yield from ((folders[key], name) for key, name in files.items() if key in folders)


def _folders(name: str) -> Iterator[str]:
    parts = name.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts)))

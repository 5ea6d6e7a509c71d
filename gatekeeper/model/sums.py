"""SHA256SUMS in the form that coreutils reads: one line a file, 64 hex digits, two spaces, the name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

_OURS = re.compile(r"([0-9a-f]{64})  (.+)")
_COREUTILS = re.compile(r"(?P<digest>[0-9A-Za-z]+) [ *](?P<name>.+)")
_TAGGED = re.compile(r"(?P<algorithm>[A-Za-z0-9-]+) ?\((?P<name>.+)\) = (?P<digest>[0-9A-Za-z]+)")


class Listed(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a manifest of any make; `algorithm` is empty where nothing names it."""

    name: str
    digest: str
    algorithm: str = ""
    line: int = 0


def render(digests: Mapping[str, str]) -> str:
    """SHA256SUMS for these names, in order of name. Raises ValueError for a name that could forge a line."""
    for name in digests:
        if not name or any(c in name for c in "\n\r\\\0"):
            raise ValueError(f"{name!r} cannot stand in SHA256SUMS")
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))


def parse(text: str) -> dict[str, str]:
    """Read what `render` writes, and nothing else: same names and digests, same bytes. Raises ValueError."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        match = _OURS.fullmatch(line)
        if match is None:
            raise ValueError(f"line {number} is not '<64 hex digits>  <name>'")
        found[match[2]] = match[1]
    if render(found) != text:
        raise ValueError("its lines are not in order, one stands twice, or the last one is cut")
    return found


def read_manifest(text: str, called: str) -> tuple[tuple[Listed, ...], tuple[int, ...]]:
    """The lines of a manifest that a build wrote, and the numbers of the lines that are none.

    `called` is the file's name: SHA256SUMS names the algorithm of its lines, as `sha256sum` and its kin do.
    """
    common = _named_by(called)
    lines, bad = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        match = _TAGGED.fullmatch(line) or _COREUTILS.fullmatch(line)
        if match:
            parts = match.groupdict()
            lines.append(Listed(parts["name"], parts["digest"], (parts.get("algorithm") or common).lower(), number))
        elif line.strip():
            bad.append(number)
    return tuple(lines), tuple(bad)


def _named_by(called: str) -> str:
    word = re.search(r"md5|sha-?(1|224|256|384|512)(?![0-9])", called.lower())
    return word[0].replace("-", "") if word else ""


def digests(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names to digests. Raises ValueError where a name stands twice."""
    found: dict[str, str] = {}
    for name, digest in files:
        if name in found:
            raise ValueError(f"{name!r} stands twice")
        found[name] = digest
    return found

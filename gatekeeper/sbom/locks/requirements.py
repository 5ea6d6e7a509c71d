"""`requirements*.txt` as a lock: every line pinned with `==` and hashed, or nothing is known.

Only with hashes do installers refuse what is needed and not listed: without them the file may be a part of what ships.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gatekeeper.sbom.bom import Digest
from gatekeeper.sbom.evidence import Locked
from gatekeeper.sbom.identity import pep503
from gatekeeper.sbom.locking import LockError, LockFormat, Pins, Wish
from gatekeeper.sbom.marking import answer

_PINNED = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;,*]+)\s*(?:;\s*(.+))?")
_SHA256 = " --hash=sha256:"
_PLAIN = re.compile(rf"([A-Za-z0-9][A-Za-z0-9._-]*+)==([A-Za-z0-9.!+_-]++)((?:{_SHA256}[0-9a-f]++)*+)")
_COMMENT = re.compile(r"(^|\s)#.*$")
_HASH = re.compile(r"--hash[= ](sha256|sha384|sha512):([0-9a-f]+)")
_OPTIONS = "index-url|extra-index-url|find-links|require-hashes|only-binary|no-binary|prefer-binary"
_OPTION = re.compile(rf"--({_OPTIONS})\b|-i\b|-f\b")


def read(text: str, wish: Wish, _beside: Mapping[str, str]) -> Pins:
    """Every pinned and hashed line. An included file, an address, a folder or any other line is a LockError."""
    packages = tuple(_packages(text, wish))
    if bare := next((p.name for p in packages if not p.digests), ""):
        raise LockError(f"{bare} without a hash: only hashed (pip --require-hashes) does the list have to be whole")
    return Pins(packages)


def _packages(text: str, wish: Wish) -> Iterator[Locked]:
    own = pep503(wish.product)
    for raw in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = (_COMMENT.sub("", raw) if "#" in raw else raw).strip()
        package = _plain(line) or _careful(line, wish)
        if package and package.name != own:
            yield package


def _plain(line: str) -> Locked | None:
    """The usual line, which nearly every line of a long file is; None says nothing yet."""
    found = _PLAIN.fullmatch(line)
    if found is None:
        return None
    name, version, hashes = found.groups()
    return Locked("pypi", pep503(name), version, tuple([Digest("sha256", v) for v in hashes.split(_SHA256)[1:]]))


def _careful(line: str, wish: Wish) -> Locked | None:
    """Any line; None where it pins nothing for this target. Raises LockError."""
    if not line or _OPTION.match(line):
        return None
    pinned = _PINNED.fullmatch(_HASH.sub("", line).strip())
    if not pinned:
        raise LockError(f"not a pinned requirement: {line[:60]!r}")
    condition = answer((pinned[3] or "").strip(), wish.target)
    if condition is None:
        return None
    digests = tuple(Digest(a, v) for a, v in _HASH.findall(line))
    return Locked("pypi", pep503(pinned[1]), pinned[2], digests, condition)


LOCK = LockFormat("requirements", "pypi", r"requirements[\w.-]*\.txt", read)

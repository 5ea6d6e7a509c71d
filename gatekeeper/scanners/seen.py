"""The hook's first answer: these very files passed before, under these very rules, and nothing was said of them.

Asked before the command line, Bandit or anything else is loaded, which is most of what a hook costs. It can only say
yes, and only where the ordinary way would pass in silence; whatever is out of the ordinary is left to the ordinary way.
What passed with a finding, answered or not, or with a `nosec` comment, is never kept: a deviation may expire.

The kept file has one fact a line: the days on which the coding policy is in date, the digest and place of each file
that holds rules, and after an empty line the digest and path of each source that passed. It belongs to one user, one
tree and one installation.
"""

from __future__ import annotations

import hashlib
import os
import time

from gatekeeper.scanners.own_file import OwnFile, plain_bytes

TYPE_CHECKING = False  # as in typing, which would have to be loaded
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PURPOSE = "seen"
LARGEST_FILE = 64 * 2**20  # bytes
MOST_FILES = 50_000


def all_passed(root: str, names: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether each file, as it lies there now, passed in silence under rules that still hold. `root` is resolved.

    Raises OSError or ValueError for what is no plain file, or no name that a file can have.
    """
    under, _, files = OwnFile(root, PURPOSE, env).read().partition(b"\n\n")
    passed = frozenset(files.split(b"\n")) if files and _hold(under) else frozenset()
    return bool(names) and all(fact(name, _digest(f"{root}/{name}")) in passed for name in names)


def remember(root: str, under: bytes, facts: Iterable[bytes], env: Mapping[str, str]) -> None:
    """Keep what passed in silence, beside what passed under the same rules before. `facts` are of whole files."""
    file = OwnFile(root, PURPOSE, env)
    before, _, files = file.read().partition(b"\n\n")
    old, new = _by_path(files.split(b"\n") if before == under else ()), _by_path(facts)
    both = old | new if len(old) + len(new) <= MOST_FILES else new
    if both != old:
        file.write(under + b"\n\n" + b"\n".join(both.values()))


def rules(since: str, until: str, files: Iterable[tuple[str, str]]) -> bytes:
    """What was judged by: the first and last day (YYYY-MM-DD) on which it holds, place and digest of each file."""
    return b"\n".join([f"{since} {until}".encode(), *(fact(place, digest) for place, digest in files)])


def fact(path: str, digest: str) -> bytes:
    """One line, whatever the path holds: a digest, and what it is the digest of."""
    return f"{digest} {path}".encode("unicode_escape")


def _by_path(facts: Iterable[bytes]) -> dict[bytes, bytes]:
    return {line.partition(b" ")[2]: line for line in facts}


def _hold(under: bytes) -> bool:
    days, *files = under.split(b"\n")
    since, _, until = days.decode("ascii").partition(" ")
    today = time.strftime("%Y-%m-%d", time.gmtime())
    return since <= today <= until and bool(files) and all(map(_unchanged, files))


def _unchanged(line: bytes) -> bool:
    place = line.partition(b" ")[2].decode("unicode_escape")
    return os.path.realpath(place) == place and fact(place, _digest(place)) == line


def _digest(place: str) -> str:
    """SHA-256 of a plain file, in hex. Raises OSError for links, folders and what cannot be read."""
    data = plain_bytes(place, LARGEST_FILE)
    if data is None:
        raise OSError(f"{place} is no plain file")
    return hashlib.sha256(data).hexdigest()

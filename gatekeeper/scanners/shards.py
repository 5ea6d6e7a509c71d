"""One scan over several jobs: which files a shard takes, and how the evidence of all of them becomes one.

Every shard lists the whole tree, so that the job that merges them sees whether they looked at the same one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from gatekeeper.model.errors import EvidenceError
from gatekeeper.scanners.evidence import CodingEvidence

_ADVICE = "Collect every shard once, on one commit, under one policy, with one version of the gate."


def mine(paths: Iterable[str], shard: tuple[int, int] | None) -> tuple[str, ...]:
    """The paths of a shard (`(2, 8)` is the second of eight), by a hash of the path: the same in every job."""
    if shard is None:
        return tuple(paths)
    number, total = shard
    return tuple(path for path in paths if _place(path) % total == number - 1)


def _place(path: str) -> int:
    return int.from_bytes(hashlib.sha256(path.encode("utf-8", "surrogateescape")).digest()[:8])


def name(shard: tuple[int, int] | None) -> str:
    """`2/8`, or nothing for a whole scan."""
    return f"{shard[0]}/{shard[1]}" if shard else ""


def merged(parts: Sequence[CodingEvidence]) -> CodingEvidence:
    """The evidence of all shards as that of one scan. Raises EvidenceError where one is missing, double or foreign."""
    _refuse_gaps([part.shard for part in parts])
    first = parts[0]
    for part in parts[1:]:
        for what in ("selection", "policy", "settings", "reviews"):
            if getattr(part, what) != getattr(first, what):
                raise EvidenceError(f"shards {first.shard} and {part.shard} differ in their {what}", _ADVICE)
        for what in ("tools", "driver"):
            if getattr(part.scan, what) != getattr(first.scan, what):
                raise EvidenceError(f"shards {first.shard} and {part.shard} differ in their {what}", _ADVICE)
    files = sorted((file for part in parts for file in part.scan.files), key=lambda file: file.path)
    scan = msgspec.structs.replace(
        first.scan,
        files=tuple(files),
        processes=sum(part.scan.processes for part in parts),
        cached=sum(part.scan.cached for part in parts),
    )
    return msgspec.structs.replace(
        first,
        scan=scan,
        shard="",
        blames=tuple(blame for part in parts for blame in part.blames),
        banned=tuple(use for part in parts for use in part.banned),
        shipped=tuple(each for part in parts for each in part.shipped),
        imported=tuple(each for part in parts for each in part.imported),
    )


def _refuse_gaps(names: Sequence[str]) -> None:
    totals = {name.partition("/")[2] for name in names}
    if not names or "" in totals or len(totals) != 1:
        raise EvidenceError(f"not shards of one scan: {', '.join(name or 'a whole scan' for name in names)}", _ADVICE)
    word = totals.pop()
    total = int(word) if word.isdecimal() and len(word) < 5 else 0
    for number in range(1, total + 1):
        given = names.count(f"{number}/{total}")
        if given != 1:
            raise EvidenceError(f"shard {number}/{total} is there {given} times", _ADVICE)
    if len(names) != total:
        raise EvidenceError(f"{len(names)} shards of {total}", _ADVICE)

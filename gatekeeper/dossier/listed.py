"""The files that a signed SHA256SUMS lists, for receivers without `sha256sum`: all there, and all as listed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from gatekeeper.dossier.receiver import bounded
from gatekeeper.model.errors import NotAuthenticError
from gatekeeper.model.names import name_fault
from gatekeeper.model.sums import parse
from gatekeeper.tools.hashing import Progress, Task, digest_all

MAX_SUMS = 64 * 1024 * 1024
ADVICE = "Do not use these files. Get them again from whoever published them."


def listed_files(sums: Path, sha256: bytes, progress: Progress | None = None) -> int:
    """How many files it lists, each beside it with its digest; what lies there besides is not looked at.

    `sha256` is the digest that was verified. Raises NotAuthenticError for a list or a file that is another one, and
    EvidenceError for a file that cannot be read.
    """
    raw = bounded(sums, MAX_SUMS, "list")
    if hashlib.sha256(raw).digest() != sha256:
        raise NotAuthenticError(f"{sums} changed while it was being verified", ADVICE)
    try:
        listed = parse(raw.decode())
    except ValueError as e:
        raise NotAuthenticError(f"{sums} is no SHA256SUMS as the gate writes it: {e}", ADVICE) from e
    if faults := [*_absent(sums.parent, listed), *_odd(listed)]:
        raise NotAuthenticError("\n".join(faults), ADVICE)
    found = digest_all([Task(name, sums.parent / name) for name in listed], progress=progress)
    wrong = [n for (n, wanted), seen in zip(listed.items(), found, strict=True) if seen.sha256 != wanted]
    if wrong or not listed:
        raise NotAuthenticError("\n".join(f"{name} was changed" for name in wrong) or f"{sums} lists nothing", ADVICE)
    return len(listed)


def _odd(listed: Mapping[str, str]) -> Iterator[str]:
    return (f"{name!a} {fault}" for name in listed if (fault := name_fault(name)))


def _absent(folder: Path, listed: Mapping[str, str]) -> Iterator[str]:
    return (f"{name} is missing" for name in listed if not name_fault(name) and not (folder / name).exists())

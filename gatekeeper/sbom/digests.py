"""What a hash value must look like for its algorithm, and which algorithms still count."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gatekeeper.sbom.bom import Digest

HEX_LENGTH = {
    "md2": 32, "md4": 32, "md5": 32, "md6": 64, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128,
    "sha3224": 56, "sha3256": 64, "sha3384": 96, "sha3512": 128, "blake2b256": 64, "blake2b384": 96, "blake2b512": 128,
    "blake2s256": 64, "blake3": 64, "streebog256": 64, "streebog512": 128, "adler32": 8,
}  # fmt: skip
WEAK = frozenset({"md2", "md4", "md5", "md6", "sha1", "adler32"})
_HEX = re.compile(r"[0-9a-f]+")


def malformed(digest: Digest) -> str:
    """Why a digest cannot be one of its algorithm; empty where it can."""
    expected = HEX_LENGTH.get(digest.algorithm)
    if len(digest.value) == expected and _HEX.fullmatch(digest.value):
        return ""
    if not _HEX.fullmatch(digest.value):
        return f"{digest.value[:20]!r} is not hexadecimal"
    if expected and len(digest.value) != expected:
        return f"{len(digest.value)} hex digits, {digest.algorithm} has {expected}"
    return "" if expected else f"the algorithm {digest.algorithm!r} is not known"


def strong(digests: Iterable[Digest]) -> tuple[Digest, ...]:
    """Those that count as a hash at all: well-formed, and neither MD5 nor SHA-1."""
    return tuple(d for d in digests if d.algorithm not in WEAK and not malformed(d))


def contradicting(digests: Iterable[Digest]) -> str:
    """The algorithm for which two different values are given for the same thing; empty where there is none."""
    given = tuple(digests)
    if len(given) < 2:
        return ""
    seen: dict[str, str] = {}
    for d in given:
        if seen.setdefault(d.algorithm, d.value) != d.value:
            return d.algorithm
    return ""

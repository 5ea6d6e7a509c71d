"""Subresource-integrity texts (W3C SRI), as npm, pnpm and yarn write them, into digests."""

from __future__ import annotations

import base64
import binascii

from gatekeeper.sbom.bom import Digest


def digests(text: str) -> tuple[Digest, ...]:
    """`sha512-BASE64 sha1-BASE64` as hex digests; a part that is none is left out."""
    return tuple(d for part in text.split() if (d := _digest(part)))


def _digest(part: str) -> Digest | None:
    algorithm, _, value = part.partition("-")
    try:
        raw = base64.b64decode(value.partition("?")[0], validate=True)
    except (binascii.Error, ValueError):
        return None
    return Digest(algorithm.lower(), raw.hex()) if raw else None

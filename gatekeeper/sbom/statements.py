"""Signed in-toto statements that bind an SBOM to released files: which files they are about, and whether the predicate
is this very SBOM, whole or by its digest. Whose signature they bear is established elsewhere."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from gatekeeper.sbom import strict_json
from gatekeeper.sbom.attesting import CYCLONEDX, REFERENCE, SPDX, SPDX_3, STATEMENT_TYPE

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class Attested(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One statement: its subjects (name and SHA-256), whether it is about this SBOM, and what came of its signature.

    `fault` says why it counts for nothing, `unverified` why its signature could not be looked at.
    """

    path: str
    kind: str = ""
    subjects: tuple[tuple[str, str], ...] = ()
    of_this_sbom: bool = False
    signer: str = ""
    issuer: str = ""
    fault: str = ""
    unverified: str = ""

    @property
    def holds(self) -> bool:
        """Whether it was verified and speaks of this SBOM."""
        return bool(self.signer and self.of_this_sbom) and not self.fault and not self.unverified


def read(path: str, bundle: bytes, sbom: bytes, sbom_sha256: str) -> Attested:
    """What a bundle's statement says; nothing of it counts before its signature is verified."""
    try:
        statement = strict_json.load(_payload(bundle))
        if statement["_type"] != STATEMENT_TYPE:
            return Attested(path=path, fault=f"it is no {STATEMENT_TYPE}")
        subjects = tuple((str(s["name"]), str(s["digest"]["sha256"]).lower()) for s in statement["subject"])
        kind = statement["predicateType"]
        ours = _of_this_sbom(kind, statement["predicate"], sbom, sbom_sha256)
    except strict_json.UnreadableError as e:
        return Attested(path=path, fault=e.message)
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        return Attested(path=path, fault=f"no signed in-toto statement: {e!r}")
    if not subjects:
        return Attested(path=path, fault="it is about nothing: it has no subjects")
    return Attested(path=path, kind=str(kind), subjects=subjects, of_this_sbom=ours)


def _payload(bundle: bytes) -> bytes:
    envelope = strict_json.load(bundle)["dsseEnvelope"]
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise ValueError(f"its payload is {envelope['payloadType']!r}")
    try:
        return base64.b64decode(envelope["payload"], validate=True)
    except binascii.Error as e:
        raise ValueError("its payload is no base64") from e


def _of_this_sbom(kind: Any, predicate: Any, sbom: bytes, sha256: str) -> bool:
    """The whole document as the predicate, or its digest in a reference."""
    if kind == REFERENCE:
        return any(r.get("digest", {}).get("sha256", "").lower() == sha256 for r in predicate["references"])
    if kind not in (CYCLONEDX, SPDX, SPDX_3):
        return False
    try:
        document = strict_json.load(sbom)
    except strict_json.UnreadableError:
        return False  # XML and tag-value are bound by digest
    return msgspec.json.encode(predicate, order="sorted") == msgspec.json.encode(document, order="sorted")

"""An SBOM or VEX file as an in-toto statement about the released files, in the words that consumers compare exactly.

Conforma, cosign and GUAC match predicate types letter by letter and without versions. The plain file is always shipped
beside the statement, since GUAC does not look inside statements. Pure: what signs it is elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from gatekeeper.model.errors import EvidenceError
from gatekeeper.sbom import strict_json

ATTESTER = "https://pypi.org/project/release-gatekeeper"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
CYCLONEDX = "https://cyclonedx.org/bom"
SPDX = "https://spdx.dev/Document"
SPDX_3 = "https://spdx.dev/Document/v3"
OPENVEX = "https://openvex.dev/ns"
REFERENCE = "https://in-toto.io/attestation/reference/v0.1"


def predicate_type(raw: bytes) -> str:
    """The predicate type of a file's format. Raises EvidenceError for what cannot be a JSON predicate."""
    try:
        document = strict_json.load(raw)
    except strict_json.UnreadableError as e:
        message = f"only JSON can be the predicate of a statement: {e.message}"
        raise EvidenceError(message, "Bind XML and tag-value files by their digest.") from e
    if isinstance(document, dict):
        if document.get("bomFormat") == "CycloneDX":
            return CYCLONEDX
        if str(document.get("spdxVersion", "")).startswith("SPDX-2."):
            return SPDX
        if "spdx.org/rdf/3" in str(document.get("@context", "")):
            return SPDX_3
        if "openvex" in str(document.get("@context", "")):
            return OPENVEX
    raise EvidenceError("neither an SBOM nor OpenVEX: it has no predicate type that consumers know")


def statement(raw: bytes, subjects: Mapping[str, str]) -> bytes:
    """The statement's bytes: `subjects` maps the names of the released files to their SHA-256 (hex); never the SBOM.

    The predicate is the file's own JSON, byte for byte. Raises EvidenceError where there is no subject.
    """
    return _statement(predicate_type(raw), subjects, msgspec.Raw(raw.removeprefix(b"\xef\xbb\xbf").strip()))


def reference(name: str, raw: bytes, subjects: Mapping[str, str]) -> bytes:
    """The statement that binds a file by its digest (in-toto attestation spec/predicates/reference.md): for what is no
    JSON, or too large to be a predicate. Raises EvidenceError where there is no subject."""
    named = {"name": name, "digest": {"sha256": hashlib.sha256(raw).hexdigest()}}
    return _statement(REFERENCE, subjects, {"attester": {"id": ATTESTER}, "references": [named]})


def _statement(kind: str, subjects: Mapping[str, str], predicate: object) -> bytes:
    if not subjects:
        raise EvidenceError("a statement needs the released files that it is about")
    named = [{"name": name, "digest": {"sha256": digest.lower()}} for name, digest in sorted(subjects.items())]
    parts = {"_type": STATEMENT_TYPE, "subject": named, "predicateType": kind, "predicate": predicate}
    return msgspec.json.encode(parts)

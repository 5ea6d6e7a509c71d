"""in-toto Statement v1 (in-toto attestation spec/v1/statement.md): whom it is about, checked to the last subject."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gatekeeper.signing.bundle import STATEMENT_TYPE, strict_json
from gatekeeper.signing.failures import TamperedError

STATEMENT_V1 = "https://in-toto.io/Statement/v1"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def subjects_of(payload: bytes, predicate_type: str = "") -> dict[str, str]:
    """Name and SHA-256 (hex) of every subject of a statement.

    `predicate_type` must be the statement's, unless it is empty. Raises TamperedError for any other type, for no
    subjects, for a name that comes twice and for a digest that is missing or misspelt.
    """
    statement = strict_json(payload, "statement")
    if statement.get("_type") != STATEMENT_V1:
        raise TamperedError(f"the payload is no {STATEMENT_V1}")
    if predicate_type and statement.get("predicateType") != predicate_type:
        raise TamperedError(f"the statement is a {statement.get('predicateType')!r}, not a {predicate_type}")
    subjects = statement.get("subject")
    if not isinstance(subjects, list) or not subjects:
        raise TamperedError("the statement is about nothing: it has no subjects")
    found: dict[str, str] = {}
    for subject in subjects:
        name, digest = _subject(subject)
        if name in found:
            raise TamperedError(f"the statement names {name!r} twice")
        found[name] = digest
    return found


def predicate_type(payload: bytes) -> str:
    """What kind of statement it is; any text that its signer chose. Raises TamperedError."""
    return str(strict_json(payload, "statement").get("predicateType", ""))


def _subject(subject: object) -> tuple[str, str]:
    fields = subject if isinstance(subject, dict) else {}
    name, digests = fields.get("name"), fields.get("digest")
    if not isinstance(name, str) or not name or not isinstance(digests, dict):
        raise TamperedError("a subject of the statement has no name or no digest")
    digest = digests.get("sha256")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise TamperedError(f"subject {name!r} has no SHA-256 digest in lower-case hex")
    return name, digest


def compare_subjects(found: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Both ways: every wanted file is a subject, and no other. Raises TamperedError."""
    for name in sorted(found.keys() - wanted.keys()):
        raise TamperedError(f"the statement is also about {name!r}, which is not among the files")
    for name, digest in sorted(wanted.items()):
        if name not in found:
            raise TamperedError(f"the statement is not about {name!r}")
        if found[name] != digest:
            raise TamperedError(f"the statement is about another {name!r}: SHA-256 {found[name]}, not {digest}")


def pae(payload: bytes, kind: str = STATEMENT_TYPE) -> bytes:
    """What a DSSE signature is over (DSSE protocol.md, pre-authentication encoding)."""
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)

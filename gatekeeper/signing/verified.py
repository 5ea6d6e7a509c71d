"""What a verification established: plain values for the record, nothing of sigstore's own."""

from __future__ import annotations

from typing import Literal

import msgspec


class Timestamp(msgspec.Struct, frozen=True):
    """A proven time of signing: from a time-stamping authority (`tsa`) or the log's signed promise (`log`)."""

    source: Literal["tsa", "log"]
    time: str  # RFC 3339, UTC
    authority: str


class LogEntry(msgspec.Struct, frozen=True):
    """Where the signature stands in the transparency log; the inclusion was proven."""

    index: str
    log_id: str  # base64, as in the trust root
    kind: str  # such as hashedrekord/0.0.1
    origin: str
    tree_size: str
    integrated: str = ""  # RFC 3339; Rekor v1 only


class Certificate(msgspec.Struct, frozen=True):
    """The short-lived certificate that the key was bound to."""

    serial: str  # hex
    sha256: str
    issuer: str
    not_before: str  # RFC 3339
    not_after: str
    life_seconds: int


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that holds, and by whom, when, and under which root it was made.

    `key` is `keyless` (a key that lived in memory for one run) or `managed` (a key in a token or service, then
    without certificate and identity). `digest` is the SHA-256 that was signed, in hex: of the artifact, or of the
    statement's payload.
    """

    digest: str
    identity: str
    issuer: str
    key: Literal["keyless", "managed"]
    key_sha256: str  # of the SubjectPublicKeyInfo
    root_sha256: str
    bundle_sha256: str
    rehearsal: bool
    timestamps: tuple[Timestamp, ...]
    log: LogEntry | None = None
    certificate: Certificate | None = None
    extensions: dict[str, str] = {}
    statement: str = ""  # the predicate type, where a statement about a file was verified in place of the file's own

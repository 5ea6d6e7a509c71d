"""The index of vulnerability data: which files there are, where they came from, when, and with what digest."""

from __future__ import annotations

from typing import Any

import msgspec
import tomli

from gatekeeper.model.errors import EvidenceError
from gatekeeper.sbom.known.results import Entry


class OsvEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One `[[osv]]`: the snapshot of one ecosystem."""

    file: str
    ecosystem: str
    sha256: str
    fetched: str


class KevEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[kev]`: the list of known-exploited vulnerabilities."""

    file: str
    sha256: str
    fetched: str


class Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file as a whole; paths are relative to it."""

    schema: int
    osv: tuple[OsvEntry, ...] = ()
    kev: KevEntry | None = None
    result: tuple[Entry, ...] = ()


def parse(raw: bytes) -> Index:
    """Read the index strictly. Raises EvidenceError."""
    try:
        found = msgspec.convert(_dates_as_text(tomli.loads(raw.decode("utf-8-sig"))), Index)
    except (UnicodeDecodeError, tomli.TOMLDecodeError, RecursionError, msgspec.ValidationError) as e:
        raise EvidenceError(f"the index of vulnerability data cannot be read: {e}") from e
    if found.schema != 1:
        raise EvidenceError(f"the index of vulnerability data has schema {found.schema}, 1 is known")
    return found


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _dates_as_text(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(v) for v in value]
    return value.isoformat() if hasattr(value, "isoformat") else value

"""Read the register and hash what it names."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import tomli

from gatekeeper.model.errors import EvidenceError

MAX_BYTES = 4 * 1024 * 1024
MAX_RECORD_BYTES = 1024 * 1024 * 1024


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True, omit_defaults=True):
    """One `[[record]]`: what it is, which revision, of which product and version, by whom and when.

    `path` is a file of the repository; for a document kept elsewhere `sha256` and `place` stand instead. `covers`
    names topics, `people` who took part by discipline, `findings` ids of issues, `names` further facts by name.
    """

    kind: str
    id: str
    title: str = ""
    revision: str = ""
    product: str = ""
    version: str = ""
    path: str = ""
    sha256: str = ""
    place: str = ""
    by: str = ""
    on: date | None = None
    valid_until: date | None = None
    independence: str = ""
    covers: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    people: dict[str, str] = {}
    names: dict[str, str] = {}


class Seen(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry, and the file behind it: `digest` is what its bytes have, `problem` why there is none."""

    entry: Entry
    digest: str = ""
    problem: str = ""


class Register(msgspec.Struct, frozen=True, omit_defaults=True):
    """The register as read: empty where the policy names none; `sha256` of its bytes."""

    path: str = ""
    sha256: str = ""
    seen: tuple[Seen, ...] = ()

    def of(self, *kinds: str) -> tuple[Seen, ...]:
        """The records of some kinds, in order."""
        return tuple(s for s in self.seen if s.entry.kind in kinds)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: int
    record: tuple[Entry, ...] = ()


def read(root: Path, name: str) -> Register:
    """Read the register and hash every file that it names. Raises EvidenceError where it is not readable as one."""
    try:
        with (root / name).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise EvidenceError(f"{name}: larger than {MAX_BYTES} bytes")
        data: dict[str, Any] = tomli.loads(raw.decode("utf-8"))
        entries = msgspec.convert(data, _File, builtin_types=(date, datetime))
    except (OSError, ValueError, RecursionError) as e:
        advice = "Write the register as `gatekeeper init` shows it, and name it in the policy."
        raise EvidenceError(f"{name}: the register of records cannot be read: {e}", advice) from e
    if entries.schema != 1:
        raise EvidenceError(f"{name}: schema {entries.schema} is unknown", "Use schema = 1.")
    return Register(name, hashlib.sha256(raw).hexdigest(), tuple(_hashed(root, e) for e in entries.record))


def _hashed(root: Path, entry: Entry) -> Seen:
    if not entry.path:
        return Seen(entry, entry.sha256, digest_fault(entry.sha256))
    path = root / entry.path
    if path.is_symlink() or not path.resolve().is_relative_to(root.resolve()):
        return Seen(entry, problem=f"{entry.path} leads out of the repository")
    try:
        if not path.is_file():
            return Seen(entry, problem=f"{entry.path} is not there")
        if not 0 < path.stat().st_size <= MAX_RECORD_BYTES:
            return Seen(entry, problem=f"{entry.path} is empty or too large")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as e:
        return Seen(entry, problem=f"{entry.path} cannot be read: {e.strerror}")
    changed = bool(entry.sha256) and entry.sha256.lower() != digest
    return Seen(entry, digest, f"{entry.path} is not the file that the register names" if changed else "")


def digest_fault(sha256: str) -> str:
    """What is wrong with the digest by which a document that is kept elsewhere is named; empty where nothing is."""
    if not sha256:
        return "names neither a file nor a digest"
    return "" if re.fullmatch("[0-9a-fA-F]{64}", sha256) else f"its sha256 is none: {sha256[:80]!r}"

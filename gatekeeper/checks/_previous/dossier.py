"""An earlier dossier, read through its record: a file of it counts only as the record names it, by digest.

Whether the record itself is authentic is judged by `CHAIN-01`. Without the digests whoever holds the folder could
take a promise, a source or a suppression out of the files beside a record that is signed and whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gatekeeper.checks._previous.bounded import MOST_BYTES, bounded
from gatekeeper.model.record import Record, from_bytes

RECORD = "record.json"
POLICY, DEVIATIONS = "policy/gatekeeper.toml", "policy/deviations.toml"
MOST_EVIDENCE_BYTES = 1024 * 1024 * 1024  # raw pages of every tracker are in it


class _Stored(msgspec.Struct, frozen=True):
    """Evidence as a dossier keeps it: what it is bound to stands around it."""

    evidence: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Dossier:
    """A folder with a record; `raw` and `sha256` are of record.json. Reading raises OSError and ValueError."""

    folder: Path
    raw: bytes
    record: Record

    @property
    def sha256(self) -> str:
        """The digest by which the next record names this one."""
        return hashlib.sha256(self.raw).hexdigest()

    def evidence(self, check: str) -> msgspec.Raw:
        """What a check saw then, still in JSON."""
        raw = self._file(f"evidence/{check}.json", self.record.evidence.get(check, ""), MOST_EVIDENCE_BYTES)
        return msgspec.json.decode(raw, type=_Stored).evidence

    def policy(self) -> bytes:
        """The policy that was judged by."""
        return self._file(POLICY, self.record.policy.sha256)

    def deviations(self) -> bytes:
        """The deviations that were in force; no bytes where there was no such file."""
        named = self.record.policy.deviations_sha256
        return self._file(DEVIATIONS, named) if named else b""

    def _file(self, name: str, sha256: str, most: int = MOST_BYTES) -> bytes:
        data = bounded(self.folder / name, most)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ValueError(f"{name} is not the file that its record names")
        return data


def open_dossier(folder: Path) -> Dossier:
    """Read the record of a dossier. Raises OSError and ValueError."""
    raw = bounded(folder / RECORD)
    return Dossier(folder, raw, from_bytes(raw).predicate)

"""MAINT-06: what lies at the public place is what was signed. Judged after publication, for the record cannot know it.

The result goes into a follow-up receipt beside the dossier, never into it: a sealed dossier is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from gatekeeper.dossier.receipt import ReceiptRow, row_of
from gatekeeper.model.errors import EvidenceError, GatekeeperError, SealError
from gatekeeper.model.facts import ArtifactFact
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.record import Record, to_bytes
from gatekeeper.model.words import Outcome
from gatekeeper.tools.download import AbsentError, Fetched, fetched
from gatekeeper.tools.hashing import Task, digest

RULE = "MAINT-06"
SECONDS = 600.0  # for one file


class Seen(msgspec.Struct, frozen=True, omit_defaults=True):
    """One released file at the public place. `fault` says that it is not there, `doubt` why that cannot be told."""

    name: str
    size: int = -1
    sha256: str = ""
    fault: str = ""
    doubt: str = ""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """The follow-up receipt: which record, which place, when (RFC 3339, UTC), and what was seen there."""

    schema: Literal["gatekeeper.publication/1"] = "gatekeeper.publication/1"
    record_sha256: str
    product: str
    version: str
    place: str
    created: str
    rule: ReceiptRow
    files: tuple[Seen, ...]

    @property
    def outcome(self) -> Outcome:
        """Of the one rule."""
        return self.rule.outcome


def look(record: Record, record_sha256: str, place: str) -> Publication:
    """Fetch every released file of the record from an https address or a folder, and judge."""
    seen = tuple(_seen(_reader(place), artifact) for artifact in record.artifacts)
    return Publication(
        record_sha256=record_sha256,
        product=record.product.name,
        version=record.product.version,
        place=place,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        rule=row_of(judge(record.artifacts, seen, place)),
        files=seen,
    )


def judge(artifacts: tuple[ArtifactFact, ...], seen: tuple[Seen, ...], place: str) -> Judgement:
    """Purely: every released file was found there, with the digest that was signed."""
    there = {file.name: file for file in seen}
    names = {artifact.sha256: artifact.name for artifact in artifacts}
    findings = [f for artifact in artifacts for f in _faults(artifact, there.get(artifact.name), names)]
    doubts = [file.doubt for file in seen if file.doubt]
    observed = f"{len(artifacts)} files fetched from {place} and compared with the manifest" if artifacts else ""
    return judged(RULE, observed, findings, doubts)


def _faults(artifact: ArtifactFact, seen: Seen | None, names: dict[str, str]) -> Iterator[Finding]:
    where = Where(artifact.name)
    if seen is None or seen.fault:
        said = seen.fault if seen else f"{artifact.name} was not looked for"
        yield finding(RULE, said, key=(artifact.name, "missing"), where=where)
    elif not seen.doubt and seen.sha256 != artifact.sha256:
        other = names.get(seen.sha256, "")
        what = f"is {other}" if other else f"has SHA-256 {seen.sha256} ({seen.size} bytes)"
        said = f"{artifact.name} {what}, not the signed file ({artifact.sha256}, {artifact.size} bytes)"
        yield finding(RULE, said, key=(artifact.name, "other"), where=where)


def _seen(read: Callable[[ArtifactFact], Fetched], artifact: ArtifactFact) -> Seen:
    try:
        found = read(artifact)
    except AbsentError as e:
        return Seen(artifact.name, fault=e.message)
    except GatekeeperError as e:
        return Seen(artifact.name, doubt=f"{e.message}. {e.advice}".strip())
    return Seen(artifact.name, found.size, found.sha256)


def _reader(place: str) -> Callable[[ArtifactFact], Fetched]:
    if "://" in place:
        return lambda artifact: fetched(place, artifact.name, largest=artifact.size + 1, seconds=SECONDS)
    return lambda artifact: _in_folder(Path(place), artifact.name)


def _in_folder(folder: Path, name: str) -> Fetched:
    path = folder / name
    if not folder.is_dir():
        raise EvidenceError(f"{folder} is no folder", "Name an https address, or the folder with the published files.")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise EvidenceError(f"{path} leads out of {folder}")
    if not path.exists():
        raise AbsentError(f"{path} is not there", "Publish the signed files again.")
    found = digest(Task(name, path))
    return Fetched(found.sha256, found.size)


def receipt_beside(dossier: Path) -> Path:
    """Where the follow-up receipt of a dossier goes."""
    whole = dossier.resolve()
    return whole.with_name(f"{whole.name}.published.json")


def write(publication: Publication, path: Path) -> None:
    """Write the receipt; an older one is replaced. Raises SealError."""
    try:
        path.write_bytes(to_bytes(publication))
    except OSError as e:
        raise SealError(f"{path}: the receipt cannot be written: {e.strerror}", "Make its folder writable.") from e

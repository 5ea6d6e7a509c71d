"""`gatekeeper report`: render the record of a dossier again, in any format and language."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import click

from gatekeeper.cli.exits import RELEASED, say
from gatekeeper.cli.outputs import Target, emit, keep_out, output_options
from gatekeeper.cli.settings import Settings
from gatekeeper.dossier.agreement import results_hold
from gatekeeper.dossier.layout import RECORD, SUMS
from gatekeeper.dossier.reading import TAMPERED
from gatekeeper.model.errors import EvidenceError, NotAuthenticError
from gatekeeper.model.record import Record, from_bytes
from gatekeeper.model.sums import parse

MAX_BYTES = 1024 * 1024 * 1024


def read_record(path: Path) -> tuple[Record, str]:
    """The record of a dossier folder (or a record.json itself), and its SHA-256.

    One that contradicts itself or the SHA256SUMS beside it is shown as nothing at all. Raises EvidenceError,
    NotAuthenticError.
    """
    file = path / RECORD if path.is_dir() else path
    raw = _bounded(file)
    digest = hashlib.sha256(raw).hexdigest()
    try:
        record = from_bytes(raw).predicate
    except (ValueError, RecursionError) as e:
        raise EvidenceError(f"{file}: not a release record: {e}") from e
    try:
        results_hold(record, held_back=True)
    except NotAuthenticError as e:
        raise NotAuthenticError(f"{file}: {e.message}", e.advice) from e
    _refuse_changed(file, digest)
    return record, digest


def _refuse_changed(file: Path, digest: str) -> None:
    """Where it lies in a sealed folder, it must be the one that was sealed."""
    sums = file.with_name(SUMS)
    if file.name != RECORD or not sums.exists():
        return
    try:
        listed = parse(_bounded(sums).decode()).get(RECORD, "")
    except ValueError:
        listed = ""
    if listed != digest:
        raise NotAuthenticError(f"{file} is not the one that {SUMS} beside it lists: it was changed", TAMPERED)


def _bounded(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise EvidenceError(f"{file}: larger than {MAX_BYTES} bytes")
        return file.read_bytes()
    except OSError as e:
        raise EvidenceError(f"{file}: cannot be read: {e.strerror}", "Name the folder of a dossier.") from e


def records_before(folder: Path, record: Record) -> tuple[Record, ...]:
    """The records of a folder of dossiers that lead up to this record, oldest first, whether it lies there too or not.

    Raises EvidenceError where there is no dossier: a report without a past would say that there is none.
    """
    found = {sha: before for before, sha in map(read_record, sorted(folder.glob(f"*/{RECORD}")))}
    if not found:
        raise EvidenceError(f"{folder}: no dossier in it", "Name the folder that holds the dossiers, one folder each.")
    chain: list[Record] = []
    while (before := found.pop((chain or [record])[-1].previous_record, None)) is not None:
        chain.append(before)
    return tuple(reversed(chain))


@click.command()
@click.argument("dossier", type=click.Path(path_type=Path))
@click.option(
    "--previous", type=click.Path(path_type=Path), metavar="DOSSIER", help="Show what changed since this one."
)
@click.option("--ledger", type=click.Path(path_type=Path), metavar="DIR", help="A folder of dossiers, for the trend.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", help="Paper of the printed report.")
@output_options
@click.pass_obj
def COMMAND(  # noqa: N802 - the name that the group looks for
    settings: Settings,
    dossier: Path,
    previous: Path | None,
    ledger: Path | None,
    paper: str,
    targets: Sequence[Target],
    lang: str,
) -> int:
    """Render the record again. This shows what the record says; `gatekeeper verify` tells whether it is authentic."""
    keep_out(targets, dossier)
    record, digest = read_record(dossier)
    history = records_before(ledger, record) if ledger else ()
    before = read_record(previous)[0] if previous else (history[-1] if history else None)
    more = {"previous": before, "history": history, "paper": paper}
    emit(record, targets, settings, lang, record_sha256=digest, kept=str(dossier), **more)
    say("shown, not verified: run `gatekeeper verify` for that")
    return RELEASED

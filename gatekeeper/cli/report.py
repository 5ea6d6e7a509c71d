"""`gatekeeper report`: render the record of a dossier again, in any format and language."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import click

from gatekeeper.cli.exits import RELEASED, say
from gatekeeper.cli.outputs import Target, emit, output_options
from gatekeeper.cli.settings import Settings
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.record import Record, from_bytes

MAX_BYTES = 1024 * 1024 * 1024


def read_record(path: Path) -> tuple[Record, str]:
    """The record of a dossier folder (or a record.json itself), and its SHA-256. Raises EvidenceError."""
    file = path / "record.json" if path.is_dir() else path
    try:
        if file.stat().st_size > MAX_BYTES:
            raise EvidenceError(f"{file}: larger than {MAX_BYTES} bytes")
        raw = file.read_bytes()
        return from_bytes(raw).predicate, hashlib.sha256(raw).hexdigest()
    except OSError as e:
        raise EvidenceError(f"{file}: cannot be read: {e.strerror}", "Name the folder of a dossier.") from e
    except ValueError as e:
        raise EvidenceError(f"{file}: not a release record: {e}") from e


@click.command()
@click.argument("dossier", type=click.Path(path_type=Path))
@output_options
@click.pass_obj
def COMMAND(  # noqa: N802 - the name that the group looks for
    settings: Settings, dossier: Path, targets: Sequence[Target], lang: str
) -> int:
    """Render the record again. This shows what the record says; `gatekeeper verify` tells whether it is authentic."""
    record, digest = read_record(dossier)
    emit(record, targets, settings, lang, record_sha256=digest, kept=str(dossier))
    say("shown, not verified: run `gatekeeper verify` for that")
    return RELEASED

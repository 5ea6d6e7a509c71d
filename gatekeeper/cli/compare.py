"""`gatekeeper compare`: what changed between two dossiers, or whether a folder of dossiers is one whole chain."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import click
import msgspec

from gatekeeper.cli.exits import BLOCKED, RELEASED, say
from gatekeeper.cli.report import MAX_BYTES, read_record
from gatekeeper.history.changes import changes
from gatekeeper.history.ledger import Entry, entry, ledger
from gatekeeper.model.errors import EvidenceError, UsageError
from gatekeeper.reports._escape import json_text
from gatekeeper.reports._history import changes_text, ledger_text


@click.command()
@click.argument("dossiers", nargs=-1, type=click.Path(path_type=Path), metavar="[OLD NEW]")
@click.option("--ledger", "folder", type=click.Path(path_type=Path), metavar="DIR", help="A folder of dossiers.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", help="Output format.")
@click.option("--lang", type=click.Choice(["en", "ja", "both"]), default="en", help="Language of the text.")
def COMMAND(dossiers: tuple[Path, ...], folder: Path | None, output: str, lang: Any) -> int:  # noqa: N802 - the name that the group looks for
    """Show what changed between two dossiers, or walk the chain of a folder of them.

    A comparison shows and does not judge: 0. A ledger that does not hold together is 1, one that cannot be read 3.
    """
    if folder is not None and not dossiers:
        return _ledger(folder, output, lang)
    if folder is None and len(dossiers) == 2:
        return _changes(*dossiers, output, lang)
    raise UsageError("compare takes two dossiers, or --ledger DIR", "gatekeeper compare OLD NEW")


def _changes(before: Path, after: Path, output: str, lang: Any) -> int:
    old, new = read_record(before)[0], read_record(after)[0]
    found = changes(old, new)
    click.echo(_json(found) if output == "json" else changes_text(old, new, found, lang), nl=False)
    say("compared, not verified: run `gatekeeper verify` on each for that")
    return RELEASED


def _ledger(folder: Path, output: str, lang: Any) -> int:
    files = sorted(folder.glob("*/record.json")) if folder.is_dir() else []
    if not files:
        raise EvidenceError(f"{folder}: no dossier in it", "Name the folder that holds the dossiers, one folder each.")
    found = ledger(_entry(file, folder) for file in files)
    click.echo(_json(found) if output == "json" else ledger_text(found, lang, _width()), nl=False)
    return BLOCKED if found.breaks else RELEASED


def _entry(file: Path, folder: Path) -> Entry:
    place = file.parent.relative_to(folder).as_posix()
    try:
        if file.stat().st_size > MAX_BYTES:
            raise EvidenceError(f"{file}: larger than {MAX_BYTES} bytes")
        raw = file.read_bytes()
        return entry(raw, hashlib.sha256(raw).hexdigest(), place)
    except OSError as e:
        raise EvidenceError(f"{file}: cannot be read: {e.strerror}") from e
    except ValueError as e:
        raise EvidenceError(f"{file}: not a release record: {e}") from e


def _width() -> int:
    return max(50, shutil.get_terminal_size((120, 24)).columns)


def _json(value: Any) -> str:
    return json_text(msgspec.json.encode(value))

"""What every export carries with it: which record it was made from, its decision and its counts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from gatekeeper.model.record import Record
from gatekeeper.model.report import Options
from gatekeeper.reports._escape import csv_cell, json_text, visible
from gatekeeper.reports._view import counts, headline, tally
from gatekeeper.reports._words import say

NOT_DETERMINED = "not-determined-by-gate"


def stamp(record: Record, options: Options) -> dict[str, Any]:
    """The head of a JSON export."""
    return {
        "product": record.product.name,
        "version": record.product.version,
        "manufacturer": record.product.manufacturer,
        "decision": record.decision,
        "headline": say(headline(record), "en"),
        "counts": counts(record)._asdict(),
        "record_id": record.record_id,
        "record_sha256": options.record_sha256,
        "effective_time": record.effective_time,
    }


def stamp_cells(record: Record, options: Options) -> tuple[str, str]:
    """The first two cells of the row that closes a CSV export."""
    product = f"{record.product.name} {record.product.version}"
    verdict = f"{product}: {say(headline(record), 'both')}. {say(tally(record), 'en')}"
    return f"record sha256 {options.record_sha256 or '-'}", verdict


def table(head: Sequence[str], rows: Iterable[Sequence[str]], record: Record, options: Options) -> str:
    """A CSV with a byte order mark, disarmed cells, and a last row that says which record it was made from."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    last = (*stamp_cells(record, options), *([""] * (len(head) - 2)))
    for row in (head, *rows, last):
        writer.writerow([csv_cell(cell) for cell in row])
    return out.getvalue()


def document(value: dict[str, Any]) -> str:
    """JSON for people to read, with every text shown as text."""
    return json_text(msgspec.json.encode(_shown(msgspec.to_builtins(value))))


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(key): _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list | tuple) else value

"""JSON: the record itself, byte for byte the predicate of record.json. For programs."""

from __future__ import annotations

from gatekeeper.model.record import Record, to_bytes
from gatekeeper.model.report import Options, Report


def render(record: Record, _options: Options) -> str:
    """Canonical JSON, one line; `gatekeeper schema record` describes it under `#/$defs/Record`."""
    return to_bytes(record).decode("utf-8")


REPORT = Report(id="json", title="The record as canonical JSON", render=render, suffix=".json")

"""The published JSON Schema of record.json, made from the types that write it."""

from __future__ import annotations

from typing import Any

import msgspec

from gatekeeper.model.record import Statement

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def record_schema() -> dict[str, Any]:
    """The schema of the whole statement; its predicate is the release record."""
    schema = msgspec.json.schema(Statement)
    return {"$schema": DIALECT, "title": "gatekeeper release record", **schema}

"""The published JSON Schema of record.json, made from the types that write it."""

from __future__ import annotations

from typing import Any

import msgspec

from gatekeeper.model.record import PREDICATE_TYPE, STATEMENT_TYPE, Statement

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def record_schema() -> dict[str, Any]:
    """The schema of record.json, an in-toto Statement; `#/$defs/Record` is that of `-o json`, its predicate."""
    (root,), definitions = msgspec.json.schema_components([Statement])
    fixed = definitions["Statement"]["properties"]
    fixed["_type"] = {"const": STATEMENT_TYPE}
    fixed["predicateType"] = {"const": PREDICATE_TYPE}
    return {
        "$schema": DIALECT,
        "$id": PREDICATE_TYPE + ":schema",
        "title": "record.json: the release record as an in-toto Statement v1",
        **root,
        "$defs": definitions,
    }

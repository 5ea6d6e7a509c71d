"""JSON Schemas of the files that people write, for editors and for the loader alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from gatekeeper.model.check import AnyCheck, Product
from gatekeeper.model.deviation import Deviation

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class GateTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The `[gate]` table: what holds for the whole run."""

    profiles: tuple[str, ...] = ("iec",)
    refuse_deviations: bool = False
    conformance_route: Literal["clauses-4-9", "annex-f"] = "clauses-4-9"


class DeviationsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """deviations.toml as a whole."""

    schema: int
    deviation: tuple[Deviation, ...] = ()


def policy_schema(checks: Iterable[AnyCheck]) -> dict[str, Any]:
    """The schema of gatekeeper.toml: `[product]`, `[gate]` and one table per check."""
    tables: Mapping[str, type] = {"product": Product, "gate": GateTable} | {c.id: c.params for c in checks}
    references, definitions = msgspec.json.schema_components(tables.values())
    return {
        "$schema": DIALECT,
        "title": "gatekeeper.toml",
        "type": "object",
        "properties": {"schema": {"const": 1}, **dict(zip(tables, references, strict=True))},
        "required": ["schema", "product"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def deviations_schema() -> dict[str, Any]:
    """The schema of deviations.toml."""
    _, definitions = msgspec.json.schema_components([DeviationsFile])
    file = definitions.pop("DeviationsFile")
    file["properties"]["schema"] = {"const": 1}
    definitions["Deviation"]["properties"].pop("line")
    return {"$schema": DIALECT, **file, "title": "deviations.toml", "$defs": definitions}

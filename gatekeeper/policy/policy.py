"""gatekeeper.toml and deviations.toml -> Policy. The only module that knows how the two belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.model.check import AnyCheck, Product
from gatekeeper.model.deviation import Deviation
from gatekeeper.model.errors import PolicyError
from gatekeeper.model.rule import Rulebook
from gatekeeper.policy import DEVIATIONS_FILE, POLICY_FILE
from gatekeeper.policy import deviations as deviations_file
from gatekeeper.policy.faults import faults
from gatekeeper.policy.schema import GateTable, policy_schema
from gatekeeper.policy.starting import starting_values
from gatekeeper.policy.toml_file import TomlFile, read

__all__ = ["DEVIATIONS_FILE", "POLICY_FILE", "Policy", "load"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What this product's releases must satisfy.

    `params` holds the typed table of each check that the file (or the check's own defaults) configures; a check
    that is missing there cannot be judged and is undecided. `starting` tells what holds for each parameter that the
    file leaves out, by dotted key.
    """

    product: Product
    gate: GateTable
    params: Mapping[str, Any]
    tables: Mapping[str, Any]
    deviations: tuple[Deviation, ...]
    sha256: str
    deviations_sha256: str
    starting: Mapping[str, Any] = field(default_factory=dict)


def load(path: Path, checks: Mapping[str, AnyCheck], rulebook: Rulebook) -> Policy:
    """Read policy and deviations. Raises PolicyError that names every fault of both files."""
    policy = read(path)
    schema = policy_schema(checks.values())
    found = faults(policy, schema)
    answers, more = deviations_file.read_answers(path.with_name(DEVIATIONS_FILE), rulebook)
    found += more
    gate = _gate(policy, rulebook) if not found else GateTable()
    if isinstance(gate, tuple):
        found += gate
        gate = GateTable()
    product = _product(policy) if not found else ()
    if isinstance(product, tuple):
        raise PolicyError(found + product)
    return Policy(
        product=product,
        gate=gate,
        params=_params(policy, checks),
        tables=policy.data,
        deviations=answers.entries,
        sha256=policy.sha256,
        deviations_sha256=answers.sha256,
        starting=starting_values({"gate": GateTable} | {check.id: check.params for check in checks.values()}),
    )


def _params(policy: TomlFile, checks: Mapping[str, AnyCheck]) -> dict[str, Any]:
    """Typed tables; where the file has none, the check's own defaults, if it can stand on them."""
    found = {}
    for check in checks.values():
        if check.id in policy.data:
            found[check.id] = _typed(policy, check.id, check.params)
        elif (stands := _defaults(check.params)) is not None:
            found[check.id] = stands
    return found


def _defaults(params: type[Any]) -> Any:
    """A table of defaults alone; None where the check cannot stand on them."""
    try:
        return params()
    except (TypeError, ValueError):  # a field is required, or not all of some may be left out
        return None


def _product(policy: TomlFile) -> Product | tuple[str, ...]:
    product: Product = _typed(policy, "product", Product)
    if product.kind == "new" or product.previous_version.strip():
        return product
    line = policy.line(("product", "kind"))
    return (f'{policy.name}:{line}: kind "{product.kind}" needs previous-version: what does it update?',)


def _gate(policy: TomlFile, rulebook: Rulebook) -> GateTable | tuple[str, ...]:
    gate = _typed(policy, "gate", GateTable) if "gate" in policy.data else GateTable()
    line = policy.line(("gate", "profiles"))
    unknown = tuple(
        f'{policy.name}:{line}: unknown profile "{name}"; known are {", ".join(sorted(rulebook.profiles))}'
        for name in gate.profiles
        if name not in rulebook.profiles
    )
    if not gate.profiles:
        unknown += (f'{policy.name}:{line}: "profiles" is empty; name at least "iec"',)
    return unknown or gate


def _typed(policy: TomlFile, table: str, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(policy.data[table], kind, builtin_types=(date, datetime))
    except msgspec.ValidationError as e:  # what the schema cannot say
        raise PolicyError((f"{policy.name}:{policy.line((table,))}: [{table}]: {e}",)) from e

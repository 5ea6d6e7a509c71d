"""`gatekeeper schema`: the JSON Schemas of what people write and what the gate writes."""

from __future__ import annotations

import json
from typing import Any

import click

from gatekeeper import gate
from gatekeeper.cli.exits import RELEASED
from gatekeeper.model.check import Product
from gatekeeper.model.record_schema import record_schema
from gatekeeper.policy.reference import with_words
from gatekeeper.policy.schema import GateTable, deviations_schema, policy_schema


@click.command()
@click.argument("what", type=click.Choice(["policy", "deviations", "record"]))
def COMMAND(what: str) -> int:  # noqa: N802 - the name that the group looks for
    """Print the JSON Schema of the policy, the deviations file or the record."""
    schemas = {
        "policy": _policy,
        "deviations": deviations_schema,
        "record": record_schema,
    }
    click.echo(json.dumps(schemas[what](), indent=2, ensure_ascii=False))
    return RELEASED


def _policy() -> dict[str, Any]:
    checks = gate.checks().values()
    return with_words(policy_schema(checks), [Product, GateTable, *(check.params for check in checks)])

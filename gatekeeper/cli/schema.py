"""`gatekeeper schema`: the JSON Schemas of what people write and what the gate writes."""

from __future__ import annotations

import json

import click

from gatekeeper import gate
from gatekeeper.cli.exits import RELEASED
from gatekeeper.model.record_schema import record_schema
from gatekeeper.policy.schema import deviations_schema, policy_schema


@click.command()
@click.argument("what", type=click.Choice(["policy", "deviations", "record"]))
def COMMAND(what: str) -> int:  # noqa: N802 - the name that the group looks for
    """Print the JSON Schema of the policy, the deviations file or the record."""
    schemas = {
        "policy": lambda: policy_schema(gate.checks().values()),
        "deviations": deviations_schema,
        "record": record_schema,
    }
    click.echo(json.dumps(schemas[what](), indent=2, ensure_ascii=False))
    return RELEASED

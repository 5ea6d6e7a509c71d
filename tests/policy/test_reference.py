"""What is told of the policy is what the loader accepts: every key, in `explain`, in the schema and on the page."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from gatekeeper import gate
from gatekeeper.cli.explain import COMMAND as EXPLAIN
from gatekeeper.cli.schema import COMMAND as SCHEMA
from gatekeeper.cli.settings import Settings
from gatekeeper.policy.reference import REQUIRED, tables


def test_the_page_is_up_to_date(repository: Path) -> None:
    made = runpy.run_path(str(repository / "docs" / "policy_reference.py"))["page"]()
    written = (repository / "docs" / "policy-reference.md").read_text(encoding="utf-8")
    assert made == written, "run: python docs/policy_reference.py"


@pytest.mark.parametrize("name", gate.checks())
def test_every_key_of_a_check_is_told(name: str) -> None:
    kind = gate.checks()[name].params
    told = {key.name for key in next(tables(name, kind)).keys}
    assert told == {field.encode_name for field in msgspec.structs.fields(kind)}
    said = CliRunner().invoke(EXPLAIN, [name], obj=Settings()).stdout
    assert [key for key in told if f"    {key}: " not in said] == []


@pytest.mark.parametrize("name", gate.checks())
def test_every_table_says_what_it_is_for(name: str) -> None:
    for table in tables(name, gate.checks()[name].params):
        assert table.words, table.head
        assert not table.words.startswith(f"`[{name}]`")


def test_required_is_what_the_loader_asks_for() -> None:
    class Table(msgspec.Struct, rename="kebab"):
        """Any. See `two_words`."""

        two_words: str  # said beside it
        other: tuple[int, ...] = (1, 2)

    (table,) = tables("any", Table)
    assert table.words == "Any. See `two-words`."
    assert [(k.name, k.shape, k.default, k.note) for k in table.keys] == [
        ("two-words", "text", REQUIRED, "said beside it"),
        ("other", "list of whole number", "[1, 2]", ""),
    ]


def test_editors_are_told_the_same_words() -> None:
    schema = json.loads(CliRunner().invoke(SCHEMA, ["policy"]).stdout)
    member = schema["$defs"]["Member"]["properties"]
    assert member["bot"]["description"] == "a machine account: it never approves"
    described = re.findall(r'"description": "', json.dumps(schema))
    assert len(described) > 150

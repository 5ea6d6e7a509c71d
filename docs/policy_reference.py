"""Writes docs/policy-reference.md from the types that read the policy: `python docs/policy_reference.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gatekeeper import gate
from gatekeeper.model.check import Product
from gatekeeper.policy.reference import REQUIRED, Key, Table, tables
from gatekeeper.policy.schema import GateTable

PAGE = Path(__file__).with_name("policy-reference.md")
HEAD = """# The policy, key by key

`gatekeeper.toml` holds one table for each check, beside `[product]`, `[gate]` and `schema = 1`. An unknown key is an
error. A table that is not there is judged by its own defaults, or is undecided where it has none.
`gatekeeper init` writes a first policy, [the example product](../examples/pump-link/gatekeeper.toml) has every table,
`gatekeeper schema policy` gives editors what they complete from, and `gatekeeper explain CHECK` tells one table.

This page is made by `docs/policy_reference.py`.
"""


def page() -> str:
    """The whole page: product and gate first, then the tables of the checks by name."""
    kinds = {"product": Product, "gate": GateTable} | {name: check.params for name, check in gate.checks().items()}
    return "\n".join([HEAD, *_contents(kinds), *(_chapter(name, kind) for name, kind in kinds.items())]).rstrip() + "\n"


def _contents(names: dict[str, type]) -> Iterator[str]:
    yield " · ".join(f"[{name}](#{name})" for name in names)
    yield ""


def _chapter(name: str, kind: type) -> str:
    return f"## {name}\n\n" + "\n".join(map(_table, tables(name, kind)))


def _table(table: Table) -> str:
    rows = [f"| `{key.name}` | {_cell(key.shape)} | {_default(key)} | {_cell(key.note)} |" for key in table.keys]
    return f"### `{table.head}`\n\n{table.words}\n\n| key | holds | without it | |\n|---|---|---|---|\n" + "\n".join(
        [*rows, ""]
    )


def _default(key: Key) -> str:
    return REQUIRED if key.default == REQUIRED else f"`{key.default}`" if key.default else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

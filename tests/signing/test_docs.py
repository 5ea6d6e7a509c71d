"""The policy in docs/signing.md is one that the gate accepts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from gatekeeper.checks.private_keys import CHECK as KEYS
from gatekeeper.checks.signing import CHECK
from gatekeeper.signing.token import key_reference

PAGE = (Path(__file__).parents[2] / "docs" / "signing.md").read_text()
WHOLE = {"identity": "https://example.org/workflow", "issuer": "https://example.org"}


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_a_policy_in_the_page_is_accepted(block: str) -> None:
    tables = tomllib.loads(block)
    if "signing" in tables:
        table = tables.pop("signing")
        assert msgspec.convert(table if "keyless" in table else {**WHOLE, **table}, CHECK.params)
    for name, table in tables.items():
        assert name == "private-keys"
        assert key_reference(msgspec.convert(table, KEYS.params).key.reference).token == "release"

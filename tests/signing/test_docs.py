"""The policy in docs/signing.md is one that the gate accepts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from gatekeeper.checks.signing import CHECK
from gatekeeper.signing.token import key_reference

PAGE = (Path(__file__).parents[2] / "docs" / "signing.md").read_text()
WHOLE = {"identity": "https://example.org/workflow", "issuer": "https://example.org"}


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_a_policy_in_the_page_is_accepted(block: str) -> None:
    table = tomllib.loads(block)["signing"]
    assert msgspec.convert({**WHOLE, **table}, CHECK.params)


def test_the_key_reference_in_the_page_is_accepted() -> None:
    (reference,) = re.findall(r"^pkcs11:\S+$", PAGE, re.MULTILINE)
    assert key_reference(reference).token == "release"

"""Catalogue, rules, code and tests, walked in both directions: nothing is claimed that no test shows."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from gatekeeper import gate
from gatekeeper.policy.rulebook import rulebook

TESTS = Path(__file__).parent
BUILT = sorted(rule for check in gate.checks().values() for rule in check.rules)


@cache
def shown() -> dict[str, int]:
    """How many test cases name each rule: parameter ids and docstrings that begin with it, and functions."""
    text = "\n".join(p.read_text(encoding="utf-8") for p in sorted(TESTS.rglob("test_*.py")) if p != Path(__file__))
    counts = dict.fromkeys(rulebook().rules, 0)
    for rule in re.findall(r"\b([A-Z]+-\d\d)\b", text):
        if rule in counts:
            counts[rule] += 1
    return counts


@pytest.mark.parametrize("rule", BUILT)
def test_every_built_rule_is_shown_its_bad_inputs(rule: str) -> None:
    assert shown()[rule] >= len(rulebook().rules[rule].bad_input)


def test_every_rule_belongs_to_a_check_that_is_there() -> None:
    checks = gate.checks()
    missing = {r.check for r in rulebook().rules.values()} - checks.keys()

    assert {rule for c in checks.values() for rule in c.rules} <= rulebook().rules.keys()
    assert all(not [r for r in BUILT if rulebook().rules[r].check == name] for name in missing)

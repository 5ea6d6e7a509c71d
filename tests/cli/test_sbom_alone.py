"""`sbom check`: a rule on which the check is silent is undecided, as in the gate."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gatekeeper.checks import sbom as check
from gatekeeper.cli.exits import UNDECIDED
from gatekeeper.cli.sbom_alone import _code, _each_once
from gatekeeper.model.check import Case, Product
from gatekeeper.model.finding import Judgement, judged
from gatekeeper.model.words import Mode, Phase
from gatekeeper.policy.rulebook import rulebook

CASE = Case(
    product=Product(name="pump-link", version="1.0", manufacturer="Example Devices"),
    rulebook=rulebook(),
    now=datetime(2026, 11, 20, tzinfo=UTC),
    mode=Mode.LOCAL,
)
DUE = [rule for rule in check.CHECK.rules if CASE.rulebook.phase(rule) is Phase.EVIDENCE]


def test_every_rule_that_is_asked_is_answered_once() -> None:
    whole = [judged(rule, "1 component") for rule in DUE]
    assert list(_each_once(whole, {DUE[0]}, CASE)) == whole[1:]
    assert _code(whole, CASE) == 0


@pytest.mark.parametrize("change", [lambda said: said[1:], lambda said: [*said, said[0]], lambda _: []])
def test_silence_and_repetition_are_undecided(change: object) -> None:
    said = change([judged(rule, "1 component") for rule in DUE])  # type: ignore[operator] - one of the three above
    assert _code(list(_each_once(said, set(), CASE)), CASE) == UNDECIDED


def test_nothing_judged_is_undecided() -> None:
    nothing: list[Judgement] = []
    assert _code(nothing, CASE) == UNDECIDED

"""The self-test finds the gate good here, and would notice if it were not."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from gatekeeper.cli.app import run
from gatekeeper.model.selftest import SampleResult, SelfTest
from gatekeeper.model.words import Outcome
from gatekeeper.selftest import suite
from gatekeeper.selftest.specimen import Sample
from gatekeeper.selftest.suite import run_selftest, specimens


@pytest.fixture(scope="module")
def result() -> SelfTest:
    return run_selftest()


def test_every_sample_is_stopped_by_its_own_rule_and_every_good_one_passes(result: SelfTest) -> None:
    assert [(s.rule, s.name, s.said) for s in result.wrong] == []
    assert result.passed


def test_every_specimen_has_good_controls_and_bad_samples_for_rules_that_its_checks_own() -> None:
    for specimen in specimens().values():
        assert specimen.rules
        assert specimen.samples


def test_an_empty_suite_proves_nothing(result: SelfTest) -> None:
    assert not msgspec.structs.replace(result, samples=()).passed
    assert not msgspec.structs.replace(result, samples=tuple(s for s in result.samples if s.bad)).passed
    assert not msgspec.structs.replace(result, samples=tuple(s for s in result.samples if not s.bad)).passed


@pytest.mark.parametrize(
    ("bad", "outcome", "right"),
    [
        pytest.param(True, Outcome.FAILED, True, id="stopped"),
        pytest.param(True, Outcome.UNDECIDED, True, id="stopped as undecided"),
        pytest.param(True, Outcome.PASSED, False, id="GATE-01: a known-bad sample that passes"),
        pytest.param(True, Outcome.NOT_APPLICABLE, False, id="GATE-01: a sample stopped by another rule only"),
        pytest.param(True, Outcome.DEVIATED, False, id="deviated"),
        pytest.param(False, Outcome.UNDECIDED, False, id="a good one that is undecided"),
        pytest.param(False, Outcome.PASSED, True, id="a good one passes"),
    ],
)
def test_what_counts_as_right(bad: bool, outcome: Outcome, right: bool) -> None:
    assert SampleResult("X-01", "x", bad, outcome).right is right


def test_a_fault_that_nobody_stops_fails_the_suite(monkeypatch: pytest.MonkeyPatch, capsys: object) -> None:
    one = specimens()["private-keys"]
    harmless = replace(one, samples=(Sample("KEY-02", "no fault at all", {"src/other.py": b"y = 2\n"}),))
    monkeypatch.setattr(suite, "specimens", lambda: {one.id: harmless})

    assert run(["selftest"]) == 1

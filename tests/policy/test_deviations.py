"""deviations.toml: strict, exact, dated, approved by another; one bad entry makes the whole file invalid (ISSUE-18)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.deviation import covering
from gatekeeper.model.finding import finding
from gatekeeper.model.words import Level
from gatekeeper.policy.deviations import Answers, read_answers
from gatekeeper.policy.rulebook import rulebook

GOOD = """schema = 1

[[deviation]]
id = "DEV-2026-001"
rule = "CODE-01"
finding = "0123456789abcdef"
decision = "accept"
justification = "The call runs a fixed command of the device image only."
risk-ref = "RM-17"
severity = "medium"
author = { name = "Aki Example", id = "aki@example.com" }
approved-by = [{ name = "Ben Example", id = "ben@example.com", role = "security" }]
approved-on = 2026-11-01
expires = 2026-12-31
releases = ["1.0"]
"""
FOUND = finding("CODE-01", "seen", key=["k"], level=Level.MEDIUM)


def read(tmp_path: Path, text: str) -> tuple[Answers, tuple[str, ...]]:
    path = tmp_path / "deviations.toml"
    path.write_text(text, encoding="utf-8")
    return read_answers(path, rulebook())


def test_a_good_file_is_read(tmp_path: Path) -> None:
    answers, faults = read(tmp_path, GOOD)

    assert faults == ()
    assert [d.id for d in answers.entries] == ["DEV-2026-001"]
    assert answers.entries[0].line == 3


def test_no_file_means_no_deviations(tmp_path: Path) -> None:
    assert read_answers(tmp_path / "deviations.toml", rulebook()) == (Answers(), ())


SECOND = GOOD.replace("schema = 1\n", "")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(("[[deviation]]", "[[deviations]]"), 'did you mean "deviation"?', id="ISSUE-18: table misspelt"),
        pytest.param(("rule =", "rul ="), 'did you mean "rule"?', id="ISSUE-18: a misspelt scope key"),
        pytest.param(("2026-12-31", "2026-13-31"), "not valid TOML", id="ISSUE-18: a malformed end date"),
        pytest.param(("2026-12-31", '"never"'), "expected a TOML date", id="ISSUE-18: never"),
        pytest.param(("2026-12-31", '"2026-12-31"'), "expected a TOML date", id="ISSUE-18: a date as text"),
        pytest.param(("2026-12-31", "2026-12-31T00:00:00Z"), "expires", id="ISSUE-18: a date with a time"),
        pytest.param(("expires = 2026-12-31\n", ""), 'lacks "expires"', id="ISSUE-20: no end date"),
        pytest.param(("2026-12-31", "2999-01-01"), "at most 90", id="ISSUE-20: an end in the year 2999"),
        pytest.param(("2026-12-31", "2026-10-31"), "must follow one another", id="ISSUE-20: ends before it begins"),
        pytest.param(('"0123456789abcdef"', '"*"'), "no patterns", id="ISSUE-19: a wildcard"),
        pytest.param(('"0123456789abcdef"', '"src/"'), "no patterns", id="ISSUE-19: a path prefix"),
        pytest.param(('["1.0"]', '["*"]'), "exact versions", id="ISSUE-20: every version"),
        pytest.param(('["1.0"]', "[]"), "exact versions", id="ISSUE-20: no version"),
        pytest.param(('"CODE-01"', '"SIGN-01"'), "cannot be deviated from", id="a rule that must be put right"),
        pytest.param(('"CODE-01"', '"CODE-99"'), "there is no rule", id="a rule that does not exist"),
        pytest.param(('"The call runs a fixed command of the device image only."', '"aaaaaaaaaaaaaaaaaaaaaaaaa"'),
                     "justification", id="ISSUE-21: junk for a reason"),
        pytest.param(('"RM-17"', '" "'), "risk-ref", id="ISSUE-21: no risk"),
        pytest.param(('"Ben Example", id = "ben@example.com"', '"B", id = "AKI@example.com "'),
                     "author cannot be an approver", id="ISSUE-22: approver equals author"),
        pytest.param(('"medium"', '"high"'), "at most 30", id="ISSUE-20: too long for its severity"),
        pytest.param(('"medium"', '"hihg"'), 'did you mean "high"?', id="ISSUE-18: severity misspelt"),
        pytest.param(('"medium"', '"critical"'), "at most 0", id="ISSUE-20: critical cannot be deviated"),
        pytest.param(('"accept"', '"ignore"'), '"decision" is one of', id="an unknown decision"),
        pytest.param(("DEV-2026-001", "*"), "an id looks like", id="an id that is a pattern"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_whole(tmp_path: Path, change: tuple[str, str], sentence: str) -> None:
    answers, faults = read(tmp_path, GOOD.replace(*change))

    assert any(sentence in fault for fault in faults), faults
    assert all(fault.startswith("deviations.toml") for fault in faults)
    assert sentence != "lacks" or not answers.entries


def test_high_needs_two_approvers(tmp_path: Path) -> None:
    """ISSUE-22: one approver for a high issue."""
    _, faults = read(tmp_path, GOOD.replace('"medium"', '"high"').replace("2026-12-31", "2026-11-20"))

    assert [f for f in faults if "needs 2 different approver" in f]


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(SECOND.replace("0123456789abcdef", "fedcba9876543210"), id="ISSUE-18: two entries with one id"),
        pytest.param(SECOND.replace("001", "002").replace("12-31", "12-01"), id="ISSUE-19: two entries, one finding"),
    ],
)
def test_repetition_is_refused(tmp_path: Path, second: str) -> None:
    _, faults = read(tmp_path, GOOD + second)

    assert len(faults) == 1


def test_a_broken_link_is_not_no_file(tmp_path: Path) -> None:
    (tmp_path / "deviations.toml").symlink_to(tmp_path / "nowhere")

    _, faults = read_answers(tmp_path / "deviations.toml", rulebook())

    assert faults


@pytest.mark.parametrize(
    ("day", "version", "level", "answered"),
    [
        pytest.param(date(2026, 11, 20), "1.0", Level.MEDIUM, True, id="in force"),
        pytest.param(date(2026, 10, 31), "1.0", Level.MEDIUM, False, id="ISSUE-20: approved after the release"),
        pytest.param(date(2026, 12, 31), "1.0", Level.MEDIUM, False, id="ISSUE-20: expired on that day"),
        pytest.param(date(2026, 11, 20), "1.1", Level.MEDIUM, False, id="ISSUE-20: another version"),
        pytest.param(date(2026, 11, 20), "1.0", Level.HIGH, False, id="ISSUE-23: severity raised"),
        pytest.param(date(2026, 11, 20), "1.0", Level.LOW, True, id="severity fallen"),
    ],
)
def test_when_a_deviation_answers(tmp_path: Path, day: date, version: str, level: Level, answered: bool) -> None:
    seen = finding("CODE-01", "seen", key=["k"], level=level)
    answers, _ = read(tmp_path, GOOD.replace("0123456789abcdef", seen.fingerprint))

    assert (covering(seen, answers.entries, day, version) is not None) is answered


_mutations = st.lists(st.sampled_from([*GOOD.splitlines(keepends=True), "[[deviation]]\n", "x = 1\n"]), max_size=20)


@given(_mutations)
def test_any_mix_of_lines_is_a_file_or_faults(tmp_path_factory: Any, lines: list[str]) -> None:
    answers, faults = read(tmp_path_factory.mktemp("d"), "".join(lines))

    if answers.entries and not faults:
        assert len({d.id for d in answers.entries}) == len(answers.entries)
        assert all(d.approved_on < d.expires for d in answers.entries)
        assert all((d.expires - d.approved_on).days <= 90 for d in answers.entries)

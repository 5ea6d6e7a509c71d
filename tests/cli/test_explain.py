"""`gatekeeper explain`: everything that the record can name has an answer."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from gatekeeper.cli.app import run
from gatekeeper.cli.exits import MEANINGS
from gatekeeper.cli.explain import COMMAND, NEXT_STEPS, WHEN, WORDS
from gatekeeper.cli.settings import Settings
from gatekeeper.model.words import Basis, ClauseStatus, Decision, Outcome, Phase, Severity
from gatekeeper.policy.rulebook import rulebook

BOOK = rulebook()


def explain(*words: str) -> Result:
    return CliRunner().invoke(COMMAND, list(words), obj=Settings(), catch_exceptions=False, standalone_mode=False)


@pytest.mark.parametrize("lang", ["en", "ja", "both"])
def test_every_rule_clause_check_and_profile_has_an_answer(lang: str) -> None:
    topics = [*BOOK.rules, *BOOK.clauses, *BOOK.profiles, *{r.check for r in BOOK.rules.values()}]

    assert len(topics) > 290
    for topic in topics:
        assert explain(topic, "--lang", lang).stdout.startswith(topic), topic


def test_a_rule_says_what_passes_what_is_refused_and_what_to_do() -> None:
    rule = BOOK.rules["SBOM-04"]

    said = " ".join(explain("sbom-04").stdout.split())

    for text in (rule.title.en, rule.passes_when, rule.remedy.en, *rule.bad_input):
        assert " ".join(text.split()) in said


def test_a_rule_says_whether_a_deviation_may_answer_it() -> None:
    assert "a live deviation may answer" in explain("CODE-01").stdout
    assert "it has to be put right" in explain("SIGN-01").stdout


def test_a_translation_of_our_own_is_marked_as_such() -> None:
    assert "our own translation" in explain("5.8.7", "--lang", "ja").stdout
    assert "our own translation" not in explain("4.2", "--lang", "ja").stdout


@pytest.mark.parametrize("code", MEANINGS)
def test_every_exit_code_has_a_meaning_and_a_next_step(code: int) -> None:
    said = " ".join(explain("exit-codes").stdout.split())

    assert f"{code} {MEANINGS[code]} {NEXT_STEPS[code]}" in said


@pytest.mark.parametrize("words", [Outcome, Decision, Basis, Severity])
def test_every_word_of_the_record_is_explained(words: type) -> None:
    assert set(words) <= set(WORDS)


def test_every_clause_status_is_explained() -> None:
    assert set(ClauseStatus) - {ClauseStatus.FRAME} <= set(WORDS)


def test_every_phase_has_words() -> None:
    assert set(WHEN) == set(Phase)


@pytest.mark.parametrize("test", ["B602", "b301", "B105"])
def test_a_bandit_test_names_its_coding_rule_and_the_next_step(test: str) -> None:
    said = " ".join(explain(test).stdout.split())

    assert said.startswith(test.upper())
    assert "CWE-" in said
    assert "https://bandit.readthedocs.io/" in said
    assert "gatekeeper deviation add" in said


def test_without_a_topic_it_lists_what_can_be_asked() -> None:
    said = explain().stdout

    for word in ("secure-coding", "5.8.7", "cisa-2026", "undecided", "exit-codes", "B602"):
        assert word in said


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        pytest.param("SBON-04", 'Did you mean "SBOM-04"?', id="rule"),
        pytest.param("SBOM-4", 'Did you mean "SBOM-04"?', id="a number without its nought"),
        pytest.param("code1", 'Did you mean "CODE-01"?', id="nor its dash"),
        pytest.param("e994c7739d26cfcd", "fingerprint of one finding", id="fingerprint"),
        pytest.param("undecidet", 'Did you mean "undecided"?', id="word"),
        pytest.param("exit-code", 'Did you mean "exit-codes"?', id="exit codes"),
        pytest.param("B999", "Bandit has no test", id="Bandit"),
        pytest.param("qqqqqqqq", "Run `gatekeeper explain`", id="nothing like it"),
        pytest.param("\x1b[31mred", "nothing is known", id="control characters"),
        pytest.param("", "nothing is known", id="empty"),
    ],
)
def test_an_unknown_topic_is_a_usage_error_with_a_hint(
    topic: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", topic]) == 2
    said = capsys.readouterr().err
    assert hint in said
    assert "\x1b" not in said


def test_every_heading_has_japanese() -> None:
    """`--lang ja` gave Japanese titles under English headings."""
    for topic in ("SBOM-04", "5.8.5", "5.8", "fda", "DOC-17"):
        headings = [line for line in explain(topic, "--lang", "ja").stdout.splitlines()[1:] if line.endswith(":")]
        assert headings
        assert not [h for h in headings if h.isascii()], topic
    about = explain("PEOPLE-05", "--lang", "ja").stdout.splitlines()[2]
    assert about.strip() == "停止、自動判定。チェック people。承認の後に判定"


def test_a_heading_lists_what_is_below_it_and_nothing_empty() -> None:
    """`explain 5.8`, the clause of this tool, ended in two empty sections."""
    said = explain("5.8").stdout
    assert all(clause in said for clause in ("5.8.1  ", "5.8.5  ", "5.8.7  "))
    lines = said.splitlines()
    assert not [a for a, b in zip(lines, [*lines[1:], ""], strict=True) if a.endswith(":") and not b.strip()]


def test_a_row_that_is_too_long_goes_on_behind_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    lines = explain("people").stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("  PEOPLE-02"))
    assert lines[at + 1].startswith(" " * 19)
    assert max(map(len, lines)) <= 50

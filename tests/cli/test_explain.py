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

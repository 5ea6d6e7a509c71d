"""The shipped catalogue and rules agree in both directions, and a damaged copy stops the gate."""

from __future__ import annotations

import re

import pytest

from gatekeeper.model.rule import Clause, Rule
from gatekeeper.model.words import Basis, Severity
from gatekeeper.policy.rulebook import RulebookError, parse, rulebook, shipped

BOOK = rulebook()
CATALOGUE, RULES = shipped("catalogue.toml"), shipped("rules.toml")
JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
BASES_OF_5_8 = {
    "5.8.1": {Basis.AUTOMATIC},
    "5.8.2": {Basis.AUTOMATIC, Basis.PRESENCE, Basis.ATTESTATION},
    "5.8.3": {Basis.AUTOMATIC},
    "5.8.4": {Basis.AUTOMATIC, Basis.ATTESTATION},
    "5.8.5": {Basis.AUTOMATIC, Basis.ATTESTATION},
    "5.8.6": {Basis.AUTOMATIC, Basis.ATTESTATION},
    "5.8.7": {Basis.PRESENCE, Basis.ATTESTATION},
}


def test_every_rule_names_clauses_that_exist_and_every_clause_lists_exactly_its_rules() -> None:
    by_clause = {clause: {r.id for r in BOOK.rules.values() if clause in r.clauses} for clause in BOOK.clauses}

    assert {c for r in BOOK.rules.values() for c in r.clauses} <= BOOK.clauses.keys()
    assert {c.id: set(c.rules) for c in BOOK.clauses.values()} == by_clause


def test_frames_have_no_rules() -> None:
    assert not [c.id for c in BOOK.clauses.values() if c.relation == "frame" and c.rules]


@pytest.mark.parametrize("clause", BASES_OF_5_8)
def test_clause_5_8_keeps_its_blocking_bases(clause: str) -> None:
    rules = [BOOK.rules[r] for r in BOOK.clauses[clause].rules]

    assert {r.basis for r in rules if r.severity is Severity.BLOCK} >= BASES_OF_5_8[clause]


def test_all_47_requirements_of_iec_62443_4_1_are_hit() -> None:
    assert len({r for c in BOOK.clauses.values() for r in c.iec62443_4_1}) == 47


def test_every_rule_tells_what_must_not_pass_and_what_to_do() -> None:
    assert all(r.bad_input and r.remedy and r.title.ja and r.passes_when for r in BOOK.rules.values())


@pytest.mark.parametrize("rule", BOOK.rules.values(), ids=lambda rule: rule.id)
def test_every_rule_speaks_both_languages(rule: Rule) -> None:
    for text in (rule.title, rule.remedy):
        assert text.en.isascii()
        assert JAPANESE.search(text.ja), text.ja
        assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", text.ja), f"left in English: {text.ja}"
    assert rule.remedy.ja.endswith("。")


@pytest.mark.parametrize("clause", BOOK.clauses.values(), ids=lambda clause: clause.id)
def test_every_clause_speaks_both_languages(clause: Clause) -> None:
    for text in (clause.title, clause.summary, *clause.evidence):
        assert text.en.strip()
        assert JAPANESE.search(text.ja), text.ja


@pytest.mark.parametrize(
    ("catalogue", "rules"),
    [
        pytest.param(CATALOGUE.replace(b"catalogue/1", b"catalogue/9", 1), RULES, id="GATE-10: unknown catalogue"),
        pytest.param(
            CATALOGUE, RULES.replace(b"gatekeeper.rules/1", b"gatekeeper.rules/9", 1), id="GATE-10: unknown rules"
        ),
        pytest.param(CATALOGUE, RULES.replace(b'"block"', b'"blok"', 1), id="a severity misspelt"),
        pytest.param(CATALOGUE, RULES.replace(b'id = "CODE-02"', b'id = "CODE-01"'), id="an id twice"),
        pytest.param(CATALOGUE, RULES[: len(RULES) // 2], id="cut in half"),
        pytest.param(CATALOGUE, re.sub(rb'remedy.ja = ".*"\n', b"", RULES, count=1), id="a remedy in one language"),
        pytest.param(CATALOGUE, re.sub(rb'remedy.ja = ".*"', b'remedy.ja = " "', RULES, count=1), id="a blank one"),
        pytest.param(re.sub(rb', ja = "[^"]*" }', b" }", CATALOGUE, count=1), RULES, id="evidence in one language"),
        pytest.param(b"", RULES, id="empty"),
        pytest.param(CATALOGUE, RULES.replace(b'"CODE-08", "ISSUE-08"', b'"CODE-98", "ISSUE-08"'), id="a stranger"),
    ],
)
def test_a_damaged_copy_is_refused(catalogue: bytes, rules: bytes) -> None:
    with pytest.raises(RulebookError):
        parse(catalogue, rules)

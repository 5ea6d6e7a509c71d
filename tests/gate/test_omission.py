"""Nothing passes by omission: whatever checks leave out, say twice, say of other rules, or crash on, each rule that they
answer for must have been judged once and well before anything is released."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper import gate
from gatekeeper.model.check import AnyCheck, Case, Check
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.facts import Facts
from gatekeeper.model.finding import Judgement, finding
from gatekeeper.model.recording import record_of
from gatekeeper.model.words import Decision, Phase
from gatekeeper.policy.policy import Policy
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.policy.schema import GateTable
from tests.gate.test_gate import PRODUCT, ROW, context

BOOK = rulebook()
NAMES = ("secure-coding", "sbom", "signing")
RULES = {name: tuple(r.id for r in BOOK.rules.values() if r.check == name)[:3] for name in NAMES}
EVERY = tuple(rule for rules in RULES.values() for rule in rules)
REACHED = tuple(Phase)[: tuple(Phase).index(Phase.LAST) + 1]


class Params(msgspec.Struct, frozen=True):
    pass


class Seen(msgspec.Struct, frozen=True):
    said: tuple[Judgement, ...] = ()


def judgements() -> st.SearchStrategy[Judgement]:
    rule = st.sampled_from((*EVERY, "CODE-99"))
    texts = st.sampled_from([(), ("",), ("3 files",)])
    faults = st.sampled_from([(), ("x",)])
    return st.builds(
        lambda r, seen, bad, doubts, na: Judgement(
            r, seen, tuple(finding(r, f, key=[f]) for f in bad), doubts, "no such part" if na else ""
        ),
        rule, texts, faults, faults, st.booleans(),
    )  # fmt: skip


GOOD = st.sampled_from(EVERY).map(lambda rule: Judgement(rule, ("3 files",)))
HOW = st.sampled_from(["says", "says", "says", "refuses", "crashes", "exits", "says nothing", "says an odd thing"])


def behaving(how: str, value: Any) -> Any:
    match how:
        case "refuses":
            raise EvidenceError("not there")
        case "crashes":
            raise ZeroDivisionError("boom")
        case "exits":
            raise SystemExit(0)
        case "says nothing":
            return None
        case "says an odd thing":
            return (object(),)
    return value


def check(name: str, collects: str, judges: str, tells: str, said: Iterable[Judgement], later: bool) -> AnyCheck:
    def judge(evidence: Seen, _params: Params, _case: Case) -> Any:
        return behaving(judges, evidence.said)

    return Check(
        name, RULES[name], Params, Seen,
        lambda _c, _p: behaving(collects, Seen(tuple(said))), judge,
        facts=lambda _e, _p: behaving(tells, Facts()),
        later=dict.fromkeys(REACHED[1:], judge) if later else {},
    )  # fmt: skip


def checks() -> st.SearchStrategy[dict[str, AnyCheck]]:
    said = st.lists(GOOD | judgements(), max_size=8) | st.just([Judgement(rule, ("3 files",)) for rule in EVERY])
    each = {name: st.builds(check, st.just(name), HOW, HOW, HOW, said, st.booleans()) for name in NAMES}
    return st.fixed_dictionaries(each)


@settings(max_examples=300)
@given(known=checks(), configured=st.sets(st.sampled_from(NAMES)), only=st.sets(st.sampled_from(NAMES)))
def test_a_release_has_judged_every_rule_once_and_well(
    known: dict[str, AnyCheck], configured: set[str], only: set[str]
) -> None:
    policy = Policy(PRODUCT, GateTable(), dict.fromkeys(configured, Params()), {}, (), "p" * 64, "")
    gathered = gate.gather(policy, context(root=Path()), known, only=only)
    verdict = gate.judge(gathered, Phase.LAST)
    rows = Counter(result.id for result in verdict.results)

    assert set(rows.values()) <= {1}
    judged_now = only or set(NAMES)
    due = {r for name in judged_now for r in RULES[name] if BOOK.phase(r) in REACHED}
    assert due <= rows.keys()
    if verdict.decision is Decision.RELEASE:
        assert configured == set(NAMES) == judged_now
        assert all(isinstance(c.facts(Seen(), Params()), Facts) for c in known.values())
        assert not [r.id for r in verdict.results if not (any(r.observed) or r.not_applicable)]
    record = record_of(verdict, ROW, gate_version="0", created="2026-11-20T09:00:00+00:00", stage="sealed")
    assert record.decision is verdict.decision
    named = {r.id for r in record.rules} | {r.id for r in (*record.outside, *record.deferred)}
    assert named == BOOK.rules.keys()


def test_good_answers_to_every_rule_do_release() -> None:
    said = [Judgement(rule, ("3 files",)) for rule in EVERY]
    known = {name: check(name, "says", "says", "says", said, later=True) for name in NAMES}
    policy = Policy(PRODUCT, GateTable(), dict.fromkeys(NAMES, Params()), {}, (), "p" * 64, "")

    assert gate.judge(gate.gather(policy, context(), known), Phase.LAST).decision is Decision.RELEASE

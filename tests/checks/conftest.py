"""What every test of a check needs: a context, a case, and the outcome that the gate would derive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.model.check import AnyCheck, Case, Context, Product
from gatekeeper.model.facts import Facts
from gatekeeper.model.finding import Judgement
from gatekeeper.model.verdict import Answered, RuleResult
from gatekeeper.model.words import Mode, Outcome, Phase
from gatekeeper.policy.rulebook import rulebook

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PRODUCT = Product(name="pump-link", version="2.3.1", manufacturer="Example Devices (an example)")


def context_of(root: Path, *artifacts: Path, **more: Any) -> Context:
    """The world of one run of the examples' product."""
    values = {"now": NOW, "env": {}, "mode": Mode.CI, "product": PRODUCT, "rulebook": rulebook()} | more
    return Context(root=root, artifacts=artifacts, **values)


def case_of(**more: Any) -> Case:
    """What a judge may know beside its evidence."""
    return Case(**({"product": PRODUCT, "rulebook": rulebook(), "now": NOW, "mode": Mode.CI} | more))


class Judged:
    """The judgements of one check, asked by rule."""

    def __init__(self, judgements: Iterable[Judgement]) -> None:
        self.by_rule = {j.rule: j for j in judgements}

    def outcome(self, rule: str) -> Outcome:
        j = self.by_rule[rule]
        known = rulebook().rules[rule]
        return RuleResult(
            id=rule,
            check=known.check,
            severity=known.severity,
            basis=known.basis,
            clauses=known.clauses,
            observed=j.observed,
            answered=tuple(map(Answered, j.findings)),
            doubts=j.doubts,
            not_applicable=j.not_applicable,
        ).outcome

    def words(self, rule: str) -> str:
        """Everything that the judgement says."""
        j = self.by_rule[rule]
        return "\n".join((*(f"{f.where}: {f.message}" for f in j.findings), *j.doubts, j.not_applicable, *j.observed))


def judge(check: AnyCheck, evidence: Any, params: Any = None, phase: Phase = Phase.EVIDENCE, **case: Any) -> Judged:
    """Judge evidence that went through JSON, as stored evidence does; the phase must answer exactly its rules."""
    stored = msgspec.json.decode(msgspec.json.encode(evidence), type=check.evidence)
    assert stored == evidence
    judge_now = check.judge_in(phase)
    assert judge_now is not None
    judgements = tuple(judge_now(stored, params or check.params(), case_of(**case)))
    due = {rule for rule in check.rules if rulebook().phase(rule) is phase}
    assert sorted(j.rule for j in judgements) == sorted(due)
    return Judged(judgements)


def run(check: AnyCheck, context: Context, params: Any = None, phase: Phase = Phase.EVIDENCE, **case: Any) -> Judged:
    """Collect and judge."""
    table = params or check.params()
    return judge(check, check.collect(context, table), table, phase, **case)


def facts(check: AnyCheck, evidence: Any, params: Any = None) -> Facts:
    """The facts that the check hands to the others."""
    return check.facts(evidence, params or check.params())


@pytest.fixture(name="gate")
def _gate() -> Any:
    """The functions above, for tests that cannot import them."""

    class Gate:
        context = staticmethod(context_of)
        case = staticmethod(case_of)
        judge = staticmethod(judge)
        run = staticmethod(run)
        facts = staticmethod(facts)
        now = NOW
        product = PRODUCT

    return Gate

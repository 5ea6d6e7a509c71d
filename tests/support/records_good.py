"""A register of records that satisfies every rule that reads it, for tests that break one thing at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from gatekeeper.checks._records.register import Entry, Register, Seen
from gatekeeper.model.check import Case, Judge, Product
from gatekeeper.model.finding import Judgement
from gatekeeper.model.people import Member
from gatekeeper.model.verdict import RuleResult, answer
from gatekeeper.model.words import Basis, Mode, Outcome, Severity
from gatekeeper.policy.rulebook import rulebook

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
PRODUCT = Product(name="pump", version="2.1.0", manufacturer="Example", kind="security-update")
QA = Member(id="qa", name="Quinn Example", organisation="Example", roles=("security", "verification", "risk-authority"),
            identity="qa@example.org", issuer="https://issuer.example.org")  # fmt: skip


def case(**more: Any) -> Case:
    return Case(**{"product": PRODUCT, "rulebook": rulebook(), "now": NOW, "mode": Mode.CI, **more})


def seen(kind: str, **fields: Any) -> Seen:
    plain: dict[str, Any] = {
        "id": f"DOC-{kind}", "revision": "B", "product": "pump", "version": "2.1.0", "path": f"records/{kind}.md",
        "by": "qa", "on": date(2026, 10, 1),
    }  # fmt: skip
    return Seen(Entry(kind=kind, **(plain | fields)), digest="d" * 64)


def register(*entries: Seen) -> Register:
    return Register("records.toml", "r" * 64, entries)


def without(whole: Register, kind: str) -> Register:
    return msgspec.structs.replace(whole, seen=tuple(s for s in whole.seen if s.entry.kind != kind))


def changed(whole: Register, kind: str, problem: str = "", **fields: Any) -> Register:
    """The same register with other fields in the records of one kind."""
    return msgspec.structs.replace(
        whole,
        seen=tuple(
            msgspec.structs.replace(s, entry=msgspec.structs.replace(s.entry, **fields), problem=problem)
            if s.entry.kind == kind
            else s
            for s in whole.seen
        ),
    )


def outcome(judgement: Judgement) -> Outcome:
    return RuleResult(
        id=judgement.rule, check="x", severity=Severity.BLOCK, basis=Basis.AUTOMATIC, clauses=(),
        observed=judgement.observed, answered=answer(judgement, (), TODAY, "2.1.0"), doubts=judgement.doubts,
        not_applicable=judgement.not_applicable,
    ).outcome  # fmt: skip


def outcomes(judge: Judge, evidence: Any, params: Any, about: Case) -> dict[str, Outcome]:
    return {j.rule: outcome(j) for j in judge(evidence, params, about)}

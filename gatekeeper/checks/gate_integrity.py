"""The gate judges itself (5.8.6, 5.1.2): proven on this machine, in its validated range, never weakened."""

from __future__ import annotations

from gatekeeper.checks._gate_integrity.collecting import collect
from gatekeeper.checks._gate_integrity.evidence import Evidence, Params
from gatekeeper.checks._gate_integrity.judging import judge, judge_last
from gatekeeper.model.check import Check
from gatekeeper.model.facts import Facts, ToolFact
from gatekeeper.model.words import Phase


def facts(evidence: Evidence, params: Params) -> Facts:
    """The tools whose word the record relies on."""
    tools = tuple(
        ToolFact(t.name, t.version, t.build, validated=params.validated.get(t.name, "")) for t in evidence.tools
    )
    return Facts(tools=tools)


CHECK = Check(
    id="gate-integrity",
    rules=(*(f"GATE-{n:02}" for n in range(1, 8)), *(f"GATE-{n:02}" for n in range(9, 16))),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
    facts=facts,
    later={Phase.LAST: judge_last},
    own_run=True,
)

"""Security risks are managed (clause 7, 4.2, 9.4): threat model, answered threats, valued risks, accepted residue."""

from __future__ import annotations

from gatekeeper.checks._records.register import read
from gatekeeper.checks._risk_management import reading
from gatekeeper.checks._risk_management.evidence import Evidence, Params
from gatekeeper.checks._risk_management.judging import judge
from gatekeeper.model.check import Check, Context
from gatekeeper.model.people import people_of


def collect(context: Context, params: Params) -> Evidence:
    """Read the registers."""
    return Evidence(
        register=read(context.root, params.records),
        risks=reading.risks(context.root, params.risks),
        threats=reading.threats(context.root, params.threats),
        people=people_of(context.tables),
    )


CHECK = Check(
    id="risk-management",
    rules=tuple(f"RISK-{n:02}" for n in range(1, 10)),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
)

"""Software keeps being maintained (clause 6, 4.1.6, 4.1.8, 9.2): time to update, monitoring, proven fixes, metrics."""

from __future__ import annotations

from gatekeeper.checks._maintenance.evidence import Evidence, Params
from gatekeeper.checks._maintenance.judging import judge
from gatekeeper.checks._records.register import read
from gatekeeper.model.check import Check, Context


def collect(context: Context, params: Params) -> Evidence:
    """Read the register of records."""
    return Evidence(register=read(context.root, params.records))


CHECK = Check(
    id="maintenance",
    rules=tuple(f"MAINT-{n:02}" for n in (*range(1, 6), *range(7, 12))),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
)

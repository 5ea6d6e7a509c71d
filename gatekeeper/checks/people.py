"""Who may, who did, and that they are not the same: roles, approvals, and separation computed from git (5.8.6)."""

from __future__ import annotations

from gatekeeper.checks._people import approving, table
from gatekeeper.checks._people.collecting import collect
from gatekeeper.checks._people.evidence import Evidence, Params
from gatekeeper.model.check import Check
from gatekeeper.model.words import Phase

CHECK = Check(
    id="people",
    rules=tuple(f"PEOPLE-{n:02}" for n in range(1, 13)),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=table.judge,
    later={Phase.ON_APPROVALS: approving.judge},
)

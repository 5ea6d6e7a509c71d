"""What was known at the last release is known at this one: issues, promises, components, results, versions (8, 5.8.5).

That the record cannot be changed unnoticed and can be derived again is judged where the record is made.
"""

from __future__ import annotations

from gatekeeper.checks._continuity.collecting import collect
from gatekeeper.checks._continuity.evidence import Evidence, Params
from gatekeeper.checks._continuity.judging import judge, judge_last
from gatekeeper.model.check import Check
from gatekeeper.model.words import Phase

CHECK = Check(
    id="continuity",
    rules=(*(f"CHAIN-{n:02}" for n in range(1, 9)), "CHAIN-11"),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
    later={Phase.LAST: judge_last},
)

"""All applicable activities are complete, shown by records (5.8.6): scope, plans, designs, reviews, every clause."""

from __future__ import annotations

from gatekeeper.checks._activity_completion.evidence import Evidence, Params
from gatekeeper.checks._activity_completion.judging import judge, judge_approvals, judge_last
from gatekeeper.checks._records.register import read
from gatekeeper.model.check import Check, Context
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.facts import Facts
from gatekeeper.model.people import people_of
from gatekeeper.model.words import Phase
from gatekeeper.tools.git import open_repository


def collect(context: Context, params: Params) -> Evidence:
    """Read the register, and what the policy says about route and people."""
    return Evidence(
        register=read(context.root, params.records),
        route=str(context.tables.get("gate", {}).get("conformance-route", "clauses-4-9")),
        people=people_of(context.tables),
        committed=_committed(context),
        security_roles=tuple(map(str, context.tables.get("people", {}).get("security-roles", ("security",)))),
    )


def facts(_evidence: Evidence, params: Params) -> Facts:
    """The clauses that the manufacturer tailored, with their reasons."""
    return Facts(tailored=tuple((t.clause, f"{t.reason} (approved by {t.approver}, {t.on})") for t in params.tailored))


def _committed(context: Context) -> str:
    try:
        return open_repository(context.root).change("HEAD").committed
    except GatekeeperError:
        return ""


CHECK = Check(
    id="activity-completion",
    rules=tuple(f"DONE-{n:02}" for n in range(1, 16)),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
    facts=facts,
    later={Phase.ON_APPROVALS: judge_approvals, Phase.LAST: judge_last},
)

"""Known vulnerabilities of what ships: matched offline with dated data, answered by VEX or deviations, never assumed.

A zero proves nothing by itself: the record says how many components were assessed, each snapshot has to find a control,
and what the data cannot judge is counted and named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gatekeeper.model.check import Case, Check
from gatekeeper.model.facts import Facts, ToolFact, VulnerabilityFact
from gatekeeper.model.finding import Judgement
from gatekeeper.sbom.known import deciding, judging, judging_vex, matching
from gatekeeper.sbom.known.collect import collect
from gatekeeper.sbom.known.evidence import Evidence
from gatekeeper.sbom.known.matter import Matter
from gatekeeper.sbom.known.params import Params
from gatekeeper.sbom.overlay import target

RULES: dict[str, Callable[[Matter], Judgement]] = {
    "VULN-01": judging.usable,
    "VULN-02": judging.recent,
    "VULN-03": judging.decided,
    "VULN-04": judging.nothing_unassessed,
    "VULN-05": judging.none_exploited,
    "VULN-06": judging_vex.vex_about_this,
    "VULN-07": judging_vex.vex_reasons,
    "VULN-08": judging_vex.vex_authors,
    "VULN-09": judging.assessed_on_record,
    "VULN-10": judging_vex.vex_published,
}


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """All rules, on one matching."""
    matter = Matter(evidence, params, case)
    return (rule(matter) for rule in RULES.values())


def facts(evidence: Evidence, _params: Params) -> Facts:
    """Each known vulnerability with what is stated about it, and the scanners whose word counts."""
    listed = {i.upper() for i in evidence.exploited.ids}
    statements = [s for f in evidence.vex if not f.faults for s in f.statements]
    found = []
    for k in matching.match(evidence).known:
        said = deciding.answer(k, statements, evidence).statement
        found.append(
            VulnerabilityFact(
                id=k.id,
                component=target(k.component),
                level=k.level,
                known_exploited=bool({i.upper() for i in k.ids} & listed),
                vex_status=said.status if said else "",
                reason=(said.justification or said.action) if said else "",
                found_by=", ".join(k.found_by),
                aliases=k.ids,
            )
        )
    tools = tuple(
        ToolFact(s.tool, s.version, s.sha256, use="vulnerability scan") for s in evidence.scans if not s.fault
    )
    return Facts(vulnerabilities=tuple(found), tools=tools)


CHECK = Check(
    id="vulnerabilities",
    rules=tuple(RULES),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
    facts=facts,
)

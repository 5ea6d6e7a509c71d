"""CODE-06, and the findings of other scanners for CODE-01, purely."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.words import LEVEL_RANK, Level
from gatekeeper.scanners.coding_policy import CodingPolicy
from gatekeeper.scanners.evidence import CodingEvidence
from gatekeeper.scanners.excerpts import drawn
from gatekeeper.scanners.imports import Imported
from gatekeeper.scanners.sarif import Result

GENUINE, FINDINGS = "CODE-06", "CODE-01"
_NAMED = 20


def judge_imports(evidence: CodingEvidence) -> Judgement:
    """CODE-06: each required tool ran in an allowed version, with success, on this commit, over all that it covers."""
    doubts = [f"{each.tool}: {doubt}" for each in evidence.imported for doubt in _doubts(each)]
    rows = [
        f"{each.tool} {each.version}: {len(each.results)} results over {len(each.covered)} files "
        f"({sum(r.suppressed for r in each.results)} suppressed and {sum(bool(r.baseline) for r in each.results)} "
        f"baselined in the report, all counted), sha256 {each.sha256}"
        for each in evidence.imported
    ]
    observed = "; ".join(rows) or "the policy asks for no results of other tools; Bandit is run by the gate itself"
    return judged(GENUINE, observed, (), doubts)


def _doubts(each: Imported) -> Iterator[str]:
    yield from each.faults
    yield from (f"it did not read {path}" for path in each.missed[:_NAMED])
    if len(each.missed) > _NAMED:
        yield f"it did not read {len(each.missed) - _NAMED} more files"
    if not each.covered and not each.faults:
        yield "it read no file"


def findings_of(imported: Iterable[Imported], policy: CodingPolicy) -> tuple[list[Finding], int]:
    """What the other tools found and the policy counts, and how many results are below its threshold.

    A result that the report suppresses counts whatever its severity: whoever suppressed it says that it is a finding.
    """
    counted: list[Finding] = []
    below = 0
    for each in imported:
        seen: Counter[tuple[str, ...]] = Counter()
        for result in each.results:
            key = (each.tool.casefold(), result.rule, result.path, result.anchor or result.text)
            seen[key] += 1
            if result.suppressed or _reaches(each, result, policy):
                counted.append(_finding(each, result, (*key, str(seen[key])), policy))
            else:
                below += 1
    return counted, below


def _reaches(each: Imported, result: Result, policy: CodingPolicy) -> bool:
    rule = policy.rule_for(each.tool.casefold(), result.rule)
    severity = (rule and rule.severity) or policy.thresholds.severity
    return LEVEL_RANK[result.level] >= LEVEL_RANK[Level(severity)]


def _finding(each: Imported, result: Result, key: tuple[str, ...], policy: CodingPolicy) -> Finding:
    rule = policy.rule_for(each.tool.casefold(), result.rule)
    details = {"tool": f"{each.tool} {each.version}"}
    if result.cwe:
        details["cwe"] = f"CWE-{result.cwe}"
    if rule:
        details |= {"coding-rule": rule.id, "why": rule.reason}
    if result.suppressed or result.baseline:
        details["without effect"] = "suppressed" if result.suppressed else f"baseline: {result.baseline}"
    return finding(
        FINDINGS,
        f"{each.tool} {result.rule}: {result.text}",
        key=key,
        where=Where(result.path, result.line, result.column),
        level=result.level,
        excerpt=drawn(result.shown, result.source, result.line),
        note=result.rule,
        details=details,
    )

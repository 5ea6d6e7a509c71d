"""ISSUE-15: whatever a test or a tool found is known to the tracker, whether or not a deviation answers it.

It is judged when all findings are known. An issue names a test by its id, a tool's finding by the fingerprint that
`gatekeeper check` prints, a vulnerability by its id or an alias. Alerts of a forge are ISSUE-12's.
"""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.checks._security_issues.evidence import Evidence, Params
from gatekeeper.checks._security_issues.proofs import incomplete
from gatekeeper.model.check import Case
from gatekeeper.model.facts import TestFact
from gatekeeper.model.finding import Finding, Judgement, Where, finding
from gatekeeper.model.test_ids import canonical
from gatekeeper.model.verdict import RuleResult
from gatekeeper.model.words import Outcome

CODE, VULNERABILITIES = "CODE-01", "VULN-03"
TOOLS = (CODE, VULNERABILITIES)  # whose findings are those of tools at or above the policy's thresholds
NAME_REPORTS = "Name the test reports in [security-tests]."
RUN_TOOLS = "Run the whole gate: what its tools find is looked up in the tracker."


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """The one judgement of this module."""
    named = frozenset(canonical(name) for i in evidence.reports() for name in i.findings)
    known = frozenset(name for i in evidence.reports() for name in (i.ref, i.id) if name)
    tests, results = case.facts.tests, {r.id: r for r in case.results}
    doubts, advice = list(incomplete(evidence, params, case)), ""
    if untold := [why for rule in TOOLS if (why := _untold(rule, results.get(rule)))]:
        doubts += untold
        advice = RUN_TOOLS
    if not tests:
        doubts.append("no test report was read, so that nothing can be looked up")
        advice = NAME_REPORTS
    found = [(f, rule) for rule in TOOLS if rule in results for f in results[rule].findings]
    findings = [f for test in tests for f in _of_test(test, named, known)]
    findings += [_unnamed(f) for f, rule in found if not _names(f, rule) & named]
    observed = (
        f"{len(tests)} test reports with {sum(len(t.findings) for t in tests)} findings, {len(found)} findings of "
        f"tools, {len(named)} named by issues"
    )
    yield Judgement("ISSUE-15", (observed,), tuple(findings), tuple(doubts), advice=advice)


def _untold(rule: str, result: RuleResult | None) -> str:
    """Why what a tool found is not known."""
    if result is None:
        return f"what the tools found is not known: {rule} was not judged"
    unsure = result.doubts or result.outcome is Outcome.UNDECIDED
    return f"what the tools found is not wholly known: {rule} is in doubt" if unsure else ""


def _names(found: Finding, rule: str) -> frozenset[str]:
    """Every name by which an issue may refer to a tool's finding."""
    ids = (found.note, *found.details.get("aliases", "").split()) if rule == VULNERABILITIES else ()
    return frozenset(canonical(name) for name in (found.fingerprint, *ids) if name)


def _unnamed(found: Finding) -> Finding:
    return finding(
        "ISSUE-15",
        f"{found.where}: the finding {found.fingerprint} ({found.message}) stands in no issue",
        key=(found.rule, found.fingerprint),
        where=found.where,
        level=found.level,
        remedy=f"Mend it, or open an issue that names {found.fingerprint} among its findings.",
    )


def _of_test(test: TestFact, named: frozenset[str], known: frozenset[str]) -> Iterator[Finding]:
    for name in dict.fromkeys(test.findings):
        if canonical(name) not in named and test.raised.get(name, "") not in known:
            what = f"{test.path}: the finding {name!r} stands in no issue"
            yield finding("ISSUE-15", what, key=(test.kind, name), where=Where(test.path))
    count = test.failures + test.errors + test.skipped
    if count > len(test.findings):
        what = f"{test.path}: {count} tests did not pass, and only {len(test.findings)} of them are named"
        yield finding("ISSUE-15", what, key=(test.kind, "unnamed"), where=Where(test.path))

"""CODE-01 and CODE-03, purely: findings as if nothing were suppressed, and what the suppressions are worth.

1. A finding counts where its severity and its confidence reach the thresholds; unknown words reach all of them.
2. A finding that a `nosec` comment would hide counts whatever its severity: whoever hides it says that it is one.
3. The comment has to name the test and a live deviation that answers this very finding.
4. A comment that hides nothing has to go: the next finding on its line would meet it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gatekeeper.model.case import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.model.words import LEVEL_RANK, Level
from gatekeeper.scanners import advice, nosec
from gatekeeper.scanners.banned import Banned
from gatekeeper.scanners.coding_policy import CodingPolicy
from gatekeeper.scanners.evidence import CodingEvidence
from gatekeeper.scanners.excerpts import drawn, frame
from gatekeeper.scanners.judge_imports import findings_of
from gatekeeper.scanners.results import Comment, FileScan, Issue

FINDINGS, SUPPRESSIONS = "CODE-01", "CODE-03"
_CONFIDENCE = {"LOW": 0, "MEDIUM": 1, "HIGH": 2}


class Hit(msgspec.Struct, frozen=True):
    """One issue of one file, and the finding that it makes."""

    file: str
    issue: Issue
    finding: Finding


def judge_findings(evidence: CodingEvidence, banned: Sequence[Banned] = ()) -> Judgement:
    """CODE-01: no unanswered finding against the coding policy."""
    policy = evidence.policy.policy
    if policy is None:
        return undecided(FINDINGS, f"there is no valid coding policy to judge by: {evidence.policy.path}")
    counted, below = [], 0
    for hit in hits(evidence.scan.files, policy):
        if hit.issue.hidden_by or reaches(hit.issue, policy):
            counted.append(hit.finding)
        else:
            below += 1
    others, others_below = findings_of(evidence.imported, policy)
    counted += (*others, *_banned_findings(evidence, banned))
    below += others_below
    if not evidence.scan.files and not any(each.covered for each in evidence.imported):
        return undecided(FINDINGS, "no file was scanned")
    return judged(FINDINGS, _observed(evidence, policy, len(counted), below), counted)


def _observed(evidence: CodingEvidence, policy: CodingPolicy, counted: int, below: int) -> str:
    scan, at = evidence.scan, policy.thresholds
    lines = sum(f.loc for f in scan.files)
    return (
        f"{len(scan.files)} files with {lines} lines of code: {counted} findings that count (severity from "
        f"{at.severity}, confidence from {at.confidence}), {below} below; Bandit {scan.tools.bandit} with "
        f"{len(scan.tools.tests)} tests, {scan.how}"
    )


def hits(files: Iterable[FileScan], policy: CodingPolicy) -> Iterator[Hit]:
    """Every issue as a finding. Equal code in one file is told apart by a number: each needs its own answer."""
    for file in files:
        seen: Counter[tuple[str, str]] = Counter()
        for issue in file.issues:
            seen[issue.test, issue.anchor] += 1
            yield Hit(file.path, issue, _finding(file, issue, seen[issue.test, issue.anchor], policy))


def level(issue: Issue) -> Level:
    """Bandit's severity as ours; what is not low, medium or high is the highest."""
    known = {"LOW": Level.LOW, "MEDIUM": Level.MEDIUM, "HIGH": Level.HIGH}
    return known.get(issue.severity, Level.CRITICAL)


def reaches(issue: Issue, policy: CodingPolicy) -> bool:
    """Whether a finding counts under the policy; an unknown confidence counts as high."""
    rule = policy.rule_for("bandit", issue.test)
    severity = (rule and rule.severity) or policy.thresholds.severity
    confidence = (rule and rule.confidence) or policy.thresholds.confidence
    sure = _CONFIDENCE.get(issue.confidence, 2) >= _CONFIDENCE[confidence.upper()]
    return sure and LEVEL_RANK[level(issue)] >= LEVEL_RANK[Level(severity)]


def _finding(file: FileScan, issue: Issue, number: int, policy: CodingPolicy) -> Finding:
    rule = policy.rule_for("bandit", issue.test)
    details = {"test": issue.name, "severity": issue.severity, "confidence": issue.confidence}
    details["cwe"] = f"CWE-{issue.cwe}"
    if rule:
        details |= {"coding-rule": rule.id, "why": rule.reason}
    return finding(
        FINDINGS,
        f"{issue.test}: {issue.text}",
        key=[issue.test, file.path, issue.anchor, str(number)],
        where=file.place(issue.line, issue.column + 1),
        level=level(issue),
        remedy=advice.how_to_fix(issue.test),
        excerpt=frame(issue),
        note=issue.test,
        details=details,
    )


def _banned_findings(evidence: CodingEvidence, banned: Sequence[Banned]) -> Iterator[Finding]:
    """Every mention of a banned name: the team has decided, so no threshold applies."""
    why = {each.name: each for each in banned}
    seen: Counter[tuple[str, ...]] = Counter()
    for use in evidence.banned:
        entry = why.get(use.name, Banned(use.name, ""))
        key = ("banned", use.name, use.path, use.anchor)
        seen[key] += 1
        cwe = {"cwe": f"CWE-{entry.cwe}"} if entry.cwe else {}
        yield finding(
            FINDINGS,
            f"{use.written} is banned by the coding policy" + (f" as {use.name}" if use.written != use.name else ""),
            key=[*key, str(seen[key])],
            where=Where(use.path, use.line, use.column + 1),
            level=Level.HIGH,
            remedy=f"Use {entry.instead} instead." if entry.instead else "",
            excerpt=drawn(use.shown, use.source, use.line),
            note=use.name,
            details={"why": entry.reason, **cwe},
        )


def judge_suppressions(evidence: CodingEvidence, case: Case) -> Judgement:
    """CODE-03: every suppression in the source is a deviation."""
    policy = evidence.policy.policy
    if policy is None:
        return undecided(SUPPRESSIONS, f"there is no valid coding policy to judge by: {evidence.policy.path}")
    if not evidence.scan.files and not any(each.covered for each in evidence.imported):
        return undecided(SUPPRESSIONS, "no file was scanned")
    faults: list[Finding] = []
    total = hidden = 0
    for file in evidence.scan.files:
        found = [hit for hit in hits((file,), policy) if hit.issue.hidden_by]
        hidden += len(found)
        total += len(file.comments)
        for comment in file.comments:
            mine = [hit for hit in found if hit.issue.hidden_by == comment.line]
            faults += _comment_faults(file, comment, mine, case)
    effect = f"; without effect in the tree: {', '.join(evidence.settings)}" if evidence.settings else ""
    observed = f"{total} nosec comments that would hide {hidden} findings; none was obeyed{effect}"
    return judged(SUPPRESSIONS, observed, faults)


def _comment_faults(file: FileScan, comment: Comment, hidden: list[Hit], case: Case) -> Iterator[Finding]:
    tests, others = nosec.words(comment.text)
    if not tests:
        yield _fault(file, comment, "bare", f"a bare `nosec` hides {_names(hidden)}", hidden)
        return
    for test in tests:
        if not any(hit.issue.test == test for hit in hidden):
            yield _fault(file, comment, test, f"the comment names {test}, and there is no such finding here", hidden)
    for hit in hidden:
        if reason := _unanswered(hit, tests, others, case):
            yield _fault(file, comment, hit.finding.fingerprint, reason, [hit])


def _unanswered(hit: Hit, tests: tuple[str, ...], others: tuple[str, ...], case: Case) -> str:
    """Why the comment does not answer this finding; empty where it does."""
    test, day = hit.issue.test, case.now.date()
    if test not in tests:
        return f"the comment hides {test} without naming it"
    named = [d for d in case.deviations if d.id in others]
    if not named:
        return f"the comment hides {test} and names no deviation of the deviations file"
    version = case.product.version
    if any(d.answers(hit.finding, day, version) for d in named):
        return ""
    aimed = [d for d in named if d.finding == hit.finding.fingerprint]
    if not aimed:
        return f"{named[0].id} is about another finding than this {test}"
    if not aimed[0].live(day):
        return f"{aimed[0].id} is not in force on {day}, UTC (it runs from {aimed[0].starts} until {aimed[0].expires})"
    if version not in aimed[0].releases:
        return f"{aimed[0].id} was not decided for version {version}"
    return f"{aimed[0].id} does not answer this {test}: it was decided for another rule or a lower severity"


def _fault(file: FileScan, comment: Comment, what: str, message: str, hidden: list[Hit]) -> Finding:
    levels = [hit.finding.level for hit in hidden]
    remedy = "Remove the comment: it hides nothing today and would hide the next finding here."
    if hidden:
        remedy = (
            f"Fix the code, or register a deviation for finding {hidden[0].finding.fingerprint} of {FINDINGS} and name "
            f"it, as in `# nosec {hidden[0].issue.test} DEV-2026-014`."
        )
    return finding(
        SUPPRESSIONS,
        message,
        key=["nosec", file.path, comment.anchor, what],
        where=file.place(comment.line, comment.column + 1),
        level=max(levels, key=lambda each: LEVEL_RANK[each], default=Level.LOW),
        remedy=remedy,
        note=hidden[0].issue.test if hidden else "",
        details={"comment": comment.text[:200]},
    )


def _names(hidden: list[Hit]) -> str:
    return ", ".join(sorted({hit.issue.test for hit in hidden})) or "nothing now, and anything later"

"""ISSUE-08, ISSUE-09, ISSUE-10, ISSUE-16: nothing open, and closed means fixed in this release.

A tracker's "closed" is not the standard's: only a fix passes alone, every other closing is a decision with an owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from gatekeeper.checks._security_issues.evidence import Evidence, Fix, Params, at_least
from gatekeeper.checks._security_issues.proofs import incomplete
from gatekeeper.model.check import Case
from gatekeeper.model.deviation import Deviation, covering
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.test_ids import canonical, shown
from gatekeeper.model.versions import numbers
from gatekeeper.trackers import Disposition, Issue

_VERSION = re.compile(r"\d+(?:\.\d+)*")
DECIDE = "Register the decision as a deviation with risk reference and approver, or reopen the issue and fix it."


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """One judgement for each rule of the family; a list that is not complete leaves all of them in doubt."""
    issues, doubts = evidence.issues(), incomplete(evidence, params, case)
    closed = [i for i in issues if i.disposition.closed]
    verification = [i for i in issues if i.origin == "verification"]
    decided = sum(not i.disposition.closed and answered_by(i, case) is not None for i in issues)
    yield judged(
        "ISSUE-08",
        f"{len(issues)} issues, {len(issues) - len(closed)} of them open, {decided} of those decided by a deviation",
        chain.from_iterable(_open(i) for i in issues),
        doubts,
    )
    yield judged(
        "ISSUE-09",
        f"{len(closed)} closed issues, {sum(i.disposition is Disposition.FIXED for i in closed)} of them by a fix",
        chain.from_iterable(_not_fixed(i, issues, case) for i in closed),
        doubts,
    )
    yield _fixes(issues, evidence, params, case)
    yield judged(
        "ISSUE-16",
        f"{len(verification)} issues found by testing",
        chain.from_iterable(_from_testing(i, case) for i in verification),
        doubts,
    )


def answered_by(issue: Issue, case: Case) -> Deviation | None:
    """The live deviation that answers for this issue's state, if there is one."""
    found = chain(_open(issue), _unfixed(issue))
    answers = (covering(f, case.deviations, case.now.date(), case.product.version) for f in found)
    return next((d for d in answers if d), None)


def _where(issue: Issue) -> Where:
    return Where(pointer=issue.ref)


def _open(issue: Issue) -> Iterator[Finding]:
    if issue.disposition.closed:
        return
    what = "is open" if issue.disposition is Disposition.OPEN else "counts as open"
    word = issue.raw_state + (f" / {issue.raw_resolution}" if issue.raw_resolution else "")
    yield finding(
        "ISSUE-08",
        f"{issue.ref} {what} ({word}): {issue.title}",
        key=(issue.source, issue.id),
        where=_where(issue),
        level=issue.level,
        details={"url": issue.url} if issue.url else {},
    )


def _unfixed(issue: Issue) -> Iterator[Finding]:
    """Closed without a fix. The closing word is part of the fingerprint: another word needs another decision."""
    if not issue.disposition.closed or issue.disposition is Disposition.FIXED:
        return
    word = issue.raw_resolution or "no resolution"
    yield finding(
        "ISSUE-09",
        f"{issue.ref} was closed without a fix ({word}): {issue.title}",
        key=(issue.source, issue.id, issue.raw_resolution),
        where=_where(issue),
        level=issue.level,
        remedy=DECIDE,
        details={"url": issue.url} if issue.url else {},
    )


def _not_fixed(issue: Issue, issues: Iterable[Issue], case: Case) -> Iterator[Finding]:
    yield from _unfixed(issue)
    if issue.disposition is Disposition.DUPLICATE and (fault := _original(issue, issues, case)):
        yield finding(
            "ISSUE-09",
            f"{issue.ref} is a duplicate, but {fault}",
            key=(issue.source, issue.id, "original", issue.duplicate_of),
            where=_where(issue),
            level=issue.level,
            remedy="Point the duplicate to the issue that holds the fix, and see that one through.",
        )


def _original(issue: Issue, issues: Iterable[Issue], case: Case) -> str:
    """Follow a duplicate to the issue that it stands for; say what is wrong with it, or nothing."""
    known = {i.ref: i for i in issues} | {i.id: i for i in issues if i.source == issue.source}
    seen = [issue.ref]
    while issue.disposition is Disposition.DUPLICATE:
        if not issue.duplicate_of:
            return f"{issue.ref} does not say of which issue"
        original = known.get(issue.duplicate_of)
        if original is None:
            return f"{issue.duplicate_of} is not among the issues of this product"
        if original.ref in seen:
            return f"its chain runs in a ring: {' -> '.join([*seen, original.ref])}"
        seen.append(original.ref)
        issue = original
    if issue.disposition is Disposition.FIXED or answered_by(issue, case):
        return ""
    return f"its original {issue.ref} is neither fixed nor decided ({issue.raw_state} {issue.raw_resolution})".rstrip()


def _from_testing(issue: Issue, case: Case) -> Iterator[Finding]:
    """A finding of testing that is neither fixed nor answered under ISSUE-08 or ISSUE-09."""
    if issue.disposition is Disposition.FIXED or answered_by(issue, case):
        return
    yield finding(
        "ISSUE-16",
        f"{issue.ref} was found by testing and is not resolved ({issue.raw_state or 'no state'}): {issue.title}",
        key=(issue.source, issue.id),
        where=_where(issue),
        level=issue.level,
        remedy="Resolve it, or let a deviation answer its finding under ISSUE-08 or ISSUE-09.",
    )


def _fixes(issues: Iterable[Issue], evidence: Evidence, params: Params, case: Case) -> Judgement:
    fixed = [i for i in issues if i.disposition is Disposition.FIXED]
    need = [i for i in fixed if not i.fix_shown_by]
    doubts = list(incomplete(evidence, params, case))
    if need and evidence.history != "whole":
        doubts.append(f"the history of the release commit cannot be asked: {evidence.history}")
    known = {fix.named: fix for fix in evidence.fixes}
    tests = case.facts.tests
    passed = shown((name for t in tests for name in t.passed), (name for t in tests for name in t.findings))
    findings = [f for i in need for f in _commits(i, known)] if evidence.history == "whole" else []
    if any(i.fix_test for i in need) and not case.facts.tests:
        doubts.append("no test report was read, so that nothing says which of the named tests passed")
    findings += [f for i in fixed for f in _version(i, case.product.version)]
    findings += [f for i in need for f in _test(i, params, passed if case.facts.tests else None)]
    named = sum(len(i.fix_commits) for i in need)
    otherwise = f", {len(fixed) - len(need)} shown in another way" if len(fixed) > len(need) else ""
    observed = f"{len(need)} fixed issues with {named} fix commits in {evidence.commit[:12] or 'no commit'}{otherwise}"
    return judged("ISSUE-10", observed, findings, doubts)


def _commits(issue: Issue, known: Mapping[str, Fix]) -> Iterator[Finding]:
    if not issue.fix_commits:
        yield _fault(issue, "commit", "is fixed, but names no commit that holds the fix")
    for named in issue.fix_commits:
        match known.get(named):
            case None:
                yield _fault(issue, named, f"names {named}, which was not looked up")
            case Fix(state="in the release", reverted_by=""):
                continue
            case Fix(state="in the release", reverted_by=by):
                yield _fault(issue, named, f"was fixed by {named[:12]}, which {by[:12]} reverted before the release")
            case Fix(state="abbreviated"):
                yield _fault(issue, named, f"names {named!r}, which is no full commit id")
            case Fix(state="elsewhere"):
                yield _fault(issue, named, f"was fixed by {named[:12]}, which is not in the release")
            case Fix():
                yield _fault(issue, named, f"names {named[:12]}, which git does not know")


def _test(issue: Issue, params: Params, passed: frozenset[str] | None) -> Iterator[Finding]:
    """`passed` are names in their one form, or None where no report was read: then the test is a doubt, no fault."""
    if issue.fix_test and passed is not None and canonical(issue.fix_test) not in passed:
        what = f"names the test {issue.fix_test!r}, which is not among the tests that passed"
        yield _fault(issue, "test", what, "Name the test as the report does, and let it pass.")
    if not issue.fix_test and at_least(issue.level, params.fix_test_from):
        what = f"is fixed at severity {issue.level}, but names no test that shows it"
        yield _fault(issue, "test", what, "Name the passing test that shows the fix.")


def _version(issue: Issue, released: str) -> Iterator[Finding]:
    """Where a tracker says in which versions the fix is, this release must be one of them: not older than the newest,
    or not older than the one of its own line (major and minor)."""
    if not issue.fixed_in:
        return
    named = [found for text in _VERSION.findall(issue.fixed_in) if (found := numbers(text))]
    mine = numbers("".join(_VERSION.findall(released)[:1]))
    line = [v for v in named if mine and _line(v) == _line(mine)]
    if not named or not mine or mine < min(line or [max(named)]):
        yield _fault(issue, "version", f"is fixed in {issue.fixed_in}, and this release is {released}")


def _line(version: tuple[int, ...]) -> tuple[int, ...]:
    return (*version, 0, 0)[:2]


def _fault(issue: Issue, part: str, what: str, remedy: str = "") -> Finding:
    return finding(
        "ISSUE-10",
        f"{issue.ref} {what}",
        key=(issue.source, issue.id, part),
        where=_where(issue),
        level=issue.level,
        remedy=remedy,
    )

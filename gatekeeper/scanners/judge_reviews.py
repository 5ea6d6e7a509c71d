"""CODE-07, CODE-08 and CODE-09, purely: reviewed by somebody else, not quietly loosened, on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.model.words import Level
from gatekeeper.scanners.evidence import CodingEvidence
from gatekeeper.scanners.judge_findings import hits
from gatekeeper.scanners.reviews import Before, Commit, Exempt, Implementation, Merge, Review, Reviews, one_name

CHANGES, GROWTH, IMPLEMENTATION = "CODE-07", "CODE-08", "CODE-09"
LOOKED_AT = ("security-requirements", "interfaces", "trust-boundaries", "coding-policy")


def judge_changes(evidence: CodingEvidence, exempt: Sequence[Exempt]) -> Judgement:
    """CODE-07: every change was reviewed by somebody else, on the revision that was merged."""
    reviews = evidence.reviews
    if reviews.history_fault:
        return undecided(CHANGES, f"the history cannot be read: {reviews.history_fault}")
    if reviews.merges is None:
        if reviews.merges_fault == "the policy names none":
            missing = finding(CHANGES, "there are no merge records", key=["none"], level=Level.LOW)
            return judged(CHANGES, f"{len(reviews.commits)} commits, no merge records", [missing])
        return undecided(CHANGES, f"the merge records cannot be read: {reviews.merges_fault}")
    merges = reviews.merges.merges
    if len(merges) != reviews.merges.total:
        return undecided(CHANGES, f"{len(merges)} merge records of {reviews.merges.total}: the export is cut off")
    if not reviews.commits:
        return undecided(CHANGES, "there is no commit since the previous release")
    excused = {each.commit for each in exempt if each.reason.strip()}
    by_commit = {commit: merge for merge in merges for commit in (*merge.commits, merge.merged)}
    faults = [
        _unreviewed(commit, reason)
        for commit in reviews.commits
        if commit.commit not in excused and (reason := _why_unreviewed(commit, by_commit.get(commit.commit), reviews))
    ]
    observed = f"{len(reviews.commits)} commits in {len(merges)} merged changes, {len(excused)} excused with a reason"
    return judged(CHANGES, observed, faults)


def _why_unreviewed(commit: Commit, merge: Merge | None, reviews: Reviews) -> str:
    if merge is None:
        return "belongs to no merged change: it was pushed directly"
    authors = {who for each in reviews.commits if each.commit in (*merge.commits, merge.merged) for who in each.people}
    approvals = [each for each in _last_words(merge, reviews) if each.state.casefold() == "approved"]
    others = [each for each in approvals if one_name(each.by, reviews.people) not in {*authors, *commit.people}]
    if not approvals:
        return f"was merged as {merge.id} without an approving review"
    if not others:
        return f"was merged as {merge.id} with no approval but its own authors'"
    final = {merge.merged, *merge.commits[-1:]}
    if not any(each.revision in final for each in others):
        return f"was merged as {merge.id}, which changed after its approval"
    return ""


def _last_words(merge: Merge, reviews: Reviews) -> Iterable[Review]:
    """What each reviewer said last, comments aside: an approval that was taken back is none."""
    said = (each for each in merge.reviews if each.by.strip() and each.state.casefold() != "commented")
    return {one_name(each.by, reviews.people): each for each in said}.values()


def _unreviewed(commit: Commit, reason: str) -> Finding:
    where = Where(pointer=f"commit {commit.commit[:12]}")
    return finding(CHANGES, f"{commit.commit[:12]} {reason}", key=[commit.commit], where=where, level=Level.MEDIUM)


def before(evidence: CodingEvidence) -> Before:
    """What a later record compares itself with."""
    policy = evidence.policy.policy
    found = hits(evidence.scan.files, policy) if policy else ()
    return Before(
        tuple((hit.issue.test, hit.finding.fingerprint) for hit in found if hit.issue.hidden_by),
        tuple(each.path for each in evidence.selection.excluded),
        {each.tool: sum(result.suppressed for result in each.results) for each in evidence.imported},
    )


def judge_growth(evidence: CodingEvidence, case: Case) -> Judgement:
    """CODE-08: what is suppressed and excluded did not grow, or each new one has a deviation of its own."""
    then = evidence.reviews.before
    now = before(evidence)
    counts = f"{len(now.suppressed)} suppressions, {len(now.exclusions)} exclusions"
    if then is None:
        if not case.product.previous_version:
            return judged(GROWTH, f"{counts}; the first release, nothing to compare with")
        missing = f"there is no previous record, though {case.product.previous_version} was released"
        return judged(GROWTH, counts, [finding(GROWTH, missing, key=["previous"], level=Level.LOW)])
    if then.fault:
        return undecided(GROWTH, f"the previous record cannot be read: {then.fault}")
    observed = f"{counts}; before: {len(then.suppressed)} suppressions, {len(then.exclusions)} exclusions"
    return judged(GROWTH, observed, _grown(evidence, now, then, case))


def _grown(evidence: CodingEvidence, now: Before, then: Before, case: Case) -> Iterator[Finding]:
    more = Counter(test for test, _ in now.suppressed) - Counter(test for test, _ in then.suppressed)
    policy = evidence.policy.policy
    for hit in hits(evidence.scan.files, policy) if policy else ():
        test, mark = hit.issue.test, hit.finding.fingerprint
        if not hit.issue.hidden_by or not more[test] or (test, mark) in then.suppressed:
            continue
        if not any(d.answers(hit.finding, case.now.date(), case.product.version) for d in case.deviations):
            message = f"a new suppression of {test} without a deviation of its own"
            yield finding(GROWTH, message, key=["nosec", mark], where=hit.finding.where, level=Level.LOW)
    for path in now.exclusions:
        if path not in then.exclusions:
            where = Where(pointer=f"[secure-coding] exclude {path!r}")
            yield finding(GROWTH, f"a new exclusion: {path}", key=["exclude", path], where=where, level=Level.LOW)
    for tool, count in now.imported.items():
        if count > then.imported.get(tool, 0):
            message = f"{tool} reports {count} suppressed results, {then.imported.get(tool, 0)} before"
            yield finding(GROWTH, message, key=["imported", tool, str(count)], level=Level.LOW)


def judge_implementation(evidence: CodingEvidence, case: Case) -> Judgement:
    """CODE-09: a named person other than the authors reviewed this version, and every finding is an issue."""
    record = evidence.reviews.implementation
    if record is None:
        fault = evidence.reviews.implementation_fault
        if fault == "the policy names none":
            missing = finding(IMPLEMENTATION, "there is no implementation review record", key=["none"], level=Level.LOW)
            return judged(IMPLEMENTATION, "no implementation review record", [missing])
        return undecided(IMPLEMENTATION, f"the implementation review cannot be read: {fault}")
    said = f"{record.reviewer.name} on {record.reviewed} for {record.version}: {len(record.findings)} findings"
    faults = _implementation_faults(record, evidence.reviews, case)
    return judged(IMPLEMENTATION, said, [finding(IMPLEMENTATION, f, key=[f], level=Level.LOW) for f in faults])


def _implementation_faults(record: Implementation, reviews: Reviews, case: Case) -> Iterator[str]:
    if record.version != case.product.version:
        yield f"the review is of version {record.version}, not of {case.product.version}"
    if record.reviewed > case.now.date():
        yield f"the review is dated {record.reviewed}, which is to come"
    authors = {who for commit in reviews.commits for who in commit.people}
    authors |= {one_name(who, reviews.people) for who in case.facts.source.authors}
    names = {one_name(record.reviewer.id, reviews.people), one_name(record.reviewer.name, reviews.people)}
    if not record.reviewer.id.strip() or not record.reviewer.name.strip():
        yield "the reviewer is not named"
    elif names & authors:
        yield f"{record.reviewer.name} wrote in this change set and cannot review it"
    elif not authors:
        yield "nothing tells who the authors are, so that the reviewer could be another"
    yield from (
        f"the review does not say that {part} were looked at" for part in LOOKED_AT if part not in record.looked_at
    )
    issues = {issue.id for issue in case.facts.issues}
    yield from (f"the finding {each!r} is no issue of the issue set" for each in record.findings if each not in issues)
    if not record.findings and not record.none.strip():
        yield "the review lists no finding and does not state that there was none"

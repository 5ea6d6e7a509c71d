"""DOC-07, 09 and 12: the documents were reviewed, as they are shipped, by somebody else, and nothing was left open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from gatekeeper.checks._documents.model import days_in
from gatekeeper.checks._release_documents.evidence import (
    DECOMMISSIONING,
    Evidence,
    Params,
    Review,
    Shipped,
    about,
    absent,
    judged_each,
)
from gatekeeper.model.check import Case
from gatekeeper.model.facts import IssueFact
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.people import known_as, same_person

AUTHOR = ("author", "作成者", "著者", "執筆者")
DATED = ("date", "日付", "作成日", "document", "文書", "文書番号")
_BETWEEN_NAMES = re.compile(r"[,;/&、，；／＆\n]|\band\b|及び|および|並びに")
_OF_DOCUMENTS = ("document", "manual", "guide", "文書", "取扱説明")


def reviewed(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """DOC-07."""
    findings = [f for item in evidence.documents for f in _faults("DOC-07", item, evidence, params, case)]
    if not evidence.documents:
        findings.append(absent("DOC-07", "any"))
    people = sorted({review.reviewer for review in params.reviews})
    return judged("DOC-07", f"{len(params.reviews)} reviews by {', '.join(people) or 'nobody'}", findings)


def decommissioning_reviewed(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """DOC-12: as DOC-07, and by somebody with product security competence."""
    items = evidence.of(DECOMMISSIONING)
    excused = any(e.kind == DECOMMISSIONING and e.approved_by in evidence.security for e in params.not_applicable)
    if excused and not items:
        return judged("DOC-12", "there is no decommissioning guide to review, as DOC-10 judges")
    findings = [f for item in items for f in _faults("DOC-12", item, evidence, params, case)]
    findings += [
        about("DOC-12", item, f"was reviewed by {review.reviewer}, who is not of the security role", ("competence",))
        for item in items
        if (review := _review(item, params)) and review.reviewer not in evidence.security
    ]
    return judged_each("DOC-12", items, DECOMMISSIONING, findings, "reviewed")


def _review(item: Shipped, params: Params) -> Review | None:
    """The review of these very bytes, or else any of the document."""
    mine = [review for review in params.reviews if review.path == item.path]
    return next((review for review in mine if review.sha256 == item.sha256), mine[0] if mine else None)


def _faults(rule: str, item: Shipped, evidence: Evidence, params: Params, case: Case) -> Iterator[Finding]:
    if item.missing:
        return
    review = _review(item, params)
    if review is None:
        yield about(rule, item, "no review is on record", ("none",))
        return
    if review.sha256 != item.sha256:
        yield about(
            rule, item, f"the review is of sha256 {review.sha256[:12]}…, shipped is {item.sha256[:12]}…", ("digest",)
        )
    authors = _authors(item)
    if not authors:
        yield about(rule, item, "its head names no author, so that nobody can tell who else reviewed it", ("author",))
    elif any(same_person(author, review.reviewer, evidence.people) for author in authors):
        yield about(rule, item, f"{review.reviewer} reviewed what {review.reviewer} wrote", ("self",))
    if not known_as(review.reviewer):
        yield about(rule, item, f"its review names nobody: {review.reviewer!r}", ("nobody",))
    written = days_in(item.head(*DATED))
    if not written:
        yield about(rule, item, "its head gives no date", ("date",))
    elif not written[0] <= review.reviewed <= case.now.date():
        told = f"the review of {review.reviewed} is not between the document's date ({written[0]}) and the release"
        yield about(rule, item, told, ("order",))
    if review.open_findings:
        yield about(rule, item, f"{review.open_findings} findings of its review are open", ("open",))


def _authors(item: Shipped) -> tuple[str, ...]:
    """Everyone whom the head names as author; what stands in brackets are remarks."""
    said = re.sub(r"[(（][^)）]*[)）]?", "", item.head(*AUTHOR))
    return tuple(name for name in _BETWEEN_NAMES.split(said) if known_as(name))


def findings_closed(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """DOC-09: what reviews or reports found in the documents is closed, and both lists agree."""
    issues = [issue for issue in case.facts.issues if _of_documents(issue)]
    left_open = {review.path: review.open_findings for review in params.reviews if review.open_findings}
    findings = [
        finding("DOC-09", f"{path}: {count} findings of the review are open", key=("review", path), where=Where(path))
        for path, count in left_open.items()
    ]
    for issue in issues:
        closed = _moment(issue.closed)
        if issue.state != "closed":
            recorded = "" if left_open else ", and no review record says so"
            findings.append(_about_issue(issue, f"is about the documents and open{recorded}"))
        elif closed is None or closed > case.now:
            findings.append(
                _about_issue(issue, f"is about the documents and was closed at {issue.closed or 'no time'}")
            )
    if not params.reviews:
        findings.append(finding("DOC-09", "no review record tells of findings in the documents", key=("none",)))
    return judged(
        "DOC-09",
        f"{len(params.reviews)} reviews and {len(issues)} issues about {len(evidence.documents)} documents",
        findings,
    )


def _of_documents(issue: IssueFact) -> bool:
    said = f"{issue.origin} {issue.more.get('found_by', '')}".casefold()
    return any(word in said for word in _OF_DOCUMENTS)


def _about_issue(issue: IssueFact, message: str) -> Finding:
    return finding("DOC-09", f"issue {issue.id} {message}", key=(issue.id,), where=Where(pointer=issue.id))


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)

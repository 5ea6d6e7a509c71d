"""DOC-03, 04, 10, 11, 16 and 17: guides that cover their topics."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.checks._documents.model import holds
from gatekeeper.checks._release_documents.binding import misnamed
from gatekeeper.checks._release_documents.evidence import (
    ACCOUNTS,
    DECOMMISSIONING,
    INTERFACES,
    OPERATION,
    Evidence,
    NotApplicable,
    Params,
    Shipped,
    about,
    judged_each,
)
from gatekeeper.checks._release_documents.topics import TOPICS, Topic, filled, parts_on, uncovered
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, not_applicable
from gatekeeper.model.people import who

_POLICY = "gatekeeper.toml"
_REMOTE = Topic("remote-service", ("remote", "遠隔", "リモート"))
_REMOTE_QUESTIONS = (
    ("who connects", ("service staff", "technician", "engineer", "who", "personnel", "担当", "要員", "者が")),
    ("from where", ("from", "network", "site", "から", "拠点", "センタ")),
    ("how it is authenticated", ("authentic", "password", "certificate", "認証", "証明書")),
    ("how it is logged", ("log", "record", "ログ", "記録")),
    ("how it is closed", ("clos", "end", "disconnect", "終了", "切断", "閉じ")),
)


def operation(evidence: Evidence, params: Params, _case: Case) -> Judgement:
    """DOC-03."""
    return _covering("DOC-03", OPERATION, evidence, params)


def accounts(evidence: Evidence, params: Params, _case: Case) -> Judgement:
    """DOC-04: the account guide, or why there is none."""
    excuse = _excuse(params, ACCOUNTS)
    if excuse and not evidence.of(ACCOUNTS):
        if params.default_accounts:
            message = "the policy says both that there are default accounts and that no account guide is needed"
            return judged("DOC-04", "the policy", [finding("DOC-04", message, key=("excuse",), where=Where(_POLICY))])
        if who(excuse.approved_by, evidence.people) not in {m.id for m in evidence.people}:
            message = f"left out as approved by {excuse.approved_by!r}, who is nobody of [people]"
            return judged("DOC-04", "the policy", [finding("DOC-04", message, key=("approver",), where=Where(_POLICY))])
        return not_applicable("DOC-04", f"{excuse.reason} (approved by {excuse.approved_by})")
    unlisted = [f for item in evidence.of(ACCOUNTS) for f in _unlisted(item)] if params.default_accounts else []
    return _covering("DOC-04", ACCOUNTS, evidence, params, unlisted)


def _unlisted(item: Shipped) -> Iterator[Finding]:
    topic = next(topic for topic in TOPICS[ACCOUNTS] if topic.id == "default-accounts")
    parts = [section for section, _ in parts_on(item.document, topic)]
    if parts and not any(section.items or section.tables for section in parts):
        yield about(
            "DOC-04", item, "the product has default accounts, and they are not listed", ("listed",), parts[0].line
        )


def decommissioning(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """DOC-10: the guide is there, of this product and version."""
    items = evidence.of(DECOMMISSIONING)
    excuse = _excuse(params, DECOMMISSIONING)
    if excuse and not items:
        if excuse.approved_by in evidence.security:
            return not_applicable("DOC-10", f"{excuse.reason} (approved by {excuse.approved_by}, security)")
        message = f"left out without approval by the security role: {excuse.approved_by} does not have it"
        return judged("DOC-10", "the policy", [finding("DOC-10", message, key=("excuse",), where=Where(_POLICY))])
    return judged_each("DOC-10", items, DECOMMISSIONING, _unfinished("DOC-10", items, params, case))


def _unfinished(rule: str, items: tuple[Shipped, ...], params: Params, case: Case) -> Iterator[Finding]:
    for item in items:
        if item.missing or item.unreadable:
            continue
        yield from misnamed(rule, item, case.product)
        if len("".join(item.document.text.split())) < params.minimum_characters:
            yield about(rule, item, "is too short to be a guide", ("short",))


def decommissioning_topics(evidence: Evidence, params: Params, _case: Case) -> Judgement:
    """DOC-11."""
    excuse = _excuse(params, DECOMMISSIONING)
    if excuse and not evidence.of(DECOMMISSIONING) and excuse.approved_by in evidence.security:
        return not_applicable("DOC-11", f"{excuse.reason} (approved by {excuse.approved_by}, security)")
    silent = [
        about("DOC-11", item, "does not say how remote access is revoked", ("remote",))
        for item in evidence.of(DECOMMISSIONING)
        if params.remote_service and not item.missing and not holds(item.document.text, _REMOTE.words)
    ]
    return _covering("DOC-11", DECOMMISSIONING, evidence, params, silent)


def interfaces(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """DOC-16."""
    items = evidence.of(INTERFACES)
    if params.networked is False and not items:
        return not_applicable("DOC-16", "the policy states that the product is not networked")
    misfits = [
        f for item in items if not item.missing and not item.unreadable for f in misnamed("DOC-16", item, case.product)
    ]
    return _covering("DOC-16", INTERFACES, evidence, params, misfits)


def remote_service(evidence: Evidence, params: Params, _case: Case) -> Judgement:
    """DOC-17: who connects, from where, and how it is authenticated, logged, closed and in the end revoked."""
    if params.remote_service is None:
        message = "the policy does not say whether there is a remote service: remote-service = true or false"
        return judged("DOC-17", "the policy", [finding("DOC-17", message, key=("unsaid",), where=Where(_POLICY))])
    if not params.remote_service:
        return judged("DOC-17", "the policy states that there is no remote service")
    guides = evidence.of(OPERATION)
    gaps = [f for item in guides for f in _remote_gaps(item)]
    gaps += [
        about("DOC-17", item, "does not say how remote access is revoked", ("revoked",))
        for item in evidence.of(DECOMMISSIONING)
        if not item.missing and not holds(item.document.text, _REMOTE.words)
    ]
    return judged_each("DOC-17", guides, OPERATION, gaps, "remote service described")


def _remote_gaps(item: Shipped) -> Iterator[Finding]:
    if item.missing or item.unreadable:
        return
    text = "\n".join(text for _, text in parts_on(item.document, _REMOTE))
    if not filled(text):
        yield about("DOC-17", item, "has no part on the remote service", ("part",))
        return
    for question, words in _REMOTE_QUESTIONS:
        if not holds(text, words):
            yield about("DOC-17", item, f"the part on the remote service does not say {question}", (question,))


def _covering(
    rule: str, kind: str, evidence: Evidence, params: Params, more: list[Finding] | tuple[Finding, ...] = ()
) -> Judgement:
    items = evidence.of(kind)
    gaps = [f for item in items for f in uncovered(rule, item, params.topics)]
    return judged_each(rule, items, kind, (*gaps, *more), f"{len(TOPICS[kind])} topics")


def _excuse(params: Params, kind: str) -> NotApplicable | None:
    return next((entry for entry in params.not_applicable if entry.kind == kind), None)

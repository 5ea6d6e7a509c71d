"""What users get to read: there, finished, of this version, and as the gate knows it (5.8.2, 5.8.7, 4.1.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gatekeeper.checks._documents.reading import read
from gatekeeper.checks._release_documents import binding, contact, disclosed, guides, places, reviews, statement
from gatekeeper.checks._release_documents.evidence import Evidence, Params, Shipped
from gatekeeper.model.check import Case, Check, Context
from gatekeeper.model.facts import DocumentFact, Facts
from gatekeeper.model.finding import Judgement
from gatekeeper.model.people import people_of
from gatekeeper.model.words import Phase

_JUDGES: dict[str, Callable[[Evidence, Params, Case], Judgement]] = {
    "DOC-01": binding.bound,
    "DOC-03": guides.operation,
    "DOC-04": guides.accounts,
    "DOC-06": disclosed.support,
    "DOC-07": reviews.reviewed,
    "DOC-08": binding.languages,
    "DOC-09": reviews.findings_closed,
    "DOC-10": guides.decommissioning,
    "DOC-11": guides.decommissioning_topics,
    "DOC-12": reviews.decommissioning_reviewed,
    "DOC-13": contact.contact,
    "DOC-14": statement.advisories,
    "DOC-15": places.document_map,
    "DOC-16": guides.interfaces,
    "DOC-17": guides.remote_service,
    "DOC-18": places.statements,
    "DOC-19": places.exclusions,
}


def collect(context: Context, params: Params) -> Evidence:
    """Read every listed document below the root."""
    people = people_of(context.tables)
    return Evidence(
        documents=tuple(
            _shipped(context, entry.kind, entry.path, entry.language, entry.sha256) for entry in params.documents
        ),
        statements=tuple(_shipped(context, entry.name, entry.path) for entry in params.statements),
        contact=_shipped(context, "contact", params.contact),
        security=tuple(name for m in people if "security" in m.roles for name in (m.id, m.name)),
        claimed=statement.claimed(context.tables),
        people=people,
    )


def judge(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """Each rule of the family in turn."""
    return (judge_rule(evidence, params, case) for judge_rule in _JUDGES.values())


def on_findings(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """What users are told, and what is claimed, depend on which findings stand, and by which deviations."""
    yield statement.statement(evidence, params, case)
    yield disclosed.residual_risks(evidence, params, case)


def facts(evidence: Evidence, _params: Params) -> Facts:
    """The documents, and the versions that their heads name."""
    there = [item for item in evidence.documents if item.sha256]
    return Facts(documents=tuple(map(_fact, there)))


def _fact(item: Shipped) -> DocumentFact:
    risks = disclosed.disclosed(item) if item.kind == "residual-risks" else ()
    return DocumentFact(
        kind=item.kind,
        path=item.path,
        sha256=item.sha256,
        language=item.language,
        version=binding.revision(item),
        title=item.document.title,
        author=item.head("author", "作成者", "著者"),
        topics=tuple(section.heading for section, _ in item.document.parts()),
        discloses=tuple(row.id for row in risks),
    )


def _shipped(context: Context, kind: str, path: str, language: str = "", pinned: str = "") -> Shipped:
    if "://" in path:
        missing = "" if pinned else "an address without sha256 is no evidence"
        unreadable = f"{path} is outside the repository: the gate cannot read it" if pinned else ""
        return Shipped(kind, path, language, pinned, missing=missing, unreadable=unreadable)
    seen = read(context.root, path)
    return Shipped(kind, path, language, pinned, seen.sha256, seen.size, seen.missing, seen.unreadable, seen.document)


CHECK = Check(
    id="release-documents",
    rules=(*_JUDGES, "DOC-02", "DOC-05"),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
    facts=facts,
    later={Phase.ON_FINDINGS: on_findings},
)

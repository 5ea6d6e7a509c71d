"""DOC-02: the conformance statement says what the policy says. DOC-14: advisories for what is to be disclosed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.checks._documents.model import Section, holds, names_version, plain
from gatekeeper.checks._release_documents.evidence import (
    ADVISORY,
    CONFORMANCE,
    Claimed,
    Evidence,
    Params,
    Shipped,
    about,
    judged_each,
)
from gatekeeper.checks._release_documents.topics import filled
from gatekeeper.model.check import Case
from gatekeeper.model.facts import IssueFact
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.words import Outcome, Severity

_ROUTE = ("route", "適合の経路", "経路", "適合方法", "適合の方法")
_SCOPE = ("scope", "適用範囲", "範囲")
_TAILORING = ("tailor", "調整", "テーラリング")
_FOUR_TO_NINE = re.compile(r"(?<!\d)4\s*(?:to|through|-|–|—|から|~|～|〜)\s*9(?!\d)")
_ANNEX_F = re.compile(r"annex f|附属書\s*f")
_NOT = re.compile(r"\b(?:not|no|without|neither|nor)\b|n['’]t\b|ない|よらず|非適用")
_PARTS = re.compile(r"[,.;:()。、，；：（）]|\bbut\b")
_FULL = re.compile(
    r"full(?:y)?[ -](?:conform|compl)|complete conformity|(?:conform|compl)\w* (?:to|with) (?:all|every)\b"
    r"|全面的に(?:適合|準拠)|完全に?(?:適合|準拠)|(?:すべて|全て)の(?:要求事項|箇条)に(?:適合|準拠)"
)
_FILLING = frozenset(
    [
        "the",
        "and",
        "or",
        "of",
        "for",
        "its",
        "in",
        "on",
        "to",
        "as",
        "by",
        "an",
        "with",
        "from",
        "all",
        "is",
        "are",
        "be",
        "at",
    ]
)
_UNDISCLOSED = ("", "no", "false", "n", "0", "none", "不要", "いいえ")  # any other word asks for an advisory
_CLAUSE = re.compile(r"\d+(?:\.\d+)+|F\.\d")


def claimed(tables: Mapping[str, Any]) -> Claimed:
    """Take out of the policy what the statement must equal; other checks judge those tables themselves."""
    completion = tables.get("activity-completion", {})
    scope = completion.get("scope") or {}
    return Claimed(
        route=str(tables.get("gate", {}).get("conformance-route", "clauses-4-9")),
        parts=tuple(map(str, scope.get("parts", ()))),
        excluded=tuple(str(row.get("part", "")) for row in scope.get("excluded", ())),
        tailored=tuple(str(row.get("clause", "")) for row in completion.get("tailored", ())),
    )


def statement(evidence: Evidence, _params: Params, case: Case) -> Judgement:
    """DOC-02."""
    items = evidence.of(CONFORMANCE)
    findings = [
        f
        for item in items
        if not item.missing and not item.unreadable
        for f in _differences(item, evidence.claimed, case)
    ]
    claim = evidence.claimed
    told = f"route {claim.route}, {len(claim.excluded)} exclusions, {len(claim.tailored)} tailored clauses"
    judgement = judged_each("DOC-02", items, CONFORMANCE, findings, told)
    if claim.parts:
        return judgement
    unknown = "the policy does not say what the scope is ([activity-completion.scope])"
    return Judgement("DOC-02", judgement.observed, judgement.findings, (*judgement.doubts, unknown))


def _differences(item: Shipped, claim: Claimed, case: Case) -> Iterator[Finding]:
    route = _part(item, _ROUTE)
    if not filled(route):
        yield about("DOC-02", item, "does not name the route of conformity", ("route",))
    elif not _same_route(plain(route), claim.route):
        yield about("DOC-02", item, f"names another route than the policy ({claim.route})", ("route",))
    scope = plain(_part(item, _SCOPE))
    for part in claim.parts:
        if not scope or not all(_has(scope, word) for word in _words(part)):
            yield about("DOC-02", item, f"its scope does not name {part!r}", ("scope", part))
    yield from _sets("exclusion", item, claim.excluded, _first_column(item, "exclu", "除外"))
    yield from _tailoring(item, claim)
    yield from _overclaimed(item, case)


def _words(part: str) -> tuple[str, ...]:
    """What of a part's name has to be found: its words, or all of it where it is nothing but short ones."""
    words = tuple(word for word in re.findall(r"\w[\w-]+", plain(part)) if word not in _FILLING)
    return words or (plain(part),)


def _has(text: str, word: str) -> bool:
    """A short word stands alone: "gui" is not in "guide"."""
    if not holds(text, (word,)):
        return False
    return (
        len(word) > 3
        or not word.isascii()
        or re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None
    )


def _same_route(text: str, route: str) -> bool:
    """Which routes the text claims; what a part of a sentence denies it does not claim."""
    claims = [part for part in _PARTS.split(text) if not _NOT.search(part)]
    annex, clauses = (any(map(named.search, claims)) for named in (_ANNEX_F, _FOUR_TO_NINE))
    return (annex, clauses) == (route == "annex-f", route == "clauses-4-9")


def _sets(what: str, item: Shipped, known: tuple[str, ...], told: tuple[str, ...]) -> Iterator[Finding]:
    one, other = {plain(text): text for text in known if text}, {plain(text): text for text in told if text}
    for name in sorted(one.keys() - other.keys()):
        yield about("DOC-02", item, f"does not tell the {what} {one[name]!r} of the policy", (what, name))
    for name in sorted(other.keys() - one.keys()):
        yield about("DOC-02", item, f"tells an {what} {other[name]!r} that the policy does not have", (what, name))


def _first_column(item: Shipped, *names: str) -> tuple[str, ...]:
    tables = [table for table in item.document.tables() if table.column(*names) == 0]
    return tuple(cell for table in tables for (cell,) in table.records(0))


def _tailoring(item: Shipped, claim: Claimed) -> Iterator[Finding]:
    sections = [section for section, _ in item.document.parts() if holds(section.heading, _TAILORING)]
    if not filled(_part(item, _TAILORING)):
        yield about("DOC-02", item, "does not say which clauses are tailored, or that none is", ("tailoring",))
        return
    told = {clause for section in sections for cell in _cells(section) for clause in _CLAUSE.findall(cell)}
    for clause in sorted(set(claim.tailored) - told):
        yield about(
            "DOC-02",
            item,
            f"does not tell that clause {clause} is tailored, in a table with the reason",
            ("tailored", clause),
        )
    for clause in sorted(told - set(claim.tailored)):
        yield about(
            "DOC-02", item, f"tells that clause {clause} is tailored; the policy does not", ("tailored", clause)
        )


def _cells(section: Section) -> Iterator[str]:
    for table in section.tables:
        for row in table.rows[1:]:
            if row and len([cell for cell in row if cell.strip()]) > 1:
                yield row[0]


def _overclaimed(item: Shipped, case: Case) -> Iterator[Finding]:
    short = [
        r.id
        for r in case.results
        if r.outcome is Outcome.UNDECIDED or (r.outcome is Outcome.FAILED and r.severity is Severity.BLOCK)
    ]
    if short and _FULL.search(plain(item.document.text)):
        told = f"claims full conformity, while {len(short)} rules are not passed: {', '.join(short[:5])}"
        yield about("DOC-02", item, told, ("full",))


def _part(item: Shipped, words: tuple[str, ...]) -> str:
    return "\n".join(text for section, text in item.document.parts() if holds(section.heading, words))


def advisories(evidence: Evidence, _params: Params, case: Case) -> Judgement:
    """DOC-14: each issue to be disclosed has its advisory, with the issue's own score and versions."""
    due = [issue for issue in case.facts.issues if plain(issue.more.get("disclose", "")) not in _UNDISCLOSED]
    items = evidence.of(ADVISORY)
    findings = [f for issue in due for f in _advisory_faults(issue, items)]
    doubts = [item.unreadable for item in items if item.unreadable]
    return judged("DOC-14", f"{len(due)} issues to disclose, {len(items)} advisories", findings, doubts)


def _advisory_faults(issue: IssueFact, items: tuple[Shipped, ...]) -> Iterator[Finding]:
    names = (issue.id, issue.id.rpartition("#")[2])
    mine = [item for item in items if item.head("issue", "問題") in names and not item.missing]
    if not mine:
        told = f"issue {issue.id} is to be disclosed and has no advisory"
        yield finding("DOC-14", told, key=(issue.id,), where=Where(pointer=issue.id))
    for item in mine:
        if not _names_score(item.head("score", "cvss", "スコア"), issue.cvss):
            yield about("DOC-14", item, f"its score is not the issue's ({issue.cvss or 'none'})", ("score", issue.id))
        affected = item.head("affected", "affected versions", "影響を受ける版", "対象バージョン")
        for version in issue.more.get("affected_versions", "").split():
            if not names_version(affected, version):
                yield about("DOC-14", item, f"does not name {version} as affected", ("affected", version))
        if not affected:
            yield about("DOC-14", item, "does not name the affected versions", ("affected",))
        fixed = item.head("fixed", "fixed version", "fixed versions", "修正版")
        if issue.resolution == "fixed" and not fixed:
            yield about("DOC-14", item, "does not name the version that mends it", ("fixed",))
        if not filled(_part(item, ("what to do", "what you can do", "mitigation", "対策", "対処"))):
            yield about("DOC-14", item, "does not say what to do", ("action",))


def _names_score(text: str, score: str) -> bool:
    """Whether exactly this score or vector stands in the text: 5.4 is in neither 15.4 nor 5.41."""
    return bool(score) and re.search(rf"(?<![\w.]){re.escape(score)}(?!\w|[./:]\w)", text) is not None

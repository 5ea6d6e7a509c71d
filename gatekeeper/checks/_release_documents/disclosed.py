"""DOC-05 and DOC-06: what users are told equals what the gate knows, both ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from packaging.utils import canonicalize_name

from gatekeeper.checks._documents.model import Table, days_in, plain
from gatekeeper.checks._release_documents.evidence import (
    RESIDUAL_RISKS,
    SUPPORT,
    Evidence,
    Params,
    Shipped,
    about,
    judged_each,
)
from gatekeeper.checks._release_documents.topics import filled
from gatekeeper.model.check import Case
from gatekeeper.model.deviation import Deviation
from gatekeeper.model.facts import ComponentFact
from gatekeeper.model.finding import Finding, Judgement

_NO_RISK_TO_USERS = ("false-positive", "duplicate")
_NONE = ("none", "no residual risk", "なし", "無し", "該当なし", "ありません")
_ID = ("id", "識別", "番号")
_RISK = ("risk", "リスク", "内容", "remains")
_ACTION = ("do", "action", "measure", "対策", "対応", "処置", "できること")


class Row(NamedTuple):
    """One entry of the list of residual risks."""

    id: str
    risk: str
    action: str
    line: int


def residual_risks(evidence: Evidence, _params: Params, case: Case) -> Judgement:
    """DOC-05: each live deviation and open issue is in the list, and nothing else is."""
    known = expected(case)
    items = evidence.of(RESIDUAL_RISKS)
    findings = [f for item in items if not item.missing and not item.unreadable for f in _differences(item, known)]
    return judged_each("DOC-05", items, RESIDUAL_RISKS, findings, f"{len(known)} residual risks to tell users")


def expected(case: Case) -> tuple[frozenset[str], ...]:
    """The residual risks, each with all the ids under which it may be listed."""
    day, version = case.now.date(), case.product.version
    live = {d.id for d in case.deviations if _told(d, day, version)}
    found: dict[str, set[str]] = {name: {name} for name in live}
    for issue in case.facts.issues:
        names = {issue.id, issue.id.rpartition("#")[2]}
        answers = live & ({issue.deviation} | _answering(issue.id, case))
        for name in answers:
            found[name] |= names
        if not answers and issue.state != "closed":
            found[issue.id] = names
    for hole in case.facts.vulnerabilities:
        if hole.deviation in found:
            found[hole.deviation] |= {hole.id, *hole.aliases}
    return tuple(frozenset(ids) for ids in found.values())


def _told(deviation: Deviation, day: date, version: str) -> bool:
    """In force for this version, and about a risk that remains."""
    return deviation.decision not in _NO_RISK_TO_USERS and version in deviation.releases and deviation.live(day)


def _answering(issue: str, case: Case) -> set[str]:
    """The deviations that answer a finding about an issue."""
    answered = (a for result in case.results for a in result.answered if a.deviation)
    return {a.deviation for a in answered if a.finding.where.pointer == issue}


def disclosed(item: Shipped) -> tuple[Row, ...]:
    """The entries of the list, a none-statement included."""
    return tuple(row for table in item.document.tables() for row in _rows(table))


def _rows(table: Table) -> Iterator[Row]:
    at, risk, action = table.column(*_ID), table.column(*_RISK), table.column(*_ACTION)
    if at < 0 or risk < 0 or len(table.rows[0]) < 3:
        return
    for entry, words, advice in table.records(at, risk, action):
        yield Row(entry, words, advice, table.line)


def _differences(item: Shipped, known: tuple[frozenset[str], ...]) -> Iterator[Finding]:
    rows = disclosed(item)
    none = [row for row in rows if plain(row.id) in _NONE]
    told = [row for row in rows if row not in none]
    if not rows:
        yield about("DOC-05", item, "holds no table with id, risk and what users can do", ("table",))
    elif none and (told or known):
        yield about("DOC-05", item, "says that there is none, and there are residual risks", ("none",), none[0].line)
    yield from (
        about("DOC-05", item, f"does not tell users of {' / '.join(sorted(ids))}", ("untold", *sorted(ids)))
        for ids in known
        if not any(row.id in ids for row in told)
    )
    for row in told:
        if not any(row.id in ids for ids in known):
            yield about(
                "DOC-05", item, f"lists {row.id!r}, which is no residual risk of this release", (row.id,), row.line
            )
        if not (filled(row.risk) and filled(row.action)):
            yield about("DOC-05", item, f"{row.id!r} lacks a text or what users can do", ("empty", row.id), row.line)


def support(evidence: Evidence, _params: Params, case: Case) -> Judgement:
    """DOC-06: item class and support end of every component, and of the product, as in the record."""
    items = evidence.of(SUPPORT)
    findings = [f for item in items if not item.missing and not item.unreadable for f in _support_gaps(item, case)]
    judgement = judged_each("DOC-06", items, SUPPORT, findings, f"{len(case.facts.components)} components of the SBOM")
    if case.facts.components or any(where.startswith("SBOM") for where, _ in case.facts.versions):
        return judgement
    return Judgement(
        "DOC-06", judgement.observed, judgement.findings, (*judgement.doubts, "no SBOM told its components")
    )


def _support_gaps(item: Shipped, case: Case) -> Iterator[Finding]:
    end = case.product.support_end
    if not end:
        yield about("DOC-06", item, "the policy gives no support-end of the product to compare with", ("no end",))
    elif not (day := days_in(end)):
        yield about("DOC-06", item, f"the policy's support-end of the product, {end}, is no day", ("no end",))
    elif day[0] not in _own_days(item, case.product.name):
        yield about("DOC-06", item, f"does not give {end} as the product's end of support", ("end",))
    rows = [(canonicalize_name(name), version, rest) for name, version, *rest in _component_rows(item)]
    known = {(canonicalize_name(c.name), c.version): c for c in case.facts.components}
    for place, component in known.items():
        told = [rest for *named, rest in rows if tuple(named) == place]
        if not told:
            shown = f"{component.name} {component.version}"
            yield about("DOC-06", item, f"does not list {shown}", ("missing", shown))
        for row in told:
            yield from _component_gaps(item, component, row)
    product = canonicalize_name(case.product.name)
    for name, version in dict.fromkeys((name, version) for name, version, _ in rows):
        if (name, version) not in known and name != product:
            yield about("DOC-06", item, f"lists {name} {version}, which is not in the SBOM", ("extra", name, version))


def _own_days(item: Shipped, product: str) -> set[date]:
    """The days that the document names, but for those on which only components end."""
    days = Counter(days_in(item.document.text))
    for name, _, _, end in _component_rows(item):
        if canonicalize_name(name) != canonicalize_name(product):
            days.subtract(days_in(end))
    return {day for day, times in days.items() if times > 0}


def _component_gaps(item: Shipped, component: ComponentFact, row: list[str]) -> Iterator[Finding]:
    name = f"{component.name} {component.version}"
    for what, told, known in (
        ("item class", row[0], component.item_class),
        ("support end", row[1], component.support_end),
    ):
        if not known or not _same(told, known):
            yield about(
                "DOC-06", item, f"{name}: {what} {told!r}, the record says {known or 'nothing'!r}", (what, name)
            )


def _same(told: str, known: str) -> bool:
    """The words of the record come first in the cell, a remark may follow; a day may be written in another form."""
    days = days_in(known)
    return plain(told).startswith(plain(known)) or (bool(days) and days_in(told)[:1] == days)


def _component_rows(item: Shipped) -> Iterator[tuple[str, ...]]:
    for table in item.document.tables():
        columns = (
            table.column("component", "item", "name", "構成", "部品", "名称"),
            table.column("version", "版", "バージョン"),
            table.column("class", "区分", "分類", "クラス"),
            table.column("end", "終了", "期限"),
        )
        if min(columns) >= 0:
            yield from table.records(*columns)

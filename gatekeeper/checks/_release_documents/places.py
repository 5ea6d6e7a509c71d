"""DOC-15, 18 and 19: what one document says of another is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from gatekeeper.checks._documents.model import Table, days_in, holds, names, plain
from gatekeeper.checks._release_documents.binding import misnamed
from gatekeeper.checks._release_documents.evidence import (
    CONFORMANCE,
    Evidence,
    Params,
    Shipped,
    about,
    judged_each,
)
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, judged, not_applicable

_WHOLE = ("all", "whole", "全体", "全部", "すべて")
_GUIDELINES = (
    ("product defence in depth", ("product defence", "product defense", "製品の多層防御", "多層防御")),
    ("measures expected of the environment", ("environment", "環境")),
    ("hardening", ("hardening", "堅牢化", "要塞化", "ハードニング")),
    ("secure operation", ("operation", "運用")),
    ("accounts", ("account", "アカウント")),
    ("disposal", ("disposal", "decommission", "廃棄", "使用停止")),
)
_MAKER = ("manufacturer", "maker", "製造業者", "製造販売業者", "メーカ")
_DATE = ("date", "document", "日付", "作成日", "文書", "文書番号")
# A sentence by which a statement says that its scope leaves out nothing, and what takes that back.
_NOTHING = re.compile(
    r"(none|nothing|no exclusions?|there (is|are) (none|no exclusions?)|なし|無し|該当なし|ありません)"
    r"|(none|nothing|no|there (is|are) no)\b.*(exclu|left out|leaves? out).*"
    r"|(除外|適用除外).{0,20}(ない|なし|無し|ありません)"
)
_BUT = re.compile(r"\b(but|except|excepting|other than|besides|apart from|save)\b|除き|除いて|以外")


def document_map(evidence: Evidence, _params: Params, _case: Case) -> Judgement:
    """DOC-15: per guideline topic a document and a place in it, and each place exists."""
    items = evidence.of(CONFORMANCE)
    findings = [f for item in items if not item.missing and not item.unreadable for f in _map_gaps(item, evidence)]
    return judged_each("DOC-15", items, CONFORMANCE, findings, f"{len(_GUIDELINES)} guideline topics")


def _map_gaps(item: Shipped, evidence: Evidence) -> Iterator[Finding]:
    rows = [row for table in item.document.tables() for row in _map_rows(table)]
    for topic, words in _GUIDELINES:
        mine = [row for row in rows if holds(row[0], words)]
        if not mine:
            yield about("DOC-15", item, f"its document map does not name {topic}", (topic,))
        for _, document, place in mine:
            fault = unresolved(evidence, document, place)
            if fault:
                yield about("DOC-15", item, f"{topic}: {fault}", (topic, document, place))


def _map_rows(table: Table) -> Iterator[tuple[str, ...]]:
    columns = (
        table.column("guideline", "topic", "指針", "項目"),
        table.column("document", "文書"),
        table.column("place", "section", "箇所", "章", "場所"),
    )
    if min(columns) >= 0:
        yield from table.records(*columns)


def unresolved(evidence: Evidence, document: str, place: str) -> str:
    """Why a document and the places in it, parted by semicolons, cannot be found; empty if they can."""
    items = [
        item for item in evidence.documents if PurePosixPath(item.path).name == PurePosixPath(document.strip()).name
    ]
    if not items:
        return f"there is no document {document!r} among those that users get"
    if not place.strip():
        return f"no place in {document} is named"
    headings = {plain(section.heading) for item in items for section in item.document.sections}
    for wanted in re.split(r"[;；]", place):
        words = plain(wanted)
        if words not in _WHOLE and not any(words and words in heading for heading in headings):
            return f"{document} has no part {wanted.strip()!r}"
    return ""


def exclusions(evidence: Evidence, _params: Params, _case: Case) -> Judgement:
    """DOC-19: what the scope leaves out, users are told where the statement says so."""
    items = evidence.of(CONFORMANCE)
    rows = [
        (item, row)
        for item in items
        for table in item.document.tables()
        if (at := table.column("exclu", "除外")) >= 0
        for row in table.records(at, table.column("told", "users", "利用者", "使用者"))
    ]
    findings = [
        about("DOC-19", item, f"users are not told of {what!r}: {fault}", (what,))
        for item, (what, told) in rows
        if (fault := _untold(evidence, told))
    ]
    listed = {item.path for item, _ in rows}
    findings += [f for item in items if item.path not in listed for f in _unlisted(item)]
    return judged_each("DOC-19", items, CONFORMANCE, findings, f"{len(rows)} exclusions")


def _unlisted(item: Shipped) -> Iterator[Finding]:
    """No row is not the same as no exclusion: the statement has to say that there is none."""
    if item.missing or item.unreadable:
        return
    said = [plain(text).strip() for section, text in item.document.parts() if holds(section.heading, ("exclu", "除外"))]
    if not said:
        yield about("DOC-19", item, "does not say what its scope leaves out, or that it leaves out nothing", ("scope",))
    elif not all(map(_says_nothing, said)):
        message = "tells its exclusions in no table that can be read, so that users' documents cannot be compared"
        yield about("DOC-19", item, message, ("table",))


def _says_nothing(text: str) -> bool:
    sentence = re.split(r"[.:;。]", text, maxsplit=1)[0].strip()
    return _NOTHING.fullmatch(sentence) is not None and not _BUT.search(sentence)


def _untold(evidence: Evidence, told: str) -> str:
    document, _, place = told.partition(",")
    return unresolved(evidence, document, place) if told.strip() else "no document is named"


def statements(evidence: Evidence, _params: Params, case: Case) -> Judgement:
    """DOC-18: each declared statement is there, with maker, product, version and date of this release."""
    if not evidence.statements:
        return not_applicable("DOC-18", "the policy declares no further statement")
    findings = [f for item in evidence.statements for f in _statement_faults(item, case)]
    doubts = [item.unreadable for item in evidence.statements if item.unreadable]
    told = ", ".join(f"{item.kind} {item.sha256[:12]}" for item in evidence.statements)
    return judged("DOC-18", f"{len(evidence.statements)} statements: {told}", findings, doubts)


def _statement_faults(item: Shipped, case: Case) -> Iterator[Finding]:
    if item.missing:
        yield about("DOC-18", item, item.missing, ("missing",))
    if item.missing or item.unreadable:
        return
    yield from misnamed("DOC-18", item, case.product)
    if not names(item.head(*_MAKER), case.product.manufacturer):
        yield about("DOC-18", item, f"its head does not name {case.product.manufacturer!r}", ("maker",))
    if not days_in(item.head(*_DATE)):
        yield about("DOC-18", item, "its head gives no date", ("date",))

"""DOC-01: every document is there, finished, and of this product and version. DOC-08: in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.checks._documents.model import names, names_version
from gatekeeper.checks._release_documents.evidence import Evidence, Params, Shipped, about, absent
from gatekeeper.checks._release_documents.placeholders import placeholders
from gatekeeper.model.check import Case, Product
from gatekeeper.model.finding import Finding, Judgement, judged

_MOST_LINES = 10
_KANA = re.compile(r"[ぁ-ゖァ-ヺｦ-ﾝ]")
_ENOUGH_KANA = 100  # however many English names stand beside them
_KANA_SHARE = 20  # one letter in so many: a short text in Japanese holds more
PRODUCT = ("product", "product name", "製品", "製品名", "対象製品")
VERSION = ("version", "product version", "版", "バージョン", "製品バージョン", "対象バージョン")
IDENTITY = ("document", "document id", "document number", "id", "文書", "文書番号", "文書id", "管理番号")
REVISION = ("revision", "改訂", "改版", "改訂番号")
_REVISION_WORDS = re.compile(r"(?:revision|rev\.?|第)\s*([0-9A-Z][0-9A-Za-z.]*)", re.IGNORECASE)


def bound(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """DOC-01."""
    findings = [f for item in evidence.documents for f in _faults(item, params, case)]
    if not evidence.documents:
        findings.append(absent("DOC-01", "any"))
    doubts = [item.unreadable for item in evidence.documents if item.unreadable]
    told = ", ".join(f"{item.path} {item.sha256[:12]}" for item in evidence.documents if item.sha256)
    return judged(
        "DOC-01",
        f"{len(evidence.documents)} documents name {case.product.name} {case.product.version}: {told}",
        findings,
        doubts,
    )


def _faults(item: Shipped, params: Params, case: Case) -> Iterator[Finding]:
    if item.missing:
        yield about("DOC-01", item, item.missing, ("missing",))
        return
    if item.pinned and item.sha256 and item.pinned != item.sha256:
        yield about("DOC-01", item, f"has sha256 {item.sha256[:12]}…, the policy pins {item.pinned[:12]}…", ("pinned",))
    if item.unreadable:
        return
    length = len("".join(item.document.text.split()))
    if length < params.minimum_characters:
        yield about(
            "DOC-01", item, f"holds {length} characters, at least {params.minimum_characters} are due", ("short",)
        )
    yield from _unfilled(item)
    yield from misnamed("DOC-01", item, case.product)
    if not item.head(*IDENTITY):
        yield about("DOC-01", item, 'its head gives no id (a row such as "Document | AB-DOC-001, revision 2")', ("id",))


def _unfilled(item: Shipped) -> Iterator[Finding]:
    """One finding for each kind of placeholder, with every line on which it stands."""
    found: dict[str, list[int]] = {}
    for line, words in placeholders(item.document):
        found.setdefault(words, []).append(line)
    for words, lines in found.items():
        more = f" in {len(lines)} places (lines {_named(lines)})" if len(lines) > 1 else ""
        what = f"the placeholder {words!r} is not filled in{more}"
        yield about("DOC-01", item, what, ("placeholder", words), lines[0])


def _named(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:_MOST_LINES]))
    return f"{shown} …" if len(lines) > _MOST_LINES else shown


def misnamed(rule: str, item: Shipped, product: Product) -> Iterator[Finding]:
    """Where the head of a document names another product or version, or none."""
    said = item.head(*PRODUCT)
    version = item.head(*VERSION)
    if not said and not version:
        said = version = (
            f"{item.document.title}\n{item.document.sections[0].text[:1000] if item.document.sections else ''}"
        )
    if not names(said, product.name):
        yield about(rule, item, f"its head does not name {product.name!r} as the product", ("product",), 1)
    if not names_version(version or said, product.version):
        yield about(rule, item, f"its head does not name version {product.version!r}", ("version",), 1)


def revision(item: Shipped) -> str:
    """The document's own version, as its head gives it."""
    said = item.head(*REVISION)
    match = _REVISION_WORDS.search(item.head(*IDENTITY))
    return said or (match[1] if match else "")


def languages(evidence: Evidence, params: Params, _case: Case) -> Judgement:
    """DOC-08: each kind in each language, all of the same revision."""
    findings = []
    for kind in dict.fromkeys(item.kind for item in evidence.documents):
        items = evidence.of(kind)
        findings += [
            about("DOC-08", items[0], f"there is no {kind!r} in language {language!r}", ("language", language))
            for language in params.languages
            if language not in {item.language for item in items if not item.missing}
        ]
        findings += [
            about("DOC-08", item, "is listed as Japanese and holds hardly any Japanese", ("script", item.path))
            for item in items
            if _is(item.language, "ja") and item.sha256 and not item.unreadable and not _japanese(item.document.text)
        ]
        revisions = {revision(item) for item in items}
        if len(items) > 1 and (len(revisions) > 1 or "" in revisions):
            told = ", ".join(f"{item.language} {revision(item) or 'none'}" for item in items)
            findings.append(about("DOC-08", items[0], f"the languages have different revisions: {told}", ("revision",)))
    if not evidence.documents:
        findings.append(absent("DOC-08", "any"))
    return judged("DOC-08", f"{len(evidence.documents)} documents in {', '.join(params.languages)}", findings)


def _is(language: str, code: str) -> bool:
    return language.casefold().replace("_", "-").partition("-")[0] == code


def _japanese(text: str) -> bool:
    """Whether Japanese is written there, alone or beside another language: kana stand in no other."""
    kana = len(_KANA.findall(text))
    return kana >= _ENOUGH_KANA or kana * _KANA_SHARE >= sum(map(str.isalpha, text))

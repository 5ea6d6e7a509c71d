"""Fields of each component (SBOM-14), licences (SBOM-19), suppliers (SBOM-21) and what they delivered (SBOM-22)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from gatekeeper.model.finding import Judgement, finding, undecided
from gatekeeper.sbom import digests
from gatekeeper.sbom.overlay import Item
from gatekeeper.sbom.rules.subject import Subject, ruled
from gatekeeper.sbom.text import placeholder

Faults = Iterable[tuple[int, str]]  # the number of an item, and what is wrong with its field
Licences = tuple[tuple[str, str], ...]  # text and kind


def filled(s: Subject) -> Judgement:
    """SBOM-14: each component has the fields that the active profiles ask for, or states why not."""
    rule = "SBOM-14"
    if not s.bom.components and not s.params.no_dependencies:
        return undecided(rule, "no components, so there are no fields to judge")
    asked = {field: by for field in COMPONENT_FIELDS if (by := s.asks(field))}
    found = [
        (number, s.about(rule, s.items[number].component, f"{field}: {fault} (asked by {by})", field), field)
        for field, by in asked.items()
        for number, fault in COMPONENT_FIELDS[field](s)
        if not _stated(s.items[number], field)
    ]
    bad, total = Counter(field for _, _, field in found), len(s.items)
    counts = ", ".join(f"{field} {total - bad[field]}/{total}" for field in asked)
    known = COMPONENT_FIELDS.keys() | ELSEWHERE
    asked_for = {field for p in s.profiles for field in p.sbom_component_fields}
    doubts = [f"the field {field!r} is not known" for field in sorted(asked_for - known)]
    return ruled(rule, counts, [f for _, f, _ in sorted(found, key=lambda row: row[0])], doubts)


def _stated(item: Item, field: str) -> bool:
    """Unknown or withheld, and with a reason: the record lists it and the profile is content."""
    names = {"hash-value": "hash", "hash-algorithm": "hash", "hash-sha512": "hash"}
    statement = item.stated(names.get(field, field)) or item.stated(field)
    return bool(statement and statement.how in ("unknown", "withheld") and not placeholder(statement.reason))


def _missing(text: str) -> str:
    return "missing" if placeholder(text) else ""


def _licence_faults(s: Subject, fault: Callable[[Licences], str]) -> Faults:
    """The items whose licences are at fault, each set of licences judged once."""
    bad = {texts: told for texts in set(s.licences) if (told := fault(texts))}
    return [(n, bad[texts]) for n, texts in enumerate(s.licences) if texts in bad] if bad else []


def _unreadable(texts: Licences) -> str:
    """Why the licence says nothing: missing, or an expression that the SPDX list cannot read."""
    if not texts:
        return "missing"
    bad = [t for t, kind in texts if kind == "name" or unparsed(t)]
    return f"{bad[0][:60]!r} is no SPDX licence expression" if bad else ""


@lru_cache(maxsize=16384)
def unparsed(expression: str) -> bool:
    """Whether a licence expression does not parse or names licences that are not on the SPDX list."""
    if len(expression) > 2000:
        return True
    from license_expression import ExpressionError

    try:
        parsed = _spdx().parse(expression, validate=True)
    except ExpressionError:
        return True
    return parsed is None


@cache
def _spdx() -> Any:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def _sha512(item: Item) -> str:
    shipped = [d for r in item.component.references if r.kind == "distribution" for d in r.digests]
    return "" if any(d.algorithm == "sha512" and not digests.malformed(d) for d in shipped) else "no SHA-512"


def _each(fault: Callable[[Item], str]) -> Callable[[Subject], Faults]:
    return lambda s: [(n, text) for n, i in enumerate(s.items) if (text := fault(i))]


def _text(field: str, value: Callable[[Item], str]) -> Callable[[Subject], Faults]:
    def missing(s: Subject) -> Faults:
        fillers = s.texts[field] & s.fillers
        return [(n, "missing") for n, i in enumerate(s.items) if value(i) in fillers] if fillers else ()

    return missing


def _marked(name: str) -> Callable[[Subject], Faults]:
    return _each(lambda item: _missing(item.component.mark(name)))


COMPONENT_FIELDS: dict[str, Callable[[Subject], Faults]] = {
    "producer": _text("producer", lambda i: i.producer),
    "name": _text("name", lambda i: i.component.name),
    "version": _text("version", lambda i: i.component.version),
    "licence": lambda s: _licence_faults(s, _unreadable),
    "hash-value": lambda s: [(n, "missing") for n, own in s.unsound.items() if not own.strong],
    # a digest always names its own algorithm
    "hash-algorithm": lambda s: [(n, "missing") for n, own in s.unsound.items() if not own.every],
    "hash-sha512": _each(_sha512),
    "filename": _marked("bsi:component:filename"),
    "executable-flag": _marked("bsi:component:executable"),
    "archive-flag": _marked("bsi:component:archive"),
    "structured-flag": _marked("bsi:component:structured"),
}


# judged by SBOM-12, SBOM-10, SBOM-16 and SBOM-18
ELSEWHERE = frozenset({"identifier", "dependencies", "item-class", "support-end", "support-level"})


def licences_allowed(s: Subject) -> Judgement:
    """SBOM-19: each licence can be satisfied by the policy's list."""
    rule = "SBOM-19"
    if not s.params.licences:
        text = "the policy lists no licences that may ship"
        found = [finding(rule, text, key=("no list",), remedy="List them in [sbom] licences.")]
        return ruled(rule, "no list", found)
    allowed = frozenset(s.params.licences)
    refused = _licence_faults(s, lambda texts: _refused(texts, allowed))
    found = [s.about(rule, s.items[n].component, fault, "licence") for n, fault in refused]
    return ruled(rule, f"{len(s.items)} components against {len(allowed)} licences", found)


def _refused(texts: Licences, allowed: frozenset[str]) -> str:
    if not texts:
        return "no licence to compare with the list"
    for text, kind in texts:
        if kind == "name" or unparsed(text):
            return f"{text[:60]!r} cannot be compared with the list"
        if not satisfied(text, allowed):
            return f"{text[:60]!r} is not satisfied by the licences of the list"
    return ""


@lru_cache(maxsize=16384)
def satisfied(expression: str, allowed: frozenset[str]) -> bool:
    """Whether the licences of the list are enough: one side of OR, both sides of AND."""
    return _satisfied(_spdx().parse(expression), allowed)


def _satisfied(node: Any, allowed: frozenset[str]) -> bool:
    if not hasattr(node, "args") or not node.args:
        return str(node) in allowed
    if type(node).__name__ == "LicenseWithExceptionSymbol":
        return str(node) in allowed
    join = any if type(node).__name__ == "OR" else all
    return join(_satisfied(part, allowed) for part in node.args)


def suppliers(s: Subject) -> Judgement:
    """SBOM-21: each component has a producer; what was built to order is under agreement."""
    rule = "SBOM-21"
    found = []
    for i in s.items:
        if i.producer in s.fillers and not _stated(i, "producer"):
            found.append(s.about(rule, i.component, "no producer is named", "producer"))
        if i.entry and i.entry.built_to_order and not i.entry.agreement:
            found.append(s.about(rule, i.component, "built to order, and no agreement is named", "agreement"))
    return ruled(rule, f"{len(s.items)} components", found)


def deliveries(s: Subject) -> Judgement:
    """SBOM-22: for components under agreement the delivered SBOM and VEX are kept, by digest."""
    rule = "SBOM-22"
    kept = {r.path: r.sha256 for r in s.evidence.received}
    under = [i for i in s.items if i.entry and i.entry.agreement]
    found = [s.about(rule, i.component, text, text) for i in under for text in _undelivered(i, kept)]
    count = sum(len(i.entry.received) for i in under if i.entry)
    return ruled(rule, f"{len(under)} components under agreement, {count} delivered files", found)


def _undelivered(item: Item, kept: dict[str, str]) -> Iterator[str]:
    assert item.entry is not None
    if not item.entry.received:
        yield "under agreement, and no delivered file is kept"
    for d in item.entry.received:
        if "://" in d.file:
            yield f"{d.file[:80]}: a link is no kept file"
        elif kept.get(d.file, "") != d.sha256.lower():
            yield f"{d.file}: {'another digest than recorded' if kept.get(d.file) else 'not there'}"
        elif d.version and d.version != item.component.version:
            yield f"{d.file}: delivered for version {d.version}"

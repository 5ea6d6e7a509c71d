"""Item class, risk and support (IEC 81001-5-1, 4.3): SBOM-16, SBOM-17, SBOM-18."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from gatekeeper.model.finding import Finding, Judgement, Where, finding, not_applicable, undecided
from gatekeeper.sbom import overlay
from gatekeeper.sbom.overlay import CLASSES, Item
from gatekeeper.sbom.rules.subject import Subject, ruled
from gatekeeper.sbom.text import placeholder

LEVELS = ("actively maintained", "no longer maintained", "abandoned")


def classed(s: Subject) -> Judgement:
    """SBOM-16: each component is exactly one of maintained, supported, required; no entry is left over."""
    rule = "SBOM-16"
    if not s.bom.components and not s.params.no_dependencies:
        return undecided(rule, "no components, so there is nothing to class")
    found = [s.about(rule, i.component, text, "class") for i in s.items for text in _class_faults(i)]
    found += _stale(s)
    doubts = [f"{s.evidence.overlay.path}{f.where}: {f.message}" for f in s.evidence.overlay.faults]
    counts = Counter(i.classes for i in s.items)
    return ruled(rule, ", ".join(f"{counts[word,]} {word}" for word in CLASSES), found, doubts)


def _class_faults(item: Item) -> Iterator[str]:
    if not item.classes:
        yield "no item class"
    elif len(item.classes) > 1 or len(item.component.classes) > 1:
        yield f"several classes: {', '.join(item.classes)}"
    elif item.classes[0] not in CLASSES:
        yield f"{item.classes[0][:40]!r} is not one of {', '.join(CLASSES)}"
    if item.rivals and item.entry:
        yield f"the overlay has several entries for it: {', '.join((item.entry.match, *item.rivals))}"


def _stale(s: Subject) -> Iterator[Finding]:
    for entry in overlay.stale(s.bom.components, s.evidence.overlay):
        where = Where(path=s.evidence.overlay.path, pointer=entry.match)
        text = f"the entry {entry.match!r} answers to no component of this SBOM"
        yield finding("SBOM-16", text, key=("stale", entry.match), where=where, remedy="Take the entry out.")


def risks_managed(s: Subject) -> Judgement:
    """SBOM-17: each component of class required names a risk that exists."""
    rule = "SBOM-17"
    required = [i for i in s.items if "required" in i.classes]
    if not required:
        return not_applicable(rule, f"none of {len(s.items)} components is of class required")
    found = [s.about(rule, i.component, text, "risk") for i in required if (text := _risk_fault(s, i))]
    return ruled(rule, f"{len(required)} required components, {len(s.evidence.risks)} risk ids found", found)


def _risk_fault(s: Subject, item: Item) -> str:
    risk = item.entry.risk if item.entry else ""
    if not risk or placeholder(risk):
        return "of class required without a risk id"
    if risk not in s.evidence.risks:
        return f"the risk {risk!r} is not in {s.params.risks or 'any risk file: [sbom] risks names none'}"
    return ""


def support_known(s: Subject) -> Judgement:
    """SBOM-18: each component has an end of support, or a reason; none ended before the release."""
    rule = "SBOM-18"
    if not s.bom.components and not s.params.no_dependencies:
        return undecided(rule, "no components, so there is no support to judge")
    level_by = s.asks("support-level")
    good = _good_ends(s) if not level_by else frozenset()
    unclear = [i for i in s.items if len(i.support_ends) != 1 or i.support_ends[0] not in good]
    found = [s.about(rule, i.component, text, key) for i in unclear for key, text in _support_faults(s, i, level_by)]
    dated = sum(bool(i.support_ends) for i in s.items)
    return ruled(rule, f"{dated} of {len(s.items)} components with an end of support", found)


def _good_ends(s: Subject) -> frozenset[str]:
    """The ends of support that are dates and not over, each looked at once."""
    texts = {text for i in s.items for text in i.support_ends}
    return frozenset([t for t in texts if (end := _day(t)) and end >= s.case.now.date()])


def _support_faults(s: Subject, item: Item, level_by: str) -> Iterator[tuple[str, str]]:
    if len(item.support_ends) > 1:
        yield "end", f"several ends of support: {', '.join(item.support_ends)}"
    elif all(map(placeholder, item.support_ends)) and placeholder(item.justification or _reason(item, "support-end")):
        yield "end", "no end of support, and no reason why it is not known"
    for text in (e for e in item.support_ends if not placeholder(e)):
        yield from _end_faults(s, item, text)
    if level_by and placeholder(item.justification or _reason(item, "support-level")):
        yield from _level_faults(item, level_by)


def _level_faults(item: Item, level_by: str) -> Iterator[tuple[str, str]]:
    if not item.support_levels:
        yield "level", f"no level of support (asked by {level_by}): {', '.join(LEVELS)}"
    elif len(item.support_levels) > 1:
        yield "level", f"several levels of support: {', '.join(item.support_levels)}"
    elif placeholder(item.support_levels[0]):
        yield "level", f"{item.support_levels[0]!r} is no level of support"


def _end_faults(s: Subject, item: Item, text: str) -> Iterator[tuple[str, str]]:
    end = _day(text)
    if end is None:
        yield "end", f"{text[:40]!r} is no date (YYYY-MM-DD)"
    elif end < s.case.now.date() and not _controlled(s, item):
        yield "ended", f"support ended on {end.isoformat()}, before this release"


def _controlled(s: Subject, item: Item) -> bool:
    entry = item.entry
    return bool(entry and not placeholder(entry.control) and entry.risk and entry.risk in s.evidence.risks)


def _reason(item: Item, field: str) -> str:
    statement = item.stated(field)
    return statement.reason if statement else ""


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    """A full date of RFC 3339, also where a time follows; None for a date that does not exist."""
    try:
        return date.fromisoformat(text[:10]) if len(text) == 10 or text[10:11] in ("T", " ") else None
    except ValueError:
        return None

"""The SBOM addendum that FDA's premarket guidance asks for: support and vulnerabilities, per component."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gatekeeper.model.facts import ComponentFact, VulnerabilityFact
from gatekeeper.model.record import Record
from gatekeeper.model.report import Options, Report
from gatekeeper.model.words import Outcome
from gatekeeper.reports._export import NOT_DETERMINED, table

HEAD = (
    "Component",
    "Version",
    "Producer",
    "Package URL",
    "Item class",
    "Level of support",
    "End of support",
    "Justification",
    "Vulnerability",
    "Known exploited",
    "How found",
    "VEX status",
    "Assessment or controls",
    "Decided by",
)


def render(record: Record, options: Options) -> str:
    """One row a component and vulnerability; one without any says that none is known, where it was looked for."""
    return table(HEAD, _rows(record), record, options)


def _rows(record: Record) -> Iterator[tuple[str, ...]]:
    searched, passed_over = _searched(record), _passed_over(record)
    by_component: dict[str, list[VulnerabilityFact]] = defaultdict(list)
    for found in record.vulnerabilities:
        by_component[found.component].append(found)
    for item in record.components:
        found_here = by_component.pop(item.purl, None) or by_component.pop(f"{item.name}@{item.version}", None) or []
        known = searched and not passed_over & {item.purl, item.name}
        yield from _component(item, found_here, known=known)
    for name, rest in by_component.items():
        yield from _component(ComponentFact(name, ""), rest, known=True)


def _searched(record: Record) -> bool:
    """Data that are usable and recent were asked, and what they cannot answer for was counted."""
    outcomes = {rule.id: rule.outcome for rule in record.rules}
    good = (Outcome.PASSED, Outcome.DEVIATED)
    counted = outcomes.get("VULN-04") in (*good, Outcome.FAILED)
    return counted and all(outcomes.get(rule) in good for rule in ("VULN-01", "VULN-02"))


def _passed_over(record: Record) -> set[str]:
    """The components that nobody assessed (VULN-04)."""
    return {f.where.pointer for rule in record.rules if rule.id == "VULN-04" for f in rule.findings}


def _component(item: ComponentFact, found: list[VulnerabilityFact], *, known: bool) -> Iterator[tuple[str, ...]]:
    end = item.support_end or NOT_DETERMINED
    level = item.support_level or NOT_DETERMINED
    head = (item.name, item.version, item.producer, item.purl, item.item_class, level, end, item.justification)
    if not found:
        yield (*head, "none in this record" if known else NOT_DETERMINED, "", "", "", "", "")
    for one in found:
        exploited = "yes" if one.known_exploited else "not known"
        yield (*head, one.id, exploited, one.found_by, one.vex_status or "undecided", one.reason, one.deviation)


REPORT = Report(id="fda-sbom", title="SBOM addendum for FDA (CSV)", render=render, suffix=".csv")

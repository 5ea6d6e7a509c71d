"""What properties (CycloneDX) and annotations (SPDX) say about a component, by the names that we read and write."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gatekeeper.sbom.bom import Component, Stated

CLASS = "gatekeeper:iec-81001-5-1:software-class"
LOCK = "gatekeeper:lock:"
COMPLETENESS = "gatekeeper:completeness"
FILENAME = "bsi:component:filename"
MARKS = (FILENAME, "bsi:component:executable", "bsi:component:archive", "bsi:component:structured")
EXCLUDED = ("scope", "excluded")  # listed, and said not to be in the product; scanners pass over it
LEVEL = "cdx:fda:level-of-support"
END = "cdx:lifecycle:milestone:endOfSupport"
_ENDS = (END, "cdx:fda:end-of-support-date")
JUSTIFICATION = "gatekeeper:support-justification"
_STATED = {"cdx:cisa:unknown-information": "unknown", "cdx:cisa:withheld-information": "withheld"}

Pairs = Sequence[tuple[str, str]]


def heard(component: Component, pairs: Pairs) -> Component:
    """The component with what its properties say; every value found is kept, so contradictions are seen."""
    if not pairs:
        return component
    return msgspec.structs.replace(
        component,
        classes=tuple(v for n, v in pairs if n == CLASS),
        support_levels=tuple(v for n, v in pairs if n == LEVEL),
        support_ends=tuple(v for n, v in pairs if n in _ENDS),
        justification=next((v for n, v in pairs if n == JUSTIFICATION), ""),
        stated=tuple(s for n, v in pairs if (s := stated(n, v))),
        marks=tuple((n, v) for n, v in pairs if n in MARKS),
    )


def stated(name: str, value: str) -> Stated | None:
    """Read "this field is unknown (withheld), because ..." from a property; None for any other property."""
    how = _STATED.get(name)
    if how:
        field, _, reason = value.partition(":")
        return Stated(field.strip(), how, reason.strip())
    parts = name.split(":", 2)
    if len(parts) == 3 and parts[0] == "gatekeeper" and parts[1] in ("unknown", "withheld"):
        return Stated(parts[2], parts[1], value.strip())
    return None


def locks(pairs: Pairs) -> tuple[tuple[str, str], ...]:
    """The lock files that a document says it was made from, with their digests."""
    return tuple((n[len(LOCK) :], v) for n, v in pairs if n.startswith(LOCK))

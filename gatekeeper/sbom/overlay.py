"""`components.toml`: what the product's people know about components and no generator can: item class (IEC 81001-5-1,
4.3), support and its end, supplier, agreement, risk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import msgspec
import tomli

from gatekeeper.sbom.bom import Component, Fault, Stated

CLASSES = ("maintained", "supported", "required")
_MAX_BYTES = 8 * 2**20


class Delivery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """An SBOM or VEX file that the supplier delivered and that is kept."""

    file: str
    sha256: str
    date: str
    version: str = ""  # of the component that it is about


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True, omit_defaults=True):
    """One `[[component]]`: `match` is a package URL (name@version without one) with `*` for any run of characters."""

    match: str
    item_class: str = msgspec.field(default="", name="class")
    producer: str = ""
    licence: str = ""
    support_level: str = ""
    support_end: str = ""
    justification: str = ""
    control: str = ""  # what is done where support ends before the release
    risk: str = ""
    built_to_order: bool = False
    agreement: str = ""
    received: tuple[Delivery, ...] = ()
    unknown: dict[str, str] = {}  # field -> reason
    withheld: dict[str, str] = {}


class Overlay(msgspec.Struct, frozen=True, omit_defaults=True):
    """The file as read; `faults` are entries that could not be."""

    path: str = ""
    sha256: str = ""
    entries: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()


class Item(msgspec.Struct, frozen=True, gc=False):
    """A component together with its entry of the overlay, if one answers to it; `rivals` answer equally well.

    The three tuples hold every value stated anywhere, once.
    """

    component: Component
    entry: Entry | None = None
    rivals: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    support_levels: tuple[str, ...] = ()
    support_ends: tuple[str, ...] = ()

    @property
    def producer(self) -> str:
        """Who makes it: the SBOM's word, else the overlay's."""
        return self.component.producer or (self.entry.producer if self.entry else "")

    @property
    def justification(self) -> str:
        """Why support or its end is not known or not needed."""
        return (self.entry.justification if self.entry else "") or self.component.justification

    @property
    def licences(self) -> tuple[tuple[str, str], ...]:
        """Text and kind of each licence: the overlay's where it gives one, else the component's."""
        if self.entry and self.entry.licence:
            return ((self.entry.licence, "expression"),)
        return tuple([(x.text, x.kind) for x in self.component.licences if x.text])

    def stated(self, field: str) -> Stated | None:
        """The statement that a field is unknown or withheld, where one is made."""
        if self.entry:
            for how, table in (("unknown", self.entry.unknown), ("withheld", self.entry.withheld)):
                if field in table:
                    return Stated(field, how, table[field])
        return next((s for s in self.component.stated if s.field == field), None)


def read(text: str, path: str, sha256: str) -> Overlay:
    """Read the overlay, every fault at once, each with its place. Nothing is dropped without a word."""
    try:
        table: dict[str, Any] = tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError) as e:
        return Overlay(path, sha256, faults=(Fault("", f"not TOML: {e}"),))
    faults = [Fault(f"/{key}", "an unknown table; only [[component]] is known") for key in table if key != "component"]
    entries = []
    rows = table.get("component", [])
    for number, row in enumerate(rows if isinstance(rows, list) else [rows]):
        try:
            entries.append(msgspec.convert(_dates_as_text(row), Entry))
        except msgspec.ValidationError as e:
            faults.append(Fault(f"/component/{number}", str(e)))
    return Overlay(path, sha256, tuple(entries), tuple(faults))


def load(raw: bytes, path: str, sha256: str) -> Overlay:
    """Read the overlay's bytes; more than 8 MiB and other than UTF-8 are faults."""
    if len(raw) > _MAX_BYTES:
        return Overlay(path, sha256, faults=(Fault("", f"more than {_MAX_BYTES} bytes"),))
    try:
        return read(raw.decode("utf-8-sig"), path, sha256)
    except UnicodeDecodeError as e:
        return Overlay(path, sha256, faults=(Fault("", f"not UTF-8: {e}"),))


def _dates_as_text(row: Any) -> Any:
    if not isinstance(row, dict):
        return row
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()}


Globs = list[tuple[Callable[[str], object], Entry]]  # those with as much literal text


def target(component: Component) -> str:
    """What `match` is compared with."""
    return component.purl or f"{component.full_name}@{component.version}"


def items(components: Iterable[Component], overlay: Overlay) -> tuple[Item, ...]:
    """Each component with the most specific entry for it: an exact one first, then the longest literal text."""
    exact: dict[str, list[Entry]] = {}
    globs: dict[int, Globs] = {}
    for entry in overlay.entries:
        if "*" in entry.match:
            weight = len(entry.match.replace("*", ""))
            globs.setdefault(weight, []).append((_pattern(entry.match).fullmatch, entry))
        else:
            exact.setdefault(entry.match, []).append(entry)
    said = {id(e): (_every(e.item_class), _every(e.support_level), _every(e.support_end)) for e in overlay.entries}
    ranked = [globs[weight] for weight in sorted(globs, reverse=True)]
    return tuple([_item(c, exact.get(t) or _answering(t, ranked), said) for c in components for t in (target(c),)])


def _answering(wanted: str, ranked: list[Globs]) -> list[Entry]:
    for globs in ranked:
        if found := [entry for matches, entry in globs if matches(wanted)]:
            return found
    return []


def _item(c: Component, found: list[Entry], said: Mapping[int, tuple[tuple[str, ...], ...]]) -> Item:
    ours = said[id(found[0])] if found else ((), (), ())
    if c.classes or c.support_levels or c.support_ends:
        theirs = (c.classes, c.support_levels, c.support_ends)
        ours = tuple([tuple(dict.fromkeys((*a, *b))) for a, b in zip(ours, theirs, strict=True)])
    rivals = tuple([e.match for e in found[1:]]) if len(found) > 1 else ()
    return Item(c, found[0] if found else None, rivals, *ours)


def _every(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def stale(components: Iterable[Component], overlay: Overlay) -> tuple[Entry, ...]:
    """Entries that answer to no component of this SBOM."""
    targets = [target(c) for c in components]
    known = set(targets)
    return tuple(
        e
        for e in overlay.entries
        if (e.match not in known if "*" not in e.match else not any(map(_pattern(e.match).fullmatch, targets)))
    )


@cache
def _pattern(match: str) -> re.Pattern[str]:
    first, *rest = (re.escape(part) for part in re.split(r"\*+", match))
    # each run between two stars is taken at its first place and not again, so many stars cost no backtracking
    inner = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(f"{first}{inner}.*{rest[-1]}" if rest else first, re.DOTALL)

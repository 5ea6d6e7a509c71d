"""The rules of a SARIF run: which of them a result is of, and which were switched off.

What is ambiguous or contradicts itself is no rule at all, so that its severity cannot lower a result's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.scanners.sarif_values import array, mapping

Json = Mapping[str, Any]


class Rules:
    """The rules of the driver, with what the invocations changed of them."""

    def __init__(self, driver: Json, invocations: list[Json]) -> None:
        """Read the rules and the overrides. Raises FaultError."""
        self.rules = [mapping(rule, "a rule") for rule in array(driver.get("rules", []), "rules")]
        self.ids = [str(rule.get("id")) for rule in self.rules]
        self.changed: dict[str, list[Json]] = {}
        for name, configuration in self._overrides(invocations):
            self.changed.setdefault(name, []).append(configuration)
        self.off = tuple(dict.fromkeys(self._off()))

    def of(self, row: Json) -> Json:
        """The rule of a result; an empty one where its index and its id do not mean one and the same."""
        reference = mapping(row.get("rule") or {}, "rule")
        if "toolComponent" in reference:
            return {}  # a rule of an extension
        index = row.get("ruleIndex", reference.get("index"))
        said = str(row.get("ruleId", reference.get("id", "")))
        if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(self.rules):
            place = index if not said or f"{said}/".startswith(f"{self.ids[index]}/") else None
        else:
            place = self.ids.index(said) if self.ids.count(said) == 1 else None
        return {} if place is None else self._as_run(place)

    def _as_run(self, place: int) -> Json:
        """A rule without its level where an invocation gave it another."""
        rule = self.rules[place]
        if any("level" in each for each in self.changed.get(self.ids[place], ())):
            return {key: value for key, value in rule.items() if key != "defaultConfiguration"}
        return rule

    def _overrides(self, invocations: list[Json]) -> Iterator[tuple[str, Json]]:
        for invocation in invocations:
            for row in array(invocation.get("ruleConfigurationOverrides") or [], "ruleConfigurationOverrides"):
                each = mapping(row, "an override")
                descriptor = mapping(each.get("descriptor") or {}, "descriptor")
                index = descriptor.get("index", -1)
                known = isinstance(index, int) and 0 <= index < len(self.ids)
                name = str(descriptor.get("id", "")) or (self.ids[index] if known else "")
                yield name, mapping(each.get("configuration") or {}, "configuration")

    def _off(self) -> Iterator[str]:
        for name, rule in zip(self.ids, self.rules, strict=True):
            default = rule.get("defaultConfiguration")
            stated = [each["enabled"] for each in self.changed.get(name, ()) if "enabled" in each]
            stated = stated or [default.get("enabled", True) if isinstance(default, dict) else True]
            if False in stated:
                yield name
        known = set(self.ids)
        yield from (
            n for n, rows in self.changed.items() if n not in known and any(r.get("enabled") is False for r in rows)
        )

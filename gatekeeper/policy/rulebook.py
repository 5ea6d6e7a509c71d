"""The shipped catalogue and rules, read strictly: replaceable data, cited in every record by version and digest."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import Any

import msgspec
import tomli

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.rule import Clause, Profile, Rule, Rulebook, Text
from gatekeeper.model.words import Phase

CATALOGUE_SCHEMA = "gatekeeper.catalogue/1"
RULES_SCHEMA = "gatekeeper.rules/1"


class RulebookError(GatekeeperError):
    """The shipped catalogue or rules are not an edition that this version of the gate knows (GATE-10)."""


def shipped(name: str) -> bytes:
    """The bytes of one file of `policies/`, from a wheel, an editable install or a checkout alike."""
    return resources.files("gatekeeper.policies").joinpath(name).read_bytes()


@cache
def rulebook() -> Rulebook:
    """Catalogue and rules as shipped. Raises RulebookError if either is of an unknown schema or damaged."""
    return parse(shipped("catalogue.toml"), shipped("rules.toml"))


def parse(catalogue: bytes, rules: bytes) -> Rulebook:
    """Make a rulebook of the two files; strict about every rule, phase and profile."""
    clauses, judged = _table(catalogue, CATALOGUE_SCHEMA), _table(rules, RULES_SCHEMA)
    try:
        book = Rulebook(
            rules=_by_id(msgspec.convert(judged["rule"], tuple[Rule, ...])),
            clauses=_by_id(msgspec.convert(clauses["clause"], tuple[Clause, ...])),
            profiles=_by_id(msgspec.convert(judged["profile"], tuple[Profile, ...])),
            phases={rule: Phase(phase) for phase, ids in judged["phases"].items() for rule in ids},
            deviable=frozenset(judged["deviations"]["allowed_for"]),
            defaults=judged["defaults"],
            catalogue_version=clauses["catalogue_version"],
            catalogue_sha256=hashlib.sha256(catalogue).hexdigest(),
            rules_version=judged["rules_version"],
            rules_sha256=hashlib.sha256(rules).hexdigest(),
            standard=msgspec.convert(clauses["standard"], dict[str, str | tuple[str, ...]]),
        )
    except (KeyError, ValueError) as e:
        raise RulebookError(f"the shipped rules are damaged: {e}", "Install gatekeeper again.") from e
    _refuse_strangers(book)
    _refuse_blanks(book)
    return book


def _table(raw: bytes, schema: str) -> dict[str, Any]:
    try:
        data = tomli.loads(raw.decode("utf-8"))
    except ValueError as e:
        raise RulebookError(f"not readable as TOML: {e}", "Install gatekeeper again.") from e
    if data.get("schema") != schema:
        raise RulebookError(f"schema {data.get('schema')!r} where {schema!r} is expected", "Install gatekeeper again.")
    return data


def _by_id(items: tuple[Any, ...]) -> dict[str, Any]:
    found = {item.id: item for item in items}
    if len(found) != len(items):
        raise ValueError("an id stands twice")
    return found


def _refuse_blanks(book: Rulebook) -> None:
    """The record speaks two languages: every rule and clause has to, in all that it tells people."""
    told: dict[str, tuple[Text, ...]] = {rule.id: (rule.title, rule.remedy) for rule in book.rules.values()}
    told |= {clause.id: (clause.title, clause.summary, *clause.evidence) for clause in book.clauses.values()}
    blank = [id_ for id_, texts in told.items() if not all(t.en.strip() and t.ja.strip() for t in texts)]
    if blank:
        raise RulebookError(f"not told in both languages: {', '.join(blank)}", "Install gatekeeper again.")


def _refuse_strangers(book: Rulebook) -> None:
    named = {*book.phases, *book.deviable, *(r for c in book.clauses.values() for r in c.rules)}
    strangers = sorted(named - book.rules.keys())
    if strangers:
        raise RulebookError(f"rules named but not defined: {', '.join(strangers)}", "Install gatekeeper again.")

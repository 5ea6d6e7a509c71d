"""Who may do what: the people of the policy's `[people]` table, and the approvals that a release needs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from gatekeeper.model.errors import EvidenceError


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One person: how git knows them (`git`, e-mail addresses), and how their signature does (`identity`, `issuer`:
    the exact name and OIDC issuer in the certificate)."""

    id: str  # used everywhere else in the policy and its registers
    name: str
    organisation: str
    roles: tuple[str, ...]  # those that the gate knows, and `more-roles`
    department: str = ""
    identity: str = ""
    issuer: str = ""
    git: tuple[str, ...] = ()
    competence: str = ""  # id of the record of training and experience
    competence_until: date | None = None  # the day from which it no longer counts
    bot: bool = False  # a machine account: it never approves


class Needed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An approval that a release needs: by somebody in `role`, with this meaning."""

    role: str
    meaning: str  # as given to `gatekeeper approve --meaning`
    count: int = 1  # how many different people


def known_as(name: str) -> str:
    """A person's name for comparing: letters and digits of one width and case, without what stands in brackets."""
    words = unicodedata.normalize("NFKC", name).partition("(")[0].casefold()
    kept = (c for c in unicodedata.normalize("NFKC", words) if c.isalnum() or unicodedata.category(c)[0] == "M")
    return unicodedata.normalize("NFKC", "".join(kept))  # marks meet their letters where something stood between


def who(text: str, people: Iterable[Member]) -> str:
    """The id of the person whom a text names by id or by name; of others the name for comparing, or nothing."""
    name = known_as(text)
    return next((m.id for m in people if name and name in (known_as(m.id), known_as(m.name))), name)


def same_person(one: str, other: str, people: Iterable[Member]) -> bool:
    """Whether two texts name one and the same person, or neither names anybody: then nothing tells them apart."""
    table = tuple(people)
    return who(one, table) == who(other, table)


def people_of(tables: Mapping[str, Any]) -> tuple[Member, ...]:
    """Everyone whom `[people]` names; nobody where there is no such table. Raises EvidenceError for a broken one."""
    try:
        named = tables.get("people", {}).get("person", [])
        return msgspec.convert(named, tuple[Member, ...], builtin_types=(date, datetime))
    except (msgspec.ValidationError, AttributeError) as e:
        raise EvidenceError(f"the [people] table cannot be read: {e}", "Correct [[people.person]].") from e

"""Asking git who wrote what is released, and what the roles table and the mail map were before."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
import tomli

from gatekeeper.checks._people.evidence import Evidence, Hand, Params, Tailored
from gatekeeper.model.check import Context
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.facts import TestFact
from gatekeeper.model.people import Member
from gatekeeper.tools.git import Repository, open_repository
from gatekeeper.tools.git_answers import Identity

_POLICY, _MAIL_MAP = "gatekeeper.toml", ".mailmap"


def collect(context: Context, params: Params) -> Evidence:
    """Who had a hand in the change since the previous release."""
    tailored = tuple(_tailored(row) for row in context.tables.get("activity-completion", {}).get("tailored", ()))
    penetration = _penetration(context.tables.get("security-tests", {}).get("penetration"))
    try:
        repository = open_repository(context.root)
        since, doubt = _since(repository, context)
        hands = tuple(dict.fromkeys(_hand(who, params) for who in repository.authors(since, "HEAD")))
    except EvidenceError as e:
        return Evidence(
            hands=(), doubt=e.message, since="", before=None, changed=(), tailored=tailored, penetration=penetration
        )
    if repository.shallow():
        doubt = "the history was cut off (a shallow clone)"
    before, unread = _people_at(repository, since, context) if since else (None, "")
    return Evidence(
        hands=hands,
        doubt=doubt or unread,
        since=since,
        before=before,
        changed=tuple(_changed(repository, since, before, params)) if before is not None else (),
        tailored=tailored,
        penetration=penetration,
    )


def _since(repository: Repository, context: Context) -> tuple[str, str]:
    """The commit of the previous release. A first release has none; a missing tag is a doubt."""
    previous = context.product.previous_version
    if not previous:
        return "", ""
    template = str(context.tables.get("build-identity", {}).get("tag", "v{version}"))
    name = template.replace("{version}", previous)
    tag = repository.tag(name)
    if tag is None:
        return "", f"there is no tag {name} of the previous release: who wrote the change cannot be told"
    if not repository.is_ancestor(tag.commit, "HEAD"):
        return "", f"the previous release {name} is no ancestor of this one"
    return tag.commit, ""


def _hand(who: Identity, params: Params) -> Hand:
    known = {address.casefold(): m.id for m in params.person for address in (*m.git, m.identity) if address}
    return Hand(known.get(who.email.casefold(), ""), who.name)


def _people_at(repository: Repository, commit: str, context: Context) -> tuple[tuple[Member, ...] | None, str]:
    """The roles table at a commit, or None where the policy had none then; and why it cannot be read."""
    place = context.root.resolve().relative_to(repository.top.resolve()) / _POLICY
    if place.as_posix() not in repository.files(commit):
        return None, ""
    try:
        raw: dict[str, Any] = tomli.loads(repository.read(commit, place.as_posix()).decode())
        if "people" not in raw:
            return None, ""
        named = raw["people"].get("person", [])
        return msgspec.convert(named, tuple[Member, ...], builtin_types=(date, datetime)), ""
    except (ValueError, AttributeError) as e:
        return None, f"the roles table of the previous release cannot be read: {e}"


def _changed(repository: Repository, since: str, before: tuple[Member, ...], params: Params) -> list[str]:
    old = {m.id: m for m in before}
    found = [m.id for m in params.person if old.get(m.id) != m]
    return [*found, *((_MAIL_MAP,) if _MAIL_MAP in repository.changed_files(since, "HEAD") else ())]


def _penetration(row: Any) -> TestFact | None:
    """The penetration test has no report that is counted, and a tester all the same."""
    if not isinstance(row, dict):
        return None
    names = ("path", "sha256", "tester", "organisation", "independence")
    path, sha256, tester, organisation, level = (str(row.get(name, "")) for name in names)
    return TestFact("penetration", path, sha256, tester=tester, organisation=organisation, independence=level)


def _tailored(row: Any) -> Tailored:
    named = row if isinstance(row, dict) else {}
    return Tailored(**{name: str(named.get(name, "")) for name in Tailored.__struct_fields__})

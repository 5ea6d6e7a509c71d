"""The roles table, and who had a hand in the change. E-mail addresses are matched here and kept nowhere."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from gatekeeper.model.facts import TestFact
from gatekeeper.model.people import Member, Needed

Text = Annotated[str, msgspec.Meta(pattern=r"\S")]

ROLES = (
    "developer",
    "tester",
    "clinical",
    "security",
    "quality",
    "verification",
    "risk-authority",
    "release-authority",
    "key-custodian",
    "regulatory",
    "maintenance",
)


class Approved(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Who approved the roles table, when, and until when it holds."""

    by: Text
    on: date
    valid_until: date


class Emergency(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A release that cannot wait for everything: why, by whose approval, until when, what is made up for where."""

    reason: str = ""  # why it cannot wait
    approver: str = ""  # id of a person with the release role
    ends: date | None = None  # the day on which the exception ends
    issue: str = ""  # id of the issue under which the rest is done
    postponed: tuple[str, ...] = ()  # rule ids
    earlier: tuple[str, ...] = ()  # versions of the last releases that postponed the same


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """`[people]`.

    `needed` are the approvals without which nothing goes out; `apart` are pairs of roles that one person must not
    hold at once in a release; `separated` are roles whose holders must not have written what they approve;
    `postponable` are the rules that an emergency may put off.
    """

    person: tuple[Member, ...]  # everyone with a role
    approved: Approved | None = None  # who approved this table
    needed: tuple[Needed, ...] = (
        Needed("quality", "approval"),
        Needed("security", "approval"),
        Needed("verification", "completion"),
        Needed("release-authority", "release"),
    )
    apart: tuple[tuple[str, str], ...] = (("developer", "quality"), ("developer", "verification"))
    separated: tuple[Text, ...] = ("quality", "security", "verification", "release-authority")
    security_roles: tuple[Text, ...] = ("security",)  # whose holders count as security expertise
    more_roles: tuple[Text, ...] = ()  # of your own, beside those that the gate knows
    release_role: Text = "release-authority"  # who decides to release
    release_meaning: Text = "release"  # the meaning under which they sign
    change_meaning: Text = "roles-change"  # the meaning under which a change of this table is approved
    postponable: tuple[Text, ...] = ()
    emergency: Emergency | None = None  # only for a release that cannot wait


class Hand(msgspec.Struct, frozen=True):
    """Somebody who wrote in the released changes: the person of the table, or the name that git has."""

    member: str
    name: str


class Tailored(msgspec.Struct, frozen=True):
    """A clause that the policy reasons away, as far as this family looks at it."""

    clause: str = ""
    reason: str = ""
    author: str = ""
    approver: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What git and the policy tell. `doubt` says why git could not tell; `since` is the previous release's tag.

    `before` is the roles table as it was then, None where there was no release; `changed` names what of roles table
    and mail map was changed in between.
    """

    hands: tuple[Hand, ...]
    doubt: str
    since: str
    before: tuple[Member, ...] | None
    changed: tuple[str, ...]
    tailored: tuple[Tailored, ...]
    penetration: TestFact | None = None  # who tested, as the policy of the tests names it

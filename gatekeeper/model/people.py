"""Who may do what: the people of the policy's `[people]` table, and the approvals that a release needs."""

from __future__ import annotations

from datetime import date

import msgspec


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One person: how git knows them (`git`, e-mail addresses), and how their signature does (`identity`, `issuer`:
    the exact name and OIDC issuer in the certificate)."""

    id: str
    name: str
    organisation: str
    roles: tuple[str, ...]
    department: str = ""
    identity: str = ""
    issuer: str = ""
    git: tuple[str, ...] = ()
    competence: str = ""  # id of the record of training and experience
    competence_until: date | None = None
    bot: bool = False


class Needed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An approval that a release needs: by somebody in `role`, with this meaning."""

    role: str
    meaning: str
    count: int = 1

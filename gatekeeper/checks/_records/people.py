"""The people of the policy, for rules that ask who stated something."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.people import Member


def people_of(tables: Mapping[str, Any]) -> tuple[Member, ...]:
    """Everyone whom `[people]` names; nobody where there is no such table. Raises EvidenceError for a broken one."""
    try:
        named = tables.get("people", {}).get("person", [])
        return msgspec.convert(named, tuple[Member, ...], builtin_types=(date, datetime))
    except (msgspec.ValidationError, AttributeError) as e:
        raise EvidenceError(f"the [people] table cannot be read: {e}", "Correct [[people.person]].") from e

"""Resuming is late: what was in force when the dossier was sealed may be over when it is signed."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from gatekeeper.checks._signing.params import Params
from gatekeeper.dossier import resume
from gatekeeper.model.errors import EvidenceError

SEALED = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)


def in_time(now: datetime, *deviations: Any) -> None:
    record: Any = SimpleNamespace(effective_time=SEALED.isoformat(), deviations=deviations)
    gathered: Any = SimpleNamespace(policy=SimpleNamespace(params={"signing": Params(identity="a", issuer="b")}))
    resume._in_time(record, gathered, now)


def deviation(expires: str, *, used: bool = True) -> Any:
    return SimpleNamespace(id="DEV-2026-001", expires=expires, used=used)


def test_a_deviation_that_ended_since_is_no_answer_any_more() -> None:
    in_time(SEALED.replace(hour=23), deviation("2026-11-21"))
    with pytest.raises(EvidenceError, match="DEV-2026-001 ended since this was sealed"):
        in_time(SEALED.replace(day=21, hour=0), deviation("2026-11-21"))


@pytest.mark.parametrize("other", [deviation("2026-11-22"), deviation("2026-11-21", used=False)])
def test_one_that_still_holds_or_answers_nothing_stands_in_no_way(other: Any) -> None:
    in_time(SEALED.replace(day=21, hour=8), other)


@pytest.mark.parametrize("day", [20, 24])
def test_too_late_and_before_it_was_sealed_are_both_out_of_time(day: int) -> None:
    with pytest.raises(EvidenceError, match="72 hours"):
        in_time(SEALED.replace(day=day, hour=21 if day == 20 else 22))

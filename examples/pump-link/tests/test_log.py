from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pump_link import log

GOOD = """2026-05-04T08:00:00+00:00 RATE 12.5 ml/h
2026-05-04T09:00:00+00:00 BOLUS 2.0 ml
2026-05-04T10:00:00+00:00 ALARM 31 code
2026-05-04T12:00:00+00:00 STOP 0 -
"""


def test_every_line_is_an_event():
    events = log.read(GOOD.splitlines())

    assert len(events) == 4
    assert events[0] == log.Event(datetime(2026, 5, 4, 8, tzinfo=UTC), log.Kind.RATE, Decimal("12.5"))


def test_the_volume_is_rate_times_time_and_boluses():
    assert log.infused(log.read(GOOD.splitlines())) == Decimal("52.00")


def test_a_pump_that_still_runs_has_no_volume():
    with pytest.raises(log.LogError, match="still runs"):
        log.infused(log.read(GOOD.splitlines()[:1]))


@pytest.mark.parametrize(
    "line",
    [
        "2026-05-04T08:00:00 RATE 12.5 ml/h",
        "2026-05-04T08:00:00+00:00 RATE 12.5 ml",
        "2026-05-04T08:00:00+00:00 RATE nan ml/h",
        "2026-05-04T08:00:00+00:00 RATE -1 ml/h",
        "2026-05-04T08:00:00+00:00 RATE 1e999999 ml/h more",
        "2026-05-04T08:00:00+00:00 FLUSH 1 ml",
        "yesterday RATE 12.5 ml/h",
        "x" * 201,
    ],
)
def test_a_line_that_cannot_be_trusted_is_an_error(line):
    with pytest.raises(log.LogError, match="line 1"):
        log.read([line])


def test_an_empty_log_is_an_error():
    with pytest.raises(log.LogError, match="no event"):
        log.read(["", "  "])


def test_time_does_not_go_back():
    with pytest.raises(log.LogError, match="line 2: earlier"):
        log.read([GOOD.splitlines()[1], GOOD.splitlines()[0]])

from datetime import UTC, datetime

from pump_link import log, report


def test_markup_in_a_log_is_text_in_the_page():
    event = log.Event(datetime(2026, 5, 4, 8, tzinfo=UTC), log.Kind.ALARM, "<script>alert(1)</script>")

    page = report.html((event,))

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page

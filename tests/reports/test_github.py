"""Annotations stay within what GitHub shows, and the summary within what it takes."""

from __future__ import annotations

import msgspec
import pytest

from gatekeeper.model.finding import Where
from gatekeeper.model.record import FindingRow, Record
from gatekeeper.model.report import Options
from gatekeeper.model.words import Level, Outcome
from gatekeeper.reports import github, html, markdown, text

REPORTS = {"text": text.REPORT, "html": html.REPORT}
replace = msgspec.structs.replace


def crowded(record: Record, number: int, text: str = "fault") -> Record:
    found = tuple(
        FindingRow(message=f"{text} {n}", where=Where(f"{n}.py", 1), fingerprint=f"{n:016x}",
                   level=Level.CRITICAL if n == number - 1 else Level.LOW)
        for n in range(number)
    )  # fmt: skip
    return msgspec.structs.replace(record, rules=(msgspec.structs.replace(record.rules[0], findings=found),))


@pytest.mark.parametrize(("number", "lines"), [(1, 1), (9, 9), (10, 10), (11, 10), (5000, 10)])
def test_at_most_ten_of_a_kind_and_the_tenth_tells_the_rest(record: Record, number: int, lines: int) -> None:
    shown = github.render(crowded(record, number), Options()).splitlines()
    errors = [line for line in shown if line.startswith("::error ")]
    assert len(errors) == lines
    assert f"fault {number - 1}" in errors[0]
    if number > 10:
        assert f"and {number - 9} more" in errors[-1]


def test_what_a_deviation_answers_is_no_annotation(released: Record) -> None:
    shown = github.render(released, Options()).splitlines()
    assert [line.split(" ")[0] for line in shown] == ["::notice"]


@pytest.mark.parametrize("lang", ["en", "both"])
def test_the_summary_is_never_too_large_and_says_what_was_cut(record: Record, lang: str) -> None:
    text = markdown.render(crowded(record, 400, "語" * 9000), Options(lang=lang))  # type: ignore[arg-type]
    assert len(text.encode()) <= markdown.MAX_BYTES
    assert "Cut here" in text
    assert text.startswith("# ✗")


def test_a_small_summary_is_whole(record: Record) -> None:
    assert "Cut here" not in markdown.render(record, Options())


def test_one_long_row_of_a_summary_hides_no_other_failure(record: Record) -> None:
    """What was observed of one rule filled the summary, and the rules that failed after it were cut away."""
    code, *rest = record.rules
    long = replace(code, id="CODE-04", observed=("x" * 2_000_000,))
    page = markdown.render(replace(record, rules=(long, code, *rest)), Options())
    failed = [r.id for r in record.rules if r.outcome is Outcome.FAILED]
    assert all(f"| `{id_}` |" in page for id_ in failed)


def test_a_hundred_doubts_do_not_push_the_rest_away(record: Record) -> None:
    rule = next(r for r in record.rules if r.outcome is Outcome.UNDECIDED)
    many = replace(rule, doubts=tuple(f"file {n} is broken" for n in range(1000)))
    shown = replace(record, rules=tuple(many if r is rule else r for r in record.rules))
    for form, most in (("text", 60), ("html", 60)):
        page = str(REPORTS[form].render(shown, Options()))
        assert page.count("is broken") <= most
        assert "980" in page
    assert str(REPORTS["text"].render(shown, Options(verbose=True))).count("is broken") == 1000

"""Code frames, anchors and advice: what people see of a finding, and what its fingerprint hangs on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.scanners import advice, excerpts, nosec
from gatekeeper.scanners.results import Issue


def issue(source: str, line: int, column: int, end: int) -> Issue:
    shown, lines = excerpts.shown(source.split("\n"), line)
    return Issue("B1", "x", "LOW", "LOW", 1, "t", line, line, line, column, end, shown=shown, source=lines)


def test_a_frame_has_a_caret_under_the_place() -> None:
    assert excerpts.frame(issue("def f(x):\n\treturn eval(x)\n", 2, 8, 15)).split("\n") == [
        "1 | def f(x):",
        "2 |     return eval(x)",
        "  |            ^^^^^^^",
    ]


def test_columns_are_bytes_for_python_and_cells_for_people() -> None:
    """A Japanese character is three bytes and two cells."""
    line = 'x = "投与量", eval(y)'
    column = len(line[: line.index("eval")].encode())

    assert excerpts.frame(issue(line, 1, column, column + 7)).split("\n")[1] == "  | " + " " * 14 + "^" * 7


@given(st.text(max_size=60), st.integers(0, 80), st.integers(0, 80))
def test_any_line_and_any_columns_make_a_frame(text: str, column: int, end: int) -> None:
    assert excerpts.frame(issue(text.replace("\n", " "), 1, column, end))


@given(st.binary(max_size=80))
def test_any_bytes_have_lines(data: bytes) -> None:
    assert excerpts.lines_of(data)


def test_a_comment_does_not_change_what_the_code_says() -> None:
    plain = ["eval(x)"]
    suppressed = b"eval(x)  # nosec B307 DEV-2026-014\n"
    bare = excerpts.without_comments(excerpts.lines_of(suppressed), nosec.comments(suppressed))

    assert excerpts.anchor(plain, {}, 1, 1, 1) == excerpts.anchor(excerpts.lines_of(suppressed), bare, 1, 1, 1)


def test_a_comment_in_a_string_is_no_comment() -> None:
    one, other = (f'call("# nosec {word}")\n'.encode() for word in ("a", "b"))

    assert nosec.comments(one) == ()
    assert excerpts.anchor(excerpts.lines_of(one), {}, 1, 1, 1) != excerpts.anchor(
        excerpts.lines_of(other), {}, 1, 1, 1
    )


@pytest.mark.parametrize(
    ("comment", "tests", "others"),
    [
        ("# nosec", (), ()),
        ("#nosec:B602", ("B602",), ()),
        ("# nosec B602, B607 DEV-2026-014", ("B602", "B607"), ("DEV-2026-014",)),
        ("# nosec B602 # B607 DEV-2026-014", ("B602",), ()),
        ("# nosecurity B602", ("B602",), ("urity",)),
    ],
)
def test_a_comment_is_read_as_bandit_reads_it(comment: str, tests: tuple[str, ...], others: tuple[str, ...]) -> None:
    assert nosec.words(comment) == (tests, others)


def test_there_is_advice_for_every_test_of_bandit(snippets: dict[str, str]) -> None:
    assert [test for test in snippets if not advice.how_to_fix(test)] == []
    assert advice.how_to_fix("B999") == ""

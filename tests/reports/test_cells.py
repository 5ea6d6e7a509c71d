"""Text in terminal cells: nothing is lost, lines fit, and no line begins with what closes a clause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.reports._cells import cells, wrap

TEXT = st.text("ab /.日本語、。」)]", max_size=80)


@given(TEXT, st.integers(10, 60))
def test_nothing_but_blanks_at_breaks_is_lost(text: str, width: int) -> None:
    assert "".join("".join(wrap(text, width)).split()) == "".join(text.split())


@given(st.text("日本語", min_size=1, max_size=80), st.integers(10, 60))
def test_japanese_lines_fit(text: str, width: int) -> None:
    assert all(cells(line) <= width for line in wrap(text, width, "  ", "    "))


@pytest.mark.parametrize("closing", ["、", "。", "」", ")", "]"])
def test_no_line_begins_with_what_closes_a_clause(closing: str) -> None:
    for length in range(1, 30):
        assert not [line for line in wrap("日" * length + closing + "本" * 5, 20) if line.startswith(closing)]


@pytest.mark.parametrize("first", ["ー", "っ", "ょ", "々", "・", "。", ")", "!", "?", ":", "ヶ"])
@pytest.mark.parametrize("word", ["ロ", "abc"])
def test_no_line_begins_with_what_lengthens_a_word(first: str, word: str) -> None:
    """`ローカル実行` was broken as ロ / ーカル, and a full stop behind a Latin word stood alone."""
    for width in range(30, 50):
        assert not any(line.startswith(first) for line in wrap(f"{word}{first}" * 40, width))


def test_no_line_ends_with_what_opens() -> None:
    for width in range(30, 50):
        assert not any(line.endswith("「") for line in wrap("「記録」" * 40, width))


def test_a_word_in_brackets_stays_whole() -> None:
    assert wrap("規則 " + "再ビルドの方法が記録されている" + "  [判定不能]", 40)[-1] == "[判定不能]"


def test_marks_that_stand_on_others_need_no_cell() -> None:
    assert cells("が") == 2
    assert cells("葛\U000e0100") == 2
    assert cells("ก็") == 1

"""GATE-15: text from outside is shown, never obeyed."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gatekeeper.reports._escape import command_data, command_property, csv_cell, json_text, log_line, markdown, visible

UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


@given(st.text())
def test_nothing_that_steers_is_left(text: str) -> None:
    assert not [c for c in visible(text) if unicodedata.category(c) in UNSEEN]


def test_the_table_of_unseen_characters_is_the_one_of_unicode() -> None:
    steering = [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) in UNSEEN]
    assert not [hex(ord(c)) for c in steering if visible(c) == c]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param("\x1b[32mPASS", "\\x1b[32mPASS", id="GATE-15: a component name with terminal codes"),
        pytest.param("a\u202etxt.exe", "a\\u202etxt.exe", id="GATE-15: a file name with right-to-left marks"),
        pytest.param("a\r\nb", "a\\r\\nb", id="GATE-15: a title of two lines"),
        pytest.param("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "\\u0301" * 2, id="marks heaped over the line above"),
        pytest.param("ế がぎ", "ế がぎ", id="marks that letters have stay"),
        pytest.param("\u3164\u2800", "\\u3164\\u2800", id="letters that are drawn as nothing"),
        pytest.param("葛\U000e0100城", "葛\U000e0100城", id="a Japanese name with a variation selector stays"),
    ],
)
def test_visible(raw: str, shown: str) -> None:
    assert visible(raw) == shown


@given(st.text())
def test_a_workflow_command_holds_one_line_and_one_message(text: str) -> None:
    data, prop = command_data(text), command_property(text)
    assert not set("\r\n") & set(data + prop)
    assert not set(":,") & set(prop)
    assert data.count("%") == sum(data.count(code) for code in ("%25", "%0D", "%0A"))


def test_json_means_the_same_without_a_command() -> None:
    raw = json.dumps({"a": "x ##[stop-commands]y", "b": ["##", []]}).encode()
    assert "##[" not in json_text(raw)
    assert json.loads(json_text(raw)) == json.loads(raw)


@pytest.mark.parametrize("text", ["1. one", "12) twelve"])
def test_a_number_begins_no_list(text: str) -> None:
    assert "<li>" not in MarkdownIt("commonmark").render(markdown(text))


@given(st.text())
def test_no_line_of_a_log_is_a_command(text: str) -> None:
    line = log_line(visible(text))
    assert not line.lstrip().startswith("::")
    assert "##[" not in line


@pytest.mark.parametrize("line", ["::error::x", "  ::set-output name=a::b", "x ##[add-matcher]y", "::::"])
def test_log_line(line: str) -> None:
    assert not log_line(line).lstrip().startswith("::")
    assert "##[" not in log_line(line)
    assert log_line(line) != line


@pytest.mark.parametrize(
    "raw",
    ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1"],
)
def test_a_spreadsheet_sees_no_formula(raw: str) -> None:
    assert not csv_cell(raw).startswith(("=", "+", "-", "@", " ", "＝", "\t", "\r"))
    assert csv_cell(raw).endswith(raw[1:])


@pytest.mark.parametrize(
    "raw",
    [
        "<img src=x onerror=alert(1)>",
        "![a](https://example.invalid/x.png)",
        "[a](javascript:alert(1))",
        "a | b",
        "`code`",
        "**bold** __b__ ~~s~~",
        "@everyone see #1 GH-2 example/repo#3",
        "https://example.invalid www.example.invalid",
        "- [ ] task",
        "# heading",
        "&lt;b&gt;",
        "$x$",
    ],
)
def test_markdown_is_inert(raw: str) -> None:
    shown = markdown(raw)
    bare = shown.replace("<!-- -->", "")
    assert "<" not in bare
    assert ">" not in bare
    for mark in "|`[]()*_#!~$":
        assert mark not in bare.replace(f"\\{mark}", "")
    assert "@e" not in shown
    assert "https:" not in shown
    assert "www." not in shown

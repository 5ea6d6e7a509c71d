"""One hostile text in every place of a record that holds free text: no format lets it steer, and none fails of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import msgspec
import pytest
from markdown_it import MarkdownIt

import gatekeeper.reports
from gatekeeper.discovery import discover
from gatekeeper.model.record import Record
from gatekeeper.model.report import Options, Report

REPORTS = discover(gatekeeper.reports, "REPORT", Report)
# JSON of the record and the signed form are data, byte for byte; the page on paper is the page.
SHOWN = sorted(set(REPORTS) - {"json", "svr", "pdf"})
CLOSED = re.compile(
    r"schema|decision|mode|stage|outcome|basis|bases|severity|level|status|kind|support-end|.*_time|created"
)
TEXTS = {
    "terminal": "\x1b[2J\x1b[32mPASS",
    "direction": "\u202e\u2066evil",
    "zero width": "a\u200bb\u2060\ufeff",
    "nothing to see": "\u3164\u115f\uffa0\u2800\u034f",
    "command": "\n::error::x\n##[stop-commands]z",
    "markup": "</style><script>x</script><img src=x onerror=x>",
    "Markdown": "[a](http://e.example) ![i](http://e.example/x.png) `c` *b* | x |",
    "heading": "\n\n# RELEASE ALLOWED\n\n",
    "formula": "=cmd|' /C calc'!A0",
    "placeholder": "{0} [l](1) %s {{1}}",
    "long": "A" * 5000,
    "combining": "e" + "\u0301" * 300,
    "Japanese": "葛\U000e0100城 太郎\u3000様",
    "right to left": "\u05e9\u05dc\u05d5\u05dd 1.4.0",
}


def planted(value: Any, text: str, key: str = "") -> Any:
    """The tree with the text in the place of every free text."""
    if isinstance(value, dict):
        return {name: planted(item, text, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [planted(item, text, key) for item in value]
    return text if isinstance(value, str) and value and not CLOSED.fullmatch(key) else value


def rendered(record: Record, form: str, text: str) -> str:
    tree = planted(msgspec.to_builtins(record), text)
    options = Options(lang="both", record_sha256=text, kept=text, verification=text)
    return str(REPORTS[form].render(msgspec.convert(tree, Record), options))


@pytest.mark.parametrize("form", SHOWN)
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_shown_wherever_it_stands(record: Record, form: str, name: str) -> None:
    """Rule and clause ids of a record came to the terminal, and clause ids into a picture of the page, as they were."""
    page = rendered(record, form, TEXTS[name])
    assert not re.search("[\x1b\u202a-\u202e\u2066-\u2069\u200b\u2060\u3164\u115f\uffa0\u2800\u034f]", page)
    if form not in ("html", "github"):
        assert "##[" not in page
        assert not [line for line in page.split("\n") if line.lstrip().startswith("::")]
    if form in ("html", "markdown", "residual-risks"):
        assert "<script>" not in page
        assert "<img" not in page


@pytest.mark.parametrize("form", ["markdown", "residual-risks"])
@pytest.mark.parametrize("name", TEXTS)
def test_no_markup_comes_about(record: Record, form: str, name: str) -> None:
    def tags(text: str) -> Counter[str]:
        page = rendered(record, form, text).replace("`7777`", "")
        html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(page)
        return Counter(re.findall(r"</?(?!code|p\b|/p)[a-z0-9]+", html))

    assert tags(TEXTS[name]) == tags("plain")

"""Markdown (CommonMark with tables), read by markdown-it-py."""

from __future__ import annotations

import re
from typing import Any

from gatekeeper.checks._documents.building import Builder
from gatekeeper.checks._documents.model import Document

_ANCHOR = re.compile(r"\s*\{#(?P<id>[A-Za-z0-9_.:-]+)\}\s*$")

_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


def read(content: bytes) -> Document:
    """Read Markdown in UTF-8. Raises ValueError for anything else."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(content.decode("utf-8-sig"))
    builder = Builder()
    for at, token in enumerate(tokens):
        _take(builder, token, tokens[at - 1] if at else None)
    return builder.document()


def _take(builder: Builder, token: Any, before: Any) -> None:
    line = token.map[0] + 1 if token.map else 0
    match token.type:
        case "inline" if before is not None and before.type == "heading_open":
            words, _ = _words(token)
            anchor = _ANCHOR.search(words)
            builder.heading(_ANCHOR.sub("", words), int(before.tag[1:]), line, anchor["id"] if anchor else "")
        case "inline" if before is not None and before.type in ("th_open", "td_open"):
            builder.cell(*_words(token))
        case "inline":
            builder.text(*_words(token))
        case "fence" | "code_block":
            builder.text(token.content, "")
        case "html_block":
            builder.text(_TAG.sub(" ", token.content), token.content)
        case "tr_open":
            builder.row(line)
        case "table_open":
            builder.table(line)
        case "table_close":
            builder.table_end()
        case "list_item_open":
            builder.item()
        case _:  # rules and the closing of blocks: nothing that a reader sees
            pass


def _words(token: Any) -> tuple[str, str]:
    """All words of an inline token, and what of it is not code, tags and comments included."""
    text, prose = [], []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            text.append(child.content)
            prose.append(child.content if child.type == "text" else " ")
        elif child.type in ("softbreak", "hardbreak"):
            text.append("\n")
            prose.append("\n")
        elif child.type == "image":
            text.append(child.content)
            prose.append(child.content)
        elif child.type == "html_inline":
            prose.append(child.content)  # `<your name>` is a tag to a parser, and a gap to a reader
    return "".join(text), "".join(prose)

"""Plain text: headings are underlined lines or numbered ones, as in `3.1 Configuration`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gatekeeper.checks._documents.building import Builder
from gatekeeper.checks._documents.model import Document, plain

_UNDERLINE = re.compile(r"(=|-|~|\^)\1{2,}\s*")
_NUMBERED = re.compile(r"(?P<number>\d+(?:\.\d+)*)[.)]?\s+(?P<words>\S.{0,120})")


def read(content: bytes) -> Document:
    """Read text in UTF-8. Raises ValueError for anything else."""
    return of_lines(content.decode("utf-8-sig"))


def of_lines(text: str, known: Mapping[str, int] | None = None) -> Document:
    """The same for text that another reader took out of its file; `known` are headings in plain words, with levels."""
    lines = text.splitlines()
    builder = Builder()
    underlined = {at for at in range(len(lines) - 1) if lines[at].strip() and _UNDERLINE.fullmatch(lines[at + 1])}
    for at, line in enumerate(lines):
        level = (known or {}).get(plain(line), 0)
        if level:
            builder.heading(line.strip(), level, at + 1)
        elif at in underlined:
            builder.heading(line.strip(), 1 if lines[at + 1].startswith("=") else 2, at + 1)
        elif heading := _numbered(lines, at):
            builder.heading(heading["words"].strip(), 2 + heading["number"].count("."), at + 1)
        elif at - 1 not in underlined and line.strip():
            builder.text(line, line)
    return builder.document()


def _numbered(lines: list[str], at: int) -> re.Match[str] | None:
    """A line such as `3.1 Configuration` that stands alone and is no sentence."""
    alone = (at == 0 or not lines[at - 1].strip()) and (at + 1 == len(lines) or not lines[at + 1].strip())
    if not alone or lines[at].rstrip().endswith((".", "。", ";", ",")):
        return None
    return _NUMBERED.fullmatch(lines[at])

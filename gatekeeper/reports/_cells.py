"""Text in terminal cells: Japanese characters take two, and lines break between them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Japanese breaks between any two characters, but no line begins with what closes or lengthens, or ends with what opens.
_CLOSES = "、。,.」』)】〕)\\]!?!?:;・…ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_WORDS = re.compile(rf" +|\[[^\[\]\s]{{1,12}}\]|[^\s{_WIDE}]+[{_CLOSES}]*|[「『(【〔]*.[{_CLOSES}]*")


def cells(text: str) -> int:
    """Columns that a terminal needs for a text; combining characters need none."""
    return len(text) if text.isascii() else sum(map(_cells, text))


@cache
def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def pad(text: str, width: int) -> str:
    """Fill up with spaces to a number of cells."""
    return text + " " * max(0, width - cells(text))


def wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Lines of at most `width` cells; a path, an id or a command is never cut, so it may stand out."""
    lines, line, used = [], first, cells(first)
    empty = True
    for word in _WORDS.findall(text):
        size = cells(word)
        if not empty and used + size > width:
            lines.append(line.rstrip())
            line, used, empty = rest, cells(rest), True
        if empty and not word.strip():
            continue
        line, used, empty = line + word, used + size, False
    return [*lines, line.rstrip()]

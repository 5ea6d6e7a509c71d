"""What a finished document does not hold: words that stand for something still to be written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.checks._documents.model import Document

_WORDS = re.compile(
    r"""(?x)
    (?<![A-Za-z0-9_])(?:TODO|TO\ DO|FIXME|(?i:TBD)|TBC|TBA|T\.B\.D\.?|XXX+)(?![A-Za-z0-9_])
    | \b(?i:to\ be\ (?:determined|defined|decided|written|completed|confirmed|added|supplied))\b
    | (?i:lorem\ ipsum)
    | \[(?i:todo|tbd|insert|fill|your|enter|add|name|date|version|product|company|manufacturer|address)
        [^\]\n]{0,60}\](?!\()
    | \{\{[^{}\n]{0,80}\}\} | \{%[^{}\n]{0,80}%\} | \$\{[^{}\n]{1,80}\} | @[A-Z][A-Z_]{2,40}@ | %[A-Z][A-Z_]{2,40}%
    | <(?i:insert|your|enter|fill|name|date|version|product|company|manufacturer|todo|tbd)[^<>\n]{0,60}>
    | \{(?i:version|product|name|date|author|manufacturer|company)\}
    | \bYYYY[-/]MM[-/]DD\b | _{4,} | \.{6,}
    | [○〇●◯△▲□■×✕]{2,}
    | (?<![ァ-ヶー一-龠])(?:未定|未記入|未作成|要確認|要記入|要追記|執筆中|作成中|後日(?:記入|記載|追記))
    | 記入してください | ここに(?:記入|記載|書)
    | [（(]仮[)）]
    """
)
# Inside code only the words count: shells and templates use the same marks for their own purposes.
_CODE_WORDS = re.compile(r"(?<![A-Za-z0-9_])(?:TODO|FIXME|TBD)(?![A-Za-z0-9_])")
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}  # full-width ASCII, as Japanese keyboards write it


def placeholders(document: Document) -> Iterator[tuple[int, str]]:
    """Line of the section and the words, each once."""
    seen = set()
    for section in document.sections:
        text = f"{section.heading}\n{section.prose}".translate(_NARROW)
        for match in (*_WORDS.finditer(text), *_CODE_WORDS.finditer(section.text.translate(_NARROW))):
            words = match[0].strip()
            if (section.line, words) not in seen:
                seen.add((section.line, words))
                yield section.line, words

"""Texts that look like a value and are none: placeholders, invisible characters, look-alike letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORDS = """
unknown todo tbd tba n/a na none null nil undefined unspecified noassertion fixme xxx changeme placeholder example
dummy latest unset empty ? ?? ??? - -- . .. * 不明 未定 未確認 未記入 未設定 該当なし なし 無し 不詳 仮
"""
PLACEHOLDERS = frozenset(_WORDS.split())
_LONGEST = max(map(len, PLACEHOLDERS))
_SIGNS = re.compile(r"[$%@<{]")  # without one of these there is no template to look for
_TEMPLATE = re.compile(r"\$\{[^}]*\}|\{\{.*?\}\}|<%.*?%>|%[A-Z_]{3,}%|@[A-Za-z_.]{3,}@|^<[^<>]+>$")
_UNBUILT = re.compile(r"^(v?0\.0\.0([-.+].*)?|0+(\.0+)*\.dev\d*.*)$", re.IGNORECASE)
_COMBINED = {"CJK": "HAN", "HIRAGANA": "HAN", "KATAKANA": "HAN", "KATAKANA-HIRAGANA": "HAN", "FULLWIDTH": "LATIN"}


def placeholder(text: str) -> bool:
    """Whether a text only fills a field: blank, `unknown`, `TODO`, `${project.artifactId}`, `不明` ..."""
    bare = text.strip("<>[]()\"' \t\r\n")
    if len(bare) <= _LONGEST and (not bare or bare.casefold() in PLACEHOLDERS):
        return True
    return not text.isalnum() and bool(_SIGNS.search(text)) and bool(_TEMPLATE.search(text))


@lru_cache(maxsize=65536)
def unbuilt(version: str) -> bool:
    """Whether a version is the one of a tree that nobody released, such as `0.0.0-dev`."""
    return bool(_UNBUILT.match(version.strip()))


def unprintable(text: str) -> str:
    """The names of control, bidirectional and invisible characters in a text; empty where there are none."""
    if text.isascii() and text.isprintable():
        return ""
    bad = [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")]
    return ", ".join(dict.fromkeys(f"U+{ord(c):04X}" for c in bad[:5]))


def mixed_scripts(text: str) -> tuple[str, ...]:
    """The scripts of a text's letters where they are several: a Cyrillic letter in a Latin name is no accident.

    Japanese mixes Han, Hiragana, Katakana and Latin, so those are one (as in UTS 39, highly restrictive).
    """
    if text.isascii():
        return ()
    scripts = sorted({_script(c) for c in text if c.isalpha()})
    return tuple(scripts) if len(set(scripts) - {"HAN", "LATIN"}) and len(scripts) > 1 else ()


def _script(letter: str) -> str:
    first = unicodedata.name(letter, "UNNAMED").split(" ")[0]
    return _COMBINED.get(first, first)

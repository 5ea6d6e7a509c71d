"""How bad a vulnerability is: the highest CVSS vector, else the data base's word, else unknown: the highest level."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from gatekeeper.model.words import LEVEL_RANK, Level, level_of

_WORDS = {
    "moderate": Level.MEDIUM,
    "important": Level.HIGH,
    "negligible": Level.LOW,
    "minor": Level.LOW,
    "info": Level.LOW,
}


_SAID = {*_WORDS, *(str(level) for level in Level)}


def level(scores: Iterable[str], word: str = "") -> Level:
    """The level of one vulnerability from its CVSS vectors or numbers, and a word."""
    found = [level for text in scores if (level := _scored(text))]
    if found:
        return max(found, key=LEVEL_RANK.__getitem__)
    return named(word)


def named(word: str) -> Level:
    """The level that a data base's word means; one that is not known is critical."""
    return _WORDS.get(word.strip().lower()) or level_of(word)


@lru_cache(maxsize=4096)
def _scored(text: str) -> Level | None:
    number = _number(text)
    if number is None:
        return named(text) if text.strip().lower() in _SAID else None  # Ubuntu's own severity is a word
    bounds = ((9.0, Level.CRITICAL), (7.0, Level.HIGH), (4.0, Level.MEDIUM))
    return next((level for bound, level in bounds if number >= bound), Level.LOW)


def _number(text: str) -> float | None:
    from cvss import CVSS2, CVSS3, CVSS4
    from cvss.exceptions import CVSSError

    try:
        if text.startswith("CVSS:4"):
            return float(CVSS4(text).base_score)
        if text.startswith("CVSS:3"):
            return float(CVSS3(text).base_score)
        if text.startswith("AV:"):
            return float(CVSS2(text).base_score)
        return min(float(text), 10.0) if text.replace(".", "", 1).isdecimal() else None
    except (CVSSError, ValueError):
        return None

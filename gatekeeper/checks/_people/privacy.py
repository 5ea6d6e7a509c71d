"""PEOPLE-11: the record names people by name, role and id, and carries nobody else's data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath

import msgspec

from gatekeeper.model.check import Case
from gatekeeper.model.facts import Facts
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged

# Letters are those of ASCII: in Japanese text a number stands between letters.
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,10}[A-Za-z]{2,24}(?![\w-])", re.ASCII)
_TELEPHONE = re.compile(
    r"(?<![\w.-])(?:(?:\+\d{1,3}[ -]?\d{1,4}|\(?0\d{1,4}\)?)[ -]\d{1,4}[ -]\d{3,4}|0\d{1,4}\(\d{1,4}\)\d{3,4}"
    r"|0[5789]0\d{8})(?![\w-])",
    re.ASCII,
)
# What shows more than words can be searched for: pictures, sound, and images of patients.
_PICTURES = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".webp",
        ".heic",
        ".dcm",
        ".dicom",
        ".mp4",
        ".mov",
        ".wav",
    ]
)
_LISTS = ("issues", "documents", "tests", "suppressions")


def judge(case: Case) -> Judgement:
    """Search what the record will list. Pictures are named, because nobody but a person can tell what they show."""
    entries = [(name, entry) for name in _LISTS for entry in getattr(case.facts, name)]
    findings = [f for name, entry in entries for f in _private(name, entry)]
    findings += _pictures(case.facts)
    return judged(
        "PEOPLE-11", f"{len(entries)} entries of the record searched for addresses and telephone numbers", findings
    )


def _private(name: str, entry: msgspec.Struct) -> Iterator[Finding]:
    text = unicodedata.normalize("NFKC", msgspec.json.encode(entry).decode())
    place = str(getattr(entry, "id", "") or getattr(entry, "path", "") or getattr(entry, "name", ""))
    for what, pattern in (("an e-mail address", _ADDRESS), ("a telephone number", _TELEPHONE)):
        count = len(pattern.findall(text))
        if count:
            told = f"{place or name} holds {what}" + (f", and {count - 1} more" if count > 1 else "")
            yield finding("PEOPLE-11", told, key=(name, place, what), where=Where(pointer=f"{name} {place}"))


def _pictures(facts: Facts) -> Iterator[Finding]:
    for path in (*(d.path for d in facts.documents), *(t.path for t in facts.tests)):
        if PurePosixPath(path).suffix.lower() in _PICTURES:
            told = f"{path} is a picture or recording: a person must see that it shows no patient"
            yield finding("PEOPLE-11", told, key=("picture", path), where=Where(path))

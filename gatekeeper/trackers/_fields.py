"""Fields that people fill, in whatever way a tracker has them: custom fields, or headings of an issue form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from gatekeeper.trackers._contract import Reading
from gatekeeper.trackers._issue import Issue

Field = Literal[
    "severity",
    "origin",
    "found-by",
    "received",
    "reviewed",
    "closer",
    "reviewer",
    "fix-commits",
    "fix-test",
    "duplicate-of",
    "cvss",
    "cvss-score",
    "cwe",
    "impact",
    "affected-versions",
    "root-cause",
    "related",
    "safety-effect",
    "risk-ref",
    "findings",
    "disclose",
    "disclose-reason",
    "disclose-by",
    "disclose-on",
    "third-party",
    "supplier-notice",
    "supplier-told-on",
    "supplier-told-by",
]
LISTS = ("fix_commits", "affected_versions", "findings")
_SPLIT = re.compile(r"[\s,;]+")
_HEADING = re.compile(r"#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_NO_ANSWER = "_No response_"  # what an issue form writes for a field left empty


def headings(body: str) -> dict[str, str]:
    """The parts of an issue's text by heading, as issue forms write them and people see them: a comment is no answer,
    and what stands in a block of code no heading. A heading that stands twice counts once for nothing: nobody could
    say which part is meant."""
    found: dict[str, str] = {}
    for name, lines in _sections(_COMMENT.sub("", body).replace("\r\n", "\n")):
        text = "\n".join(lines).strip()
        found[name] = "" if name in found or text == _NO_ANSWER else text
    return found


def _sections(body: str) -> list[tuple[str, list[str]]]:
    sections: list[tuple[str, list[str]]] = []
    fence = ""
    for line in body.split("\n"):
        mark = _FENCE.fullmatch(line)
        heading = None if fence else _HEADING.fullmatch(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
        if heading:
            sections.append((heading[1], []))
        elif sections:
            sections[-1][1].append(line)
    return sections


def filled(issue: Issue, wanted: Mapping[Field, str], given: Mapping[str, str], reading: Reading) -> Issue:
    """The issue with the fields that the policy maps (`wanted`: ours -> the tracker's name) taken from `given`."""
    changes: dict[str, Any] = {}
    for ours, theirs in wanted.items():
        text, name = given.get(theirs, "").strip(), ours.replace("-", "_")
        if name == "severity":
            level, unread = reading.level(text)
            changes |= {"level": level, "raw_severity": text}
            kept = tuple(word for word in issue.unread if not word.startswith("severity "))
            changes["unread"] = kept + unread
        elif name == "cvss_score":
            changes |= _score(text, issue, changes)
        elif name in LISTS:
            changes[name] = tuple(filter(None, _SPLIT.split(text)))
        elif text:
            changes[name] = text
    return msgspec.structs.replace(issue, **changes)


def _score(text: str, issue: Issue, changes: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"cvss_score": float(text)} if text else {}
    except ValueError:
        return {"unread": (*changes.get("unread", issue.unread), f"score {text!r}")}

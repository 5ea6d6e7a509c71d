"""`nosec` comments: where they stand and what they ask for. They are read to be listed, never to be obeyed."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable

from gatekeeper.scanners.results import Comment

_NOSEC = re.compile(r"#\s*nosec.*", re.DOTALL)  # as Bandit reads it: "nosecure" counts too
_SAID = re.compile(r"^#\s*nosec:?")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_TEST_ID = re.compile(r"B\d{3}")
_ASCII_BASED = re.compile(r"(?:utf[-_]?8|ascii|us-ascii|latin|iso[-_]?8859|cp125|koi8|windows-125)", re.IGNORECASE)
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)


def may_hold_comment(data: bytes) -> bool:
    """Whether a token pass is needed: the word occurs, or an encoding could spell it in other bytes."""
    return b"nosec" in data or may_be_spelt_otherwise(data)


def may_be_spelt_otherwise(data: bytes) -> bool:
    """Whether the source states an encoding in which ASCII letters could be other bytes than their own."""
    cookie = _COOKIE.search(b"\n".join(data[:1000].split(b"\n", 2)[:2]))
    return cookie is not None and not _ASCII_BASED.match(cookie[1].decode("ascii", "replace"))


def comments(data: bytes) -> tuple[Comment, ...]:
    """All `nosec` comments of a Python source, in order; those before the place where tokenizing fails count too.

    Raises SyntaxError (as tokenize does) for an encoding or an indentation that cannot be.
    """
    found = []
    try:
        for kind, text, (line, column), _, whole in tokenize.tokenize(io.BytesIO(data).readline):
            if kind == tokenize.COMMENT and (match := _NOSEC.search(text)):
                anchor = (whole[:column] + text[: match.start()]).strip()
                found.append(Comment(line, column + match.start(), match[0].strip(), anchor))
    except tokenize.TokenError:
        pass  # the file does not parse either, and is reported for that
    return tuple(found)


def words(comment: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The Bandit test ids that a comment names, and its other words (a deviation's id among them)."""
    said = _WORD.findall(_SAID.sub("", comment).partition("#")[0])
    return tuple(w for w in said if _TEST_ID.fullmatch(w)), tuple(w for w in said if not _TEST_ID.fullmatch(w))


def responsible(comments: Iterable[Comment], test: str, line: int, first: int, last: int) -> int:
    """The line of the comment that hides a finding: one that names its test, else a bare one, else any; 0 for none."""
    near = sorted((c for c in comments if c.line == line or first <= c.line <= last), key=lambda c: c.line != line)
    names_it = (c.line for c in near if test in words(c.text)[0])
    bare = (c.line for c in near if not words(c.text)[0])
    return next(names_it, 0) or next(bare, 0) or next((c.line for c in near), 0)

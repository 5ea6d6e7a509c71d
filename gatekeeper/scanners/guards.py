"""Where a test of Bandit could say something at all: conditions that hold whenever the test has a finding.

They are read off the plugins of the versions named here and are weaker than the plugins' own conditions, so that a
test is left out only where it would answer nothing. The differential tests hold them against stock Bandit. Bandit's
plugins themselves are run unchanged.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bandit.plugins.general_hardcoded_password import RE_CANDIDATES

VERSIONS = frozenset({"1.9.4"})  # the versions that these conditions, and the fast traversal, were read off

# What must be in the qualified name of a call, so that the test could answer: its last part, its first part, all of it,
# or a word somewhere in it. A test without a name here looks at keywords alone.
LAST = {
    "B505": ("generate", "generate_private_key"),
    "B506": ("load",),
    "B507": ("set_missing_host_key_policy",),
    "B601": ("exec_command",),
    "B610": ("extra",),
    "B611": ("RawSQL",),
    "B614": ("load",),
    "B615": ("from_pretrained", "load_dataset", "hf_hub_download", "snapshot_download", "repository_id"),
    "B701": ("Environment",),
    "B702": ("Template",),
    "B703": ("mark_safe", "SafeText", "SafeUnicode", "SafeString", "SafeBytes"),
    "B704": ("Markup",),
}
_SPAWNING = ("os", "subprocess", "popen2", "commands")
FIRST = {
    "B113": ("requests", "httpx"),
    "B501": ("requests", "httpx"),
    "B508": ("pysnmp",),
    "B509": ("pysnmp",),
    **dict.fromkeys(("B602", "B603", "B605", "B606", "B607", "B609"), _SPAWNING),
}
WHOLE = {"B102": ("exec",), "B504": ("ssl.wrap_socket",), "B612": ("logging.config.listen",)}
WITHIN = {"B103": ("chmod",), "B201": (".run",), "B202": ("extractall",), "B324": ("hashlib", "crypt")}
KEYWORDS = {"B502": ("method", "ssl_version"), "B604": ("shell",)}
SECRETS = "B106"  # any keyword that may mean a secret
BANNED = "B001"  # the list of banned calls and imports
CALL_TESTS = frozenset({*LAST, *FIRST, *WHOLE, *WITHIN, *KEYWORDS, SECRETS, BANNED})
KNOWN = {
    "Assert": ("B101",),
    "ExceptHandler": ("B112", "B110"),
    "File": ("B613",),
    "FunctionDef": ("B107", "B503"),
    "Import": ("B001",),
    "ImportFrom": ("B001",),
    "Str": ("B104", "B105", "B608", "B108"),
}
_COOKIE = re.compile(rb"coding[:=]")
_BIDIRECTIONAL = re.compile(rb"\xe2(?:\x80[\x8f\xaa-\xae]|\x81[\xa6-\xa9])")  # in UTF-8
_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - what the test looks for


class Calls:
    """Which tests to ask about a call, remembered by qualified name and by keyword: bit n stands for the n-th test."""

    def __init__(self, tests: Iterable[Any], banned: Iterable[str]) -> None:
        self.tests = tuple(tests)
        self._bits = {test._test_id: 1 << n for n, test in enumerate(self.tests)}
        self._last, self._first, self._whole = self._by_word(LAST), self._by_word(FIRST), self._by_word(WHOLE)
        self._within = self._by_word(WITHIN)
        self._keywords = self._by_word(KEYWORDS)
        self._whole |= {name: self._whole.get(name, 0) | self._bits[BANNED] for name in banned}
        self._first["importlib"] = self._bits[BANNED]
        self.by_name: dict[str, int] = {}
        self.by_keyword: dict[str | None, int] = {None: 0}

    def _by_word(self, words: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        found: dict[str, int] = {}
        for test, each in words.items():
            for word in each:
                found[word] = found.get(word, 0) | self._bits[test]
        return found

    def named(self, qualified: str) -> int:
        """Tests that a name calls for."""
        found = self._last.get(qualified.rpartition(".")[2], 0)
        found |= self._first.get(qualified.partition(".")[0], 0)
        found |= self._whole.get(qualified, 0)
        for word, bits in self._within.items():
            if word in qualified:
                found |= bits
        self.by_name[qualified] = found
        return found

    def keyword(self, word: str) -> int:
        """Tests that a keyword calls for; the one on secrets only where the word may mean one."""
        found = self._keywords.get(word, 0)
        if RE_CANDIDATES.search(word):
            found |= self._bits[SECRETS]
        self.by_keyword[word] = found
        return found

    def importing(self) -> int:
        """The one test that looks at `__import__`, by whatever name it goes."""
        return self._bits[BANNED]


def may_be_mirrored(data: bytes) -> bool:
    """Whether a source could hold a character that changes the direction of writing (B613)."""
    return _COOKIE.search(data[:1000]) is not None or _BIDIRECTIONAL.search(data) is not None


def may_be_about(value: str, parent: ast.AST) -> bool:
    """Whether any of the four tests on strings could answer for this one."""
    if value == "0.0.0.0" or value.startswith(_TEMPORARY):  # noqa: S104 - what the test looks for
        return True
    match parent:
        case ast.Dict() | ast.Subscript():
            return RE_CANDIDATES.search(value) is not None
        case ast.Assign(targets=targets):
            return any(_may_be_secret(target) for target in targets)
        case ast.Compare(left=left):
            return _may_be_secret(left)
        case ast.JoinedStr() | ast.BinOp():
            return True
        case ast.Attribute(attr=attr):
            return attr in ("format", "replace")
        case _:
            return False


def _may_be_secret(target: ast.AST) -> bool:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return RE_CANDIDATES.search(name) is not None
        case _:
            return False

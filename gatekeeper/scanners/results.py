"""What a scan says about one file: plain values that survive JSON, a process boundary and the cache."""

from __future__ import annotations

import hashlib

import msgspec

from gatekeeper.model.finding import Where


class Toolchain(msgspec.Struct, frozen=True):
    """Bandit as installed. `tests` are the ids of all its tests, `foreign` the plugins that are not its own."""

    bandit: str
    python: str
    tests: tuple[str, ...]
    foreign: tuple[str, ...] = ()


class Issue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One result of one test. Lines count from 1, columns from 0 (as Bandit counts them).

    `first` and `last` are the lines of the offending node, `hidden_by` the line of the `nosec` comment that stock
    Bandit would obey (0: none), `anchor` what the code says there, without the comment: the fingerprint hangs on it.
    `source` are the lines from `shown` on, for people.
    """

    test: str
    name: str
    severity: str
    confidence: str
    cwe: int
    text: str
    line: int
    first: int
    last: int
    column: int
    end_column: int
    hidden_by: int = 0
    anchor: str = ""
    shown: int = 0
    source: tuple[str, ...] = ()


class Comment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One `nosec` comment: where it stands, its words, and the text of its line without it."""

    line: int
    column: int
    text: str
    anchor: str = ""


class FileScan(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything about one file. `loc` counts lines that are neither empty nor comment, as Bandit does.

    `unread` says why the file could not be judged; `crashes` names tests that raised. Either makes the scan
    incomplete. `nosec` and `skipped_tests` are Bandit's own counts of what the comments hid. `cells` has the first line
    of each code cell of a notebook.
    """

    path: str
    sha256: str
    loc: int = 0
    issues: tuple[Issue, ...] = ()
    comments: tuple[Comment, ...] = ()
    unread: str = ""
    crashes: tuple[str, ...] = ()
    nosec: int = 0
    skipped_tests: int = 0
    cells: tuple[int, ...] = ()

    def place(self, line: int, column: int) -> Where:
        """Where a finding stands, for people: in a notebook by code cell, else by line; columns count from 1."""
        number = sum(first <= line for first in self.cells)
        if not number:
            return Where(self.path, line, column)
        return Where(self.path, pointer=f"cell {number}, line {line - self.cells[number - 1] + 1}")


class Source(msgspec.Struct, frozen=True):
    """The bytes to be scanned, and the name under which they are known (relative to the root, with slashes)."""

    path: str
    data: bytes
    cells: tuple[int, ...] = ()

    @property
    def sha256(self) -> str:
        """The digest of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()

"""What a report is: a pure function from a record to one format. It decides nothing and looks nothing up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gatekeeper.model.record import Record

Lang = Literal["en", "ja", "both"]
Paper = Literal["a4", "letter"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to show a record; nothing in it can change what the record says.

    `record_sha256` is the digest of record.json where there is one, `verification` the sentence that `verify` came
    to about it (empty: nobody verified it in this run), `kept` the folder or file where the record lies, `previous`
    the record of the release before. `width` is in terminal cells.
    """

    lang: Lang = "en"
    color: bool = False
    width: int = 100
    verbose: bool = False
    quiet: bool = False  # for a terminal: only what stands in the way, and the verdict
    record_sha256: str = ""
    verification: str = ""
    kept: str = ""
    paper: Paper = "a4"
    previous: Record | None = None
    history: tuple[Record, ...] = ()  # records before this one, oldest first, for the trend


@dataclass(frozen=True, slots=True)
class Report:
    """One output format, as `-o ID` names it. `render` returns bytes only where the format is no text."""

    id: str
    title: str
    render: Callable[[Record, Options], str | bytes]
    suffix: str  # of a file in this format, with its dot

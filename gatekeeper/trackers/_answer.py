"""What one source of issues answered: the exact question, every page, the proofs, and what was wrong."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable

import msgspec

from gatekeeper.model.errors import GatekeeperError
from gatekeeper.trackers._issue import Issue

MOST_EXPANDED_BYTES = 256 * 1024 * 1024  # of one stored page, when it is counted again


class Page(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One answer as it is kept: secrets stripped, compressed. `sha256` is of the bytes that came over the wire,
    `stored_sha256` of the bytes that are kept (the same where nothing had to be stripped)."""

    role: str  # list, or the preflight question it answers: account, project, label ...
    method: str
    url: str
    status: int
    size: int
    sha256: str
    stored_sha256: str
    stored: bytes
    received: str  # RFC 3339, our clock
    server_date: str = ""
    request_id: str = ""
    asked: str = ""  # the body that was sent, where there was one
    stripped: tuple[str, ...] = ()  # names of the fields that held secrets

    def text(self) -> bytes:
        """The kept bytes. Raises GatekeeperError where they do not expand, or not to what the digest says."""
        try:
            expander = zlib.decompressobj()
            data = expander.decompress(self.stored, MOST_EXPANDED_BYTES)
        except zlib.error as e:
            raise GatekeeperError(f"the kept page {self.url} cannot be expanded") from e
        if not expander.eof or hashlib.sha256(data).hexdigest() != self.stored_sha256:
            raise GatekeeperError(f"the kept page {self.url} is not what its digest says")
        return data


class Resolved(msgspec.Struct, frozen=True):
    """A name of the policy, and the one id that the server has for it."""

    what: str
    name: str
    id: str


class Control(msgspec.Struct, frozen=True, omit_defaults=True):
    """The control issue: whether the very same query returned it, closed and marked as it must be."""

    id: str
    seen: bool = False
    fault: str = ""  # why it does not count though it was seen


class Trouble(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why an answer is not proven, under the rule that asks for the proof."""

    rule: str
    what: str
    advice: str = ""


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named person states that there is none."""

    text: str
    by: str
    on: str  # a date


class Answer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Everything that one source gave. Where `stopped` is set, nothing else counts: the source was not read to its end.

    `restarts` counts how often the total moved while reading, `retries` the requests that had to be repeated.
    `clock_difference` is in seconds, server minus gate; None where the server sends no Date.
    """

    source: str
    kind: str
    server: str = ""
    server_version: str = ""
    project: str = ""
    account: str = ""
    query: str = ""
    started: str = ""
    ended: str = ""
    clock_difference: float | None = None
    declared_total: int | None = None
    rows: int = 0
    end_proof: str = ""
    restarts: int = 0
    retries: int = 0
    encrypted: bool = True
    proxied: bool = False
    ca_sha256: str = ""
    file: str = ""  # of an exported list
    file_sha256: str = ""
    exporter: str = ""
    product: str = ""  # as the head of the exported list names it
    none_statement: Statement | None = None
    resolved: tuple[Resolved, ...] = ()
    control: Control | None = None
    analyses: tuple[str, ...] = ()  # of the release commit, "tool version"
    pages: tuple[Page, ...] = ()
    issues: tuple[Issue, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    stopped: Trouble | None = None


class Missing(msgspec.Struct, frozen=True):
    """One issue that did not come back, and what became of it as far as the tracker tells."""

    id: str
    what: str


class UnprovenError(GatekeeperError):
    """The source answered, but not in a way that proves anything. Ends in `Answer.stopped`."""

    def __init__(self, rule: str, message: str, advice: str = "") -> None:
        super().__init__(message, advice)
        self.rule = rule


def keep(body: bytes) -> tuple[bytes, str]:
    """Compress what is to be kept, and its digest."""
    return zlib.compress(body, 3), hashlib.sha256(body).hexdigest()


def recount(pages: Iterable[Page]) -> int:
    """How many kept pages are whole. Raises GatekeeperError at the first that is not."""
    return sum(1 for page in pages if page.text() is not None)


def control_in(issues: Iterable[Issue], wanted: str, marks: Iterable[str] = ()) -> Control:
    """Look for the control issue among the rows of the query."""
    found = [i for i in issues if i.id == wanted]
    if not found:
        return Control(wanted)
    lost = sorted(set(marks) - set(found[0].marks))
    if not found[0].disposition.closed:
        return Control(wanted, True, "it is not closed")
    return Control(wanted, True, f"it lost {', '.join(lost)}" if lost else "")

"""The policy table, and the documents as they were read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

import msgspec

from gatekeeper.checks._documents.model import Document
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.people import Member

Text = Annotated[str, msgspec.Meta(pattern=r"\S")]

OPERATION, ACCOUNTS, DECOMMISSIONING = "secure-operation", "accounts", "decommissioning"
RESIDUAL_RISKS, SUPPORT, CONFORMANCE, INTERFACES = "residual-risks", "support", "conformance", "interfaces"
ADVISORY = "advisory"


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One document that users get. `sha256` pins it where it is not in the repository's history."""

    kind: Text
    path: Text
    language: Text = "en"  # such as en or ja
    sha256: str = ""


class NotApplicable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A kind of document that this product does not need, and who approved that."""

    kind: Text
    reason: Text
    approved_by: Text


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement that the manufacturer has declared to deliver: DICOM conformance, MDS2, MDS/SDS and the like."""

    name: Text
    path: Text


class Review(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Who reviewed which bytes of a document, when, and how many findings were left open."""

    path: Text
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]  # of the bytes that were reviewed
    reviewer: Text  # id of the roles table, or a name
    reviewed: date
    open_findings: Annotated[int, msgspec.Meta(ge=0)]  # 0, or the release does not go out


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """`[release-documents]`.

    `contact` is the file with the contact for vulnerability reports, SECURITY.md or security.txt (RFC 9116).
    `remote-service` and `networked` are stated either way. `topics` names further headings by which a topic is
    found: `topics.decommissioning.data = "Patient data"`.
    """

    documents: tuple[Listed, ...]  # that users get
    not_applicable: tuple[NotApplicable, ...] = ()  # kinds that this product does not need
    languages: tuple[Text, ...] = ("en",)  # every document in each of them
    minimum_characters: Annotated[int, msgspec.Meta(ge=150)] = 300  # of a topic's text; fewer count as empty
    default_accounts: bool = False  # whether the product ships with any
    remote_service: bool | None = None
    networked: bool | None = None
    contact: Text = "SECURITY.md"
    statements: tuple[Statement, ...] = ()  # further ones that the manufacturer has declared
    reviews: tuple[Review, ...] = ()  # by somebody other than the author
    topics: dict[str, dict[str, Text]] = {}


class Shipped(msgspec.Struct, frozen=True, omit_defaults=True):
    """One document as it was read. At most one of `missing` and `unreadable` is filled."""

    kind: str
    path: str
    language: str = ""
    pinned: str = ""
    sha256: str = ""
    size: int = 0
    missing: str = ""
    unreadable: str = ""
    document: Document = Document(())

    def head(self, *names: str) -> str:
        """What the head says under the first of these names."""
        head = self.document.head()
        return next((head[name] for name in names if head.get(name)), "")


class Claimed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Route, scope and tailoring as the policy has them."""

    route: str = ""
    parts: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    tailored: tuple[str, ...] = ()


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All documents, and the people with security expertise by id and name."""

    documents: tuple[Shipped, ...]
    statements: tuple[Shipped, ...]
    contact: Shipped
    security: tuple[str, ...] = ()
    claimed: Claimed = Claimed()
    people: tuple[Member, ...] = ()

    def of(self, kind: str) -> tuple[Shipped, ...]:
        """The documents of a kind, in every language."""
        return tuple(item for item in self.documents if item.kind == kind)


def about(rule: str, item: Shipped, message: str, key: Iterable[str], line: int = 0) -> Finding:
    """A finding in a document."""
    return finding(rule, f"{item.path}: {message}", key=(item.kind, item.language, *key), where=Where(item.path, line))


def absent(rule: str, kind: str) -> Finding:
    """No document of that kind is listed."""
    place = Where("gatekeeper.toml", pointer="release-documents.documents")
    return finding(rule, f"no document of kind {kind!r} is listed", key=("absent", kind), where=place)


def judged_each(
    rule: str, items: Iterable[Shipped], kind: str, findings: Iterable[Finding], observed: str = ""
) -> Judgement:
    """Findings about documents of one kind: none listed or missing fails, an unreadable one is a doubt."""
    listed = tuple(items)
    lost = [about(rule, item, item.missing, ("missing",)) for item in listed if item.missing]
    none = [] if listed else [absent(rule, kind)]
    doubts = [item.unreadable for item in listed if item.unreadable]
    seen = ", ".join(f"{item.path} (sha256 {item.sha256[:12]})" for item in listed if item.sha256)
    return judged(rule, f"{seen}{': ' if seen and observed else ''}{observed}", (*none, *lost, *findings), doubts)

"""The neutral bill of materials: what every format is read into, and the only shape that rules know."""

from __future__ import annotations

from functools import lru_cache

import msgspec


class Digest(msgspec.Struct, frozen=True, gc=False):
    """One hash: the algorithm in lower case without hyphens (sha256, sha3512), the value in lower-case hex."""

    algorithm: str
    value: str


def digest(algorithm: str, value: str) -> Digest:
    """A digest from an algorithm and a value as documents write them."""
    return Digest(_plain(algorithm), value.lower())


@lru_cache(maxsize=256)
def _plain(algorithm: str) -> str:
    return algorithm.replace("-", "").replace("_", "").lower()


class Reference(msgspec.Struct, frozen=True, gc=False):
    """An external reference: its kind (distribution, vcs ...), the address, and the digests of what lies there."""

    kind: str
    url: str
    digests: tuple[Digest, ...] = ()


class Licence(msgspec.Struct, frozen=True, gc=False):
    """A licence as stated: an `expression` (an SPDX id is one as well) or a free-text `name`."""

    text: str
    kind: str = "expression"  # expression | name
    status: str = ""  # declared | concluded


class Stated(msgspec.Struct, frozen=True, gc=False):
    """A field that the author names as not given: `unknown` to him or `withheld`, and why."""

    field: str
    how: str  # unknown | withheld
    reason: str = ""


class Component(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """One component. `where` is its place in the file (a JSON pointer or line), `ref` the id that edges use.

    The tuples `classes`, `support_levels` and `support_ends` keep every value found, so that two answers to one
    question are seen. `parent` is the key of the component that it is nested in.
    """

    where: str
    name: str
    version: str = ""
    ref: str = ""
    group: str = ""
    kind: str = "library"
    purl: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()  # cpe, swid, omnibor, swhid beside the purl
    producer: str = ""
    contacts: tuple[str, ...] = ()  # addresses of the producer
    digests: tuple[Digest, ...] = ()
    references: tuple[Reference, ...] = ()
    licences: tuple[Licence, ...] = ()
    classes: tuple[str, ...] = ()
    support_levels: tuple[str, ...] = ()
    support_ends: tuple[str, ...] = ()
    justification: str = ""
    stated: tuple[Stated, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()  # file name and flags of the BSI profile, agreements
    parent: str = ""

    @property
    def key(self) -> str:
        """What edges call it; a component without id is known by its place."""
        return self.ref or self.where

    @property
    def full_name(self) -> str:
        """Group and name as people write them."""
        return f"{self.group}/{self.name}" if self.group else self.name

    @property
    def label(self) -> str:
        """Name and version for messages."""
        return f"{self.full_name} {self.version}".strip()

    @property
    def all_digests(self) -> tuple[Digest, ...]:
        """Its own digests and those of its distributed files."""
        if not self.references:
            return self.digests
        shipped = [d for r in self.references if r.digests and r.kind == "distribution" for d in r.digests]
        return (*self.digests, *shipped) if shipped else self.digests

    def mark(self, name: str) -> str:
        """A mark's value, empty where there is none."""
        return next((value for key, value in self.marks if key == name), "")


class Edges(msgspec.Struct, frozen=True, gc=False):
    """What one component depends on, by key, and where that is stated."""

    source: str
    targets: tuple[str, ...]
    where: str


class Completeness(msgspec.Struct, frozen=True, gc=False):
    """A statement on how complete the list below `keys` is: complete, incomplete..., unknown, not_specified."""

    word: str
    keys: tuple[str, ...]
    where: str


class Tool(msgspec.Struct, frozen=True, gc=False):
    """The generator, as it names itself."""

    name: str
    version: str = ""


class Fault(msgspec.Struct, frozen=True, gc=False):
    """Something wrong at one place of a file."""

    where: str
    message: str


class Bom(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One bill of materials, whatever its format.

    `roots` are the keys of what the document says it describes: one in a sound document. `mentions` are references
    that are no edges (compositions), so that they can be resolved as well.
    """

    format: str  # cyclonedx-1.6, spdx-2.3 ...
    root: Component | None = None
    roots: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    edges: tuple[Edges, ...] = ()
    completeness: tuple[Completeness, ...] = ()
    mentions: tuple[tuple[str, str], ...] = ()  # key and place
    serial: str = ""
    version: str = ""
    timestamp: str = ""
    authors: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    phases: tuple[str, ...] = ()
    vulnerabilities: int = 0
    sources: tuple[tuple[str, str], ...] = ()  # lock file name, sha256, where the document records them
    others: tuple[str, ...] = ()  # ids of what is no component: services, tools

    @property
    def everything(self) -> tuple[Component, ...]:
        """The root, where there is one, and all components."""
        return ((self.root,) if self.root else ()) + self.components

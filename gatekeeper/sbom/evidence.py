"""What the `sbom` check saw: the document, the lock files, the overlay, and what lies inside the artifacts."""

from __future__ import annotations

import msgspec

from gatekeeper.sbom.bom import Bom, Digest, Fault
from gatekeeper.sbom.overlay import Overlay
from gatekeeper.sbom.statements import Attested


class Locked(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One package that a lock file pins for the product; `conditional` where a marker could not be answered.

    `urls` says what each of `digests` is of, where the lock file tells; it is empty or as long.
    """

    ecosystem: str  # the purl type
    name: str
    version: str
    digests: tuple[Digest, ...] = ()
    conditional: str = ""
    urls: tuple[str, ...] = ()


class Direct(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A direct dependency of the product, as its manifest or lock file says."""

    ecosystem: str
    name: str
    conditional: str = ""


class Lock(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One lock file. `direct` is None where the format does not tell; `fault` says why it could not be read."""

    path: str
    kind: str = ""
    sha256: str = ""
    committed: str = ""  # time of the last commit that changed it, RFC 3339
    packages: tuple[Locked, ...] = ()
    direct: tuple[Direct, ...] | None = None
    fault: str = ""


class Bundled(msgspec.Struct, frozen=True):
    """Something foreign found inside an artifact: a package, a vendored folder, a native library."""

    artifact: str
    path: str
    kind: str  # package | vendored | library | jar
    name: str
    version: str = ""


class Required(msgspec.Struct, frozen=True):
    """What an artifact's own metadata asks an installer to bring along, as it stands there (PEP 508)."""

    artifact: str
    text: str


class Contents(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the artifacts hold and require; `faults` name what could not be looked into."""

    opened: tuple[str, ...] = ()
    found: tuple[Bundled, ...] = ()
    faults: tuple[str, ...] = ()
    required: tuple[Required, ...] = ()


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """The document that tells customers how they get the SBOM: where it names the file."""

    path: str = ""
    line: int = 0
    fault: str = ""


class Received(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that a supplier delivered, as found: its digest, empty where it is missing."""

    path: str
    sha256: str = ""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """All of it. `unreadable` (no single meaning) excludes `unknown` (a format or version that is not supported),
    `faults` (against the schema) excludes `bom`."""

    path: str
    sha256: str
    size: int
    format: str = ""
    unreadable: str = ""
    unknown: str = ""
    faults: tuple[Fault, ...] = ()
    bom: Bom | None = None
    locks: tuple[Lock, ...] = ()
    overlay: Overlay = Overlay()
    risks: tuple[str, ...] = ()  # those ids of the overlay that the risk file holds
    received: tuple[Received, ...] = ()
    contents: Contents = Contents()
    note: Note = Note()
    statements: tuple[Attested, ...] = ()

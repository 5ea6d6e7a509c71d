"""What the `vulnerabilities` check saw: components, data, known-exploited list, scan results and VEX."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gatekeeper.sbom.bom import Component, Fault


class Range(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One range of the OSV schema: its type, the events as (kind, version or commit), the repository of commits."""

    type: str
    events: tuple[tuple[str, str], ...]
    repo: str = ""


class Affected(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Which versions of one package an advisory is about."""

    ecosystem: str
    name: str
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()


class Advisory(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One OSV record about a package of the SBOM; `ids` holds its own id, aliases and the one that it stems from.

    Where it stems from several vulnerabilities, as a distribution's notice may, they stand in `stems` instead.
    """

    id: str
    ids: tuple[str, ...]
    level: str
    affected: tuple[Affected, ...]
    summary: str = ""
    stems: tuple[str, ...] = ()


def names(own: Iterable[str], stems: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A record's own names, with the one vulnerability that it stems from; or beside them, where those are several."""
    several = tuple(dict.fromkeys(stems))
    if len(several) > 1:
        return tuple(dict.fromkeys(own)), several
    return tuple(dict.fromkeys((*own, *several))), ()


class CommitAnswer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Whether a component, by its place in the SBOM, was built from a commit that an advisory is about; None: open."""

    component: str
    advisory: str
    affected: bool | None
    reason: str = ""


class Snapshot(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One OSV snapshot: its identity, and why it may not be whole."""

    path: str
    ecosystem: str
    sha256: str
    stated_sha256: str
    fetched: str
    newest: str = ""  # the last `modified` inside
    records: int = 0
    withdrawn: int = 0
    ecosystems: tuple[str, ...] = ()  # those that its records speak of
    faults: tuple[str, ...] = ()


class Exploited(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The list of known-exploited vulnerabilities."""

    path: str = ""
    sha256: str = ""
    stated_sha256: str = ""
    fetched: str = ""
    version: str = ""
    released: str = ""
    ids: tuple[str, ...] = ()
    fault: str = ""


class Reported(msgspec.Struct, frozen=True, omit_defaults=True):
    """One vulnerability that a scanner reported, and for what."""

    ids: tuple[str, ...]
    name: str
    version: str
    level: str
    purl: str = ""


class Scan(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The result of one scanner. `assessed` are the packages that it says it looked at: ecosystem as OSV
    calls it, name, version."""

    path: str
    tool: str
    version: str = ""
    sha256: str = ""
    exit_status: int | None = None
    sbom_sha256: str = ""
    database: str = ""
    database_date: str = ""
    assessed: tuple[tuple[str, str, str], ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()  # package and reason
    reported: tuple[Reported, ...] = ()
    fault: str = ""


class Statement(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One VEX statement in neutral words. `products` and `subcomponents` are ids as the file gives them."""

    file: str
    where: str
    ids: tuple[str, ...]
    status: str  # fixed | affected | not_affected | under_investigation, or the file's unknown word
    timestamp: str
    products: tuple[str, ...] = ()
    subcomponents: tuple[str, ...] = ()
    versions: tuple[str, ...] | None = None  # of what it names, where it is about some of them alone
    justification: str = ""
    impact: str = ""
    action: str = ""
    author: str = ""


class VexFile(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One VEX document; with `faults` its statements do not count."""

    path: str
    sha256: str = ""
    format: str = ""
    author: str = ""
    timestamp: str = ""
    statements: tuple[Statement, ...] = ()
    faults: tuple[Fault, ...] = ()
    bundle: str = ""  # path of the signature beside it
    signer: str = ""  # identity of the verified signature
    issuer: str = ""
    refused: str = ""  # the signature is there and does not hold for any author
    unverified: str = ""  # why it could not be verified


class Assessment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of the assessment table."""

    id: str
    component: str
    found_by: str = ""
    safety: str = ""
    security: str = ""
    controls: str = ""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """All of it; `root` and `components` are slim copies of the SBOM's."""

    sbom: str
    sbom_sha256: str
    serial: str = ""
    version: str = ""
    root: Component | None = None
    components: tuple[Component, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    advisories: tuple[Advisory, ...] = ()
    control_advisories: tuple[Advisory, ...] = ()
    commits: tuple[CommitAnswer, ...] = ()
    exploited: Exploited = Exploited()
    scans: tuple[Scan, ...] = ()
    vex: tuple[VexFile, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    faults: tuple[str, ...] = ()  # of the index and the assessment table

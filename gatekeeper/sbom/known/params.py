"""The policy table `[vulnerabilities]`."""

from __future__ import annotations

import msgspec

from gatekeeper.model.words import Level


class Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question whose answer is known: this package has this vulnerability. If it is not found, the data are blind."""

    purl: str
    id: str


class Excused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A component that the data cannot judge and that was assessed by other means."""

    purl: str  # or name@version
    reason: str
    by: str  # id of the [people] table


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Where vulnerability data, scan results and VEX files lie, and what is asked of them.

    `data` is the index of snapshots, known-exploited list and scan results, each with its digest and date. Below
    `threshold` an affected component needs a VEX statement with an action, at or above it a deviation.
    """

    data: str
    sbom: str = ""  # the file of [sbom] where empty
    vex: tuple[str, ...] = ()  # OpenVEX, CycloneDX VEX or CSAF files
    repositories: dict[str, str] = {}  # address of a source -> folder of a whole clone, for advisories on commits
    assessments: str = ""  # CSV: id, component, found_by, safety, security, controls
    threshold: Level = Level.LOW
    max_age_days: int | None = None  # of the vulnerability data; without it the rules' own
    exploited_max_age_days: int | None = None  # of the list of known-exploited ones
    vex_max_age_days: int = 365  # of a VEX statement
    controls: tuple[Control, ...] = ()  # questions with a known answer
    not_assessed: tuple[Excused, ...] = ()  # components that the data cannot judge
    authors: tuple[str, ...] = ()  # whose VEX statements count: identities of their signatures
    issuer: str = ""  # of those identities
    trusted_root: str = ""  # the root that their signatures are verified with; FILE.sigstore.json lies beside FILE
    impact_statement: bool = False  # not_affected needs one beside its justification
    exploited_not_affected: bool = False  # whether VEX may answer for a known-exploited vulnerability
    published: tuple[str, ...] = ()  # VEX files that customers get another way than among the artifacts

"""The policy table `[sbom]`."""

from __future__ import annotations

import msgspec


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What the product's SBOM has to be. Paths are relative to the repository's root; `{version}` in `file` is the
    product's.

    `target` answers environment markers of lock files (PEP 508 names such as `sys_platform`); a marker that it does not
    answer leaves a missing package undecided. `extras` are the optional dependencies that ship. `no-dependencies` is
    the statement, with its reason, that the product has none. `risks` is the file in which risk ids stand.
    """

    file: str
    profiles: tuple[str, ...] = ("cisa-2026",)  # cisa-2026, ntia-2021, fda, bsi-2.1, mhlw
    locks: tuple[str, ...] = ()  # none named: every known lock file at the root
    target: dict[str, str] = {}
    extras: tuple[str, ...] = ()
    no_dependencies: str = ""
    strict: bool = False  # components that no lock file knows are findings
    components: str = "components.toml"  # TOML: item classes, support and what else no generator knows
    risks: str = ""
    licences: tuple[str, ...] = ()  # SPDX ids that may ship
    phases: tuple[str, ...] = ("build", "post-build")  # lifecycle phases in which the SBOM may have been made
    max_age_days: int | None = None  # of the SBOM; without it the rules' own
    distribution_note: str = ""  # the document in which users are told how they get the SBOM
    statements: tuple[str, ...] = ()  # bundles of signed statements about the released files and this SBOM
    author_identity: str = ""  # of the signature, where the SBOM comes signed
    author_issuer: str = ""  # of that identity

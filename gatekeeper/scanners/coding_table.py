"""The policy's `[secure-coding]` table. A module of its own: the hook reads it without loading the check."""

from __future__ import annotations

import msgspec

from gatekeeper.scanners.banned import Banned
from gatekeeper.scanners.exclusions import Exclusion
from gatekeeper.scanners.imports import Scanner
from gatekeeper.scanners.reviews import Exempt


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The `[secure-coding]` table.

    `policy` is the product's coding policy (a TOML file in the repository; empty: the one shipped with gatekeeper),
    `roots` the folders that hold the product's source, `exclude` what is not scanned and why, `scanner` the tools
    whose SARIF is required beside the gate's own run of Bandit, `banned` the functions and modules that the team has
    banned. For the reviews: `since` is the commit or tag of the previous release (empty: the whole history), `merges`
    the export of the code platform's merge records (JSON), `unreviewed` commits that nobody else reviewed and why,
    `implementation-review` the record of the implementation review (TOML).
    """

    policy: str = ""
    roots: tuple[str, ...] = (".",)
    exclude: tuple[Exclusion, ...] = ()
    scanner: tuple[Scanner, ...] = ()
    banned: tuple[Banned, ...] = ()
    since: str = ""
    merges: str = ""
    unreviewed: tuple[Exempt, ...] = ()
    implementation_review: str = ""

"""Who approved which deviation as it stands: signed commits that name the entry and its digest, or Sigstore bundles.

An approver writes a signed commit (it may be empty) with a trailer

    Deviation-Approved: DEV-2026-014 sha256:<digest of the entry>

so that an entry changed later is approved by nobody. Signatures are checked against the allowed signers of the policy.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.model.deviation import Deviation
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.words import Level
from gatekeeper.tools.git import open_repository

_NAME = re.compile(r"\.?deviations?\b.*\.toml", re.IGNORECASE)
TRAILER = "Deviation-Approved"
APPROVER_ROLES = {
    Level.CRITICAL: ("security",),
    Level.HIGH: ("security",),
    Level.MEDIUM: ("security", "quality"),
    Level.LOW: ("security", "quality"),
}


class Approved(msgspec.Struct, frozen=True, omit_defaults=True):
    """One approval: which entry, in which wording, by whom. `signer` is empty where the signature is not good; it was
    given in a signed commit, or by a bundle over the whole file, which the dossier keeps as it was read.
    `root_sha256` is of the throw-away root that a rehearsed bundle brings along."""

    deviation: str
    sha256: str
    signer: str
    commit: str = ""
    bundle: str = ""
    bundle_sha256: str = ""
    root_sha256: str = ""


class Colleague(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of the policy's table of people, as far as approvals ask."""

    id: str
    roles: tuple[str, ...] = ()
    bot: bool = False
    name: str = ""
    git: tuple[str, ...] = ()
    identity: str = ""
    issuer: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Every name by which this person may stand in git, letter case aside."""
        told = (self.id, self.name, self.identity, *self.git)
        return frozenset(name.strip().casefold() for name in told if name.strip())


def entry_digest(entry: Deviation) -> str:
    """SHA-256 of an entry as it stands; the line it stands on does not count."""
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(entry, line=0), order="sorted")).hexdigest()


def trailer(entry: Deviation) -> str:
    """What an approver puts into a signed commit."""
    return f"{TRAILER}: {entry.id} sha256:{entry_digest(entry)}"


def approvals_in(root: Path, commit: str, allowed_signers: str) -> tuple[Approved, ...]:
    """Every approval in the history of a commit; none where git or the file of signers cannot be asked."""
    try:
        repository = open_repository(root)
        found = repository.trailers(commit, TRAILER) if commit else ()
        file = root / allowed_signers
        return tuple(
            Approved(parts[0], parts[1], repository.commit_signer(by, file) if allowed_signers else "", by)
            for by, value in found
            if len(parts := value.replace("sha256:", "").split()) == 2
        )
    except GatekeeperError:
        return ()


def other_files(root: Path, commit: str) -> tuple[str, ...]:
    """Files of the commit that look like a second deviations file: `deviations*.toml` anywhere but at the root."""
    try:
        repository = open_repository(root)
        files = repository.files(commit) if commit else ()
    except GatekeeperError:
        return ()
    own = (root.resolve() / "deviations.toml").relative_to(repository.top.resolve()).as_posix()
    return tuple(f for f in files if _NAME.fullmatch(f.rpartition("/")[2]) and f != own)


def people_of(tables: Mapping[str, Any]) -> tuple[Colleague, ...]:
    """The people of the policy, or none where it has no such table."""
    table = tables.get("people", {})
    rows = next((v for v in table.values() if isinstance(v, list) and all(_is_person(r) for r in v)), [])
    return tuple(map(_colleague, rows))


def _colleague(row: Mapping[str, Any]) -> Colleague:
    return Colleague(
        id=str(row["id"]),
        roles=tuple(map(str, row["roles"])),
        bot=bool(row.get("bot")),
        name=str(row.get("name", "")),
        git=tuple(map(str, row.get("git", ()))),
        identity=str(row.get("identity", "")),
        issuer=str(row.get("issuer", "")),
    )


def _is_person(row: Any) -> bool:
    return isinstance(row, dict) and "id" in row and isinstance(row.get("roles"), list)

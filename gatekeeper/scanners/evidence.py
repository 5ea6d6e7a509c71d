"""What the secure-coding check saw, as it is stored in the dossier."""

from __future__ import annotations

import msgspec

from gatekeeper.scanners.banned import Use
from gatekeeper.scanners.coding_policy import PolicyFile
from gatekeeper.scanners.imports import Imported
from gatekeeper.scanners.reviews import Reviews
from gatekeeper.scanners.scan import Scan
from gatekeeper.scanners.shipped import Shipped
from gatekeeper.scanners.sources import Selection


class Blame(msgspec.Struct, frozen=True):
    """Who put a suppression there, as git tells it."""

    path: str
    line: int
    author: str
    commit: str


class CodingEvidence(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One run over one tree. `settings` are files by which the tree would steer Bandit; they had no effect."""

    policy: PolicyFile
    selection: Selection
    scan: Scan
    blames: tuple[Blame, ...] = ()
    settings: tuple[str, ...] = ()
    shipped: tuple[Shipped, ...] = ()
    imported: tuple[Imported, ...] = ()
    banned: tuple[Use, ...] = ()
    reviews: Reviews = Reviews()
    shard: str = ""  # `2/8`: a part that proves nothing by itself

"""Approvals as Sigstore bundles over deviations.toml: each approver signs the whole file with their own identity.

One changed byte voids them all: a bundle approves the entries as they stood in the very bytes that were signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import msgspec
import tomli

from gatekeeper.checks._security_issues.approvals import Approved, Colleague, entry_digest
from gatekeeper.model.check import Context
from gatekeeper.model.deviation import Deviation
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.words import Mode

DEVIATIONS = "deviations.toml"
SUFFIX = ".sigstore.json"
MOST_BYTES = 4 * 1024 * 1024


class DeviationBundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bundle that the policy names: its file, and the approver by id, whose identity and issuer stand in [people]."""

    file: str
    approver: str


class Spoilt(msgspec.Struct, frozen=True, omit_defaults=True):
    """A bundle that approves nothing: refused, or (`unread`) not verified for want of a door, a root or a file."""

    file: str
    approver: str
    refused: str = ""
    unread: str = ""


class Signed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the named bundles approve, and those that do not hold."""

    approvals: tuple[Approved, ...] = ()
    spoilt: tuple[Spoilt, ...] = ()


def entries_in(root: Path) -> tuple[bytes, tuple[Deviation, ...]]:
    """The file beside the policy, and its entries; nothing where there is none. The gate's loader has judged it."""
    try:
        raw = _bounded(root / DEVIATIONS)
        rows = tomli.loads(raw.decode("utf-8")).get("deviation", [])
        return raw, msgspec.convert(rows, tuple[Deviation, ...], builtin_types=(date, datetime))
    except (OSError, ValueError):  # TOML and validation errors are ValueErrors
        return b"", ()


def in_bundles(ctx: Context, named: Iterable[DeviationBundle], people: Iterable[Colleague]) -> Signed:
    """Verify each bundle that the policy names, by the identity of its approver, over the file as it is."""
    raw, entries = entries_in(ctx.root)
    known = {person.id: person for person in people}
    approvals: list[Approved] = []
    spoilt: list[Spoilt] = []
    for bundle in named:
        try:
            given = _verified(ctx, bundle, known.get(bundle.approver), raw)
            approvals += [msgspec.structs.replace(given, deviation=e.id, sha256=entry_digest(e)) for e in entries]
        except _SpoiltError as e:
            spoilt.append(Spoilt(bundle.file, bundle.approver, e.refused, e.unread))
    return Signed(tuple(approvals), tuple(spoilt))


class _SpoiltError(Exception):
    def __init__(self, refused: str = "", unread: str = "") -> None:
        self.refused, self.unread = refused, unread


def _verified(ctx: Context, named: DeviationBundle, who: Colleague | None, raw: bytes) -> Approved:
    """What the bundle proves, still without the entries of the file. Raises _SpoiltError where it proves nothing."""
    if who is None or not (who.identity and who.issuer):
        raise _SpoiltError(refused=f"{named.approver} has no identity and issuer in [people]")
    if ctx.verify is None:
        raise _SpoiltError(unread="nothing here verifies signatures")
    try:
        bundle, root = _bounded(ctx.root / named.file), _root(ctx, named)
        refusal = ctx.verify(bundle, hashlib.sha256(raw).hexdigest(), who.identity, who.issuer, root)
    except (OSError, ValueError) as e:
        raise _SpoiltError(unread=f"it cannot be read: {e}") from e
    except GatekeeperError as e:
        raise _SpoiltError(unread=e.message) from e
    if refusal:
        raise _SpoiltError(refused=refusal)
    digests = {"bundle_sha256": _digest(bundle), "root_sha256": _digest(root) if root else ""}
    return Approved(deviation="", sha256="", signer=named.approver, bundle=named.file, **digests)


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _root(ctx: Context, named: DeviationBundle) -> bytes:
    """Nothing stands for the policy's own root; in a rehearsal alone a bundle may bring one of its own."""
    own = root_beside(ctx.root / named.file)
    return _bounded(own) if ctx.mode is Mode.REHEARSAL and own.is_file() else b""


def root_beside(bundle: Path) -> Path:
    """Where a rehearsed bundle keeps the throw-away root that it was signed under."""
    return bundle.with_name(f"{bundle.name.removesuffix(SUFFIX)}.root.json")


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {MOST_BYTES} bytes")
    return data

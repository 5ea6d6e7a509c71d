"""The previous record's signature: verified through the signing room's door, by the signer whom the policy names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gatekeeper.checks._continuity.evidence import Params, Signature, Signer
from gatekeeper.checks._previous.bounded import bounded
from gatekeeper.model.check import Context
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.record import Record

BUNDLE = "record.json.sigstore.json"
MANAGED = "managed key"  # what stands for the issuer where a key signs; its PEM stands for the identity


def signature(ctx: Context, params: Params, folder: Path, record: Record) -> Signature:
    """Whether the envelope beside the previous record is signed by whom the policy names. That its payload is the
    record is looked at elsewhere; here it must be about the first of the record's files."""
    try:
        bundle = bounded(folder / BUNDLE)
        signer, root = _expected(ctx, params, record), _root(ctx, params)
    except (OSError, ValueError, KeyError) as e:
        return Signature(unverified=f"its signature cannot be looked at: {e}")
    if ctx.verify is None or signer is None:
        return Signature(unverified="nothing says who must have signed it")
    if not record.artifacts:
        return Signature(refused="it names no file that was released")
    try:
        refusal = ctx.verify(bundle, record.artifacts[0].sha256, signer.identity, signer.issuer, root)
    except GatekeeperError as e:
        return Signature(unverified=f"its signature cannot be verified: {e.message}")
    return Signature(refused=refusal) if refusal else Signature(by=_told(signer))


def _expected(ctx: Context, params: Params, record: Record) -> Signer | None:
    if params.previous_key:
        return Signer(bounded(ctx.root / params.previous_key).decode("ascii"), MANAGED)
    table: Any = ctx.tables.get("signing") or {}
    found = params.previous_signer or (Signer(table["identity"], table["issuer"]) if table.get("identity") else None)
    return found and Signer(record.product.fill(found.identity), found.issuer)


def _root(ctx: Context, params: Params) -> bytes:
    """The policy's own trust root; nothing stands for that of `[signing]`."""
    return bounded(ctx.root / params.trusted_root) if params.trusted_root else b""


def _told(signer: Signer) -> str:
    return "the key of the policy" if signer.issuer == MANAGED else signer.identity

"""Reads the previous dossier, the ledger and the archive list. Nothing here says what they are worth."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import tomli

from gatekeeper.checks._continuity.bounded import bounded
from gatekeeper.checks._continuity.evidence import Before, Evidence, Item, Params, Promise, RuleThen
from gatekeeper.checks._continuity.signature import BUNDLE, signature
from gatekeeper.history.ledger import Entry, entry
from gatekeeper.model.check import Context
from gatekeeper.model.deviation import Deviation
from gatekeeper.model.people import people_of
from gatekeeper.model.record import from_bytes

RECORD, SUMS = "record.json", "SHA256SUMS"
DEVIATIONS = Path("policy", "deviations.toml")
MOST_DOSSIERS = 10_000


def collect(ctx: Context, params: Params) -> Evidence:
    """Everything that is there of earlier releases; each part that cannot be read says so."""
    before, fault = _before(ctx, params, Path(ctx.previous)) if ctx.previous else (None, "")
    folder = ctx.root / params.ledger if params.ledger else None
    ledger, ledger_fault = _ledger(folder)
    dossiers = [Path(ctx.previous)] if ctx.previous else []
    dossiers += [folder / e.place for e in ledger if folder and before and e.sha256 != before.sha256]
    archive, archive_fault = _archive(ctx.root, params.archive)
    return Evidence(
        before=before,
        fault=fault,
        ledger=ledger,
        ledger_fault=ledger_fault,
        promises=tuple(p for dossier in dossiers for p in _promises(dossier)),
        archive=archive,
        archive_fault=archive_fault,
        people=tuple(member.id for member in people_of(ctx.tables)),
    )


def _before(ctx: Context, params: Params, folder: Path) -> tuple[Before | None, str]:
    try:
        raw = bounded(folder / RECORD)
        record = from_bytes(raw).predicate
    except (OSError, ValueError) as e:
        return None, f"the previous record cannot be read: {e}"
    digest = hashlib.sha256(raw).hexdigest()
    return Before(
        sha256=digest,
        product=record.product,
        created=record.created,
        decision=record.decision,
        mode=record.mode,
        stage=record.stage,
        issues=record.issues,
        components=record.components,
        rules=tuple(RuleThen(r.id, r.outcome) for r in record.rules),
        bundle=_bound(folder / BUNDLE, raw),
        listed=_listed(folder / SUMS, digest),
        signature=signature(ctx, params, folder, record),
    ), ""


def _bound(bundle: Path, record: bytes) -> str:
    """Whether the payload of the signed envelope is this very record."""
    try:
        payload = msgspec.json.decode(bounded(bundle))["dsseEnvelope"]["payload"]
        return "binds" if base64.b64decode(payload, validate=True) == record else "differs"
    except OSError:
        return "missing"
    except (ValueError, KeyError, TypeError):
        return "differs"


def _listed(sums: Path, digest: str) -> str:
    try:
        lines = bounded(sums).decode("utf-8", "replace").splitlines()
    except OSError:
        return "missing"
    found = [line.split()[0] for line in lines if line.split()[1:] in ([RECORD], [f"*{RECORD}"])]
    return "missing" if not found else "binds" if found == [digest] else "differs"


def _ledger(folder: Path | None) -> tuple[tuple[Entry, ...], str]:
    """Every record of the folder; `place` is the dossier's name in it."""
    if folder is None:
        return (), ""
    try:
        records = sorted(folder.glob(f"*/{RECORD}"))[:MOST_DOSSIERS]
        found = [(r, bounded(r)) for r in records]
        entries = [entry(raw, hashlib.sha256(raw).hexdigest(), r.parent.name) for r, raw in found]
    except (OSError, ValueError) as e:
        return (), f"the ledger cannot be read: {e}"
    return tuple(entries), "" if entries else f"the ledger {folder.name} holds no record"


def _promises(dossier: Path) -> Iterator[Promise]:
    """The deferrals of one release. A dossier without deviations made no promise."""
    try:
        data = tomli.loads(bounded(dossier / DEVIATIONS).decode("utf-8"))
        entries = msgspec.convert(data.get("deviation", []), tuple[Deviation, ...], builtin_types=(date, datetime))
    except FileNotFoundError:
        return
    for each in entries:
        if each.decision == "defer" and each.deferral:
            plan, count = each.deferral, len({p.id for p in each.approved_by})
            yield Promise(dossier.name, each.id, each.rule, each.finding, plan.target_version, plan.date, count)


def _archive(root: Path, name: str) -> tuple[tuple[Item, ...], str]:
    if not name:
        return (), ""
    try:
        rows: Any = tomli.loads(bounded(root / name).decode("utf-8")).get("item", [])
        return msgspec.convert(rows, tuple[Item, ...]), ""
    except FileNotFoundError:
        return (), ""
    except (OSError, ValueError) as e:
        return (), f"{name} cannot be read: {e}"

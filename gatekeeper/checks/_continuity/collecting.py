"""Reads the previous dossier, the ledger and the archive list. Nothing here says what they are worth."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import tomli

from gatekeeper.checks._continuity.evidence import Before, Evidence, Item, Params, Promise, RuleThen
from gatekeeper.checks._continuity.signature import BUNDLE, signature
from gatekeeper.checks._previous.bounded import bounded
from gatekeeper.checks._previous.dossier import RECORD, Dossier, open_dossier
from gatekeeper.history.ledger import Entry, entry
from gatekeeper.model.check import Context
from gatekeeper.model.deviation import Deviation
from gatekeeper.model.people import people_of

SUMS = "SHA256SUMS"
MOST_DOSSIERS = 10_000


def collect(ctx: Context, params: Params) -> Evidence:
    """Everything that is there of earlier releases; each part that cannot be read says so."""
    last, fault = _last(ctx.previous)
    folder = ctx.root / params.ledger if params.ledger else None
    ledger, ledger_fault = _ledger(folder)
    earlier = [folder / e.place for e in ledger if folder and last and _another_release(e, last, ctx.product.name)]
    promises, promise_fault = _promises([Path(ctx.previous), *earlier] if ctx.previous else earlier)
    archive, archive_fault = _archive(ctx.root, params.archive)
    return Evidence(
        before=_before(ctx, params, last) if last else None,
        fault=fault,
        ledger=ledger,
        ledger_fault=ledger_fault,
        promises=promises,
        promise_fault=promise_fault,
        archive=archive,
        archive_fault=archive_fault,
        people=tuple(member.id for member in people_of(ctx.tables)),
    )


def _last(folder: Path | None) -> tuple[Dossier | None, str]:
    try:
        return (open_dossier(Path(folder)) if folder else None), ""
    except (OSError, ValueError) as e:
        return None, f"the previous record cannot be read: {e}"


def _another_release(item: Entry, last: Dossier, product: str) -> bool:
    """A refusal or a rehearsal promised nothing to anybody."""
    return item.product == product and item.released and item.sha256 != last.sha256


def _before(ctx: Context, params: Params, last: Dossier) -> Before:
    record = last.record
    return Before(
        sha256=last.sha256,
        product=record.product,
        created=record.created,
        decision=record.decision,
        mode=record.mode,
        stage=record.stage,
        issues=record.issues,
        components=record.components,
        rules=tuple(RuleThen(r.id, r.outcome) for r in record.rules),
        bundle=_bound(last.folder / BUNDLE, last.raw),
        listed=_listed(last.folder / SUMS, last.sha256),
        signature=signature(ctx, params, last.folder, record),
    )


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
    return tuple(entries), ""


def _promises(dossiers: Iterable[Path]) -> tuple[tuple[Promise, ...], str]:
    """The deferrals of every release, and what keeps one from being known."""
    found: list[Promise] = []
    for dossier in dossiers:
        try:
            data = tomli.loads(open_dossier(dossier).deviations().decode("utf-8"))
            rows = msgspec.convert(data.get("deviation", []), tuple[Deviation, ...], builtin_types=(date, datetime))
        except (OSError, ValueError) as e:
            return (), f"what {dossier.name} promised is not known: {e}"
        found += [p for each in rows if (p := _promise(dossier.name, each))]
    return tuple(found), ""


def _promise(release: str, entry: Deviation) -> Promise | None:
    if entry.decision != "defer" or not entry.deferral:
        return None
    plan, count = entry.deferral, len({p.id for p in entry.approved_by})
    return Promise(release, entry.id, entry.rule, entry.finding, plan.target_version, plan.date, count)


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

"""The lists that people keep beside the tracker (risks, reviews, anomalies), and what the last release said."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli

from gatekeeper.checks._previous.bounded import bounded
from gatekeeper.checks._previous.dossier import open_dossier
from gatekeeper.model.words import Level
from gatekeeper.trackers import Missing

MOST_BYTES = 4 * 1024 * 1024
CHECK = "security-issues"


class Review(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """A named person looked again at one unresolved issue, and says that the decision still holds."""

    issue: str  # source#id
    by: str
    on: date
    severity: Level
    text: str


class Anomaly(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One residual anomaly: what stays in the product, and what that means."""

    issue: str  # source#id
    description: str
    cwe: str
    security: str
    safety: str
    workaround: str  # or "none"
    disclosed_in: str
    plan: str
    planned_for: date
    accepted_by: str
    review_by: date


class Lists(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the lists hold; `faults` says of each that is named and cannot be read why."""

    risks: tuple[str, ...] = ()
    reviews: tuple[Review, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    risk_fault: str = ""
    review_fault: str = ""
    anomaly_fault: str = ""


class Previous(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the previous release's dossier says: when it was made, and which sources it asked."""

    created: str = ""
    sources: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()  # source#id
    fault: str = ""


class _Risk(msgspec.Struct):
    id: str


class _Answer(msgspec.Struct):
    source: str


class _Evidence(msgspec.Struct):
    answers: tuple[_Answer, ...]


T = TypeVar("T")


def read_lists(root: Path, risks: str, reviews: str, anomalies: str) -> Lists:
    """Read the three files; a name that is empty is a list that the policy does not have."""
    found_risks, risk_fault = _rows(root, risks, "risk", _Risk)
    found_reviews, review_fault = _rows(root, reviews, "review", Review)
    found_anomalies, anomaly_fault = _rows(root, anomalies, "anomaly", Anomaly)
    return Lists(
        risks=tuple(r.id for r in found_risks),
        reviews=found_reviews,
        anomalies=found_anomalies,
        risk_fault=risk_fault,
        review_fault=review_fault,
        anomaly_fault=anomaly_fault,
    )


def read_previous(folder: Path | None) -> Previous:
    """The previous dossier, as far as issues are concerned. Whether it is authentic is another check's question."""
    if folder is None:
        return Previous()
    try:
        dossier = open_dossier(folder)
        evidence = msgspec.json.decode(dossier.evidence(CHECK), type=_Evidence)
    except (OSError, ValueError) as e:
        return Previous(fault=f"the previous dossier cannot be read: {e}")
    return Previous(
        created=dossier.record.created,
        sources=tuple(a.source for a in evidence.answers),
        issues=tuple(i.id for i in dossier.record.issues),
    )


def retired(previous: Previous, reasons: Mapping[str, str], asked: Container[str]) -> tuple[Missing, ...]:
    """The issues of the sources that are no longer asked, with the reason that the policy gives: each is missed."""
    told = ((issue, issue.partition("#")[0]) for issue in previous.issues)
    return tuple(
        Missing(issue, f"its source was retired: {reasons[source]}")
        for issue, source in told
        if source not in asked and reasons.get(source, "").strip()
    )


def _rows(root: Path, name: str, table: str, kind: type[T]) -> tuple[tuple[T, ...], str]:
    if not name:
        return (), ""
    try:
        rows: Any = tomli.loads(bounded(root / name, MOST_BYTES).decode("utf-8")).get(table, [])
        return msgspec.convert(rows, tuple[kind, ...], builtin_types=(date, datetime)), ""  # type: ignore[valid-type]  # the row's type is an argument
    except (OSError, ValueError) as e:  # TOML and validation errors are ValueErrors
        return (), f"{name} cannot be read: {e}"

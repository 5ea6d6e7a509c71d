"""Unresolved anomalies, deferrals and metrics, as FDA's premarket guidance and section 524B ask for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gatekeeper.model.facts import IssueFact
from gatekeeper.model.record import DeviationRow, Record
from gatekeeper.model.report import Options, Report
from gatekeeper.reports._export import NOT_DETERMINED, document, stamp


def render(record: Record, options: Options) -> str:
    """What the gate does not know is `not-determined-by-gate`, never an empty field that reads like nothing."""
    return document(
        {
            "export": "gatekeeper.fda/1",
            "record": stamp(record, options),
            "unresolved_anomalies": [_issue(i) for i in record.issues if i.state != "closed" or i.deviation]
            + [_accepted(d, record) for d in record.deviations],
            "deferrals": [_deferral(d) for d in record.deviations if d.decision == "defer"],
            "tests": [_known(t) for t in record.tests],
            "metrics": _metrics(record),
        }
    )


def _issue(issue: IssueFact) -> dict[str, Any]:
    return {
        "id": issue.id,
        "description": issue.title,
        "severity": issue.level,
        "cwe": issue.cwe or NOT_DETERMINED,
        "score": issue.cvss or NOT_DETERMINED,
        "origin": issue.origin or NOT_DETERMINED,
        "decision": issue.deviation or issue.resolution or "open",
        "effect_on_safety": issue.more.get("safety", NOT_DETERMINED),
        "workaround": issue.more.get("workaround", NOT_DETERMINED),
        "opened": issue.opened or NOT_DETERMINED,
    }


def _accepted(deviation: DeviationRow, record: Record) -> dict[str, Any]:
    found = next((f for r in record.rules for f in r.findings if f.deviation == deviation.id), None)
    return {
        "id": deviation.id,
        "description": found.message if found else f"{deviation.rule} {deviation.finding}",
        "severity": deviation.severity,
        "cwe": (found.details.get("cwe") if found else "") or NOT_DETERMINED,
        "decision": deviation.decision,
        "rationale": deviation.justification,
        "compensating_control": deviation.compensating_control or NOT_DETERMINED,
        "risk_reference": deviation.risk_ref,
        "told_to_users_in": deviation.residual_risk_disclosed_in or NOT_DETERMINED,
        "approved_by": [f"{p.name} ({p.role})" if p.role else p.name for p in deviation.approved_by],
        "expires": deviation.expires,
    }


def _deferral(deviation: DeviationRow) -> dict[str, Any]:
    return {"id": deviation.id, "until": deviation.expires, "review_by": deviation.review_by or NOT_DETERMINED}


def _known(test: Any) -> dict[str, Any]:
    return {
        "kind": test.kind,
        "original_report": test.path,
        "sha256": test.sha256,
        "tester": test.tester or NOT_DETERMINED,
        "organisation": test.organisation or NOT_DETERMINED,
        "independence": test.independence or NOT_DETERMINED,
        "tests": test.tests,
        "failures": test.failures + test.errors,
    }


def _metrics(record: Record) -> dict[str, Any]:
    days = [d for d in (_days(i) for i in record.issues if i.state == "closed") if d is not None]
    return {
        "issues_closed": sum(i.state == "closed" for i in record.issues),
        "issues_open": sum(i.state != "closed" for i in record.issues),
        "days_to_close_mean": round(sum(days) / len(days), 1) if days else NOT_DETERMINED,
        "days_to_close_longest": max(days, default=NOT_DETERMINED),
        "known_exploited_vulnerabilities": sum(v.known_exploited for v in record.vulnerabilities),
        "defect_density": NOT_DETERMINED,
        "time_to_field_of_updates": NOT_DETERMINED,
    }


def _days(issue: IssueFact) -> int | None:
    try:
        opened, closed = (datetime.fromisoformat(day[:10]) for day in (issue.opened, issue.closed))
    except ValueError:
        return None
    return max((closed - opened).days, 0)


REPORT = Report(
    id="fda", title="Unresolved anomalies, deferrals, metrics for FDA (JSON)", render=render, suffix=".json"
)

"""OSCAL assessment-results 1.1.2 for governance tools: one observation a rule, one finding a clause.

OSCAL knows satisfied and not-satisfied only. So a clause is satisfied where its status says met, and everything
else, undecided and not evaluated included, is not-satisfied with the gate's own word beside it.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from gatekeeper.model.record import ClauseRow, Record, RuleRow
from gatekeeper.model.report import Options, Report
from gatekeeper.model.words import Basis, ClauseStatus
from gatekeeper.reports._export import document, stamp
from gatekeeper.reports._view import headline, sentence, tally

VERSION = "1.1.2"
NAMESPACE = "https://pypi.org/project/release-gatekeeper"
SATISFIED = (ClauseStatus.MET, ClauseStatus.MET_WITH_DEVIATION, ClauseStatus.MET_WITH_REMARK)
LEFT_OUT = (ClauseStatus.FRAME, ClauseStatus.NOT_APPLICABLE, ClauseStatus.TAILORED)
METHOD = {Basis.AUTOMATIC: "TEST", Basis.PRESENCE: "EXAMINE", Basis.ATTESTATION: "INTERVIEW"}
_UUIDS = uuid.UUID("0f5c6a5e-3c0a-5d57-8f5e-7d6a2f6b9c21")


def render(record: Record, options: Options) -> str:
    """Identifiers follow from the record, so that the same record gives the same document."""
    seed = options.record_sha256 or record.record_id
    rules = {rule.id: rule for rule in record.rules}
    clauses = [c for c in record.clauses if c.status not in LEFT_OUT]
    result: dict[str, Any] = {
        "uuid": _id(seed, "result"),
        "title": f"Release gate: {_line(headline(record).en)}",
        "description": f"{_line(sentence(record).en)} {tally(record).en}",
        "start": _time(record.effective_time),
        "end": _time(record.effective_time),
        "props": [_prop(key, str(value)) for key, value in _told(record, options).items() if str(value)],
        "reviewed-controls": {
            "control-selections": [{"include-controls": [{"control-id": _control(c)} for c in clauses]}]
        },
    }
    if record.rules:
        result["observations"] = [_observation(rule, seed, record) for rule in record.rules]
    if clauses:
        result["findings"] = [_finding(clause, rules, seed) for clause in clauses]
    return document({"assessment-results": _results(record, seed, result)})


def _results(record: Record, seed: str, result: dict[str, Any]) -> dict[str, Any]:
    return {
        "uuid": _id(seed, "document"),
        "metadata": {
            "title": f"Release record of {_line(record.product.name)} {_line(record.product.version)}",
            "last-modified": _time(record.created),
            "version": _line(record.record_id) or "-",
            "oscal-version": VERSION,
        },
        "import-ap": {"href": "#" + _id(seed, "plan")},
        "results": [result],
        "back-matter": {
            "resources": [
                {
                    "uuid": _id(seed, "plan"),
                    "title": "The policy that the release was judged under",
                    "props": [_prop("policy-sha256", record.policy.sha256 or "none")],
                }
            ]
        },
    }


def _told(record: Record, options: Options) -> dict[str, Any]:
    head = stamp(record, options)
    numbers = {f"count-{name.replace('_', '-')}": value for name, value in head.pop("counts").items()}
    return {key.replace("_", "-"): value for key, value in head.items()} | numbers


def _observation(rule: RuleRow, seed: str, record: Record) -> dict[str, Any]:
    seen = "; ".join((*rule.observed, *rule.doubts, rule.not_applicable)).strip("; ")
    made: dict[str, Any] = {
        "uuid": _id(seed, rule.id),
        "title": _line(f"{rule.id} {rule.title.en}"),
        "description": _line(seen) or "nothing was observed",
        "methods": [METHOD[rule.basis]],
        "collected": _time(record.effective_time),
        "props": [_prop("outcome", rule.outcome), _prop("severity", rule.severity), _prop("check", rule.check)],
    }
    if rule.evidence:
        made["relevant-evidence"] = [{"href": f"evidence/{rule.check}.json", "description": f"SHA-256 {rule.evidence}"}]
    return made


def _finding(clause: ClauseRow, rules: dict[str, RuleRow], seed: str) -> dict[str, Any]:
    state = "satisfied" if clause.status in SATISFIED else "not-satisfied"
    target: dict[str, Any] = {"type": "objective-id", "target-id": _control(clause), "status": {"state": state}}
    target["props"] = [_prop("status", clause.status)]
    made: dict[str, Any] = {
        "uuid": _id(seed, "clause " + clause.id),
        "title": _line(f"{clause.id} {clause.title.en}"),
        "description": _line(clause.remark.en) or clause.status,
        "target": target,
    }
    related = [{"observation-uuid": _id(seed, id_)} for id_ in clause.rules if id_ in rules]
    return made | ({"related-observations": related} if related else {})


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": _line(value) or "-"}


def _control(clause: ClauseRow) -> str:
    return "iec-81001-5-1_" + re.sub(r"[^\w.-]", "-", clause.id)


def _id(seed: str, name: str) -> str:
    """A version 5 UUID, which the schema accepts beside version 4."""
    return str(uuid.uuid5(_UUIDS, f"{seed}\n{name}"))


def _time(text: str) -> str:
    """With a zone, as the schema demands."""
    return text if re.search(r"(Z|[+-]\d\d:\d\d)$", text) else text + "Z"


def _line(text: str) -> str:
    return " ".join(text.split())


REPORT = Report(id="oscal", title="OSCAL assessment-results 1.1.2 (JSON)", render=render, suffix=".json")

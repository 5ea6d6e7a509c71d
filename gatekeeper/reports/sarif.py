"""SARIF 2.1.0 for code scanning: severities, fingerprints and suppressions as GitHub reads them, within its limits."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from gatekeeper.model.record import FindingRow, Record, RuleRow
from gatekeeper.model.report import Options, Report
from gatekeeper.model.words import Level, Outcome
from gatekeeper.reports._escape import address, json_text, visible
from gatekeeper.reports._view import Placed, counts, headline, sentence, worst
from gatekeeper.reports._words import next_step, say, standing

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 24_500  # code scanning refuses a run with more than 25,000 results, or with more than 25,000 rules
MAX_TAGS = 10  # shown of a rule
# What code scanning sorts by: the ends of GitHub's own ranges for critical, high, medium and low.
SCORE = {Level.CRITICAL: "9.5", Level.HIGH: "8.0", Level.MEDIUM: "5.5", Level.LOW: "2.0"}
_TEXT = 1000


def render(record: Record, options: Options) -> str:
    """One run. Where there are too many findings the worst stay, and the run says how many there were."""
    n = counts(record)
    found = worst(record, MAX_RESULTS)
    described = _described(record, found)
    rules = {key: index for index, key in enumerate(described)}
    run: dict[str, Any] = {
        "tool": {"driver": _driver(record, list(described.values()))},
        "automationDetails": {"id": f"gatekeeper/{visible(record.product.name)}/"},
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the product's repository."}}},
        "invocations": [_invocation(record)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, rules[_name(item)]) for item in found],
        "properties": {
            "decision": record.decision,
            "headline": say(headline(record), options.lang),
            "counts": n._asdict(),
            "findingsLeftOut": n.findings - len(found),
            "recordSha256": visible(options.record_sha256),
        },
    }
    if record.source.commit and record.source.repository.startswith("https://"):
        run["versionControlProvenance"] = [
            {"repositoryUri": address(record.source.repository, ":@"), "revisionId": visible(record.source.commit)}
        ]
    return json_text(msgspec.json.encode({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))


def _driver(record: Record, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": "gatekeeper", "version": visible(record.gate_version), "rules": rules}


def _name(item: Placed) -> str:
    """`CODE-01/B602`: code scanning takes the severity of a result from its rule, so each tool's own rule is one."""
    return visible(f"{item.rule.id}/{item.finding.note}" if item.finding.note else item.rule.id)


def _described(record: Record, found: list[Placed]) -> dict[str, dict[str, Any]]:
    """Every judged rule, and under it the tools' own rules, each as severe as its worst result."""
    made = {visible(rule.id): _rule(rule, visible(rule.id), Level.LOW) for rule in record.rules}
    for item in reversed(found):  # the worst comes last and stays
        made[_name(item)] = _rule(item.rule, _name(item), item.finding.level)
    return made


def _rule(rule: RuleRow, name: str, level: Level) -> dict[str, Any]:
    clauses = [f"iec-81001-5-1/{clause}" for clause in rule.clauses]
    return {
        "id": name,
        "name": name,
        "shortDescription": {"text": visible(rule.title.en) or name},
        "help": {"text": f"{visible(next_step(rule).en)} (gatekeeper explain {name.rpartition('/')[2]})"},
        "defaultConfiguration": {"level": "error" if rule.severity == "block" else "warning"},
        "properties": {
            "tags": ["security", *map(visible, clauses)][:MAX_TAGS],
            "security-severity": SCORE[level],
            "outcome": rule.outcome,
            "basis": rule.basis,
        },
    }


def _result(item: Placed, index: int) -> dict[str, Any]:
    rule, found = item
    told = f"{found.note} {found.message}".strip()
    advice = f"\n\nTo do: {visible(next_step(rule, found.remedy).en)}"
    result: dict[str, Any] = {
        "ruleId": _name(item),
        "ruleIndex": index,
        "level": _level(rule, found),
        "message": {"text": _message(visible(told)[:_TEXT] + advice[:_TEXT])},
        "locations": [_location(found)],
        "partialFingerprints": {"gatekeeper/v1": visible(found.fingerprint)},
        "properties": {"level": found.level, **{visible(k): visible(v)[:_TEXT] for k, v in found.details.items()}},
        "suppressions": [],
    }
    if found.deviation:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": f"deviation {visible(found.deviation)}"}
        ]
    return result


# What SARIF takes for a link (3.11.6) or a placeholder (3.11.5) inside a message, as CodeQL escapes it.
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def _message(text: str) -> str:
    return _PLACEHOLDER.sub(r"{{\1}}", _LINK.sub(r"\\[", text))


def _level(rule: RuleRow, found: FindingRow) -> str:
    if standing(rule) == "warned" or found.level is Level.LOW:
        return "note" if found.level is Level.LOW else "warning"
    return "warning" if found.level is Level.MEDIUM else "error"


def _location(found: FindingRow) -> dict[str, Any]:
    """Code scanning drops a result without a file; what has none stands at the policy, and says where it really is."""
    where = found.where
    place: dict[str, Any] = {
        "artifactLocation": {"uri": _path(where.path or "gatekeeper.toml"), "uriBaseId": "SRCROOT"}
    }
    if where.path and where.line:
        place["region"] = {"startLine": where.line, **({"startColumn": where.column} if where.column else {})}
    location: dict[str, Any] = {"physicalLocation": place}
    if where.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": visible(where.pointer)}]
    return location


def _invocation(record: Record) -> dict[str, Any]:
    """A rule that could not be judged is an error notification, so that nobody reads no results as no faults."""
    undecided = [rule for rule in record.rules if rule.outcome is Outcome.UNDECIDED]
    notes = [
        {
            "level": "error",
            "message": {"text": _message(visible("; ".join(rule.doubts) or "nothing was observed")[:_TEXT])},
            "associatedRule": {"id": visible(rule.id)},
        }
        for rule in undecided
    ]
    return {
        "executionSuccessful": not notes,
        "exitCodeDescription": visible(sentence(record).en),
        "toolExecutionNotifications": notes,
    }


def _path(path: str) -> str:
    """A relative address inside the root, whatever the path holds."""
    clean = path.replace("\\", "/").lstrip("/")
    parts = [part for part in clean.split("/") if part not in ("", ".", "..")]
    return address("/".join(parts) or "gatekeeper.toml")


REPORT = Report(id="sarif", title="SARIF 2.1.0 for code scanning", render=render, suffix=".sarif")

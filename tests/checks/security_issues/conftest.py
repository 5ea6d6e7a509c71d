"""A product whose issues come from an exported list: everything is in order until a test spoils it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks._security_issues.evidence import Evidence, Params
from gatekeeper.checks.security_issues import CHECK
from gatekeeper.cli.deviation import _toml
from gatekeeper.model.check import Case, Context, Product
from gatekeeper.model.deviation import Deviation, Person
from gatekeeper.model.facts import Facts, SourceFact, TestFact
from gatekeeper.model.finding import Finding, Judgement
from gatekeeper.model.verdict import Answered, RuleResult, answer
from gatekeeper.model.words import Mode, Outcome, Phase
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.trackers import export

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N"  # 5.3
PRODUCT = Product(name="pump-link", version="2.4.0", manufacturer="Example Devices")


def row(number: str, **fields: Any) -> dict[str, Any]:
    """A fixed issue of medium severity with every field filled."""
    return {
        "id": number,
        "title": f"Finding {number}",
        "state": "closed",
        "resolution": "fixed",
        "severity": "medium",
        "origin": "verification",
        "received": "2026-11-01T09:00:00Z",
        "reviewed": "2026-11-02T09:00:00Z",
        "closed": "2026-11-10T09:00:00Z",
        "closer": "ada",
        "reviewer": "ben",
        "cvss": VECTOR,
        "cvss_score": "5.3",
        "cwe": "CWE-20",
        "impact": "A forged reading is shown",
        "affected_versions": ["2.3.0"],
        "root_cause": "The length field is not checked",
        "related": "none found",
        "safety_effect": "none: the pump ignores the value",
        "disclose": "yes",
        "disclose_reason": "a fix is out",
        "disclose_by": "psirt@example.org",
        "disclose_on": "2026-11-12",
        "fix_test": "tests/test_length.py::test_refused",
    } | fields


def control(**fields: Any) -> dict[str, Any]:
    """The control issue: closed for ever."""
    return row("PUMP-1", title="Control issue of the release gate") | fields


def tool(rule: str, *found: Finding, doubts: tuple[str, ...] = ()) -> RuleResult:
    """What another check's rule came to."""
    known = rulebook().rules[rule]
    return RuleResult(
        id=rule,
        check=known.check,
        severity=known.severity,
        basis=known.basis,
        clauses=known.clauses,
        observed=("12 files",),
        answered=tuple(map(Answered, found)),
        doubts=doubts,
    )


@dataclass
class IssueWorld:
    """The product, its exported list, its policy and the facts of the other checks."""

    root: Path
    commit: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    head: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] = field(default_factory=dict)
    facts: Facts | None = None
    deviations: tuple[Deviation, ...] = ()
    now: datetime = NOW
    name: str = "issues.json"
    raw: bytes | None = None
    tables: dict[str, Any] = field(default_factory=dict)
    previous: Path | None = None
    verify: Any = None
    mode: Mode = Mode.CI
    others: tuple[RuleResult, ...] = (tool("CODE-01"), tool("VULN-03"))  # what other checks found

    def document_source(self) -> dict[str, Any]:
        """The policy's table of the exported list."""
        return {
            "kind": "export",
            "id": "tracker",
            "path": self.name,
            "tracker": "polarion",
            "server": "https://tracker.example.org",
            "project": "PUMP",
            "query": "type:securityissue",
            "control": "PUMP-1",
            "exporters": ["qa@example.org"],
        } | self.source

    def params(self) -> Params:
        source = self.document_source()
        origins = ("requirements", "design", "implementation", "defect-management")
        none = [{"origin": o, "text": "looked, none found", "by": "Ada", "on": NOW.date()} for o in origins]
        table = {"sources": [source], "none-statements": none} | self.policy
        return msgspec.convert(table, Params, builtin_types=(type(NOW.date()),))

    def document(self) -> dict[str, Any]:
        head = {
            "schema": 1,
            "tracker": "polarion",
            "server": "https://tracker.example.org",
            "project": "PUMP",
            "product": "pump-link",
            "query": "type:securityissue",
            "states": "all",
            "total": len(self.rows),
            "exported_at": (NOW - timedelta(hours=1)).isoformat(),
            "exported_by": "qa@example.org",
            "tool": "polarion 2026",
            "issues_sha256": export.digest(self.rows),
        }
        return {k: v for k, v in (head | self.head | {"issues": self.rows}).items() if v is not None}

    def write(self) -> None:
        if self.raw is not None:
            data = self.raw
        elif self.name.endswith(".csv"):
            data = self._csv().encode()
        else:
            data = json.dumps(self.document()).encode()
        (self.root / self.name).write_bytes(data)

    def _csv(self) -> str:
        document, out = self.document(), io.StringIO()
        writer = csv.writer(out)
        writer.writerows((k, v) for k, v in document.items() if k != "issues")
        writer.writerow([])
        columns = sorted({k for r in self.rows for k in r}) or ["id"]
        writer.writerow(columns)
        for each in self.rows:
            cells = (each.get(c, "") for c in columns)
            writer.writerow(";".join(c) if isinstance(c, list) else c for c in cells)
        return out.getvalue()

    def collect(self) -> Evidence:
        context = Context(
            self.root,
            (),
            self.now,
            {},
            self.mode,
            PRODUCT,
            rulebook(),
            tables=self.tables,
            previous=self.previous,
            verify=self.verify,
        )
        found = CHECK.collect(context, self.params())
        return msgspec.json.decode(msgspec.json.encode(found), type=Evidence)  # as the dossier keeps it

    def case(self, evidence: Evidence, results: Iterable[RuleResult] = ()) -> Case:
        committed = SourceFact(commit=self.commit, committed="2026-11-15T08:00:00+00:00")
        tests = TestFact("unit", "junit.xml", "0" * 64, passed=("tests/test_length.py::test_refused",))
        given = self.facts or Facts(source=committed, tests=(tests,))
        return Case(
            product=PRODUCT,
            rulebook=rulebook(),
            now=self.now,
            mode=Mode.CI,
            facts=given,
            deviations=self.deviations,
            results=tuple(results),
        )

    def judgements(self) -> dict[str, Judgement]:
        self.write()
        evidence = self.collect()
        found = list(CHECK.judge(evidence, self.params(), self.case(evidence)))
        expected = [r for r in CHECK.rules if rulebook().phase(r) is Phase.EVIDENCE]
        assert sorted(j.rule for j in found) == sorted(expected), "exactly one judgement a rule"
        return {j.rule: j for j in found}

    def result(self, rule: str) -> RuleResult:
        return self.results()[rule]

    def results(self) -> dict[str, RuleResult]:
        return {rule: self.answered(j) for rule, j in self.judgements().items()}

    def answered(self, judgement: Judgement) -> RuleResult:
        rule = rulebook().rules[judgement.rule]
        deviations = self.deviations if judgement.rule in rulebook().deviable else ()
        answers = answer(judgement, deviations, self.now.date(), PRODUCT.version)
        return RuleResult(
            id=rule.id,
            check=CHECK.id,
            severity=rule.severity,
            basis=rule.basis,
            clauses=rule.clauses,
            observed=judgement.observed,
            answered=answers,
            doubts=judgement.doubts,
            not_applicable=judgement.not_applicable,
        )

    def later(self) -> dict[str, RuleResult]:
        """The rules about deviations, judged when all findings are known."""
        results = (*self.results().values(), *self.others)
        evidence = self.collect()
        case = self.case(evidence, results)
        found = [f for r in results for f in r.findings]
        unmatched = tuple(d for d in self.deviations if not any(d.names(f) for f in found))
        case = msgspec.structs.replace(case, unmatched=unmatched)
        judge = CHECK.judge_in(Phase.ON_FINDINGS)
        assert judge
        judged = list(judge(evidence, self.params(), case))
        assert sorted(j.rule for j in judged) == ["ISSUE-15", *(f"ISSUE-{n}" for n in range(18, 25))]
        return {j.rule: self.answered(j) for j in judged}

    def outcome(self, rule: str) -> Outcome:
        return (self.later()[rule] if rulebook().phase(rule) is Phase.ON_FINDINGS else self.result(rule)).outcome

    def edit(self, number: str, **fields: Any) -> None:
        self.rows = [{**r, **fields} if r["id"] == number else r for r in self.rows]

    def decide(self, finding: Finding, **fields: Any) -> Deviation:
        """Answer one finding by an approved deviation."""
        entry = deviation(finding, **fields)
        self.deviations = (*self.deviations, entry)
        return entry


def write_deviations(root: Path, entries: Iterable[Deviation]) -> bytes:
    """deviations.toml beside the policy, as the loader would read it."""
    lines = ["schema = 1"]
    for entry in entries:
        fields = msgspec.to_builtins(entry, builtin_types=(date,))
        lines += ["", "[[deviation]]", *(f"{k} = {_toml(v)}" for k, v in fields.items() if v and k != "line")]
    raw = ("\n".join(lines) + "\n").encode()
    (root / "deviations.toml").write_bytes(raw)
    return raw


def deviation(finding: Finding, **fields: Any) -> Deviation:
    defaults: dict[str, Any] = {
        "id": f"DEV-{finding.fingerprint[:4].upper()}",
        "rule": finding.rule,
        "finding": finding.fingerprint,
        "decision": "accept",
        "justification": "The interface is reachable from the service port alone.",
        "risk_ref": "RMF-7",
        "severity": finding.level,
        "author": Person("Ada Example", "ada@example.org"),
        "approved_by": (Person("Ben Example", "ben@example.org", "security"),),
        "approved_on": NOW.date() - timedelta(days=5),
        "expires": NOW.date() + timedelta(days=20),
        "releases": ("2.4.0",),
        "compensating_control": "The service port is sealed.",
        "residual_risk_disclosed_in": "IFU-SEC-9",
        "criteria_version": "3",
        "review_by": NOW.date() + timedelta(days=10),
    }
    return Deviation(**(defaults | fields))


@pytest.fixture
def product(workspace: Any) -> IssueWorld:
    """Two fixed issues and the control issue: every rule passes."""
    commit = workspace.commit("Check the length", link__py="pass\n")
    made = IssueWorld(workspace.root, commit)
    made.rows = [control(), row("PUMP-7", fix_commits=[commit]), row("PUMP-8", fix_commits=[commit], severity="high")]
    return made

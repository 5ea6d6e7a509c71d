"""Exports: each says which record it was made from, and none says more than the gate knows."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

import gatekeeper.reports
from gatekeeper.discovery import discover
from gatekeeper.model.facts import VulnerabilityFact
from gatekeeper.model.finding import Where
from gatekeeper.model.record import FindingRow, Record
from gatekeeper.model.report import Options, Report
from gatekeeper.model.rule import Rulebook
from gatekeeper.model.words import ClauseStatus, Decision, Level, Outcome
from gatekeeper.reports._view import counts, tally
from gatekeeper.reports.mds2 import COMPUTED, DEVICE_ONLY, PRESENT, QUESTIONS
from gatekeeper.reports.mhlw import HEAD, STATE

REPORTS = discover(gatekeeper.reports, "REPORT", Report)
SHA = "7" * 64
CSV_EXPORTS = ("mhlw", "iec62443", "fda-sbom")
JSON_EXPORTS = ("fda", "mds2")


def shown(name: str, record: Record) -> str:
    text = REPORTS[name].render(record, Options(record_sha256=SHA))
    assert isinstance(text, str)
    return text


def rows(name: str, record: Record) -> list[list[str]]:
    return list(csv.reader(io.StringIO(shown(name, record).removeprefix("\ufeff"), newline="")))


@pytest.fixture(params=["blocked", "released"])
def either(request: pytest.FixtureRequest, record: Record, released: Record) -> Record:
    return record if request.param == "blocked" else released


@pytest.mark.parametrize("name", CSV_EXPORTS)
def test_a_table_ends_with_the_record_its_verdict_and_counts(name: str, either: Record) -> None:
    table = rows(name, either)
    assert len({len(row) for row in table}) == 1
    assert table[-1][0] == f"record sha256 {SHA}"
    assert tally(either).en in table[-1][1]
    assert ("BLOCKED" in table[-1][1]) == (either.decision is Decision.BLOCK)


@pytest.mark.parametrize("name", JSON_EXPORTS)
def test_a_document_begins_with_the_record_its_verdict_and_counts(name: str, either: Record) -> None:
    head = json.loads(shown(name, either))["record"]
    assert head["record_sha256"] == SHA
    assert head["decision"] == either.decision
    assert head["counts"] == counts(either)._asdict()


def test_the_japanese_table_has_five_columns_and_every_clause(record: Record) -> None:
    table = rows("mhlw", record)
    assert tuple(table[0]) == HEAD
    wanted = [c for c in record.clauses if c.status is not ClauseStatus.FRAME]
    assert [row[0].split()[0] for row in table[1:-1]] == [c.id for c in wanted]
    assert [row[4] for row in table[1:-1]] == [STATE[c.status] for c in wanted]
    code = next(row for row in table if row[0].startswith("5.5.1 "))
    assert code[2:4] == ["evidence/secure-coding.json", "e" * 12]
    assert set(STATE) == set(ClauseStatus) - {ClauseStatus.FRAME}


def test_all_47_requirements_of_iec_62443_4_1_have_a_row_with_the_worst_state(record: Record) -> None:
    table = rows("iec62443", record)[1:-1]
    assert len(table) == 47
    assert len({row[0] for row in table}) == 47
    failed = [row for row in table if "5.8.5" in row[1].split()]
    assert failed
    assert {row[2] for row in failed} == {"not met"}


def test_mds2_never_says_no(either: Record) -> None:
    made = json.loads(shown("mds2", either))
    answers = {a["id"]: a["answer"] for a in made["answers"]}
    assert "No" not in answers.values()
    assert len(answers) + made["other_questions"]["count"] == QUESTIONS
    assert made["other_questions"]["answer"] == "not-determined-by-gate"
    assert {answers[q] for q in DEVICE_ONLY} == {"not-determined-by-gate"}


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.PASSED])
def test_mds2_says_yes_for_passed_rules_alone(record: Record, outcome: Outcome) -> None:
    def answer(*outcomes: Outcome) -> Any:
        base = record.rules[0]
        ids = COMPUTED["SBOM-1"]
        judged = tuple(msgspec.structs.replace(base, id=i, outcome=o) for i, o in zip(ids, outcomes, strict=False))
        made = json.loads(shown("mds2", msgspec.structs.replace(record, rules=judged)))
        return next(a["answer"] for a in made["answers"] if a["id"] == "SBOM-1")

    assert answer(Outcome.PASSED, Outcome.PASSED) == "Yes"
    assert answer(Outcome.PASSED, outcome) == "not-determined-by-gate"
    assert answer(Outcome.PASSED) == "not-determined-by-gate"
    assert answer() == "not-determined-by-gate"


def test_mds2_asks_rules_that_exist(book: Rulebook) -> None:
    named = {rule for needed in (COMPUTED | PRESENT).values() for rule in needed}
    assert named <= set(book.rules)
    assert not set(COMPUTED) & set(PRESENT)


def test_fda_lists_what_is_open_and_what_was_accepted(record: Record) -> None:
    made = json.loads(shown("fda", record))
    assert [a["id"] for a in made["unresolved_anomalies"]] == ["#412", "DEV-2026-014"]
    accepted = made["unresolved_anomalies"][1]
    assert accepted["cwe"] == "CWE-327"
    assert accepted["approved_by"] == ["Grace Example (security adviser)"]
    assert made["metrics"]["issues_open"] == 1
    assert made["metrics"]["defect_density"] == "not-determined-by-gate"


def test_fda_sbom_has_every_component_and_every_vulnerability(record: Record) -> None:
    lost = VulnerabilityFact("CVE-2026-0002", "pkg:pypi/unlisted@1", "critical", known_exploited=True)
    found = (*record.vulnerabilities, lost)
    table = rows("fda-sbom", msgspec.structs.replace(searched(record), vulnerabilities=found))[1:-1]
    assert {row[0] for row in table} >= {"requests", "pkg:pypi/unlisted@1"}
    assert {row[8] for row in table} == {"CVE-2026-0001", "CVE-2026-0002", "none in this record"}
    assert next(row for row in table if row[8] == "CVE-2026-0002")[9] == "yes"


def searched(record: Record, *unassessed: str, **outcomes: Outcome) -> Record:
    """The record of a run that looked for vulnerabilities, in all components but some."""
    rule = msgspec.structs.replace(record.rules[0], outcome=Outcome.PASSED, findings=())
    ids = {"VULN_01": Outcome.PASSED, "VULN_02": Outcome.PASSED, "VULN_04": Outcome.PASSED} | outcomes
    found = tuple(
        FindingRow(message="m", where=Where("a.json", pointer=purl), fingerprint="0", level=Level.HIGH)
        for purl in unassessed
    )
    rules = [msgspec.structs.replace(rule, id=i.replace("_", "-"), outcome=outcome) for i, outcome in ids.items()]
    rules[-1] = msgspec.structs.replace(rules[-1], findings=found)
    return msgspec.structs.replace(record, rules=(*record.rules, *rules))


def test_fda_is_not_told_of_none_where_nobody_looked(record: Record) -> None:
    """Without data, with stale data, or for a component that no data answer for, the table said `none`."""

    def evil(shown_: Record) -> str:
        return next(row[8] for row in rows("fda-sbom", shown_) if row[3] == "pkg:pypi/evil@1.0")

    assert evil(searched(record)) == "none in this record"
    assert evil(searched(record, "pkg:pypi/other@1", VULN_04=Outcome.FAILED)) == "none in this record"
    for doubtful in (
        record,
        searched(record, VULN_01=Outcome.UNDECIDED),
        searched(record, VULN_01=Outcome.FAILED),
        searched(record, VULN_02=Outcome.FAILED),
        searched(record, VULN_04=Outcome.UNDECIDED),
        searched(record, "pkg:pypi/evil@1.0", VULN_04=Outcome.DEVIATED),
    ):
        assert evil(doubtful) == "not-determined-by-gate"


@pytest.mark.parametrize(("status", "reason"), [("", ""), ("in_triage", ""), ("not_affected", ""), ("Affected", "")])
def test_residual_risks_name_what_is_undecided(released: Record, status: str, reason: str) -> None:
    """They named `affected` in small letters and nothing else; the rest was `The release record names none`."""
    found = VulnerabilityFact("CVE-2026-7", "pkg:pypi/a@1", "high", vex_status=status, reason=reason)
    page = shown("residual-risks", msgspec.structs.replace(released, deviations=(), vulnerabilities=(found,)))
    assert "CVE\\-2026\\-7" in page
    harmless = msgspec.structs.replace(found, vex_status="not_affected", reason="code_not_present")
    page = shown("residual-risks", msgspec.structs.replace(released, deviations=(), vulnerabilities=(harmless,)))
    assert "names none" in page


def test_residual_risks_of_a_refusal_are_not_for_users(record: Record, released: Record) -> None:
    """A blocked record without issues said that it names none, and its verdict in the last words of the last line."""
    bare = msgspec.structs.replace(record, deviations=(), issues=(), vulnerabilities=())
    assert shown("residual-risks", bare).split("\n")[2].startswith("**BLOCKED**: not for users.")
    assert "not for users" not in shown("residual-risks", released)


@pytest.mark.parametrize(
    ("status", "reason", "wanted"),
    [
        ("not_affected", "code_not_reachable", "not_affected"),
        ("not_affected", "", "under_investigation"),
        ("exploitable", "", "affected"),
        ("resolved", "", "fixed"),
        ("", "", "under_investigation"),
        ("surely fine", "trust me", "under_investigation"),
    ],
)
def test_vex_takes_nothing_for_harmless_that_is_not_said_to_be(
    record: Record, status: str, reason: str, wanted: str
) -> None:
    found = VulnerabilityFact("CVE-2026-0001", "pkg:pypi/a@1", "high", vex_status=status, reason=reason)
    (made,) = json.loads(shown("openvex", msgspec.structs.replace(record, vulnerabilities=(found,))))["statements"]
    assert made["status"] == wanted
    assert ("justification" in made or "impact_statement" in made) == (wanted == "not_affected")
    assert ("action_statement" in made) == (wanted == "affected")


@pytest.mark.parametrize("status", ["", "not_affected", "fixed"])
def test_vex_calls_affected_what_only_a_deviation_lets_pass(record: Record, status: str) -> None:
    deviation = next(d for d in record.deviations if d.used)
    rule = record.rules[0]
    where = Where(path="sbom.cdx.json")
    row = FindingRow(message="m", where=where, fingerprint="0", level=Level.HIGH, deviation=deviation.id, note="CVE-1")
    answered = msgspec.structs.replace(rule, id="VULN-03", findings=(row,))
    found = VulnerabilityFact("CVE-1", "pkg:pypi/a@1", "high", vex_status=status, reason="component_not_present")
    changed = msgspec.structs.replace(record, vulnerabilities=(found,), rules=(answered,))

    (made,) = json.loads(shown("openvex", changed))["statements"]

    assert made["status"] == "affected"
    assert deviation.id in made["action_statement"]
    assert "justification" not in made


def test_residual_risks_are_the_used_deviations_and_what_is_open(record: Record, released: Record) -> None:
    text = shown("residual-risks", record)
    assert "DEV\\-2026\\-014" in text
    assert "\\#412" in text
    assert "\\#398" not in text
    unused = tuple(msgspec.structs.replace(d, used=False) for d in released.deviations)
    nothing = msgspec.structs.replace(released, deviations=unused, vulnerabilities=())
    assert "names none" in shown("residual-risks", nothing)


def test_oscal_calls_nothing_satisfied_that_is_not_met(record: Record) -> None:
    (result,) = json.loads(shown("oscal", record))["assessment-results"]["results"]
    states = {f["target"]["target-id"]: f["target"]["status"]["state"] for f in result["findings"]}
    met = {ClauseStatus.MET, ClauseStatus.MET_WITH_DEVIATION, ClauseStatus.MET_WITH_REMARK}
    for clause in record.clauses:
        state = states.get(f"iec-81001-5-1_{clause.id}")
        if clause.status in (ClauseStatus.FRAME, ClauseStatus.NOT_APPLICABLE):
            assert state is None
        else:
            assert (state == "satisfied") == (clause.status in met)
    told = {p["name"]: p["value"] for p in result["props"]}
    assert told["decision"] == record.decision
    assert {int(v) for k, v in told.items() if k == "count-failed"} == {counts(record).failed}


@pytest.mark.install
def test_oscal_is_valid_for_trestle(either: Record, tmp_path: Path) -> None:
    uv = str(Path(sys.executable).parent / "uv")
    file = tmp_path / "record.json"
    file.write_text(shown("oscal", either), encoding="utf-8")
    program = (
        "import pathlib, sys; from trestle.oscal.assessment_results import AssessmentResults as A; "
        "print(A.oscal_read(pathlib.Path(sys.argv[1])).metadata.oscal_version.root)"
    )
    command = [
        uv,
        "run",
        "-q",
        "--no-project",
        "--with",
        "compliance-trestle==5.2.0",
        "python",
        "-c",
        program,
        str(file),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=280)
    if "Failed to fetch" in done.stderr:
        pytest.skip("no package index can be reached, and compliance-trestle is not in the cache")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "1.1.2" in done.stdout

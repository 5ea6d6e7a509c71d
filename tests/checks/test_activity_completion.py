"""DONE-01 to DONE-15: each bad input is refused, and a whole register passes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from records_good import QA, case, changed, outcomes, register, seen, without

from gatekeeper.checks._activity_completion.evidence import Evidence, Excluded, Params, Scope, Tailored, Transition
from gatekeeper.checks._records.register import Register, read
from gatekeeper.checks.activity_completion import CHECK
from gatekeeper.model.approval import Approval
from gatekeeper.model.clauses import clause_rows
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.facts import Facts, IssueFact
from gatekeeper.model.finding import finding
from gatekeeper.model.verdict import Answered, RuleResult
from gatekeeper.model.words import Basis, ClauseStatus, Outcome, Phase, Severity
from gatekeeper.policy.rulebook import rulebook

LIFE = ("installation", "operation", "maintenance", "end-of-use")
PEOPLE = {"developer": "a", "tester": "b", "clinical": "c", "security": "d"}
GOOD = register(
    seen("plan", covers=("updates", "end-of-use"), on=date(2026, 1, 1)),
    seen("quality-system", names={"scope": "design and manufacture"}, valid_until=date(2027, 1, 1)),
    seen("architecture"), seen("detailed-design"), seen("interfaces"),
    seen("architecture-review", findings=("PUMP-7",)), seen("design-review"),
    seen("requirements", covers=LIFE), seen("requirements-review", people=PEOPLE, independence="department"),
)  # fmt: skip
SCOPE = Scope(parts=("pump software",), approved_by="qa", approved_on=date(2026, 10, 1))
PARAMS = Params(records="records.toml", scope=SCOPE)
SEEN = Evidence(register=GOOD, route="clauses-4-9", people=(QA,), committed="2026-11-19T10:00:00+00:00")
ISSUE = IssueFact("tracker#PUMP-7", "x", "closed", "closed", "low")
CASE = case(facts=Facts(issues=(ISSUE,)))


def judged(evidence: Evidence = SEEN, params: Params = PARAMS) -> dict[str, Outcome]:
    return outcomes(CHECK.judge, evidence, params, CASE)


def test_a_whole_register_passes() -> None:
    found = judged()

    assert {r: o for r, o in found.items() if o is not Outcome.PASSED} == dict.fromkeys(
        ("DONE-13", "DONE-14", "DONE-15"), Outcome.NOT_APPLICABLE
    )


def with_register(whole: Register) -> Evidence:
    return msgspec.structs.replace(SEEN, register=whole)


@pytest.mark.parametrize(
    ("rule", "whole"),
    [
        pytest.param(
            "DONE-02", changed(GOOD, "plan", problem="records/plan.md is not there"), id="DONE-02: dangling reference"
        ),
        pytest.param(
            "DONE-02",
            changed(GOOD, "plan", path="", sha256="a" * 64, place=""),
            id="DONE-02: an address without digest",
        ),
        pytest.param(
            "DONE-02",
            changed(GOOD, "plan", problem="records/plan.md is empty or too large"),
            id="DONE-02: an empty file",
        ),
        pytest.param("DONE-02", changed(GOOD, "plan", id="DOC-architecture"), id="DONE-02: one id for two records"),
        pytest.param(
            "DONE-03", changed(GOOD, "plan", on=date(2026, 11, 20)), id="DONE-03: a plan newer than all evidence"
        ),
        pytest.param("DONE-03", changed(GOOD, "plan", revision=""), id="DONE-03: no revision"),
        pytest.param("DONE-03", without(GOOD, "plan"), id="DONE-03: no plan"),
        pytest.param(
            "DONE-05",
            changed(GOOD, "quality-system", valid_until=date(2026, 11, 19)),
            id="DONE-05: expired certificate",
        ),
        pytest.param(
            "DONE-06",
            changed(GOOD, "architecture", version="1.9"),
            id="DONE-06: a design document of an older major version",
        ),
        pytest.param(
            "DONE-06", changed(GOOD, "interfaces", problem="names neither a file nor a digest"), id="DONE-06: no digest"
        ),
        pytest.param("DONE-06", without(GOOD, "detailed-design"), id="DONE-06: one kind missing"),
        pytest.param("DONE-07", changed(GOOD, "design-review", version=""), id="DONE-07: a review without version"),
        pytest.param(
            "DONE-07", changed(GOOD, "design-review", findings=("PUMP-99",)), id="DONE-07: a finding without issue"
        ),
        pytest.param(
            "DONE-08", changed(GOOD, "requirements", product="other"), id="DONE-08: a document of another product"
        ),
        pytest.param(
            "DONE-09",
            changed(GOOD, "requirements-review", people={**PEOPLE, "tester": "A "}),
            id="DONE-09: tester equals developer",
        ),
        pytest.param(
            "DONE-09",
            changed(GOOD, "requirements-review", people={**PEOPLE, "developer": QA.id, "tester": f"{QA.name} (test)"}),
            id="DONE-09: tester equals developer, by id and by name",
        ),
        pytest.param(
            "DONE-09",
            changed(GOOD, "requirements-review", people={"developer": "a"}),
            id="DONE-09: one discipline missing",
        ),
    ],
)
def test_a_record_that_does_not_do_fails_its_rule(rule: str, whole: Register) -> None:
    assert judged(with_register(whole))[rule] is Outcome.FAILED


def scope(**changes: Any) -> Params:
    return msgspec.structs.replace(PARAMS, scope=msgspec.structs.replace(SCOPE, **changes))


def tailored(clause: str, **changes: Any) -> Params:
    plain = Tailored(
        clause=clause, reason="no such interface", author="dev", approver="qa", competence="C-1", on=date(2026, 9, 1)
    )
    return msgspec.structs.replace(PARAMS, tailored=(msgspec.structs.replace(plain, **changes),))


@pytest.mark.parametrize(
    ("rule", "params"),
    [
        pytest.param("DONE-04", scope(excluded=(Excluded("viewer", " "),)), id="DONE-04: exclusion without reason"),
        pytest.param("DONE-04", msgspec.structs.replace(PARAMS, scope=None), id="DONE-04: no scope"),
        pytest.param("DONE-04", scope(parts=()), id="DONE-04: no part"),
        pytest.param("DONE-04", scope(role="verification"), id="DONE-04: approved by a role without security"),
        pytest.param("DONE-04", scope(approved_by="stranger"), id="DONE-04: approved by a stranger"),
        pytest.param("DONE-11", tailored("5.8.7"), id="DONE-11: 5.8.7 tailored out"),
        pytest.param("DONE-11", tailored("5.99"), id="DONE-11: a clause number that does not exist"),
        pytest.param("DONE-11", tailored("4.1.3"), id="DONE-11: 4.1.3 tailored out to hide the scope"),
        pytest.param("DONE-11", tailored("6.3.1", approver="Dev "), id="DONE-11: author approves"),
        pytest.param("DONE-11", tailored("6.3.1", author="Ｑ. A (quality)"), id="DONE-11: author approves, by name"),
        pytest.param("DONE-11", tailored("6.3.1", approver="-"), id="DONE-11: nobody approves"),
        pytest.param("DONE-11", tailored("6.3.1", competence=""), id="DONE-11: no competence"),
        pytest.param(
            "DONE-12",
            msgspec.structs.replace(PARAMS, annex_f=Transition(first_released=date(2015, 1, 1), whole_product=True)),
            id="DONE-12: both routes at once",
        ),
    ],
)
def test_a_bad_policy_fails_its_rule(rule: str, params: Params) -> None:
    assert judged(params=params)[rule] is Outcome.FAILED


ANNEX_F = msgspec.structs.replace(SEEN, route="annex-f")
OLD = Transition(first_released=date(2015, 1, 1), whole_product=True)
GAPS = seen(
    "gap-analysis",
    covers=("5.2", "5.7", "7.1", "7.2", "7.3"),
    names={"gap:1": "closed", "gap:2": "accepted RISK-3, control: network rule"},
)
RATIONALE = seen(
    "transition-rationale", valid_until=date(2028, 1, 1), names={"residual-risk-told-in": "guide 3", "plan": "P-2"}
)
IN_FORCE = seen("clauses-6-9-in-force")


def annex_f(*entries: Any, transition: Transition | None = OLD) -> dict[str, Outcome]:
    evidence = msgspec.structs.replace(ANNEX_F, register=register(*GOOD.seen, *entries))
    return judged(evidence, msgspec.structs.replace(PARAMS, annex_f=transition))


def test_annex_f_with_its_records_passes() -> None:
    found = annex_f(GAPS, RATIONALE, IN_FORCE)

    assert {found[r] for r in ("DONE-12", "DONE-13", "DONE-14", "DONE-15")} == {Outcome.PASSED}


def entry(one: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(one, entry=msgspec.structs.replace(one.entry, **changes))


@pytest.mark.parametrize(
    ("rule", "entries", "transition"),
    [
        pytest.param(
            "DONE-12",
            (),
            Transition(first_released=date(2024, 1, 1), whole_product=True),
            id="DONE-12: annex-f for a new product",
        ),
        pytest.param(
            "DONE-12",
            (),
            Transition(first_released=date(2015, 1, 1), whole_product=False),
            id="DONE-12: annex-f for one component",
        ),
        pytest.param("DONE-12", (), None, id="DONE-12: annex-f without its table"),
        pytest.param(
            "DONE-13", (entry(GAPS, names={"gap:1": "open"}),), OLD, id="DONE-13: an open gap without accepted risk"
        ),
        pytest.param("DONE-13", (entry(GAPS, version="2.0.0"),), OLD, id="DONE-13: an analysis of another version"),
        pytest.param("DONE-14", (entry(RATIONALE, version="2.0.0"),), OLD, id="DONE-14: rationale for another version"),
        pytest.param("DONE-14", (entry(RATIONALE, valid_until=None),), OLD, id="DONE-14: plan without dates"),
        pytest.param("DONE-14", (entry(RATIONALE, valid_until=date(2026, 1, 1)),), OLD, id="DONE-14: all dates passed"),
        pytest.param("DONE-15", (), OLD, id="DONE-15: statement missing"),
        pytest.param("DONE-15", (entry(IN_FORCE, on=date(2025, 11, 1)),), OLD, id="DONE-15: older than a year"),
    ],
)
def test_annex_f_without_its_records_fails(rule: str, entries: tuple[Any, ...], transition: Transition | None) -> None:
    assert annex_f(*entries, transition=transition)[rule] is Outcome.FAILED


def test_no_route_at_all_fails() -> None:
    """DONE-12: route missing. DONE-04: no route."""
    found = judged(msgspec.structs.replace(SEEN, route=""))

    assert (found["DONE-12"], found["DONE-04"]) == (Outcome.FAILED, Outcome.FAILED)


APPROVAL = Approval(
    file="a", identity=QA.identity, issuer=QA.issuer, role="verification", meaning="completion", evidence_set="e" * 64
)


@pytest.mark.parametrize(
    ("approval", "outcome"),
    [
        pytest.param(APPROVAL, Outcome.PASSED, id="for this digest, by the role"),
        pytest.param(
            msgspec.structs.replace(APPROVAL, evidence_set="f" * 64),
            Outcome.FAILED,
            id="DONE-10: statement for another digest",
        ),
        pytest.param(
            msgspec.structs.replace(APPROVAL, role="sales"), Outcome.FAILED, id="DONE-10: a person without the role"
        ),
        pytest.param(
            msgspec.structs.replace(APPROVAL, identity="x@example.org"), Outcome.FAILED, id="DONE-10: a stranger"
        ),
        pytest.param(msgspec.structs.replace(APPROVAL, revoked=True), Outcome.FAILED, id="DONE-10: revoked"),
        pytest.param(
            msgspec.structs.replace(APPROVAL, problem="does not verify"), Outcome.FAILED, id="DONE-10: unsigned"
        ),
    ],
)
def test_completion_is_stated_by_a_person(approval: Approval, outcome: Outcome) -> None:
    about = msgspec.structs.replace(CASE, evidence_set="e" * 64, approvals=(approval,))

    assert outcomes(CHECK.later[Phase.ON_APPROVALS], SEEN, PARAMS, about) == {"DONE-10": outcome}


def test_a_revocation_of_the_role_takes_the_statement_back() -> None:
    """DONE-10: revoked under another meaning, by the same person in the same role."""
    revocation = msgspec.structs.replace(APPROVAL, file="b", meaning="release", revoked=True)
    about = msgspec.structs.replace(CASE, evidence_set="e" * 64, approvals=(APPROVAL, revocation))

    assert outcomes(CHECK.later[Phase.ON_APPROVALS], SEEN, PARAMS, about) == {"DONE-10": Outcome.FAILED}


def result(rule: str, **more: Any) -> RuleResult:
    plain: dict[str, Any] = {
        "check": "x",
        "severity": Severity.BLOCK,
        "basis": Basis.AUTOMATIC,
        "clauses": (),
        "observed": ("1",),
    }
    return RuleResult(id=rule, **(plain | more))


ALL = tuple(
    result(r)
    for r in rulebook().rules
    if rulebook().phase(r) not in (Phase.LAST, Phase.ON_RECORD, Phase.AFTER_PUBLICATION)
)


def last(*results: RuleResult, built: tuple[str, ...] = tuple(rulebook().rules)) -> Outcome:
    about = msgspec.structs.replace(CASE, results=results, built=built)
    return outcomes(CHECK.later[Phase.LAST], SEEN, PARAMS, about)["DONE-01"]


def test_every_clause_has_an_answer() -> None:
    assert last(*ALL) is Outcome.PASSED


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        pytest.param((), Outcome.UNDECIDED, id="DONE-01: nothing judged"),
        pytest.param(
            tuple(r for r in ALL if r.id != "ISSUE-08"), Outcome.UNDECIDED, id="DONE-01: not evaluated counted as met"
        ),
        pytest.param((*ALL[1:], result(ALL[0].id, observed=())), Outcome.UNDECIDED, id="DONE-01: `mostly done`"),
        pytest.param(
            (*ALL[1:], result(ALL[0].id, answered=(Answered(finding("X-01", "x", key=["x"])),))),
            Outcome.FAILED,
            id="DONE-01: a clause not met",
        ),
    ],
)
def test_a_clause_without_answer_is_not_complete(results: tuple[RuleResult, ...], outcome: Outcome) -> None:
    assert last(*results) is outcome


def test_not_applicable_needs_its_reason_and_tailoring_shows() -> None:
    """DONE-01: not applicable without reason; a clause missing from the catalogue version."""
    rows = {r.id: r for r in clause_rows(rulebook(), ALL, "clauses-4-9", tailored={"6.3.1": "no updates by users"})}

    assert rows.keys() == rulebook().clauses.keys()
    assert rows["6.3.1"].status is ClauseStatus.TAILORED
    assert rows["6.3.1"].remark.en == "no updates by users"
    assert all(r.remark.en for r in rows.values() if r.status is ClauseStatus.NOT_APPLICABLE)


REGISTER = """schema = 1
[[record]]
kind = "plan"
id = "P-1"
path = "plan.md"
on = 2026-01-01
"""


def test_the_register_is_read_with_the_digests_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "records.toml").write_text(REGISTER)
    (tmp_path / "plan.md").write_text("the plan")

    found = read(tmp_path, "records.toml")

    assert len(found.seen[0].digest) == 64
    assert found.seen[0].problem == ""
    assert msgspec.json.decode(msgspec.json.encode(found), type=Register) == found


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(("schema = 1", "schema = 2"), id="another schema"),
        pytest.param(("path =", "paht ="), id="a key misspelt"),
        pytest.param(("2026-01-01", '"2026-01-01"'), id="a date as text"),
        pytest.param(("[[record]]", "[[recrod]]"), id="a table misspelt"),
    ],
)
def test_a_register_that_is_not_one_is_a_doubt(tmp_path: Path, change: tuple[str, str]) -> None:
    (tmp_path / "records.toml").write_text(REGISTER.replace(*change))

    with pytest.raises(EvidenceError):
        read(tmp_path, "records.toml")


@pytest.mark.parametrize("digest", ["TBD", "0" * 63, "sha256:" + "0" * 64])
def test_a_digest_that_is_none_names_no_document(tmp_path: Path, digest: str) -> None:
    """DONE-02: an address without digest."""
    elsewhere = f'sha256 = "{digest}"\nplace = "the archive"'
    (tmp_path / "records.toml").write_text(REGISTER.replace('path = "plan.md"', elsewhere))

    assert "its sha256 is none" in read(tmp_path, "records.toml").seen[0].problem


@pytest.mark.parametrize("make", ["nothing", "empty", "link", "folder"])
def test_a_file_that_is_no_record_is_a_problem(tmp_path: Path, make: str) -> None:
    (tmp_path / "records.toml").write_text(REGISTER)
    plan = tmp_path / "plan.md"
    if make == "empty":
        plan.touch()
    elif make == "link":
        plan.symlink_to("/etc/hostname")
    elif make == "folder":
        plan.mkdir()

    assert read(tmp_path, "records.toml").seen[0].problem

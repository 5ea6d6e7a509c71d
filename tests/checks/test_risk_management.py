"""RISK-01 to RISK-09: each bad input is refused, and whole registers pass."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from records_good import QA, case, changed, outcomes, register, seen, without

from gatekeeper.checks._records.register import Register
from gatekeeper.checks._risk_management import reading
from gatekeeper.checks._risk_management.evidence import (
    Evidence,
    Method,
    Model,
    Params,
    Registered,
    Risk,
    Threat,
    Traced,
)
from gatekeeper.checks.risk_management import CHECK
from gatekeeper.model.deviation import Deviation, Person
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.facts import Facts, IssueFact
from gatekeeper.model.words import Level, Outcome

GOOD = register(
    seen("risk-plan"), seen("security-context"), seen("acceptance-criteria"), seen("control-monitoring"),
    seen("residual-risk-acceptance", names={"residual": "tracker#PUMP-9"}),
)  # fmt: skip
METHOD = Method(id="5x5", lowest=1, highest=25, acceptable=8, criteria="3", criteria_since=date(2026, 1, 1))
R1 = Risk(id="R-1", title="a", control="c", before=12, after=6, result="acceptable", safety=True)
R2 = Risk(
    id="R-2",
    title="b",
    before=16,
    after=12,
    result="accepted",
    criteria="3",
    approved_by="qa",
    approved_on=date(2026, 5, 1),
)
RISKS = Registered("risks.toml", "r" * 64, (R1, R2), METHOD)
MODEL = Model(
    id="TM-1",
    version="2.1",
    reviewed=date(2026, 6, 1),
    reviewer="qa",
    threats=("T-1", "T-2"),
    controls={"C-1": "checksum"},
)
T1, T2 = Threat(id="T-1", title="a", controls=("C-1",)), Threat(id="T-2", title="b", risk="R-2", approved_by="qa")
TRACED = Traced("threats.toml", "t" * 64, MODEL, (T1, T2), "d" * 64)
SEEN = Evidence(register=GOOD, risks=RISKS, threats=TRACED, people=(QA,))
PARAMS = Params(records="records.toml", risks="risks.toml", threats="threats.toml")
OPEN = IssueFact("tracker#PUMP-9", "x", "open", "open", "low", more={"safety_effect": "possible", "risk_ref": "R-1"})
FACTS = Facts(issues=(OPEN,))


def judged(evidence: Evidence = SEEN, facts: Facts = FACTS, **about: Any) -> dict[str, Outcome]:
    return outcomes(CHECK.judge, evidence, PARAMS, case(facts=facts, **about))


def test_whole_registers_pass() -> None:
    assert set(judged().values()) == {Outcome.PASSED}


def model(**changes: Any) -> Evidence:
    return msgspec.structs.replace(
        SEEN, threats=msgspec.structs.replace(TRACED, model=msgspec.structs.replace(MODEL, **changes))
    )


def threats(*rows: Threat) -> Evidence:
    return msgspec.structs.replace(SEEN, threats=msgspec.structs.replace(TRACED, threats=rows))


def risk(base: Risk = R2, **changes: Any) -> Evidence:
    rows = tuple(msgspec.structs.replace(r, **changes) if r is base else r for r in (R1, R2))
    return msgspec.structs.replace(SEEN, risks=msgspec.structs.replace(RISKS, risks=rows))


def method(**changes: Any) -> Evidence:
    return msgspec.structs.replace(
        SEEN, risks=msgspec.structs.replace(RISKS, method=msgspec.structs.replace(METHOD, **changes))
    )


def records(whole: Register) -> Evidence:
    return msgspec.structs.replace(SEEN, register=whole)


@pytest.mark.parametrize(
    ("rule", "evidence"),
    [
        pytest.param("RISK-01", model(version="1.8"), id="RISK-01: a model of an older major version"),
        pytest.param(
            "RISK-01", model(architecture_changed=date(2026, 7, 1)), id="RISK-01: a model of an older architecture"
        ),
        pytest.param("RISK-01", model(reviewed=date(2025, 11, 1)), id="RISK-01: review overdue"),
        pytest.param("RISK-01", model(reviewed=date(2026, 12, 1)), id="RISK-01: reviewed in the future"),
        pytest.param("RISK-01", model(version=""), id="RISK-01: no version"),
        pytest.param(
            "RISK-02", threats(T1, msgspec.structs.replace(T2, risk="")), id="RISK-02: a threat without answer"
        ),
        pytest.param(
            "RISK-02",
            threats(msgspec.structs.replace(T1, controls=("C-9",)), T2),
            id="RISK-02: a control that does not exist",
        ),
        pytest.param("RISK-02", threats(T1), id="RISK-02: a trace missing the newest threats"),
        pytest.param(
            "RISK-02",
            threats(T1, T2, Threat(id="T-3", title="x", controls=("C-1",))),
            id="RISK-02: a threat of no model",
        ),
        pytest.param(
            "RISK-02", threats(T1, msgspec.structs.replace(T2, risk="R-9")), id="RISK-02: a risk that does not exist"
        ),
        pytest.param(
            "RISK-02", threats(T1, msgspec.structs.replace(T2, approved_by="x")), id="RISK-02: accepted by a stranger"
        ),
        pytest.param(
            "RISK-02", threats(T1, msgspec.structs.replace(T2, approved_by="")), id="RISK-02: accepted by nobody"
        ),
        pytest.param(
            "RISK-03", records(changed(GOOD, "risk-plan", product="other")), id="RISK-03: a plan of another product"
        ),
        pytest.param("RISK-03", records(changed(GOOD, "security-context", revision="")), id="RISK-03: no revision"),
        pytest.param("RISK-04", method(acceptable=25), id="RISK-04: a limit that no risk exceeds"),
        pytest.param("RISK-04", method(acceptable=99), id="RISK-04: a limit above the scale"),
        pytest.param("RISK-04", risk(after=26), id="RISK-04: values out of range"),
        pytest.param("RISK-04", risk(R1, before=2, after=6), id="RISK-04: after worse than before without note"),
        pytest.param("RISK-04", risk(approved_by="nobody we know"), id="RISK-04: accepted by a stranger"),
        pytest.param("RISK-04", risk(approved_by=""), id="RISK-04: accepted above the limit"),
        pytest.param("RISK-04", risk(approved_on=date(2026, 12, 1)), id="RISK-04: accepted in the future"),
        pytest.param("RISK-04", risk(result="fine"), id="RISK-04: a result that is no word"),
        pytest.param("RISK-04", risk(after=None), id="RISK-04: no value"),
        pytest.param("RISK-04", risk(id="R-1"), id="RISK-04: one id for two risks"),
        pytest.param("RISK-05", records(changed(GOOD, "acceptance-criteria", revision="")), id="RISK-05: no version"),
        pytest.param("RISK-05", records(changed(GOOD, "acceptance-criteria", by="")), id="RISK-05: not approved"),
        pytest.param(
            "RISK-06",
            method(criteria_since=date(2026, 5, 1)),
            id="RISK-06: criteria changed in the same change set as the acceptance",
        ),
        pytest.param("RISK-06", risk(criteria="2"), id="RISK-06: an old criteria version"),
        pytest.param("RISK-06", method(criteria_since=None), id="RISK-06: no date of the criteria"),
        pytest.param(
            "RISK-07",
            records(changed(GOOD, "residual-risk-acceptance", version="2.0.0")),
            id="RISK-07: statement for the previous version",
        ),
        pytest.param(
            "RISK-07",
            records(changed(GOOD, "residual-risk-acceptance", names={})),
            id="RISK-07: list changed after the statement",
        ),
        pytest.param(
            "RISK-07",
            records(changed(GOOD, "residual-risk-acceptance", by="dev")),
            id="RISK-07: by somebody without the role",
        ),
        pytest.param(
            "RISK-08", records(changed(GOOD, "control-monitoring", on=date(2025, 1, 1))), id="RISK-08: overdue"
        ),
        pytest.param(
            "RISK-08",
            records(changed(GOOD, "control-monitoring", problem="names neither a file nor a digest")),
            id="RISK-08: no record id",
        ),
        pytest.param("RISK-08", records(without(GOOD, "control-monitoring")), id="RISK-08: none"),
        pytest.param("RISK-09", risk(R1, safety=False), id="RISK-09: a risk id that does not exist"),
    ],
)
def test_what_does_not_do_fails_its_rule(rule: str, evidence: Evidence) -> None:
    assert judged(evidence)[rule] is Outcome.FAILED


@pytest.mark.parametrize(
    ("rule", "evidence"),
    [
        pytest.param("RISK-02", threats(), id="RISK-02: no threat at all"),
        pytest.param(
            "RISK-04",
            msgspec.structs.replace(SEEN, risks=msgspec.structs.replace(RISKS, risks=())),
            id="RISK-04: no risk at all",
        ),
        pytest.param(
            "RISK-04",
            msgspec.structs.replace(SEEN, risks=msgspec.structs.replace(RISKS, method=None)),
            id="RISK-04: no method",
        ),
        pytest.param(
            "RISK-06",
            msgspec.structs.replace(SEEN, risks=msgspec.structs.replace(RISKS, method=None)),
            id="RISK-06: no criteria",
        ),
    ],
)
def test_nothing_to_judge_is_undecided(rule: str, evidence: Evidence) -> None:
    assert judged(evidence)[rule] is Outcome.UNDECIDED


def test_safety_effect_needs_a_risk_of_the_safety_file() -> None:
    """RISK-09: safety effect yes without risk id."""
    loose = msgspec.structs.replace(OPEN, more={"safety_effect": "yes"})

    assert judged(facts=Facts(issues=(loose,)))["RISK-09"] is Outcome.FAILED


def test_a_deviation_older_than_the_criteria_fails() -> None:
    """RISK-06: a deviation by criteria that were not in force."""
    person = Person("A", "a")
    old = Deviation(
        id="DEV-1", rule="CODE-01", finding="0" * 16, decision="accept", justification="j", risk_ref="r", severity=Level.LOW,
        author=person, approved_by=(person,), approved_on=date(2025, 12, 31), expires=date(2026, 12, 1), releases=("2.1.0",),
    )  # fmt: skip

    assert judged(deviations=(old,))["RISK-06"] is Outcome.FAILED


RISK_FILE = (
    '[method]\nid = "m"\nlowest = 1\nhighest = 5\nacceptable = 2\ncriteria = "1"\n[[risk]]\nid = "R-1"\ntitle = "x"\n'
)
THREAT_FILE = (
    '[model]\nid = "TM"\nversion = "1"\nreviewed = 2026-01-01\npath = "tm.md"\n[[threat]]\nid = "T-1"\ntitle = "x"\n'
)


def test_the_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "risks.toml").write_text(RISK_FILE)
    (tmp_path / "threats.toml").write_text(THREAT_FILE)
    (tmp_path / "tm.md").write_text("model")

    assert reading.risks(tmp_path, "risks.toml").risks[0].id == "R-1"
    assert len(reading.threats(tmp_path, "threats.toml").digest) == 64


@pytest.mark.parametrize("model_file", [None, ""])
def test_a_model_that_is_not_there_or_empty_is_a_problem(tmp_path: Path, model_file: str | None) -> None:
    (tmp_path / "threats.toml").write_text(THREAT_FILE)
    if model_file is not None:
        (tmp_path / "tm.md").write_text(model_file)

    assert reading.threats(tmp_path, "threats.toml").problem


@pytest.mark.parametrize(
    "change", [("[[risk]]", "[[rsik]]"), ("title", "titel"), ("lowest = 1", 'lowest = "1"'), ("[method]", "[method")]
)
def test_a_register_that_is_not_one_is_a_doubt(tmp_path: Path, change: tuple[str, str]) -> None:
    (tmp_path / "risks.toml").write_text(RISK_FILE.replace(*change))

    with pytest.raises(EvidenceError):
        reading.risks(tmp_path, "risks.toml")

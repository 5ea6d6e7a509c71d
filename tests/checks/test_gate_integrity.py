"""GATE-01 to GATE-15: the gate judges itself, and each of the bad inputs is refused."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper import gate
from gatekeeper.checks._gate_integrity import collecting, previous, weakening
from gatekeeper.checks._gate_integrity.evidence import Change, Evidence, Loosened, Params, Tool, Validation
from gatekeeper.checks.gate_integrity import CHECK
from gatekeeper.model import editions
from gatekeeper.model.check import Case, Context, Product
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.finding import finding
from gatekeeper.model.selftest import SampleResult, SelfTest
from gatekeeper.model.verdict import Answered, RuleResult, answer
from gatekeeper.model.words import Basis, Mode, Outcome, Phase, Severity
from gatekeeper.policy.rulebook import rulebook, shipped
from gatekeeper.policy.schema import GateTable
from gatekeeper.policy.starting import parameters, starting_values
from gatekeeper.scanners import coding_policy
from gatekeeper.scanners.coding_policy import CodingPolicy
from tests.checks.security_issues.dossier import policy_row, previous_dossier

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PRODUCT = Product(name="pump", version="1.0", manufacturer="Example")
GOOD_SAMPLE = SampleResult("KEY-02", "good", False, Outcome.PASSED)
BOMB = SampleResult("KEY-02", "a zip bomb", True, Outcome.UNDECIDED, also=("GATE-14",))
NAMES = SampleResult("GATE-15", "an issue title with a workflow command", True, Outcome.FAILED)
TESTED = SelfTest("1", "0" * 64, "0.1.0", "here", {}, (GOOD_SAMPLE, BOMB, NAMES))
TOOLS = (Tool("release-gatekeeper", "0.1.0", "a"), Tool("bandit", "1.9.4", "b"), Tool("sigstore", "4.5.1", "c"),
         Tool("python", "3.11.7", "d"))  # fmt: skip
SEEN = Evidence(
    selftest=TESTED, tools=TOOLS, shadows=(), policy_sha256="p" * 64, pinned=True, tables=("sbom",), loosened=(),
    announced=(), approvers=("sec",), previous="", variables=(), switches={}, clock=NOW.isoformat(), source_date_epoch="",
)  # fmt: skip
STATED = Validation(
    intended_use="gate of releases", risk="high", report="VR-3", versions="==0.1.*", by="qa", on=date(2026, 1, 2)
)
PARAMS = Params(validation=STATED)


def case(**more: Any) -> Case:
    return Case(product=PRODUCT, rulebook=rulebook(), now=NOW, mode=Mode.CI, **more)


def outcomes(evidence: Evidence = SEEN, params: Params = PARAMS, about: Case | None = None) -> dict[str, Outcome]:
    about = about or case()
    judgements = [*CHECK.judge(evidence, params, about)]
    return {
        j.rule: RuleResult(
            id=j.rule, check="x", severity=Severity.BLOCK, basis=Basis.AUTOMATIC, clauses=(), observed=j.observed,
            answered=answer(j, (), NOW.date(), "1.0"), doubts=j.doubts,
        ).outcome
        for j in judgements
    }  # fmt: skip


def seen(**changes: Any) -> Evidence:
    return msgspec.structs.replace(SEEN, **changes)


def proven(*samples: SampleResult) -> Evidence:
    return seen(selftest=msgspec.structs.replace(TESTED, samples=samples))


def test_a_sound_gate_passes_every_rule() -> None:
    assert set(outcomes().values()) == {Outcome.PASSED}


def tool(name: str, version: str, build: str = "x") -> Evidence:
    return seen(tools=(*(t for t in TOOLS if t.name != name), Tool(name, version, build)))


@pytest.mark.parametrize(
    ("rule", "evidence", "outcome"),
    [
        pytest.param("GATE-01", proven(GOOD_SAMPLE, msgspec.structs.replace(BOMB, outcome=Outcome.PASSED)), Outcome.FAILED,
                     id="GATE-01: a known-bad sample that passes"),
        pytest.param("GATE-01", seen(selftest=None), Outcome.UNDECIDED, id="GATE-01: self-test skipped"),
        pytest.param("GATE-01", proven(GOOD_SAMPLE, msgspec.structs.replace(BOMB, outcome=Outcome.NOT_APPLICABLE)),
                     Outcome.FAILED, id="GATE-01: a sample stopped by another rule only"),
        pytest.param("GATE-01", proven(), Outcome.UNDECIDED, id="GATE-01: an empty suite"),
        pytest.param("GATE-01", proven(BOMB), Outcome.UNDECIDED, id="GATE-01: no good control"),
        pytest.param("GATE-02", tool("bandit", "1.8.0"), Outcome.FAILED, id="GATE-02: Bandit outside the range"),
        pytest.param("GATE-02", tool("sigstore", "5.0.0"), Outcome.FAILED, id="GATE-02: sigstore outside the range"),
        pytest.param("GATE-02", seen(tools=TOOLS[1:]), Outcome.FAILED, id="GATE-02: a tool that is not there"),
        pytest.param("GATE-02", seen(shadows=("module yaml from /product/yaml.py",)), Outcome.FAILED,
                     id="GATE-02: a yaml.py in the workspace"),
        pytest.param("GATE-02", seen(shadows=("import path /product",)), Outcome.FAILED,
                     id="GATE-02: PYTHONPATH pointing into the repository"),
        pytest.param("GATE-03", seen(tables=()), Outcome.UNDECIDED, id="GATE-03: a policy that names no rule"),
        pytest.param("GATE-04", seen(loosened=(Change("a.b", "1", "2", "previous release"),)), Outcome.FAILED,
                     id="GATE-04: something looser"),
        pytest.param("GATE-09", seen(variables=("GATEKEEPER_SKIP",)), Outcome.FAILED,
                     id="GATE-09: a skip option that leaves no trace"),
        pytest.param("GATE-09", seen(variables=("GATEKEEPER_POLICY",)), Outcome.FAILED,
                     id="GATE-09: an environment variable that overrides the policy silently"),
        pytest.param("GATE-13", seen(clock=(NOW + timedelta(days=2)).isoformat()), Outcome.UNDECIDED,
                     id="GATE-13: an effective time in the past that revives a deviation"),
        pytest.param("GATE-13", seen(source_date_epoch=str(int(NOW.timestamp()))), Outcome.FAILED,
                     id="GATE-13: SOURCE_DATE_EPOCH taken as now"),
        pytest.param("GATE-14", proven(GOOD_SAMPLE, NAMES), Outcome.UNDECIDED, id="GATE-14: no sample"),
        pytest.param("GATE-14", proven(msgspec.structs.replace(BOMB, outcome=Outcome.PASSED)), Outcome.FAILED,
                     id="GATE-14: a zip bomb that passes"),
        pytest.param("GATE-15", proven(msgspec.structs.replace(NAMES, outcome=Outcome.PASSED)), Outcome.FAILED,
                     id="GATE-15: an issue title with a workflow command that gets through"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_gate_is_refused(rule: str, evidence: Evidence, outcome: Outcome) -> None:
    assert outcomes(evidence)[rule] is outcome


@pytest.mark.parametrize(
    ("rule", "params", "outcome"),
    [
        pytest.param("GATE-02", Params(builds={"bandit": ("other",)}), Outcome.FAILED, id="GATE-02: an unknown build of a tool"),
        pytest.param("GATE-02", Params(builds={"bnadit": ("b",)}), Outcome.FAILED, id="GATE-02: builds of a misspelt tool"),
        pytest.param("GATE-02", Params(validated={}), Outcome.UNDECIDED, id="GATE-02: nothing validated"),
        pytest.param("GATE-02", Params(validated={**PARAMS.validated, "bandit": "any"}), Outcome.FAILED, id="GATE-02: no range"),
        pytest.param("GATE-02", Params(validated={**PARAMS.validated, "bandit": " "}), Outcome.FAILED,
                     id="GATE-02: an empty range, which every version is in"),
        pytest.param("GATE-11", Params(validation=msgspec.structs.replace(STATED, versions="")), Outcome.FAILED,
                     id="GATE-11: a statement for whatever version"),
        pytest.param("GATE-11", Params(), Outcome.FAILED, id="GATE-11: no statement"),
        pytest.param("GATE-11", Params(validation=msgspec.structs.replace(STATED, versions="<0.1")), Outcome.FAILED,
                     id="GATE-11: statement for an older range"),
        pytest.param("GATE-11", Params(validation=msgspec.structs.replace(STATED, intended_use=" ")), Outcome.FAILED,
                     id="GATE-11: no intended use"),
        pytest.param("GATE-11", Params(validation=msgspec.structs.replace(STATED, on=date(2027, 1, 1))), Outcome.FAILED,
                     id="GATE-11: dated in the future"),
    ],
)  # fmt: skip
def test_a_bad_policy_for_the_gate_is_refused(rule: str, params: Params, outcome: Outcome) -> None:
    assert outcomes(params=params)[rule] is outcome


EDITED = msgspec.structs.replace(rulebook(), catalogue_sha256="0" * 64)
ORPHAN = msgspec.structs.replace(rulebook().clauses["5.8.5"], rules=())


@pytest.mark.parametrize(
    ("rule", "about", "outcome"),
    [
        pytest.param("GATE-10", {"rulebook": EDITED}, Outcome.FAILED, id="GATE-10: an edited catalogue"),
        pytest.param("GATE-10", {"rulebook": msgspec.structs.replace(rulebook(), rules_sha256="1" * 64)}, Outcome.FAILED,
                     id="GATE-10: rules of another edition"),
        pytest.param("GATE-10", {"rulebook": msgspec.structs.replace(rulebook(), clauses={"5.8.5": ORPHAN})}, Outcome.FAILED,
                     id="GATE-10: a clause without rules that is not a heading"),
        pytest.param("GATE-12", {"product": msgspec.structs.replace(PRODUCT, name="Pump (IEC 81001-5-1 certified)")},
                     Outcome.FAILED, id="GATE-12: the words certified or compliant used for the product"),
        pytest.param("GATE-12", {"product": msgspec.structs.replace(PRODUCT, model="\uff23\uff25\uff32\uff34\uff29\uff26\uff29\uff25\uff24")},
                     Outcome.FAILED, id="GATE-12: certified, in full-width letters"),
        pytest.param("GATE-13", {"replay": True}, Outcome.UNDECIDED, id="GATE-13: a replay"),
    ],
)  # fmt: skip
def test_a_bad_case_is_refused(rule: str, about: dict[str, Any], outcome: Outcome) -> None:
    assert outcomes(about=msgspec.structs.replace(case(), **about))[rule] is outcome


ENTRY = Loosened("a.b", "the tracker answers slowly", "sec", date(2026, 11, 1))
LOOSENED = seen(loosened=(Change("a.b", "1", "2", "previous release"),), announced=("a.b",))


@pytest.mark.parametrize(
    ("evidence", "change", "outcome"),
    [
        pytest.param(LOOSENED, {}, Outcome.PASSED, id="announced a release before"),
        pytest.param(msgspec.structs.replace(LOOSENED, announced=()), {}, Outcome.FAILED, id="announced only now"),
        pytest.param(LOOSENED, {"key": "a"}, Outcome.FAILED, id="another parameter"),
        pytest.param(LOOSENED, {"approved_by": "dev"}, Outcome.FAILED, id="approved by somebody without a security role"),
        pytest.param(LOOSENED, {"on": date(2026, 11, 21)}, Outcome.FAILED, id="approved in the future"),
        pytest.param(LOOSENED, {"reason": "  "}, Outcome.FAILED, id="no reason"),
        pytest.param(seen(loosened=(Change("a.b", "1", "2", "floor"),), announced=("a.b",)), {}, Outcome.FAILED,
                     id="the floor, which nobody lowers"),
    ],
)  # fmt: skip
def test_an_announced_loosening_counts_one_release_later(
    evidence: Evidence, change: dict[str, Any], outcome: Outcome
) -> None:
    params = msgspec.structs.replace(PARAMS, loosened=(msgspec.structs.replace(ENTRY, **change),))

    assert outcomes(evidence, params)["GATE-04"] is outcome


TABLES = {"gate": GateTable} | {check.id: check.params for check in gate.checks().values()}
BY = weakening.scale(shipped("floor.toml"), starting_values(TABLES))


def looser(now: dict[str, Any], before: dict[str, Any]) -> list[str]:
    return [change.key for change in weakening.weakened(now, before, BY)]


BEFORE: dict[str, Any] = {
    "product": {"name": "pump", "version": "0.9"},
    "gate": {"profiles": ["iec", "fda"], "refuse-deviations": True},
    "security-issues": {"sources": [{"id": "a"}, {"id": "b"}], "query-max-age-minutes": 30, "fix-test-from": "medium"},
    "secure-coding": {"exclude": [], "roots": ["src"]},
    "signing": {"identity": "https://example.org/release.yml@refs/tags/v1"},
}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        pytest.param("security-issues", {"fix-test-from": "high"}, id="GATE-04: threshold raised from medium to high"),
        pytest.param("security-issues", {"sources": [{"id": "a"}]}, id="GATE-04: a tracker source removed"),
        pytest.param("security-issues", {"query-max-age-minutes": 60}, id="GATE-04: a longer span"),
        pytest.param("signing", {"identity": "https://example.org/"}, id="GATE-04: identity widened"),
        pytest.param("gate", {"profiles": ["iec"]}, id="GATE-04: a rule set from block to warn by a profile dropped"),
        pytest.param("gate", {"refuse-deviations": False}, id="GATE-04: a switch turned off"),
        pytest.param("secure-coding", {"exclude": [{"path": "src/x"}]}, id="GATE-04: an exclusion more"),
        pytest.param("secure-coding", {"roots": []}, id="GATE-04: a root dropped"),
    ],
)
def test_what_became_looser_is_seen(table: str, change: dict[str, Any]) -> None:
    now = {**BEFORE, table: {**BEFORE[table], **change}}

    assert looser(now, BEFORE) == [f"{table}.{next(iter(change))}"]
    assert looser({**BEFORE, "sbom": {"max-age-days": 1}}, BEFORE) == []


@pytest.mark.parametrize(
    ("before", "now", "key"),
    [
        pytest.param({"vulnerabilities": {}}, {"vulnerabilities": {"threshold": "critical"}}, "vulnerabilities.threshold",
                     id="GATE-04: a threshold that was left to its starting value"),
        pytest.param({"security-issues": {"query-max-age-minutes": 10}}, {"security-issues": {}},
                     "security-issues.query-max-age-minutes", id="GATE-04: a shorter span left out"),
        pytest.param({"sbom": {"max-age-days": 10}}, {"sbom": {}}, "sbom.max-age-days",
                     id="GATE-04: a shorter span left out that starts from the rules' own"),
        pytest.param({"people": {}}, {"people": {"needed": []}}, "people.needed", id="GATE-04: nobody has to approve any more"),
        pytest.param({"secure-coding": {}}, {"secure-coding": {"roots": ["src"]}}, "secure-coding.roots",
                     id="GATE-04: less source than the whole tree"),
        pytest.param({"signing": {}}, {"signing": {"require-timestamp": False}}, "signing.require-timestamp",
                     id="GATE-04: a switch turned off that starts on"),
        pytest.param({"vulnerabilities": {}}, {"vulnerabilities": {"exploited-not-affected": True}},
                     "vulnerabilities.exploited-not-affected", id="GATE-04: a permission given"),
        pytest.param({"private-keys": {"key": {"reference": "x"}}}, {"private-keys": {"key": {"reference": "x", "logged": False}}},
                     "private-keys.key.logged", id="GATE-04: a table within a table"),
        pytest.param({"maintenance": {"update-policy": {"days": {"high": {"fix": 30}}}}},
                     {"maintenance": {"update-policy": {"days": {"high": {"fix": 31}}}}},
                     "maintenance.update-policy.days.high.fix", id="GATE-04: a slower fix"),
        pytest.param({"gate-integrity": {"validated": {"bandit": "==1.9.4"}}}, {"gate-integrity": {"validated": {"bandit": ">=1"}}},
                     "gate-integrity.validated.bandit", id="GATE-04: a wider range of tools"),
        pytest.param({"security-issues": {"sources": [{"id": "a", "query": f"{'x' * 300} AND label = security"}]}},
                     {"security-issues": {"sources": [{"id": "a", "query": f"{'x' * 300} AND label = safety"}]}},
                     "security-issues.sources", id="GATE-04: a query that differs at its end"),
        pytest.param({"activity-completion": {"scope": {"excluded": []}}},
                     {"activity-completion": {"scope": {"excluded": [{"part": "pump", "reason": "x"}]}}},
                     "activity-completion.scope.excluded", id="GATE-04: a part taken out of the scope"),
        pytest.param({"sbom": {}}, {"sbom": {"no-dependencies": "There are none."}}, "sbom.no-dependencies",
                     id="GATE-04: a statement that spares a demand"),
        pytest.param({"continuity": {"retention": {"keep-until": date(2041, 1, 1)}}},
                     {"continuity": {"retention": {"keep-until": date(2031, 1, 1)}}}, "continuity.retention.keep-until",
                     id="GATE-04: a shorter retention"),
        pytest.param({"security-tests": {"reports": [{"kind": "requirements", "path": "a"}]}},
                     {"security-tests": {"reports": [{"kind": "requirements", "path": "a", "exit-statuses": [0, 1]}]}},
                     "security-tests.reports", id="GATE-04: another exit status of a tool accepted"),
        pytest.param({"x": {"y": "1"}}, {"x": {"y": "2"}}, "x.y", id="GATE-04: a parameter that nobody knows"),
    ],
)  # fmt: skip
def test_what_is_left_out_counts_with_its_starting_value(before: dict[str, Any], now: dict[str, Any], key: str) -> None:
    assert looser(now, before) == [key]
    assert looser(before, before) == []


@pytest.mark.parametrize(
    ("table", "before", "now"),
    [
        pytest.param("people", {"person": [{"id": "a", "competence-until": date(2026, 1, 1)}, {"id": "gone"}]},
                     {"person": [{"id": "a", "competence-until": date(2027, 1, 1)}]}, id="people, whom PEOPLE-07 compares"),
        pytest.param("release-documents", {"documents": [{"kind": "accounts", "path": "a-1.md", "sha256": "0"}]},
                     {"documents": [{"kind": "accounts", "path": "a-2.md", "language": "en", "sha256": "1"}]}, id="a new document"),
        pytest.param("release-documents", {"reviews": [{"path": "a", "reviewed": date(2026, 1, 1)}]}, {"reviews": []}, id="reviews"),
        pytest.param("security-tests", {"penetration": {"version": "1", "findings": [{"id": "PT-1"}]}},
                     {"penetration": {"version": "2", "findings": [], "none-found": "None."}}, id="a new penetration test"),
        pytest.param("security-issues", {"none-statements": []}, {"none-statements": [{"origin": "design"}]}, id="statements"),
        pytest.param("continuity", {"previous-record": "none", "first-release": {"by": "a"}}, {"previous-record": "a" * 64},
                     id="the chain"),
        pytest.param("signing", {"trust-obtained": date(2026, 1, 1)}, {"trust-obtained": date(2026, 4, 1)}, id="a trust root of today"),
        pytest.param("gate-integrity", {}, {"loosened": [{"key": "sbom.locks"}]}, id="an announcement, which must be possible"),
        pytest.param("people", {}, {"needed": [{"role": "quality", "meaning": "approval"}, {"role": "security", "meaning": "approval"},
                     {"role": "verification", "meaning": "completion"}, {"role": "release-authority", "meaning": "release"}]},
                     id="the starting value, written out"),
        pytest.param("security-issues", {}, {"first-review-days": {"critical": 1, "high": 5, "medium": 14, "low": 30}}, id="sooner"),
        pytest.param("sbom", {"file": "dist/a-1.json"}, {"file": "dist/a-2.json"}, id="another place"),
    ],
)  # fmt: skip
def test_what_every_release_states_anew_is_not_looser(table: str, before: dict[str, Any], now: dict[str, Any]) -> None:
    assert looser({table: now}, {table: before}) == []


def test_what_must_be_there_may_change_and_not_vanish() -> None:
    stated = {"validation": {"report": "VAL-1", "on": date(2026, 1, 1)}}

    assert (
        looser(
            {"gate-integrity": {"validation": {"report": "VAL-2", "on": date(2027, 1, 1)}}}, {"gate-integrity": stated}
        )
        == []
    )
    assert looser({"gate-integrity": {}}, {"gate-integrity": stated}) == [
        "gate-integrity.validation.on", "gate-integrity.validation.report",
    ]  # fmt: skip


def test_every_parameter_says_which_way_is_stricter() -> None:
    """After a new parameter of a check, policies/floor.toml takes its key."""
    known = {key for table, kind in TABLES.items() for key, _ in parameters(table, kind)}

    assert [key for key in known if not any(key == way or key.startswith(f"{way}.") for way in BY.ways)] == []
    assert {*BY.ways, *BY.entries, *BY.floor} - known == {previous.TABLE}


def test_the_floor_is_what_the_rules_start_from() -> None:
    spans = {
        "maintenance.defect-review-max-age-days": "defect_process_review_days",
        "risk-management.threat-model-review-days": "threat_model_review_days",
        "sbom.max-age-days": "sbom_max_age_days",
        "security-issues.query-max-age-minutes": "issue_query_max_age_minutes",
        "security-tests.max-age-days": "test_report_max_age_days",
        "vulnerabilities.exploited-max-age-days": "known_exploited_list_max_age_days",
        "vulnerabilities.max-age-days": "vulnerability_data_max_age_days",
    }

    assert {key: rulebook().defaults[name] for key, name in spans.items()} | {"gate.profiles": ["iec"]} == BY.floor


def test_a_table_that_is_gone_is_seen() -> None:
    now = {key: value for key, value in BEFORE.items() if key != "signing"}

    assert looser(now, BEFORE) == ["signing"]


@pytest.mark.parametrize(
    ("table", "change", "below"),
    [
        pytest.param("security-issues", {"query-max-age-minutes": 61}, True, id="a longer span"),
        pytest.param("security-issues", {"query-max-age-minutes": 60}, False, id="the floor itself"),
        pytest.param("vulnerabilities", {"max-age-days": 365}, True, id="vulnerability data of last year"),
        pytest.param("security-tests", {"max-age-days": 31}, True, id="tests of the month before"),
        pytest.param("sbom", {"max-age-days": 29}, False, id="a shorter span"),
        pytest.param("gate", {"profiles": []}, True, id="no profile"),
        pytest.param("gate", {"profiles": ["fda", "iec"]}, False, id="a profile more"),
    ],
)
def test_less_than_the_floor_is_seen(table: str, change: dict[str, Any], below: bool) -> None:
    found = [(c.key, c.than) for c in weakening.below_floor({table: change}, BY)]

    assert found == ([(f"{table}.{next(iter(change))}", "floor")] if below else [])


@given(st.dictionaries(st.sampled_from(list(BEFORE)), st.none()))
def test_dropping_any_table_is_never_unseen(dropped: dict[str, None]) -> None:
    now = {key: value for key, value in BEFORE.items() if key not in dropped}

    assert set(looser(now, BEFORE)) == set(dropped) - {"product"}


def test_the_editions_are_those_that_ship() -> None:
    """After a change to policies/catalogue.toml or rules.toml, model/editions.py takes the new digest."""
    assert hashlib.sha256(shipped("catalogue.toml")).hexdigest() == editions.CATALOGUE_SHA256
    assert hashlib.sha256(shipped("rules.toml")).hexdigest() == editions.RULES_SHA256


def rule_result(**more: Any) -> RuleResult:
    plain: dict[str, Any] = {
        "id": "KEY-02", "check": "x", "severity": Severity.BLOCK, "basis": Basis.AUTOMATIC, "clauses": (),
        "observed": ("3 files",), "evidence": "0" * 64,
    }  # fmt: skip
    return RuleResult(**(plain | more))


def last(*results: RuleResult, built: tuple[str, ...] = ("KEY-02",)) -> dict[str, tuple[bool, bool]]:
    book = msgspec.structs.replace(rulebook(), rules={r: rulebook().rules[r] for r in built})
    about = msgspec.structs.replace(case(results=results, built=built), rulebook=book)
    return {j.rule: (bool(j.findings), bool(j.doubts)) for j in CHECK.later[Phase.LAST](SEEN, PARAMS, about)}


def test_all_results_in_order_pass() -> None:
    assert last(rule_result()) == {"GATE-05": (False, False), "GATE-06": (False, False), "GATE-07": (False, False)}


@pytest.mark.parametrize(
    ("rule", "results", "built"),
    [
        pytest.param("GATE-05", [rule_result()], ("KEY-02", "SBOM-01"), id="GATE-05: a rule missing from the results"),
        pytest.param("GATE-05", [rule_result(), rule_result()], ("KEY-02",), id="GATE-05: two results for one rule"),
        pytest.param("GATE-05", [rule_result()], ("KEY-02", "CODE-01"), id="GATE-05: an --only option in a release"),
        pytest.param("GATE-06", [rule_result(evidence="")], ("KEY-02",), id="GATE-06: passed with no evidence"),
        pytest.param("GATE-06", [rule_result(observed=("0 of 0 files",))], ("KEY-02",), id="GATE-06: 0 of 0"),
    ],
)
def test_a_hole_in_the_results_is_a_doubt(rule: str, results: list[RuleResult], built: tuple[str, ...]) -> None:
    assert last(*results, built=built)[rule][1]


def test_a_rule_that_no_check_judges_is_a_doubt() -> None:
    """GATE-05: a plugin that is not there any more; a gate that quietly lost a check is an open gate."""
    about = case(results=(rule_result(),), built=("KEY-02",))
    found = next(j for j in CHECK.later[Phase.LAST](SEEN, PARAMS, about) if j.rule == "GATE-05")

    assert "SBOM-01 has no result" in found.doubts
    assert not [d for d in found.doubts if d.split(" ")[0] in {"KEY-02", "CHAIN-10", "MAINT-06", "DONE-01"}]


def test_the_policy_itself_is_refused_before_any_rule_is_judged() -> None:
    """GATE-03: a misspelt rule id, GATE-03: an unknown key, GATE-03: an extended file with another digest than pinned:
    each ends the call with exit 2 (tests/policy, tests/cli/test_settings.py); what is left to judge is the digest."""
    judgement = next(j for j in CHECK.judge(SEEN, PARAMS, case()) if j.rule == "GATE-03")

    assert SEEN.policy_sha256 in judgement.observed[0]
    assert "pinned from outside" in judgement.observed[0]


def test_no_results_at_all_are_undecided() -> None:
    """GATE-06: an empty checklist; all() over an empty list."""
    about = msgspec.structs.replace(case(), rulebook=msgspec.structs.replace(rulebook(), rules={}))
    for judgement in CHECK.later[Phase.LAST](SEEN, PARAMS, about):
        assert not any(judgement.observed)


def test_a_doubt_never_stands_beside_a_pass() -> None:
    """GATE-07: an exception inside a rule, a tool that hangs or prints nothing: each is a doubt, and no doubt passes."""
    answered = Answered(finding("KEY-02", "x", key=["x"]), "DEV-1")
    for extra in ({}, {"answered": (answered,)}, {"not_applicable": "none"}):
        assert rule_result(doubts=("a worker was killed",), **extra).outcome is Outcome.UNDECIDED


def context(tmp_path: Path, **more: Any) -> Context:
    plain = Context(tmp_path, (), NOW, {}, Mode.CI, PRODUCT, rulebook(), selftest=lambda: TESTED)
    return replace(plain, **more)


def test_collecting_sees_the_gate_as_it_is(tmp_path: Path) -> None:
    found = collecting.collect(context(tmp_path, env={"GATEKEEPER_X": "1", "HOME": "/x"}), Params())

    assert found.version("bandit")
    assert found.version("python")
    assert found.shadows == ()
    assert found.variables == ("GATEKEEPER_X",)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Evidence) == found


def test_a_module_of_the_workspace_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GATE-02: a yaml.py in the workspace; PYTHONPATH pointing into the repository."""
    (tmp_path / "shadowing_module.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "shadowing_module", raising=False)
    __import__("shadowing_module")

    shadows = collecting.collect(context(tmp_path), Params()).shadows
    monkeypatch.delitem(sys.modules, "shadowing_module")

    assert {s.split(" ")[0] for s in shadows} == {"module", "import"}


@pytest.mark.parametrize("prefix", ["usr", "usr/src/app"])
def test_a_product_that_lies_where_python_is_installed_takes_no_part_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    """GATE-02: a yaml.py in the workspace, in a container: /usr/src/app lies in the prefix of the system's Python."""
    root = tmp_path / "usr" / "src" / "app"
    root.mkdir(parents=True)
    (root / "shadowing_module.py").write_text("x = 1\n")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / prefix))
    monkeypatch.syspath_prepend(root)
    monkeypatch.delitem(sys.modules, "shadowing_module", raising=False)
    __import__("shadowing_module")

    shadows = collecting.collect(context(root), Params()).shadows
    monkeypatch.delitem(sys.modules, "shadowing_module")

    assert {s.split(" ")[0] for s in shadows} == {"module", "import"}


def test_an_environment_in_the_products_folder_is_no_shadow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / ".venv" / "lib" / "site-packages"
    site.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.syspath_prepend(site)

    assert collecting.collect(context(tmp_path), Params()).shadows == ()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda _: None, id="no dossier there"),
        pytest.param(lambda f: f.write_bytes(b"\xff"), id="not UTF-8"),
        pytest.param(lambda f: f.write_text("[product]\nname = 1\n"), id="no version"),
    ],
)
def test_a_previous_policy_that_cannot_be_read_is_a_doubt(tmp_path: Path, make: Callable[[Path], None]) -> None:
    file = tmp_path / "policy" / "gatekeeper.toml"
    file.parent.mkdir()
    make(file)
    sha256 = hashlib.sha256(file.read_bytes() if file.exists() else b"").hexdigest()
    previous_dossier(tmp_path, policy=msgspec.structs.replace(policy_row(), sha256=sha256))

    with pytest.raises(Exception, match="previous release cannot be read"):
        previous.previous_policy(tmp_path)


def test_a_previous_policy_counts_as_the_record_names_it(tmp_path: Path) -> None:
    """GATE-04: whoever loosens the policy beside the signed record as well would hide what became looser."""
    file = tmp_path / "policy" / "gatekeeper.toml"
    file.parent.mkdir()
    file.write_text('[product]\nversion = "2.3.0"\n')
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    previous_dossier(tmp_path, policy=msgspec.structs.replace(policy_row(), sha256=digest))
    assert previous.previous_policy(tmp_path)[0] == "2.3.0"

    file.write_text('[product]\nversion = "2.3.0"\n[security-issues]\nquery-max-age-minutes = 60\n')

    with pytest.raises(Exception, match="previous release cannot be read"):
        previous.previous_policy(tmp_path)


CODING = coding_policy.read(Path(), "").policy
assert CODING is not None
OWN = msgspec.structs.replace(CODING.rule[0], severity="low")
STRICT = msgspec.structs.replace(CODING, rule=(OWN, *CODING.rule[1:]))


def coding(policy: CodingPolicy, **thresholds: str) -> CodingPolicy:
    return msgspec.structs.replace(policy, thresholds=msgspec.structs.replace(policy.thresholds, **thresholds))


@pytest.mark.parametrize(
    ("then", "now", "keys"),
    [
        pytest.param(CODING, coding(CODING, severity="high"), {"coding-policy.thresholds.severity"},
                     id="GATE-04: severity from medium to high in the release commit"),
        pytest.param(CODING, coding(CODING, confidence="high"), {"coding-policy.thresholds.confidence"}, id="GATE-04: confidence"),
        pytest.param(STRICT, CODING, {f"coding-policy.bandit {test}.severity" for test in OWN.tests["bandit"]},
                     id="GATE-04: a rule that lost its own threshold"),
        pytest.param(STRICT, msgspec.structs.replace(CODING, rule=CODING.rule[1:]),
                     {f"coding-policy.bandit {test}.severity" for test in OWN.tests["bandit"]}, id="GATE-04: a rule with its own gone"),
        pytest.param(CODING, STRICT, set(), id="stricter"),
        pytest.param(CODING, None, set(), id="one at fault, which CODE-04 says"),
    ],
)  # fmt: skip
def test_a_coding_policy_that_asks_for_less_is_seen(
    then: CodingPolicy, now: CodingPolicy | None, keys: set[str]
) -> None:
    before, after = previous.coding_tables(then, now)

    assert set(looser(after, before)) == keys


def test_collecting_compares_with_the_policies_of_the_previous_dossier(tmp_path: Path) -> None:
    dossier, root = tmp_path / "dossier", tmp_path / "product"
    for folder in (dossier / "policy", dossier / "evidence", root):
        folder.mkdir(parents=True)
    tables = {"product": {"version": "1.1"}, "secure-coding": {"policy": "coding.toml"}, "people": {"person": [
        {"id": "sec", "name": "S", "organisation": "O", "roles": ["security"]}, {"id": "dev", "name": "D", "organisation": "O", "roles": []},
    ]}}  # fmt: skip
    old = b'[product]\nversion = "1.0"\n[secure-coding]\n[people]\n'
    (dossier / "policy/gatekeeper.toml").write_bytes(old)
    kept = {"check": "secure-coding", "evidence": {"policy": {"path": "x", "policy": CODING}, "scan": {}}}
    raw = msgspec.json.encode(kept)
    (dossier / "evidence/secure-coding.json").write_bytes(raw)
    row = msgspec.structs.replace(policy_row(), sha256=hashlib.sha256(old).hexdigest())
    previous_dossier(dossier, policy=row, evidence={"secure-coding": hashlib.sha256(raw).hexdigest()})
    tables["vulnerabilities"] = {"max-age-days": 90}
    (root / "coding.toml").write_bytes(
        shipped("secure-coding.toml").replace(b'severity = "medium"', b'severity = "high"', 1)
    )

    found = collecting.collect(context(root, previous=dossier, tables=tables, starting=BY.starting), Params())

    assert [(c.key, c.than) for c in found.loosened] == [
        ("vulnerabilities.max-age-days", "floor"), ("coding-policy.thresholds.severity", "previous release"),
    ]  # fmt: skip
    assert (found.previous, found.approvers) == ("1.0", ("sec",))
    (dossier / "evidence/secure-coding.json").write_bytes(b"{")
    with pytest.raises(EvidenceError, match="the coding policy of the previous release cannot be read"):
        collecting.collect(context(root, previous=dossier, tables=tables), Params())

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

from gatekeeper.checks._gate_integrity import collecting, weakening
from gatekeeper.checks._gate_integrity.evidence import Change, Evidence, Loosened, Params, Tool, Validation
from gatekeeper.checks.gate_integrity import CHECK
from gatekeeper.model import editions
from gatekeeper.model.check import Case, Context, Product
from gatekeeper.model.finding import finding
from gatekeeper.model.selftest import SampleResult, SelfTest
from gatekeeper.model.verdict import Answered, RuleResult, answer
from gatekeeper.model.words import Basis, Mode, Outcome, Phase, Severity
from gatekeeper.policy.rulebook import rulebook, shipped
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
    announced=(), previous="", variables=(), switches={}, clock=NOW.isoformat(), source_date_epoch="",
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
        pytest.param("GATE-02", Params(validated={}), Outcome.UNDECIDED, id="GATE-02: nothing validated"),
        pytest.param("GATE-02", Params(validated={**PARAMS.validated, "bandit": "any"}), Outcome.FAILED, id="GATE-02: no range"),
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
        pytest.param("GATE-13", {"replay": True}, Outcome.UNDECIDED, id="GATE-13: a replay"),
    ],
)  # fmt: skip
def test_a_bad_case_is_refused(rule: str, about: dict[str, Any], outcome: Outcome) -> None:
    assert outcomes(about=msgspec.structs.replace(case(), **about))[rule] is outcome


def test_an_announced_loosening_counts_one_release_later() -> None:
    entry = Loosened("a.b", "the tracker answers slowly", "qa", date(2026, 11, 1))
    loosened = seen(loosened=(Change("a.b", "1", "2", "previous release"),))
    params = msgspec.structs.replace(PARAMS, loosened=(entry,))

    assert outcomes(loosened, params)["GATE-04"] is Outcome.FAILED
    assert outcomes(msgspec.structs.replace(loosened, announced=("a.b",)), params)["GATE-04"] is Outcome.PASSED


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

    assert [c.key for c in weakening.weakened(now, BEFORE)] == [f"{table}.{next(iter(change))}"]
    assert [*weakening.weakened({**BEFORE, "sbom": {"max-age-days": 1}}, BEFORE)] == []


def test_a_table_that_is_gone_is_seen() -> None:
    now = {key: value for key, value in BEFORE.items() if key != "signing"}

    assert [c.key for c in weakening.weakened(now, BEFORE)] == ["signing"]


def test_less_than_the_floor_is_seen() -> None:
    floor = shipped("floor.toml")

    assert [c.than for c in weakening.below_floor({"security-issues": {"query-max-age-minutes": 61}}, floor)] == [
        "floor"
    ]
    assert [c.key for c in weakening.below_floor({"gate": {"profiles": []}}, floor)] == ["gate.profiles"]
    assert [*weakening.below_floor({"security-issues": {"query-max-age-minutes": 60}}, floor)] == []


@given(st.dictionaries(st.sampled_from(list(BEFORE)), st.none()))
def test_dropping_any_table_is_never_unseen(dropped: dict[str, None]) -> None:
    now = {key: value for key, value in BEFORE.items() if key not in dropped}

    assert {c.key for c in weakening.weakened(now, BEFORE)} == set(dropped) - {"product"}


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
    about = case(results=results, built=built)
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


def test_the_policy_itself_is_refused_before_any_rule_is_judged() -> None:
    """GATE-03: a misspelt rule id, GATE-03: an unknown key, GATE-03: an extended file with another digest than pinned:
    each ends the call with exit 2 (tests/policy, tests/cli/test_settings.py); what is left to judge is the digest."""
    judgement = next(j for j in CHECK.judge(SEEN, PARAMS, case()) if j.rule == "GATE-03")

    assert SEEN.policy_sha256 in judgement.observed[0]
    assert "pinned from outside" in judgement.observed[0]


def test_no_results_at_all_are_undecided() -> None:
    """GATE-06: an empty checklist; all() over an empty list."""
    about = case(built=())
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
        weakening.previous_policy(tmp_path)


def test_a_previous_policy_counts_as_the_record_names_it(tmp_path: Path) -> None:
    """GATE-04: whoever loosens the policy beside the signed record as well would hide what became looser."""
    file = tmp_path / "policy" / "gatekeeper.toml"
    file.parent.mkdir()
    file.write_text('[product]\nversion = "2.3.0"\n')
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    previous_dossier(tmp_path, policy=msgspec.structs.replace(policy_row(), sha256=digest))
    assert weakening.previous_policy(tmp_path)[0] == "2.3.0"

    file.write_text('[product]\nversion = "2.3.0"\n[security-issues]\nquery-max-age-minutes = 60\n')

    with pytest.raises(Exception, match="previous release cannot be read"):
        weakening.previous_policy(tmp_path)

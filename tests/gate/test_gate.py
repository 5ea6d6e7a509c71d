"""Whatever a check does, it cannot open the gate."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper import gate
from gatekeeper.model.check import AnyCheck, Case, Check, Context, Product
from gatekeeper.model.deviation import Deviation, Person
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.finding import Judgement, finding, judged, undecided
from gatekeeper.model.record import PolicyRow
from gatekeeper.model.recording import record_of
from gatekeeper.model.rule import Text
from gatekeeper.model.run import Verdict
from gatekeeper.model.words import ClauseStatus, Decision, Level, Mode, Outcome, Phase, Severity
from gatekeeper.policy.policy import Policy
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.policy.schema import GateTable

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PRODUCT = Product(name="pump", version="1.0", manufacturer="Example")
ROW = PolicyRow(
    sha256="0" * 64, deviations_sha256="", profiles=("iec",), conformance_route="clauses-4-9", catalogue_version="1",
    catalogue_sha256="0" * 64, rules_version="1", rules_sha256="0" * 64,
)  # fmt: skip


class Params(msgspec.Struct, frozen=True):
    pass


class Seen(msgspec.Struct, frozen=True):
    files: int = 3


def check(
    judge: Callable[[Seen, Params, Case], Iterable[Judgement]] = lambda e, _p, _c: [
        judged("CODE-01", f"{e.files} files")
    ],
    *,
    collect: Callable[[Context, Params], Seen] = lambda _c, _p: Seen(),
    rules: tuple[str, ...] = ("CODE-01",),
    **more: Any,
) -> AnyCheck:
    return Check("secure-coding", rules, Params, Seen, collect, judge, **more)


def policy(*deviations: Deviation, configured: bool = True, **table: Any) -> Policy:
    params = {"secure-coding": Params()} if configured else {}
    return Policy(PRODUCT, GateTable(**table), params, {}, deviations, "p" * 64, "")


def context(**more: Any) -> Context:
    plain = Context(Path(), (), NOW, {}, Mode.LOCAL, PRODUCT, rulebook(), commit="c" * 40)
    return replace(plain, **more)


def verdict(one: AnyCheck, *deviations: Deviation, through: Phase = Phase.ON_APPROVALS, **table: Any) -> Verdict:
    gathered = gate.gather(policy(*deviations, **table), context(), {one.id: one})
    return gate.judge(gathered, through)


def test_something_seen_and_nothing_wrong_releases() -> None:
    assert verdict(check()).decision is Decision.RELEASE


def crash(*_: Any) -> Any:
    raise ZeroDivisionError("boom")


def leave(*_: Any) -> Any:
    raise SystemExit(0)


class PanicException(BaseException):
    """As libraries in Rust raise it, past Exception."""


def panic(*_: Any) -> Any:
    raise PanicException("called `Option::unwrap()` on a `None` value")


def missing(*_: Any) -> Any:
    raise EvidenceError("the export is missing", "Export it.")


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(check(collect=crash), id="GATE-07: collecting crashes"),
        pytest.param(check(collect=leave), id="GATE-07: collecting asks the program to end well"),
        pytest.param(check(leave), id="GATE-07: judging asks the program to end well"),
        pytest.param(check(collect=panic), id="GATE-07: collecting panics"),
        pytest.param(check(panic), id="GATE-07: judging panics"),
        pytest.param(check(collect=missing), id="GATE-07: evidence missing"),
        pytest.param(check(crash), id="GATE-07: judging crashes"),
        pytest.param(check(lambda *_: []), id="GATE-05: a rule is not judged"),
        pytest.param(check(lambda *_: [judged("CODE-01", "1"), judged("CODE-01", "2")]), id="GATE-05: judged twice"),
        pytest.param(check(lambda *_: [judged("CODE-02", "1")]), id="GATE-05: another rule judged"),
        pytest.param(check(lambda *_: [judged("CODE-01", "")]), id="GATE-06: nothing observed"),
        pytest.param(check(lambda *_: [undecided("CODE-01", "stale")]), id="undecided"),
        pytest.param(check(lambda *_: None), id="GATE-07: the judge answers nothing"),
        pytest.param(check(collect=lambda *_: object()), id="GATE-07: evidence that cannot be stored"),
        pytest.param(check(facts=crash), id="GATE-07: telling the facts crashes"),
        pytest.param(check(rules=()), id="GATE-06: no rules at all"),
        pytest.param(check(rules=("ISSUE-18",)), id="GATE-05: no judge for the phase"),
    ],
)
def test_what_was_not_shown_to_be_good_is_undecided(bad: AnyCheck) -> None:
    assert verdict(bad).decision is Decision.UNDECIDED


def test_whoever_reads_undecided_is_told_why() -> None:
    """A rule of which nothing was observed stood there as undecided with no word on what is missing."""
    (silent,) = verdict(check(lambda *_: [judged("CODE-01", "")])).results
    assert silent.doubts == ("nothing was observed, so nothing was shown",)
    (said,) = verdict(check(lambda *_: [undecided("CODE-01", "stale")])).results
    assert said.doubts == ("stale",)
    (good,) = verdict(check()).results
    assert not good.doubts


class Named(msgspec.Struct, frozen=True):
    name: str


@pytest.mark.parametrize(
    ("collect", "said", "advice"),
    [
        pytest.param(lambda *_: Named("src/\udcff.py"), r"not UTF-8: 'src/\udcff.py'", "Rename", id="a name of bytes"),
        pytest.param(lambda *_: [0] * (1 << 60), "ran out of memory", "more memory", id="no memory"),
    ],
)
def test_a_fault_of_the_surroundings_is_said_in_words(
    collect: Callable[..., Any], said: str, advice: str, caplog: pytest.LogCaptureFixture
) -> None:
    result = verdict(check(collect=collect)).results[0]

    assert result.outcome is Outcome.UNDECIDED
    assert said in result.doubts[0]
    assert advice in result.advice
    assert not caplog.records


def test_a_check_without_table_is_undecided_and_says_so() -> None:
    gathered = gate.gather(policy(configured=False), context(), {"secure-coding": check()})
    result = gate.judge(gathered, Phase.ON_APPROVALS).results[0]

    assert result.outcome is Outcome.UNDECIDED
    assert "no [secure-coding] table" in result.doubts[0]


BAD = finding("CODE-01", "shell=True", key=["B602", "x"], level=Level.MEDIUM)


def failing(*_: Any) -> list[Judgement]:
    return [judged("CODE-01", "3 files", [BAD])]


def deviation(**changes: Any) -> Deviation:
    person = Person("Aki Example", "aki@example.com")
    plain = Deviation(
        id="DEV-1", rule="CODE-01", finding=BAD.fingerprint, decision="accept", justification="j", risk_ref="r",
        severity=Level.MEDIUM, author=person, approved_by=(person,), approved_on=date(2026, 11, 1),
        expires=date(2026, 12, 1), releases=("1.0",),
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def test_a_finding_blocks_and_a_live_deviation_answers_it() -> None:
    assert verdict(check(failing)).decision is Decision.BLOCK
    answered = verdict(check(failing), deviation())
    assert answered.results[0].outcome is Outcome.DEVIATED
    assert answered.decision is Decision.RELEASE
    assert answered.unmatched == ()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"finding": "0" * 16}, id="another finding"),
        pytest.param({"rule": "CODE-03"}, id="another rule"),
        pytest.param({"expires": date(2026, 11, 20)}, id="expired today"),
        pytest.param({"approved_on": date(2026, 11, 21)}, id="approved tomorrow"),
        pytest.param({"severity": Level.LOW}, id="severity has risen"),
        pytest.param({"releases": ("0.9",)}, id="for another version"),
    ],
)
def test_a_deviation_that_does_not_fit_answers_nothing(changes: dict[str, Any]) -> None:
    assert verdict(check(failing), deviation(**changes)).decision is Decision.BLOCK


def test_deviations_can_be_refused() -> None:
    assert verdict(check(failing), deviation(), refuse_deviations=True).decision is Decision.BLOCK


def test_a_rule_that_must_be_put_right_takes_no_deviation() -> None:
    """CODE-02 is not in the list of rules that a deviation may answer."""
    found = finding("CODE-02", "unparsed", key=["x"], level=Level.LOW)
    one = check(lambda *_: [judged("CODE-02", "1", [found])], rules=("CODE-02",))

    assert verdict(one, deviation(rule="CODE-02", finding=found.fingerprint)).decision is Decision.BLOCK


def test_a_deviation_without_finding_is_unmatched() -> None:
    seen = verdict(check(failing), deviation(), deviation(id="DEV-2", finding="0" * 16))

    assert [d.id for d in seen.unmatched] == ["DEV-2"]


def test_a_part_of_the_checks_never_releases() -> None:
    other = Check("sbom", ("SBOM-01",), Params, Seen, lambda _c, _p: Seen(), lambda *_: [judged("SBOM-01", "x")])
    gathered = gate.gather(policy(), context(), {"secure-coding": check(), "sbom": other}, only=["secure-coding"])
    seen = gate.judge(gathered, Phase.ON_APPROVALS)

    assert seen.partial
    assert seen.decision is Decision.UNDECIDED


def test_another_time_than_now_never_releases() -> None:
    gathered = gate.gather(policy(), context(replay=True), {"secure-coding": check()})

    assert gate.judge(gathered, Phase.ON_APPROVALS).decision is Decision.UNDECIDED


def test_a_profile_raises_a_warning_to_a_block() -> None:
    found = finding("CODE-08", "grew", key=["x"])
    one = check(lambda *_: [judged("CODE-08", "1", [found])], rules=("CODE-08",))

    assert verdict(one).decision is Decision.UNDECIDED  # a warning alone: nothing passed
    assert verdict(one, profiles=("iec", "strict")).decision is Decision.BLOCK
    assert verdict(one, profiles=("strict",)).results[0].severity is Severity.BLOCK


def test_judging_twice_gives_the_same_verdict() -> None:
    gathered = gate.gather(policy(), context(), {"secure-coding": check(failing)})

    assert gate.judge(gathered, Phase.LAST) == gate.judge(gathered, Phase.LAST)


def test_the_record_answers_every_clause_and_names_every_rule_once() -> None:
    record = record_of(verdict(check()), ROW, gate_version="0", created=NOW.isoformat())
    named = [r.id for r in (*record.rules, *record.outside, *record.deferred)]

    assert [c.id for c in record.clauses] == list(rulebook().clauses)
    assert sorted(named) == sorted(rulebook().rules)
    assert "outside this version" in record.limits[0].en
    assert not [c for c in record.clauses if c.status is ClauseStatus.MET and set(c.rules) - {"CODE-01"}]
    assert all(isinstance(c.remark, Text) and c.remark.en and c.remark.ja for c in record.clauses)


@pytest.mark.parametrize(
    ("judge", "told"), [pytest.param(None, False, id="passed"), pytest.param(failing, True, id="failed")]
)
def test_a_remedy_is_told_where_something_is_to_be_done(judge: Any, told: bool) -> None:
    made = record_of(verdict(check(judge) if judge else check()), ROW, gate_version="0", created=NOW.isoformat())

    (row,) = made.rules
    assert (bool(row.remedy.en), bool(row.remedy.ja)) == (told, told)


def test_an_emergency_stands_first_and_postpones_nothing() -> None:
    """PEOPLE-12: a declared emergency does not let a failed rule out."""
    words = "EMERGENCY until 2026-12-01: CODE-01"
    declared = Check("people", ("PEOPLE-12",), Params, Seen, lambda _c, _p: Seen(), lambda *_: (),
                     later={Phase.ON_APPROVALS: lambda *_: [judged("PEOPLE-12", words)]})  # fmt: skip
    both = replace(policy(), params={"secure-coding": Params(), "people": Params()})
    gathered = gate.gather(both, context(), {"secure-coding": check(failing), "people": declared})
    record = record_of(gate.judge(gathered, Phase.LAST), ROW, gate_version="0", created=NOW.isoformat())

    assert record.limits[0].en.startswith(words)
    assert "猶予されるものはない" in record.limits[0].ja
    assert record.decision is Decision.BLOCK


def test_a_sealed_but_unsigned_record_is_not_a_release() -> None:
    record = record_of(verdict(check()), ROW, gate_version="0", created=NOW.isoformat(), stage="unsigned")

    assert record.decision is Decision.UNDECIDED
    assert "not releasable" in record.reasons[-1]


def test_the_real_checks_claim_only_rules_that_are_theirs_and_judge_each_in_its_phase() -> None:
    book, claimed = rulebook(), []
    for one in gate.checks().values():
        for rule in one.rules:
            assert book.rules[rule].check == one.id
            assert one.judge_in(book.phase(rule)), f"{one.id} has no judge for {rule} in {book.phase(rule)}"
        claimed += one.rules

    assert len(claimed) == len(set(claimed))


def test_the_evidence_set_names_the_facts_and_not_the_time_of_asking() -> None:
    def digest(one: AnyCheck, now: datetime = NOW) -> str:
        gathered = gate.gather(policy(), context(now=now), {one.id: one})
        return gate.judge(gathered, Phase.ON_APPROVALS).case.evidence_set

    later = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    assert digest(check()) == digest(check(), later)
    assert digest(check()) != digest(check(failing))


def test_evidence_of_another_job_is_taken_as_it_was_brought() -> None:
    """All but that of checks that look at the run itself: another job's word on its own tools, tree and signatures says
    nothing about this one's."""
    theirs = gate.Stored(
        check="secure-coding", gate_version="0", commit="c" * 40, policy_sha256="p" * 64, collected=NOW.isoformat(),
        evidence=msgspec.Raw(b'{"files": 9}'),
    )  # fmt: skip
    for own_run, files in ((False, 9), (True, 3)):
        one = check(own_run=own_run)
        gathered = gate.gather(policy(), context(), {one.id: one}, given=[theirs])

        assert gate.judge(gathered, Phase.EVIDENCE).results[0].observed == (f"{files} files",)


@pytest.mark.parametrize("name", ["build-identity", "gate-integrity", "signing"])
def test_what_a_run_says_of_itself_is_never_brought(name: str) -> None:
    assert gate.checks()[name].own_run

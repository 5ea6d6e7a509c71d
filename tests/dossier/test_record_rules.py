"""The rules about the record itself: what they refuse, as pure functions and on a sealed dossier."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.dossier import layout, replay
from gatekeeper.dossier.reading import open_dossier
from gatekeeper.dossier.receipt import (
    RULES,
    Receipt,
    decision_is_derived,
    outputs_agree,
    receipt_of,
    record_is_bound,
)
from gatekeeper.model.errors import EvidenceError, GatekeeperError
from gatekeeper.model.finding import judged
from gatekeeper.model.record import Record
from gatekeeper.model.words import Decision, Outcome
from tests.dossier.product import CHECKS

DIGEST = "a" * 64


@pytest.fixture(scope="module")
def record(sealed: Path) -> Record:
    return open_dossier(sealed).record()


def outcome(judgement: object) -> Outcome:
    return receipt_of(DIGEST, Decision.RELEASE, [judgement]).rules[0].outcome  # type: ignore[list-item]


class TestReceipt:
    def test_in_a_sealed_dossier_all_rules_passed(self, sealed: Path) -> None:
        receipt = msgspec.json.decode((sealed / layout.RECEIPT).read_bytes(), type=Receipt)
        assert [r.id for r in receipt.rules] == list(RULES)
        assert receipt.faults == ()

    def test_a_rule_that_is_missing_is_a_fault(self) -> None:
        assert len(receipt_of(DIGEST, Decision.RELEASE, []).faults) == len(RULES)
        assert len(receipt_of(DIGEST, Decision.RELEASE, [judged("KEY-03", "1 file")]).faults) == len(RULES) - 1


class TestBound:
    def test_good(self) -> None:
        assert outcome(record_is_bound(DIGEST, (), f"... {DIGEST} ...")) is Outcome.PASSED

    @pytest.mark.parametrize(
        ("faults", "page"),
        [
            pytest.param((), "b" * 64, id="CHAIN-09: a report rendered from another record"),
            pytest.param(("`result` edited by hand",), DIGEST, id="CHAIN-09: `result` edited by hand"),
        ],
    )
    def test_bad(self, faults: tuple[str, ...], page: str) -> None:
        assert outcome(record_is_bound(DIGEST, faults, page)) is Outcome.FAILED


class TestDerived:
    def test_good_and_not_done(self) -> None:
        assert outcome(decision_is_derived((), 17)) is Outcome.PASSED
        assert outcome(decision_is_derived(None, 17)) is Outcome.UNDECIDED

    def again(self, sealed: Path, record: Record) -> tuple[str, ...]:
        return replay.differences(record, replay.regather(record, open_dossier(sealed).read, CHECKS))

    def test_a_decision_that_does_not_follow(self, sealed: Path, record: Record) -> None:
        said = self.again(sealed, msgspec.structs.replace(record, decision=Decision.BLOCK))
        assert said == ("the decision was block, and is now release",), "CHAIN-10: a decision that does not follow"

    def test_evidence_missing_from_the_set(self, sealed: Path, record: Record) -> None:
        less = {check: sha256 for check, sha256 in record.evidence.items() if check != "signing"}
        said = self.again(sealed, msgspec.structs.replace(record, evidence=less))
        assert any(s.startswith("SIGN-01 was passed, and is not judged now") for s in said), (
            "CHAIN-10: evidence missing"
        )

    def test_a_rule_result_typed_in(self, sealed: Path, record: Record) -> None:
        first = msgspec.structs.replace(record.rules[0], observed=("typed in",))
        said = self.again(sealed, msgspec.structs.replace(record, rules=(first, *record.rules[1:])))
        assert "different: observed" in said[0], "CHAIN-10: a rule result typed in"
        extra = msgspec.structs.replace(record.rules[0], id="CODE-01")
        said = self.again(sealed, msgspec.structs.replace(record, rules=(*record.rules, extra)))
        assert said == ("CODE-01 was passed, and is not judged now",)

    def test_a_check_that_this_version_does_not_have(self, sealed: Path, record: Record) -> None:
        fewer = {name: check for name, check in CHECKS.items() if name != "signing"}
        with pytest.raises(GatekeeperError, match=r"signing|cannot read"):
            replay.differences(record, replay.regather(record, open_dossier(sealed).read, fewer))

    def test_evidence_that_is_none(self, sealed: Path, record: Record) -> None:
        read = open_dossier(sealed).read
        with pytest.raises(EvidenceError, match="stored evidence"):
            replay.regather(record, lambda n: b"[]" if n.startswith("evidence/") else read(n), CHECKS)


class TestOutputs:
    def test_good(self, sealed: Path, record: Record) -> None:
        assert outcome(outputs_agree(record, (sealed / layout.REPORT).read_text())) is Outcome.PASSED

    def test_a_summary_that_says_passed_on_a_blocked_run(self, sealed: Path, record: Record) -> None:
        page = (sealed / layout.REPORT).read_text()
        blocked = msgspec.structs.replace(record, decision=Decision.BLOCK)
        assert outcome(outputs_agree(blocked, page)) is Outcome.FAILED, "GATE-08: a summary that says passed"
        turned = page.replace('data-decision="release"', 'data-decision="block"')
        assert outcome(outputs_agree(record, turned)) is Outcome.FAILED

    def test_results_without_a_release(self, sealed: Path, record: Record) -> None:
        page = (sealed / layout.REPORT).read_text()
        doubtful = msgspec.structs.replace(record.rules[0], doubts=("unreadable",))
        changed = msgspec.structs.replace(record, rules=(doubtful, *record.rules[1:]))
        assert outcome(outputs_agree(changed, page)) is Outcome.FAILED

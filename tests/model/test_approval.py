from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from gatekeeper.model.approval import evidence_set
from gatekeeper.model.check import Case, Product
from gatekeeper.model.facts import Facts
from gatekeeper.model.facts import TestFact as Report
from gatekeeper.model.words import Mode
from gatekeeper.policy.rulebook import rulebook

REPORT = Report("requirements", "r.xml", "0" * 64, tests=3, tester="tess", organisation="o", independence="person")


def named(report: Report) -> str:
    product = Product(name="pump-link", version="2.3.1", manufacturer="Example Devices")
    now = datetime(2026, 11, 20, tzinfo=UTC)
    facts = Facts(tests=(report,))
    return evidence_set(Case(product=product, rulebook=rulebook(), now=now, mode=Mode.CI, facts=facts))


@pytest.mark.parametrize(
    "change",
    [{"sha256": "1" * 64}, {"tester": "ada"}, {"organisation": "another"}, {"independence": "none"}],
)
def test_another_test_report_with_the_same_counts_is_another_evidence_set(change: dict[str, str]) -> None:
    assert named(msgspec.structs.replace(REPORT, **change)) != named(REPORT)

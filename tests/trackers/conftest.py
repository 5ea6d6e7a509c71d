"""How one adapter is asked and judged in a test: the proof rules over its answer, after a round trip through JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks._security_issues.evidence import TRACKERS, Evidence, Params
from gatekeeper.checks.security_issues import CHECK, ask_source
from gatekeeper.model.check import Case, Product
from gatekeeper.model.facts import Facts, SourceFact
from gatekeeper.model.finding import Judgement
from gatekeeper.model.words import Mode
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.tools import http
from gatekeeper.trackers import Answer, Desk, Source

COMMIT = "c" * 40
PROOFS = ("ISSUE-01", "ISSUE-02", "ISSUE-03", "ISSUE-04", "ISSUE-05", "ISSUE-07")


class Gate:
    """Asks one source as the check does, and judges what came back."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.env = {"TRACKER_TOKEN": "key-full"}
        self.commit = COMMIT

    def ask(self, source: Source) -> Answer:
        answer = ask_source(source, Desk(self.root, self.env, self.commit))
        kept = msgspec.json.decode(msgspec.json.encode(answer), type=Answer)
        if not kept.stopped:  # an auditor counts again from the kept pages
            assert TRACKERS[kept.kind].read(source, kept.pages) == kept.issues
        return kept

    def judge(self, source: Source) -> dict[str, Judgement]:
        evidence = Evidence(answers=(self.ask(source),), commit=self.commit)
        case = Case(
            product=Product(name="pump-link", version="2.4.0", manufacturer="Example Devices"),
            rulebook=rulebook(),
            now=datetime.now(UTC),
            mode=Mode.CI,
            facts=Facts(source=SourceFact(commit=self.commit, committed="2026-01-01T00:00:00+00:00")),
        )
        return {j.rule: j for j in CHECK.judge(evidence, Params(sources=(source,)), case)}

    def doubts(self, source: Source) -> dict[str, tuple[str, ...]]:
        """The proof rules that are in doubt, and why."""
        judged = self.judge(source)
        return {rule: judged[rule].doubts for rule in PROOFS if judged[rule].doubts}

    def refused(self, source: Source) -> str:
        """All doubts as one text; the rules about issues must be undecided or failed as well."""
        judged = self.judge(source)
        told = " | ".join(d for rule in PROOFS for d in judged[rule].doubts)
        assert told, "nothing was in doubt"
        assert judged["ISSUE-08"].doubts or judged["ISSUE-08"].findings, "a doubt about the list must not leave a zero"
        return told


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off without the waiting."""
    original = http.Client.__init__

    def patient(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **({"sleep": lambda _seconds: None} | kwargs))

    monkeypatch.setattr(http.Client, "__init__", patient)

"""A crash is told whole, and says nothing to the runner or the terminal that reads along."""

from __future__ import annotations

import pytest

from gatekeeper import gate
from gatekeeper.cli.exits import UNDECIDED, guarded

HOSTILE = "no such name: 'x\n::error title=forged::PASS\x1b[32m\u202e'"


def crash() -> None:
    raise LookupError(HOSTILE)


@pytest.mark.parametrize("run", [guarded, lambda step: gate._guarded("sbom", step)], ids=["the program", "a check"])
def test_gate_15_a_crash_over_a_hostile_name_gives_no_workflow_command(
    run: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(run)
    found = run(crash)

    (record,) = caplog.records
    lines = record.getMessage().splitlines()
    assert record.exc_info is None
    assert any("in crash" in line for line in lines)
    assert "| LookupError: no such name: 'x" in lines
    assert "| ::error title=forged::PASS\\x1b[32m\\x202e'" in lines
    assert found == UNDECIDED or isinstance(found, gate.Doubt)

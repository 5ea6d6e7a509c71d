"""`gatekeeper selftest`: the tool-validation pack, run where the gate runs."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from gatekeeper.cli.exits import BLOCKED, RELEASED
from gatekeeper.model.errors import SealError
from gatekeeper.model.selftest import SelfTest


@click.command()
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE", help="Write the result as JSON.")
@click.option("-v", "--verbose", is_flag=True, help="Also what each rule said.")
def COMMAND(report: Path | None, verbose: bool) -> int:  # noqa: N802 - the name that the group looks for
    """Plant every known-bad sample in temporary folders here, and show that each is refused (ISO 13485 4.1.6)."""
    from gatekeeper.selftest.suite import run_selftest

    result = run_selftest()
    if report:
        _write(report, result)
    for line in _lines(result, verbose=verbose):
        click.echo(line)
    return RELEASED if result.passed else BLOCKED


def _lines(result: SelfTest, *, verbose: bool) -> list[str]:
    tools = ", ".join(f"{name} {version}" for name, version in result.tools.items())
    lines = [f"gatekeeper {result.gate_version} self-test, suite {result.suite_version} ({result.suite_sha256[:16]})"]
    lines += [f"on {result.machine}; {tools}", ""]
    for sample in result.samples:
        mark = "ok    " if sample.right else "WRONG "
        kind = "refused" if sample.bad else "passes"
        lines.append(f"  {mark} {sample.rule:<10} {kind:<8} {sample.name}  [{sample.outcome}]")
        if verbose or not sample.right:
            lines.append(f"         {sample.said}")
    bad = sum(s.bad for s in result.samples)
    count = f"{bad} planted faults, {len(result.samples) - bad} good controls, {len(result.wrong)} wrong"
    return [*lines, "", f"{'PASSED' if result.passed else 'FAILED'}: {count}"]


def _write(path: Path, result: SelfTest) -> None:
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
    except OSError as e:
        raise SealError(f"{path}: the report cannot be written: {e.strerror}") from e

"""`gatekeeper selftest`: the tool-validation pack, run where the gate runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatekeeper.cli.exits import BLOCKED, RELEASED
from gatekeeper.cli.settings import Settings
from gatekeeper.model.errors import UsageError
from gatekeeper.model.selftest import SelfTest, SignedBy

if TYPE_CHECKING:
    from gatekeeper.dossier.seal import OpenDesk


@click.command()
@click.option(
    "--report", type=click.Path(path_type=Path), metavar="FILE", help="Write the result as JSON, and sign it."
)
@click.option("--rehearsal", is_flag=True, help="Sign with a throw-away Sigstore: nobody vouches for the report.")
@click.option("--unsigned", is_flag=True, help="Do not sign the report; it then says so.")
@click.option("-v", "--verbose", is_flag=True, help="Also what each rule said.")
@click.pass_obj
def COMMAND(settings: Settings, report: Path | None, rehearsal: bool, unsigned: bool, verbose: bool) -> int:  # noqa: N802 - the name that the group looks for
    """Plant every known-bad sample in temporary folders here, and show that each is refused (ISO 13485 4.1.6).

    With --report the result is signed by the identity that the policy names for releases, with the bundle beside it.
    """
    from gatekeeper.selftest.suite import run_selftest

    if report is None and (rehearsal or unsigned):
        raise UsageError("there is nothing to sign", "Name the report: --report FILE.")
    if rehearsal and unsigned:
        raise UsageError("--rehearsal and --unsigned contradict each other", "Give one of them.")
    desk = _desk(settings, rehearsal=rehearsal) if report and not unsigned else None
    result = run_selftest()
    for line in _lines(result, verbose=verbose):
        click.echo(line)
    if report:
        for line in _reported(report, result, desk):
            click.echo(line)
    return RELEASED if result.passed else BLOCKED


def _desk(settings: Settings, *, rehearsal: bool) -> OpenDesk:
    """Where a release of this product would sign; asked for first, so that a faulty policy is told at once."""
    from gatekeeper import gate
    from gatekeeper.cli.situation import context_of
    from gatekeeper.dossier.order import desk_of

    policy = settings.load_policy(gate.checks())
    return desk_of(policy, context_of(settings, policy, rehearsal=rehearsal))


def _reported(path: Path, result: SelfTest, desk: OpenDesk | None) -> Iterator[str]:
    from gatekeeper.dossier.validation import bundle_of, root_of, write_signed, write_unsigned

    yield ""
    if desk is None:
        yield f"{path}: {write_unsigned(path, result).signature.said}"
        return
    signature = write_signed(path, result, desk).signature
    yield f"{path}: signed by {signature.identity}"
    if signature.said:
        yield signature.said
    yield "verify it with:"
    files = ("verify", path, "--bundle", bundle_of(path), "--trusted-root", root_of(path))
    yield "  gatekeeper " + shlex.join([*map(str, files), *_who(signature)])


def _who(signature: SignedBy) -> tuple[str, ...]:
    from gatekeeper.signing.managed import MANAGED

    if signature.issuer == MANAGED:
        return ("--key", "PUBLIC.pem")
    named = ("--identity", signature.identity, "--issuer", signature.issuer)
    return (*named, "--rehearsal") if signature.kind == "rehearsal" else named


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

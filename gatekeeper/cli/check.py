"""`gatekeeper check`: collect evidence and judge it; sign nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gatekeeper import __version__, gate
from gatekeeper.cli import approvals as approval_files
from gatekeeper.cli import evidence as evidence_files
from gatekeeper.cli.exits import OF_DECISION, RELEASED, UNDECIDED, say
from gatekeeper.cli.outputs import Target, emit, output_options
from gatekeeper.cli.settings import Settings
from gatekeeper.cli.situation import context_of, policy_row
from gatekeeper.model.check import Context
from gatekeeper.model.errors import UsageError
from gatekeeper.model.recording import record_of
from gatekeeper.model.words import Phase
from gatekeeper.policy.policy import Policy

DAY_FORMATS = "%Y-%m-%dT%H:%M:%SZ"


def moment(_ctx: click.Context, _param: click.Parameter, text: str | None) -> datetime | None:
    """Read a time given by the caller: RFC 3339 with a zone, so that nobody's clock is meant by accident."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise click.BadParameter(f"{text}: a time zone is missing, such as in 2026-11-20T09:00:00Z")
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise click.BadParameter(f"{text}: not a time such as 2026-11-20T09:00:00Z") from e


def shard(_ctx: click.Context, _param: click.Parameter, text: str | None) -> tuple[int, int] | None:
    """Read `2/8`: the second of eight."""
    if text is None:
        return None
    number, _, total = text.partition("/")
    if not (number.isdecimal() and total.isdecimal() and 1 <= int(number) <= int(total) <= 1000):
        raise click.BadParameter(f"{text}: not a shard such as 2/8")
    return int(number), int(total)


@click.command()
@click.argument("artifacts", nargs=-1, type=click.Path(path_type=Path))
@click.option("--only", multiple=True, metavar="CHECK", help="Judge only this check; never a release.")
@click.option(
    "--evidence",
    "brought",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Evidence that another job collected.",
)
@click.option("--save-evidence", type=click.Path(path_type=Path), metavar="DIR", help="Write the evidence here.")
@click.option("--shard", callback=shard, metavar="N/M", help="Collect only this part of the scan; judge nothing.")
@click.option("--effective-time", callback=moment, metavar="T", help="Judge as of this time; never a release.")
@click.option("--previous", type=click.Path(path_type=Path), metavar="DOSSIER", help="The dossier of the last release.")
@click.option("--approvals", type=click.Path(path_type=Path), metavar="DIR", help="Judge the approvals in DIR too.")
@output_options
@click.pass_obj
def COMMAND(  # noqa: N802 - the name that the group looks for
    settings: Settings,
    artifacts: tuple[Path, ...],
    only: tuple[str, ...],
    brought: tuple[Path, ...],
    save_evidence: Path | None,
    shard: tuple[int, int] | None,
    effective_time: datetime | None,
    previous: Path | None,
    approvals: Path | None,
    targets: Sequence[Target],
    lang: str,
) -> int:
    """Collect evidence and judge it; sign nothing. A pass here is not yet a release."""
    checks = gate.checks()
    _refuse_unknown(only, checks)
    policy = settings.load_policy(checks)
    context = context_of(
        settings, policy,
        artifacts=tuple(a.resolve() for a in artifacts),
        effective_time=effective_time, shard=shard, previous=previous,
        switches=_switches(only, brought, effective_time, previous, approvals),
    )  # fmt: skip
    if shard:
        return _collect_only(policy, context, only, save_evidence, shard)
    context = evidence_files.with_signers(context, brought, policy)
    given = evidence_files.brought(brought, context)
    gathered = gate.gather(policy, context, checks, only=only, given=given)
    if save_evidence:
        evidence_files.save(save_evidence, gathered.stored, context)
    given_approvals = approval_files.brought(approvals, policy, context)
    verdict = gate.judge(gathered, Phase.ON_APPROVALS if approvals else Phase.ON_FINDINGS, approvals=given_approvals)
    record = record_of(
        verdict, policy_row(policy), gate_version=__version__, created=datetime.now(UTC).isoformat(timespec="seconds"),
        switches=dict(context.switches),
    )  # fmt: skip
    emit(record, targets, settings, lang)
    return OF_DECISION[record.decision]


def _collect_only(
    policy: Policy, context: Context, only: tuple[str, ...], folder: Path | None, part: tuple[int, int]
) -> int:
    """A shard proves nothing by itself: its evidence goes to the job that has all of them."""
    if folder is None:
        raise UsageError("--shard needs --save-evidence DIR", "The gate job reads it with --evidence DIR.")
    stored = gate.gather(policy, context, gate.checks(), only=only).stored
    evidence_files.save(folder, stored, context, suffix=f".{part[0]}-of-{part[1]}")
    for each in stored:
        say(f"{each.check}: shard {part[0]}/{part[1]} {'not collected: ' + each.doubt if each.doubt else 'collected'}")
    return UNDECIDED if any(s.doubt for s in stored) else RELEASED


def _refuse_unknown(only: Sequence[str], checks: dict[str, Any]) -> None:
    for name in only:
        if name not in checks:
            raise UsageError(f'there is no check "{name}"', f"Checks are: {', '.join(checks)}.")


def _switches(
    only: Sequence[str],
    brought: Sequence[Path],
    effective_time: datetime | None,
    previous: Path | None,
    approvals: Path | None,
) -> dict[str, str]:
    """Everything that made this run differ from a plain one (GATE-09)."""
    said = {
        "--only": ", ".join(only),
        "--evidence": ", ".join(str(b) for b in brought),
        "--effective-time": effective_time.isoformat() if effective_time else "",
        "--previous": str(previous or ""),
        "--approvals": str(approvals or ""),
    }
    return {name: value for name, value in said.items() if value}

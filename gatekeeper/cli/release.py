"""`gatekeeper release`: check, hash, sign, verify its own signatures, seal."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatekeeper import gate
from gatekeeper.cli import approvals as approval_files
from gatekeeper.cli import evidence as evidence_files
from gatekeeper.cli.exits import OF_DECISION, say
from gatekeeper.cli.outputs import Target, emit, keep_out, output_options
from gatekeeper.cli.progress import progress_shown
from gatekeeper.cli.settings import Settings
from gatekeeper.cli.situation import context_of, policy_row
from gatekeeper.dossier.layout import SUMS
from gatekeeper.model.errors import UsageError
from gatekeeper.model.record import Record, statement, to_bytes
from gatekeeper.model.words import Mode

if TYPE_CHECKING:
    from gatekeeper.dossier.seal import Order
    from gatekeeper.tools.hashing import Progress


@click.command()
@click.argument("artifacts", nargs=-1, type=click.Path(path_type=Path))
@click.option("--dossier", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The folder to seal.")
@click.option("--rehearsal", is_flag=True, help="Sign with a throw-away Sigstore: never a release.")
@click.option("--resume", is_flag=True, help="Sign a dossier that was sealed while signing was not possible.")
@click.option(
    "--sealed-sha256", default="", metavar="HEX", help="With --resume: the digest that the run told which sealed it."
)
@click.option(
    "--evidence", "brought", multiple=True, type=click.Path(path_type=Path), metavar="DIR",
    help="Evidence that another job collected.",
)  # fmt: skip
@click.option("--previous", type=click.Path(path_type=Path), metavar="DOSSIER", help="The dossier of the last release.")
@click.option(
    "--approvals", default="approvals", type=click.Path(path_type=Path), metavar="DIR",
    help="Where `gatekeeper approve` put the approvals.",
)  # fmt: skip
@output_options
@click.pass_obj
def COMMAND(  # noqa: N802 - the name that the group looks for
    settings: Settings,
    artifacts: tuple[Path, ...],
    dossier: Path,
    rehearsal: bool,
    resume: bool,
    sealed_sha256: str,
    brought: tuple[Path, ...],
    previous: Path | None,
    approvals: Path,
    targets: Sequence[Target],
    lang: str,
) -> int:
    """Judge everything, sign what may go out, and seal it with its record. Only exit code 0 is a release."""
    from gatekeeper.dossier.folder import refuse_taken
    from gatekeeper.dossier.seal import seal

    if sealed_sha256 and not resume:
        raise UsageError("--sealed-sha256 names the dossier to resume", "Add --resume, or leave it out.")
    dossier = dossier.absolute()
    keep_out(targets, dossier)
    with progress_shown(settings) as progress:
        if resume:
            order = _resumed(settings, artifacts, dossier, previous, progress, sealed_sha256, rehearsal=rehearsal)
        else:
            refuse_taken(dossier)
            order = _ordered(settings, artifacts, dossier, brought, previous, approvals, progress, rehearsal=rehearsal)
        record = seal(order)
    _show(record, order, targets, settings, lang)
    return OF_DECISION[record.decision]


def _ordered(
    settings: Settings,
    artifacts: tuple[Path, ...],
    dossier: Path,
    brought: tuple[Path, ...],
    previous: Path | None,
    approvals: Path,
    progress: Progress | None,
    *,
    rehearsal: bool,
) -> Order:
    """Collect the evidence, and say what is to be sealed."""
    from gatekeeper.dossier.order import order_of

    if not artifacts:
        raise UsageError("no artifacts were named", "Name every file of the release: gatekeeper release dist/* ...")
    checks = gate.checks()
    policy = settings.load_policy(checks)
    context = context_of(
        settings, policy,
        artifacts=tuple(a.absolute() for a in artifacts), rehearsal=rehearsal, cold=True, previous=previous,
        switches={
            "--evidence": ", ".join(map(str, brought)), "--rehearsal": "on" if rehearsal else "",
            "--previous": str(previous or ""), "--approvals": str(approvals),
        },
    )  # fmt: skip
    if context.mode is Mode.LOCAL:
        raise UsageError(
            "a release is made in CI, where the job has an identity; this is a local run",
            "Use --rehearsal to go through all of it here, or `gatekeeper check` to judge without signing.",
        )
    context = replace(evidence_files.with_signers(context, brought, policy), progress=progress)
    gathered = gate.gather(policy, context, checks, given=evidence_files.brought(brought, context))
    signed = approval_files.brought(approvals, policy, context)
    return order_of(
        gathered, context, settings.policy_path, policy_row(policy), dossier,
        approvals=signed, approvals_folder=context.root / approvals,
    )  # fmt: skip


def _resumed(
    settings: Settings,
    artifacts: tuple[Path, ...],
    dossier: Path,
    previous: Path | None,
    progress: Progress | None,
    sealed_sha256: str,
    *,
    rehearsal: bool,
) -> Order:
    """What an unsigned dossier still lacks; nothing is collected again."""
    from gatekeeper.dossier.resume import resumed

    checks = gate.checks()
    policy = settings.load_policy(checks)
    context = context_of(
        settings, policy, artifacts=tuple(a.absolute() for a in artifacts), rehearsal=rehearsal, previous=previous
    )
    sealed = sealed_sha256.strip().lower()
    if not sealed and not rehearsal:
        raise UsageError(
            "which dossier was sealed is not said, and nobody signed this one: anybody could have written it",
            "Give --sealed-sha256 as the run told it that sealed the dossier.",
        )
    return resumed(dossier, replace(context, progress=progress), policy_row(policy), checks, sealed)


def _show(record: Record, order: Order, targets: Sequence[Target], settings: Settings, lang: str) -> None:
    digest = hashlib.sha256(to_bytes(statement(record))).hexdigest()
    emit(record, targets, settings, lang, record_sha256=digest, kept=str(order.target))
    if record.stage == "unsigned":
        say(f"sealed but not signed, so not releasable: {record.sealing.outage}")
        sealed = hashlib.sha256((order.target / SUMS).read_bytes()).hexdigest()
        say(f"hint: gatekeeper release --resume --dossier {order.target} --sealed-sha256 {sealed}")

"""`gatekeeper approve`: a person signs that this very evidence was seen, in a role, with a meaning."""

from __future__ import annotations

from pathlib import Path

import click

from gatekeeper import gate
from gatekeeper.cli import evidence as evidence_files
from gatekeeper.cli.exits import RELEASED, say
from gatekeeper.cli.settings import Settings
from gatekeeper.cli.situation import context_of
from gatekeeper.model.check import Context
from gatekeeper.model.errors import SealError, UsageError
from gatekeeper.model.people import Member, people_of
from gatekeeper.model.words import Mode, Phase
from gatekeeper.policy.policy import Policy
from gatekeeper.tools.git import open_repository


@click.command()
@click.argument("artifacts", nargs=-1, type=click.Path(path_type=Path))
@click.option("--role", required=True, help="The role in which you approve, as the [people] table names it.")
@click.option("--meaning", default="release", help="What the signature means.")
@click.option("--as", "person", required=True, metavar="ID", help="Who you are in the [people] table.")
@click.option(
    "--approvals",
    default="approvals",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where approvals are kept; keep it out of the repository, or ignored.",
)
@click.option(
    "--evidence",
    "brought",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Evidence that another job collected.",
)
@click.option("--previous", type=click.Path(path_type=Path), metavar="DOSSIER", help="The dossier of the last release.")
@click.option("--revoke", is_flag=True, help="Take the approval of this evidence back.")
@click.option("--rehearsal", is_flag=True, help="Sign with a throw-away Sigstore: counts in a rehearsal only.")
@click.pass_obj
def COMMAND(  # noqa: N802 - the name that the group looks for
    settings: Settings,
    artifacts: tuple[Path, ...],
    role: str,
    meaning: str,
    person: str,
    approvals: Path,
    brought: tuple[Path, ...],
    previous: Path | None,
    revoke: bool,
    rehearsal: bool,
) -> int:
    """Sign an approval of the evidence as it stands. One changed fact voids it: then approve again."""
    from gatekeeper.dossier.approvals import SUFFIX, Meaning, statement_of

    checks = gate.checks()
    policy = settings.load_policy(checks)
    member = _member(policy, person, role)
    context = context_of(
        settings, policy, artifacts=tuple(a.absolute() for a in artifacts), rehearsal=rehearsal, previous=previous
    )
    context = evidence_files.with_signers(context, brought, policy)
    gathered = gate.gather(policy, context, checks, given=evidence_files.brought(brought, context))
    case = gate.judge(gathered, Phase.ON_APPROVALS).case
    product = policy.product
    stated = Meaning(role=role, meaning=meaning, product=product.name, version=product.version, revokes=revoke)
    folder = settings.root / approvals
    _keep_out_of_the_tree(folder, context)
    name = "-".join((case.evidence_set[:12], member.id, role, meaning, *(["revoked"] if revoke else [])))
    path = folder / f"{''.join(c if c.isalnum() or c in '.-_' else '_' for c in name)}{SUFFIX}"
    _sign(statement_of(case.evidence_set, stated), member, policy, context, path)
    say(
        f"{'revoked' if revoke else 'approved'}: evidence set {case.evidence_set}, as {role}, meaning {meaning}: {path}"
    )
    return RELEASED


def _keep_out_of_the_tree(folder: Path, context: Context) -> None:
    """An approval that git sees would change the very evidence that it approves."""
    if not context.commit or not folder.resolve().is_relative_to(Path(context.root).resolve()):
        return
    if not open_repository(context.root).ignores(folder / "x"):
        raise UsageError(
            f"{folder.name}/ lies in the working tree and is not ignored, so each approval would void the others",
            f"Add /{folder.name}/ to .gitignore and commit that, or name a folder outside with --approvals.",
        )


def _member(policy: Policy, person: str, role: str) -> Member:
    found = next((m for m in people_of(policy.tables) if m.id == person), None)
    if found is None:
        raise UsageError(f"{person!r} is nobody of the [people] table", "Name yourself by your id there.")
    if role not in found.roles:
        raise UsageError(f"{person} does not hold the role {role!r}", f"Roles of {person}: {', '.join(found.roles)}.")
    if not (found.identity and found.issuer):
        raise UsageError(f"{person} has no identity and issuer in the [people] table", "Add both, with a review.")
    return found


def _sign(payload: bytes, member: Member, policy: Policy, context: Context, path: Path) -> None:
    from gatekeeper.dossier.approvals import root_beside
    from gatekeeper.dossier.approver import approver_desk, rehearsed_approver

    if context.mode is Mode.REHEARSAL:
        with rehearsed_approver(member) as desk:
            _put(path, desk.signer.sign_statement(payload)[0])
            _put(root_beside(path), desk.trusted_root)
    else:
        with approver_desk(member, context.root, policy.params.get("signing")) as desk:
            _put(path, desk.signer.sign_statement(payload)[0])


def _put(path: Path, raw: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    except OSError as e:
        raise SealError(f"{path}: cannot be written: {e.strerror}") from e

"""`gatekeeper deviation add|list|sign`: write an approved exception so that it can be read again, see what stands, and
approve the file as it stands.

Adding is no approval: that is a signed commit for one entry, or a Sigstore bundle over the whole file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from gatekeeper.checks._security_issues.approvals import Approved, approvals_in, entry_digest, trailer
from gatekeeper.checks._security_issues.approvals import people_of as approvers
from gatekeeper.checks._security_issues.bundles import SUFFIX, in_bundles, root_beside
from gatekeeper.cli.exits import RELEASED, say, show
from gatekeeper.cli.settings import Settings
from gatekeeper.model.deviation import DECISIONS, Deviation
from gatekeeper.model.errors import PolicyError, SealError, UsageError
from gatekeeper.model.people import Member, people_of
from gatekeeper.model.words import Level
from gatekeeper.policy.deviations import read_answers
from gatekeeper.policy.policy import DEVIATIONS_FILE, Policy
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.policy.toml_file import read
from gatekeeper.reports._escape import visible

_PERSON = re.compile(r"\s*(?P<name>[^<>]+?)\s*<(?P<id>[^<>\s]+)>\s*")
SOON_DAYS = 30


@click.group("deviation")
def COMMAND() -> None:  # noqa: N802 - the name that the group looks for
    """Add, list and sign deviations: approved, dated exceptions for exactly one finding each."""


def a_date(_ctx: click.Context, _param: click.Parameter, text: str | None) -> date | None:
    """A day such as 2026-12-31."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as e:
        raise click.BadParameter(f"{text}: not a day such as 2026-12-31") from e


def person(_ctx: click.Context, _param: click.Parameter, text: Any) -> Any:
    """`Name <id>`, once or several times."""
    return tuple(map(_person, text)) if isinstance(text, tuple) else _person(text)


def _person(text: str) -> dict[str, str]:
    match = _PERSON.fullmatch(text)
    if not match:
        raise click.BadParameter(f'{text}: not a person such as "Ada Example <ada@example.org>"')
    return {"name": match["name"], "id": match["id"]}


@COMMAND.command("add")
@click.option("--id", "id_", metavar="ID", help="Such as DEV-2026-014; the next free one by default.")
@click.option("--rule", required=True, metavar="RULE", help="The rule that found it.")
@click.option("--finding", required=True, metavar="FINGERPRINT", help="As `gatekeeper check` prints it.")
@click.option("--severity", required=True, type=click.Choice([str(level) for level in Level]))
@click.option("--decision", required=True, type=click.Choice(DECISIONS))
@click.option("--justification", required=True, metavar="TEXT", help="So that an auditor who was not there can follow.")
@click.option("--risk-ref", required=True, metavar="ID", help="Entry of the risk management file.")
@click.option("--author", required=True, callback=person, metavar='"NAME <ID>"')
@click.option("--approved-by", required=True, multiple=True, callback=person, metavar='"NAME <ID>"')
@click.option("--approved-on", callback=a_date, metavar="DAY", help="Today by default.")
@click.option("--valid-from", callback=a_date, metavar="DAY")
@click.option("--expires", required=True, callback=a_date, metavar="DAY")
@click.option("--review-by", required=True, callback=a_date, metavar="DAY")
@click.option("--release", "releases", multiple=True, metavar="VERSION", help="The policy's version by default.")
@click.option("--compensating-control", metavar="TEXT")
@click.option("--residual-risk-disclosed-in", metavar="PLACE", help="Where users are told.")
@click.option("--criteria-version", metavar="VERSION", help="Of the acceptance criteria.")
@click.option("--cvss", metavar="VECTOR")
@click.option("--target-version", metavar="VERSION", help="For `defer`: the version that brings the fix.")
@click.option("--target-date", callback=a_date, metavar="DAY", help="For `defer`.")
@click.option("--interim-devices", metavar="TEXT", help="For `defer`: what devices shipped until then get.")
@click.option("--field-time", metavar="TEXT", help="For `defer`: how the fix reaches the field, and when.")
@click.pass_obj
def add(settings: Settings, /, id_: str | None, **fields: Any) -> int:
    """Append one entry to deviations.toml. The file is written whole and valid, or not at all."""
    path = settings.policy_path.with_name(DEVIATIONS_FILE)
    before = path.read_text("utf-8") if path.exists() else "schema = 1\n"
    known = _read(path) if path.exists() else ()
    number = id_ or _next_id(known)
    text = f"{before.rstrip()}\n\n{_entry(settings, number, fields)}"
    entry = _write(path, text, number)
    show(f"{path.name}: added {entry.id}, which ends on {entry.expires}")
    show("It counts when each approver has made a signed commit with this trailer:")
    show("")
    show(f"    git commit --allow-empty -S -m 'Approve {entry.id}' --trailer '{trailer(entry)}'")
    show("")
    show("or has signed the file as it stands: gatekeeper deviation sign --as ID")
    return RELEASED


@COMMAND.command("sign")
@click.option("--as", "person", required=True, metavar="ID", help="Who you are in the [people] table.")
@click.option("--rehearsal", is_flag=True, help="Sign with a throw-away Sigstore: counts in a rehearsal only.")
@click.pass_obj
def sign(settings: Settings, person: str, rehearsal: bool) -> int:
    """Sign deviations.toml as it stands, with your own identity. One changed byte voids it: then sign again."""
    path = settings.policy_path.with_name(DEVIATIONS_FILE)
    entries = _read(path) if path.exists() else ()
    if not entries:
        raise UsageError(f"{path.name} holds no deviation to approve", "Add one first: gatekeeper deviation add.")
    member, policy = _approver(settings, person)
    named = _named_bundle(policy, person)
    raw = path.read_bytes()
    bundle = settings.root / (named or f"deviations.{re.sub(r'[^A-Za-z0-9._-]', '_', person)}{SUFFIX}")
    _sign(hashlib.sha256(raw).digest(), member, settings, policy, bundle, rehearsal=rehearsal)
    for entry in entries:
        show(f"approved {entry.id}: {entry.decision}, {entry.severity}, until {entry.expires}")
    show(f"{bundle.name}: {path.name} (sha256 {hashlib.sha256(raw).hexdigest()}), signed by {member.identity}")
    if not named:
        show("It counts when the policy names it:")
        for line in ("", "[[security-issues.deviation-bundles]]", f"file = {_toml(bundle.name)}"):
            show(f"    {line}")
        show(f"    approver = {_toml(person)}")
        show("")
    return RELEASED


def _approver(settings: Settings, person: str) -> tuple[Member, Policy]:
    from gatekeeper import gate

    policy = settings.load_policy(gate.checks())
    member = next((m for m in people_of(policy.tables) if m.id == person), None)
    if member is None:
        raise UsageError(f"{person!r} is nobody of the [people] table", "Name yourself by your id there.")
    if not (member.identity and member.issuer):
        raise UsageError(f"{person} has no identity and issuer in the [people] table", "Add both, with a review.")
    return member, policy


def _named_bundle(policy: Policy, person: str) -> str:
    params = policy.params.get("security-issues")
    named = params.deviation_bundles if params else ()
    return next((b.file for b in named if b.approver == person), "")


def _sign(digest: bytes, member: Member, settings: Settings, policy: Policy, bundle: Path, *, rehearsal: bool) -> None:
    from gatekeeper.dossier.approver import approver_desk, rehearsed_approver

    desks = (
        rehearsed_approver(member) if rehearsal else approver_desk(member, settings.root, policy.params.get("signing"))
    )
    with desks as desk:
        made = {bundle: desk.signer.sign_digest(digest)[0]}
        made |= {root_beside(bundle): desk.trusted_root} if rehearsal else {}
    try:
        for path, raw in made.items():
            path.write_bytes(raw)
    except OSError as e:
        raise SealError(f"{bundle}: cannot be written: {e.strerror}") from e


@COMMAND.command("list")
@click.pass_obj
def listed(settings: Settings) -> int:
    """Every deviation: what it answers, how long it runs, who approved it as it stands."""
    path = settings.policy_path.with_name(DEVIATIONS_FILE)
    entries = _read(path) if path.exists() else ()
    if not entries:
        show("no deviations")
    approvals = _approvals(settings)
    for entry in entries:
        signed = [
            a.signer for a in approvals if (a.deviation, a.sha256) == (entry.id, entry_digest(entry)) and a.signer
        ]
        for line in _lines(entry, sorted(set(signed))):
            show(line)
    return RELEASED


def _lines(entry: Deviation, signed: list[str]) -> Iterator[str]:
    today = datetime.now(UTC).date()
    left = entry.days_left(today)
    state = "over" if left <= 0 else f"{left} days left" + (" (soon over)" if left <= SOON_DAYS else "")
    what = f"{entry.rule} {visible(entry.finding)}"
    yield f"{entry.id}  {what}  {entry.decision}, {entry.severity}, until {entry.expires}: {state}"
    yield f"    {visible(entry.justification)}"
    missing = [p.id for p in entry.approved_by if p.id not in signed]
    yield f"    signed by {', '.join(map(visible, signed)) or 'nobody'}" + (
        f"; missing: {', '.join(map(visible, missing))}" if missing else ""
    )
    if missing:
        yield f"    {trailer(entry)}"


def _approvals(settings: Settings) -> tuple[Approved, ...]:
    """Those in signed commits, and those in bundles where the policy names some."""
    from gatekeeper.checks._security_issues.fixes import release

    table = read(settings.policy_path).data.get("security-issues", {})
    commit = release(settings.root)[0]
    signed = approvals_in(settings.root, commit, str(table.get("allowed-signers", "")))
    return signed + (_bundled(settings) if table.get("deviation-bundles") else ())


def _bundled(settings: Settings) -> tuple[Approved, ...]:
    from gatekeeper import gate
    from gatekeeper.cli.situation import context_of

    policy = settings.load_policy(gate.checks())
    context = context_of(settings, policy)
    return in_bundles(context, policy.params["security-issues"].deviation_bundles, approvers(policy.tables)).approvals


def _read(path: Path) -> tuple[Deviation, ...]:
    answers, faults = read_answers(path, rulebook())
    if faults:
        raise PolicyError(faults)
    return answers.entries


def _next_id(known: tuple[Deviation, ...]) -> str:
    year = datetime.now(UTC).year
    numbers = [int(m[1]) for e in known if (m := re.fullmatch(rf"DEV-{year}-(\d+)", e.id))]
    return f"DEV-{year}-{max(numbers, default=0) + 1:03}"


def _entry(settings: Settings, number: str, fields: dict[str, Any]) -> str:
    fields["approved_on"] = fields["approved_on"] or datetime.now(UTC).date()
    fields["releases"] = fields["releases"] or (_version(settings),)
    plan = {name: fields.pop(name) for name in ("target_version", "target_date", "interim_devices", "field_time")}
    lines = ["[[deviation]]", f"id = {_toml(number)}"]
    lines += [f"{name.replace('_', '-')} = {_toml(value)}" for name, value in fields.items() if value]
    if any(plan.values()):
        plan["date"] = plan.pop("target_date")
        lines += ["[deviation.deferral]"]
        lines += [f"{name.replace('_', '-')} = {_toml(value)}" for name, value in plan.items() if value]
    return "\n".join(lines) + "\n"


def _version(settings: Settings) -> str:
    try:
        return str(read(settings.policy_path).data["product"]["version"])
    except (KeyError, TypeError) as e:
        raise UsageError("the policy names no version of the product", "Give it with --release.") from e


def _toml(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(path: Path, text: str, number: str) -> Deviation:
    """Check the whole new file beside the old one, and only then put it in its place."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        draft = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            entries = _checked(draft, path.name)
            draft.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as e:
        raise SealError(f"{path}: cannot be written: {e.strerror}", "The file is as it was.") from e
    return next(e for e in entries if e.id == number)


def _checked(draft: Path, name: str) -> tuple[Deviation, ...]:
    answers, faults = read_answers(draft, rulebook())
    if faults:
        say("nothing was written")
        raise PolicyError(tuple(fault.replace(draft.name, name) for fault in faults))
    return answers.entries

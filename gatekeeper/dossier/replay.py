"""Judging again from what a dossier holds: the same evidence, policy, rules and time must give the same results."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from gatekeeper import __version__, gate
from gatekeeper.dossier import layout
from gatekeeper.gate import Gathered, Stored
from gatekeeper.model.check import AnyCheck, Context
from gatekeeper.model.errors import EvidenceError, PolicyError
from gatekeeper.model.record import Record, RuleRow
from gatekeeper.model.recording import rule_row
from gatekeeper.model.rule import Rulebook
from gatekeeper.model.words import Phase
from gatekeeper.policy import policy as policy_room
from gatekeeper.policy.rulebook import parse

Read = Callable[[str], bytes]
OTHER_VERSION = "Install gatekeeper {0} to judge it again as it was judged then."


def regather(record: Record, read: Read, checks: Mapping[str, AnyCheck]) -> Gathered:
    """Everything that was judged on, from the files of a dossier; `read` returns a file's bytes, already verified.

    Raises EvidenceError where policy or evidence cannot be read by this version of the gate.
    """
    rulebook = parse(read(layout.CATALOGUE_FILE), read(layout.RULES_FILE))
    policy = _policy(record, read, checks, rulebook)
    stored = tuple(_stored(read, check) for check in record.evidence)
    context = Context(
        root=Path(),
        artifacts=(),
        now=datetime.fromisoformat(record.effective_time),
        env={},
        mode=record.mode,
        product=policy.product,
        rulebook=rulebook,
        commit=record.source.commit,
        policy_sha256=policy.sha256,
        tables=policy.tables,
    )
    return Gathered(policy, checks, gate.case_of(policy, context), stored)


def _policy(record: Record, read: Read, checks: Mapping[str, AnyCheck], rulebook: Rulebook) -> policy_room.Policy:
    with tempfile.TemporaryDirectory(prefix="gatekeeper-") as folder:
        place = Path(folder, policy_room.POLICY_FILE)
        place.write_bytes(read(layout.POLICY_FILE))
        if record.policy.deviations_sha256:
            place.with_name(policy_room.DEVIATIONS_FILE).write_bytes(read(layout.DEVIATIONS_FILE))
        try:
            return policy_room.load(place, checks, rulebook)
        except PolicyError as e:
            raise EvidenceError(
                f"this version of the gate cannot read the stored policy: {e.faults[0]}",
                OTHER_VERSION.format(record.gate_version),
            ) from e


def _stored(read: Read, check: str) -> Stored:
    try:
        return msgspec.json.decode(read(layout.evidence(check)), type=Stored)
    except (msgspec.MsgspecError, UnicodeDecodeError) as e:
        raise EvidenceError(f"the stored evidence of {check} cannot be read: {e}") from e


def differences(record: Record, gathered: Gathered, through: Phase = Phase.LAST) -> tuple[str, ...]:
    """How judging again comes out differently; empty where it does not."""
    if missing := sorted(record.evidence.keys() - gathered.checks.keys()):
        raise EvidenceError(
            f"this version of the gate does not have the checks {', '.join(missing)}",
            OTHER_VERSION.format(record.gate_version),
        )
    verdict = gate.judge(
        gathered, through, approvals=record.approvals, signatures=record.signatures, sealing=record.sealing
    )
    again = {r.id: rule_row(r, gathered.case.rulebook) for r in verdict.results}
    then = {row.id: row for row in record.rules}
    said = [*_compared(then, again)]
    if verdict.decision is not record.decision and through is Phase.LAST:
        said.append(f"the decision was {record.decision}, and is now {verdict.decision}")
    if said and record.gate_version != __version__:
        said.append(f"judged by gatekeeper {record.gate_version} then, by {__version__} now")
    return tuple(said)


def _compared(then: Mapping[str, RuleRow], again: Mapping[str, RuleRow]) -> Iterator[str]:
    for rule in sorted(then.keys() | again.keys()):
        if rule not in again:
            yield f"{rule} was {then[rule].outcome}, and is not judged now"
        elif rule not in then:
            yield f"{rule} was not judged, and is {again[rule].outcome} now"
        elif then[rule] != again[rule]:
            yield f"{rule} was {then[rule].outcome}, and is now {again[rule].outcome}{_where(then[rule], again[rule])}"


def _where(then: RuleRow, again: RuleRow) -> str:
    fields = [name for name in RuleRow.__struct_fields__ if getattr(then, name) != getattr(again, name)]
    return f" (different: {', '.join(fields)})"

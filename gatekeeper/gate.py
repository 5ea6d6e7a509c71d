"""Collect, judge, decide: reads like the procedure.

1. Each check collects its evidence, also after another has failed: the record must be whole.
2. The facts of all checks are merged.
3. Each check judges, phase by phase, on its evidence, its parameters and the results so far.
4. Findings are put beside the deviations that answer them.
5. The decision follows from the results alone (model/verdict.py).

Whatever a check does, it cannot open the gate: the one broad `except` of the judging side is here, and it ends
in undecided.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import msgspec

from gatekeeper import __version__
from gatekeeper.checks import all_checks
from gatekeeper.model.approval import Approval, evidence_set
from gatekeeper.model.check import AnyCheck, Case, Context, Sealing, SignedFile
from gatekeeper.model.errors import EvidenceError, GatekeeperError
from gatekeeper.model.facts import Facts, merged
from gatekeeper.model.finding import Finding, Judgement, undecided
from gatekeeper.model.rule import Rule
from gatekeeper.model.run import Unjudged, Verdict
from gatekeeper.model.verdict import RuleResult, answer
from gatekeeper.model.words import Phase, Severity
from gatekeeper.policy.policy import Policy
from gatekeeper.tools.crashes import traced

log = logging.getLogger(__name__)
T = TypeVar("T")


class Stored(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Evidence as it is kept: what it is bound to, and either the evidence or why there is none."""

    schema: Literal["gatekeeper.evidence/1"] = "gatekeeper.evidence/1"
    check: str
    gate_version: str
    commit: str
    policy_sha256: str
    collected: str
    evidence: msgspec.Raw = msgspec.Raw(b"null")
    doubt: str = ""
    advice: str = ""
    artifacts: tuple[str, ...] = ()  # SHA-256 of the files to be released that it saw, where it travels between jobs

    def to_bytes(self) -> bytes:
        """The bytes of `evidence/CHECK.json`."""
        return msgspec.json.encode(self) + b"\n"


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that judging needs, and nothing that it could change."""

    policy: Policy
    checks: Mapping[str, AnyCheck]
    case: Case
    stored: tuple[Stored, ...]
    left_out: frozenset[str] = frozenset()  # checks that the call did not ask for


def checks() -> dict[str, AnyCheck]:
    """Every check of the folder; a broken file is a hard error."""
    return all_checks()


def gather(
    policy: Policy,
    context: Context,
    known: Mapping[str, AnyCheck],
    *,
    only: Iterable[str] = (),
    given: Iterable[Stored] = (),
) -> Gathered:
    """Collect the evidence of every check, or take it from `given` where it was collected in another job.

    What a check says of this very run is never taken: another job's tools, tree and signatures are not this one's.
    """
    wanted = frozenset(only)
    brought = {stored.check: stored for stored in given if not known[stored.check].own_run}
    chosen = {name: check for name, check in known.items() if not wanted or name in wanted}
    stored = tuple(brought.get(name) or _collect(check, policy, context) for name, check in chosen.items())
    return Gathered(policy, known, case_of(policy, context), stored, frozenset(known) - frozenset(chosen))


def judge(
    gathered: Gathered,
    through: Phase,
    *,
    approvals: tuple[Approval, ...] = (),
    signatures: tuple[SignedFile, ...] = (),
    sealing: Sealing = Sealing(),  # noqa: B008 - a frozen value
) -> Verdict:
    """Judge every rule of every phase up to `through`. Pure: the same gathered evidence gives the same verdict."""
    evidence = {s.check: _evidence(s, gathered.checks[s.check]) for s in gathered.stored}
    told = {name: _facts(gathered, name, found) for name, found in evidence.items()}
    evidence |= {name: found for name, found in told.items() if isinstance(found, Doubt)}  # others judge by these facts
    facts = merged(tuple(found for found in told.values() if isinstance(found, Facts)))
    built = tuple(rule for check in gathered.checks.values() for rule in check.rules)
    case = msgspec.structs.replace(gathered.case, facts=facts, built=built, signatures=signatures, sealing=sealing)
    digests = {s.check: hashlib.sha256(s.to_bytes()).hexdigest() for s in gathered.stored}
    for phase in _phases(through):
        if phase is Phase.ON_FINDINGS:
            case = msgspec.structs.replace(case, unmatched=_unmatched(gathered, case))
        if phase is Phase.ON_APPROVALS:
            case = msgspec.structs.replace(case, evidence_set=evidence_set(case), approvals=approvals)
        results = tuple(_judge_phase(gathered, evidence, digests, case, phase))
        case = msgspec.structs.replace(case, results=case.results + results)
    return Verdict(case, case.results, tuple(_unjudged(gathered, case)), case.unmatched, digests)


def _collect(check: AnyCheck, policy: Policy, context: Context) -> Stored:
    blank = Stored(
        check=check.id,
        gate_version=__version__,
        commit=context.commit,
        policy_sha256=policy.sha256,
        collected=context.now.isoformat(),
    )
    if check.id not in policy.params:
        doubt = f"the policy has no [{check.id}] table"
        return msgspec.structs.replace(blank, doubt=doubt, advice=f"Add [{check.id}] to gatekeeper.toml.")
    found = _guarded(check.id, lambda: _encoded(check.collect(context, policy.params[check.id])))
    if isinstance(found, Doubt):
        return msgspec.structs.replace(blank, doubt=found.sentence, advice=found.advice)
    return msgspec.structs.replace(blank, evidence=msgspec.Raw(found))


def _encoded(evidence: Any) -> bytes:
    """Evidence in its stored form. Raises EvidenceError for a name that no record can hold."""
    try:
        return msgspec.json.encode(evidence)
    except UnicodeEncodeError as e:
        raise EvidenceError(f"a name is not UTF-8: {e.object!r}", "Rename the file; no record could name it.") from e


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why something could not be judged, and what to do about it."""

    sentence: str
    advice: str = ""


def _guarded(check: str, step: Callable[[], T]) -> T | Doubt:
    """Run one step of a check; whatever escapes it becomes a doubt."""
    try:
        return step()
    except GatekeeperError as e:
        return Doubt(e.message, e.advice)
    except MemoryError:
        return Doubt(f"the check {check} ran out of memory", "Give the run more memory, and run it again.")
    except KeyboardInterrupt:
        raise
    except BaseException as e:  # noqa: BLE001 - the one net, also where a library ends the program or panics: never passed
        log.error("check %s crashed\n%s", check, traced(e))
        return Doubt(f"the check {check} crashed ({type(e).__name__}: {e})", "Report this with the log above.")


def _evidence(stored: Stored, check: AnyCheck) -> Any:
    """The typed evidence, or the doubt in its place. Judging always reads it back from its stored form."""
    if stored.doubt:
        return Doubt(stored.doubt, stored.advice)
    return _guarded(check.id, lambda: msgspec.json.decode(stored.evidence, type=check.evidence))


def _facts(gathered: Gathered, name: str, evidence: Any) -> Facts | Doubt:
    """What a check tells the others. One that cannot tell it is undecided itself: no rule may pass on its silence."""
    if isinstance(evidence, Doubt):
        return evidence
    tell = gathered.checks[name].facts
    return _guarded(name, lambda: _all(Facts, [tell(evidence, gathered.policy.params[name])])[0])


def _all(kind: type[T], said: Iterable[Any]) -> tuple[T, ...]:
    """What was said, if all of it is of that kind. Raises TypeError."""
    found = tuple(said)
    for each in found:
        if not isinstance(each, kind):
            raise TypeError(f"said {type(each).__name__} and not {kind.__name__}")
    return found


def case_of(policy: Policy, context: Context) -> Case:
    """What every judge may know before any evidence."""
    return Case(
        product=policy.product,
        rulebook=context.rulebook,
        now=context.now,
        mode=context.mode,
        replay=context.replay,
        deviations=policy.deviations,
        profiles=policy.gate.profiles,
    )


def _phases(through: Phase) -> tuple[Phase, ...]:
    order = tuple(Phase)
    return order[: order.index(through) + 1]


def _judge_phase(
    gathered: Gathered, evidence: Mapping[str, Any], digests: Mapping[str, str], case: Case, phase: Phase
) -> Iterator[RuleResult]:
    for name, found in evidence.items():
        check = gathered.checks[name]
        due = tuple(rule for rule in check.rules if case.rulebook.phase(rule) is phase)
        for judgement in _judgements(gathered, check, found, case, phase, due):
            yield _result(judgement, check, gathered.policy, case, digests[name])


def _judgements(
    gathered: Gathered, check: AnyCheck, evidence: Any, case: Case, phase: Phase, due: tuple[str, ...]
) -> Iterator[Judgement]:
    """Exactly one judgement for each rule that is due; silence, repetition or a crash is undecided."""
    said = _said(gathered, check, evidence, case, phase) if due else ()
    for rule in due:
        if isinstance(said, Doubt):
            yield undecided(rule, said.sentence, advice=said.advice)
            continue
        mine = [j for j in said if j.rule == rule]
        yield mine[0] if len(mine) == 1 else undecided(rule, f"the check {check.id} judged this rule {len(mine)} times")


def _said(
    gathered: Gathered, check: AnyCheck, evidence: Any, case: Case, phase: Phase
) -> tuple[Judgement, ...] | Doubt:
    judge_ = check.judge_in(phase)
    if isinstance(evidence, Doubt):
        return evidence
    if judge_ is None:
        return Doubt(f"the check {check.id} does not judge in phase {phase}")
    return _guarded(check.id, lambda: _all(Judgement, judge_(evidence, gathered.policy.params[check.id], case)))


def _result(judgement: Judgement, check: AnyCheck, policy: Policy, case: Case, digest: str) -> RuleResult:
    rule = case.rulebook.rules[judgement.rule]
    usable = () if policy.gate.refuse_deviations or rule.id not in case.rulebook.deviable else case.deviations
    return RuleResult(
        id=rule.id,
        check=check.id,
        severity=_severity(rule, case),
        basis=rule.basis,
        clauses=rule.clauses,
        observed=judgement.observed,
        answered=answer(judgement, usable, case.now.date(), case.product.version),
        doubts=judgement.doubts or _silence(judgement),
        not_applicable=judgement.not_applicable,
        remedy=rule.remedy,
        advice=judgement.advice,
        evidence=digest,
    )


def _silence(judgement: Judgement) -> tuple[str, ...]:
    """Nothing seen, nothing found and nothing said is undecided, and whoever reads that is told why."""
    seen = any(judgement.observed) or judgement.findings or judgement.not_applicable
    return () if seen else ("nothing was observed, so nothing was shown",)


def _severity(rule: Rule, case: Case) -> Severity:
    """A profile raises a warning to a block; none lowers anything."""
    raised = {r for name in case.profiles for r in case.rulebook.profiles[name].raises}
    return Severity.BLOCK if rule.id in raised or "*" in raised else rule.severity


def _unmatched(gathered: Gathered, case: Case) -> tuple[Any, ...]:
    """Deviations whose rule was judged and whose finding is not there (ISSUE-19)."""
    judged = {r.id for r in case.results}
    findings: tuple[Finding, ...] = tuple(f for r in case.results for f in r.findings)
    built = {r for c in gathered.checks.values() for r in c.rules}
    return tuple(
        d
        for d in gathered.policy.deviations
        if (d.rule in judged or d.rule not in built) and not any(d.names(f) for f in findings)
    )


def _unjudged(gathered: Gathered, case: Case) -> Iterator[Unjudged]:
    owner = {rule: check.id for check in gathered.checks.values() for rule in check.rules}
    judged = {r.id for r in case.results}
    for rule in case.rulebook.rules:
        if rule in judged:
            continue
        yield Unjudged(rule, _why_unjudged(rule, owner, gathered, case))


def _why_unjudged(rule: str, owner: Mapping[str, str], gathered: Gathered, case: Case) -> str:
    if case.rulebook.phase(rule) is Phase.ON_RECORD:
        return "receipt"
    if case.rulebook.phase(rule) is Phase.AFTER_PUBLICATION:
        return "published"
    if rule not in owner:
        return "outside"
    return "left-out" if owner[rule] in gathered.left_out else "later"

"""GATE-01 to GATE-15, purely."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from gatekeeper.checks._gate_integrity.evidence import Evidence, Loosened, Params, Tool
from gatekeeper.checks._gate_integrity.weakening import FLOOR
from gatekeeper.model import editions
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.model.selftest import SelfTest
from gatekeeper.model.verdict import RuleResult
from gatekeeper.model.words import Outcome, Phase

LONGEST_RUN = timedelta(hours=24)
CLAIMS = ("certified", "compliant", "conforms to iec", "適合品", "認証済")
KNOWN_VARIABLES = ("GATEKEEPER_POLICY", "GATEKEEPER_POLICY_SHA256")
_FLOOR_REMEDY = "Ask for at least the floor, which no policy can lower: policies/floor.toml of gatekeeper."
_LOOSER_REMEDY = "Revert it; or announce it under [[gate-integrity.loosened]], release that, then loosen it."


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """The rules that need no other rule's result."""
    yield _proved(evidence.selftest)
    yield _validated(evidence, params)
    yield _valid_policy(evidence)
    yield _not_weakened(evidence, params, case)
    yield _switches(evidence)
    yield _editions(case)
    yield _validation(evidence, params, case)
    yield _limits(case)
    yield _one_clock(evidence, case)
    yield _shown_by_samples("GATE-14", evidence.selftest, "read within bounds")
    yield _shown_by_samples("GATE-15", evidence.selftest, "shown as text")


def judge_last(_evidence: Evidence, _params: Params, case: Case) -> Iterator[Judgement]:
    """The rules over all other results."""
    yield _every_rule_ran(case)
    yield _nothing_by_silence(case.results)
    yield _faults_block(case.results)


def _proved(result: SelfTest | None) -> Judgement:
    if result is None:
        return undecided("GATE-01", "the self-test was skipped")
    if not result.samples:
        return undecided("GATE-01", "the self-test is empty")
    wrong = [
        finding("GATE-01", f"{s.rule}: {s.name}: {s.outcome}", key=[s.rule, s.name], where=Where(pointer="self-test"))
        for s in result.wrong
    ]
    bad = sum(s.bad for s in result.samples)
    observed = (
        f"suite {result.suite_version} ({result.suite_sha256[:16]}): {bad} planted faults stopped, "
        f"{len(result.samples) - bad} good controls passed, on {result.machine}"
    )
    doubts = () if result.passed or wrong else ("the self-test lacks faults or controls",)
    return judged("GATE-01", observed, wrong, doubts)


def _validated(evidence: Evidence, params: Params) -> Judgement:
    found = [f for tool, wanted in params.validated.items() if (f := _version_fault(evidence, tool, wanted))]
    found += [f for tool in evidence.tools if (f := _build_fault(tool, params))]
    found += [
        finding("GATE-02", f"[gate-integrity] builds names {name!r}, which is no tool here", key=["no tool", name])
        for name in sorted(params.builds.keys() - {tool.name for tool in evidence.tools})
    ]
    found += [
        finding("GATE-02", f"the product's folder takes part in the gate: {s}", key=["shadow", s])
        for s in evidence.shadows
    ]
    named = ", ".join(f"{t.name} {t.version}" for t in evidence.tools)
    return judged(
        "GATE-02", f"{named}; validated: {', '.join(params.validated) or 'nothing'}", found, _unvalidated(params)
    )


def _unvalidated(params: Params) -> Iterable[str]:
    missing = [name for name in ("bandit", "sigstore", "release-gatekeeper") if name not in params.validated]
    return [f"[gate-integrity] validated names no range for {name}" for name in missing]


def _version_fault(evidence: Evidence, tool: str, wanted: str) -> Finding | None:
    version = evidence.version(tool)
    try:
        if Version(version) in _range(wanted):
            return None
        said = f"{tool} {version} is outside the validated range {wanted}"
    except InvalidVersion:
        said = f"{tool} is not installed, or has no readable version ({version!r})"
    except InvalidSpecifier:
        said = f"[gate-integrity] validated: {wanted!r} is not a range of versions"
    return finding("GATE-02", said, key=["version", tool])


def _range(wanted: str) -> SpecifierSet:
    """The versions that are meant. Raises InvalidSpecifier, also for an empty text, in which every version would be."""
    if not wanted.strip():
        raise InvalidSpecifier(wanted)
    return SpecifierSet(wanted, prereleases=True)


def _build_fault(tool: Tool, params: Params) -> Finding | None:
    known = params.builds.get(tool.name, (tool.build,))
    if tool.build in known:
        return None
    return finding(
        "GATE-02", f"{tool.name} {tool.version} is an unknown build ({tool.build[:16]})", key=["build", tool.name]
    )


def _valid_policy(evidence: Evidence) -> Judgement:
    if not evidence.tables:
        return undecided("GATE-03", "the policy configures no check at all")
    pin = "pinned from outside" if evidence.pinned else "not pinned from outside"
    return judged("GATE-03", f"{len(evidence.tables)} tables, sha256 {evidence.policy_sha256}, {pin}")


def _not_weakened(evidence: Evidence, params: Params, case: Case) -> Judgement:
    faults = {entry.key: _entry_fault(entry, evidence, case) for entry in params.loosened}
    approved = {key for key, fault in faults.items() if not fault}
    found = [
        finding(
            "GATE-04",
            f"{c.key} is {c.now}, looser than the floor of {c.then}"
            if c.than == FLOOR
            else f"{c.key} was {c.then} and is {c.now}: looser than in the {c.than}"
            + (f"; announced, but {faults[c.key]}" if c.key in faults else ""),
            key=[c.key, c.then, c.now],
            where=Where("gatekeeper.toml", pointer=c.key),
            remedy=_FLOOR_REMEDY if c.than == FLOOR else _LOOSER_REMEDY,
        )
        for c in evidence.loosened
        if c.than == FLOOR or c.key not in approved
    ]
    than = (
        f"compared with release {evidence.previous}" if evidence.previous else "first release: nothing to compare with"
    )
    return judged("GATE-04", f"{than}; {len(evidence.loosened)} parameters looser, {len(approved)} announced", found)


def _entry_fault(entry: Loosened, evidence: Evidence, case: Case) -> str:
    """Why an announcement does not count; empty where it does."""
    if entry.key not in evidence.announced:
        return "not in the release before this one"
    if entry.approved_by not in evidence.approvers:
        return f"{entry.approved_by!r} holds no security role"
    if entry.on > case.now.date():
        return f"dated {entry.on}, in the future"
    return "" if entry.reason.strip() else "without a reason"


def _switches(evidence: Evidence) -> Judgement:
    silent = [v for v in evidence.variables if v not in evidence.switches and v not in KNOWN_VARIABLES]
    found = [finding("GATE-09", f"{v} is set and stands in no record", key=[v]) for v in silent]
    found += [
        finding("GATE-09", f"{v} changed this run and stands in no record", key=[v])
        for v in evidence.variables
        if v in KNOWN_VARIABLES and v not in evidence.switches
    ]
    return judged(
        "GATE-09", f"{len(evidence.switches)} switches on record: {', '.join(evidence.switches) or 'none'}", found
    )


def _editions(case: Case) -> Judgement:
    book = case.rulebook
    pairs = (
        ("catalogue", book.catalogue_version, book.catalogue_sha256, editions.CATALOGUE_SHA256),
        ("rules", book.rules_version, book.rules_sha256, editions.RULES_SHA256),
    )
    found = [
        finding("GATE-10", f"the {name} in use ({digest[:16]}) are not those of this gate ({known[:16]})", key=[name])
        for name, _, digest, known in pairs
        if digest != known
    ]
    found += [
        finding("GATE-10", f"clause {c.id} has no rules and is no heading", key=["clause", c.id])
        for c in book.clauses.values()
        if not c.rules and c.relation != "frame"
    ]
    said = ", ".join(f"{name} {version} ({digest[:16]})" for name, version, digest, _ in pairs)
    return judged("GATE-10", f"{said}; {len(book.clauses)} clauses, {len(book.rules)} rules", found)


def _validation(evidence: Evidence, params: Params, case: Case) -> Judgement:
    stated = params.validation
    if stated is None:
        missing = finding("GATE-11", "there is no [gate-integrity.validation]", key=["missing"])
        return judged("GATE-11", "no validation statement", [missing])
    faults = [n for n in ("intended_use", "risk", "report", "by") if not getattr(stated, n).strip()]
    found = [finding("GATE-11", f"the validation statement has no {n.replace('_', '-')}", key=[n]) for n in faults]
    installed = evidence.version("release-gatekeeper")
    if not _within(installed, stated.versions):
        found.append(finding("GATE-11", f"it is for {stated.versions}, and {installed} is installed", key=["versions"]))
    if stated.on > case.now.date():
        found.append(finding("GATE-11", f"it is dated {stated.on}, in the future", key=["on"]))
    return judged("GATE-11", f"report {stated.report} by {stated.by}, {stated.on}, for {stated.versions}", found)


def _within(version: str, wanted: str) -> bool:
    try:
        return Version(version) in _range(wanted)
    except (InvalidVersion, InvalidSpecifier):
        return False


def _limits(case: Case) -> Judgement:
    product = unicodedata.normalize("NFKC", f"{case.product.name} {case.product.model}").casefold()
    found = [
        finding("GATE-12", f"the product's name claims {claim!r}, which a record cannot give", key=[claim])
        for claim in CLAIMS
        if claim in product
    ]
    return judged(
        "GATE-12", "the record's limits say that it is evidence and no certificate, and what it leaves out", found
    )


def _one_clock(evidence: Evidence, case: Case) -> Judgement:
    if case.replay:
        return undecided("GATE-13", f"judged as of {case.now.isoformat()}, not as of now: a replay is no release")
    apart = datetime.fromisoformat(evidence.clock) - case.now
    if not timedelta(minutes=-5) <= apart <= LONGEST_RUN:
        return undecided("GATE-13", f"the run began at {case.now.isoformat()}, and the clock says {evidence.clock}")
    found = []
    if evidence.source_date_epoch == str(int(case.now.timestamp())):
        found = [finding("GATE-13", "SOURCE_DATE_EPOCH was taken for the time of the run", key=["epoch"])]
    return judged("GATE-13", f"one effective time, {case.now.isoformat()}", found)


def _shown_by_samples(rule: str, result: SelfTest | None, what: str) -> Judgement:
    samples = [s for s in result.samples if s.rule == rule or rule in s.also] if result else []
    if not samples:
        return undecided(rule, "the self-test holds no sample for it")
    found = [finding(rule, f"{s.rule}: {s.name}: {s.outcome}", key=[s.rule, s.name]) for s in samples if not s.right]
    return judged(rule, f"{len(samples)} hostile inputs {what} on this machine", found)


def _every_rule_ran(case: Case) -> Judgement:
    """Every rule of the edition, and not of the checks that happen to be there: a lost check takes its rules along."""
    counts = Counter(r.id for r in case.results)
    later = (Phase.LAST, Phase.ON_RECORD, Phase.AFTER_PUBLICATION)
    due = [rule for rule in case.rulebook.rules if case.rulebook.phase(rule) not in later]
    doubts = [f"{rule} has no result" for rule in due if not counts[rule]]
    doubts += [f"{rule} has {n} results" for rule, n in counts.items() if n > 1]
    return judged("GATE-05", f"{len(counts)} of {len(due)} rules with one result each" if due else "", (), doubts)


def _nothing_by_silence(results: tuple[RuleResult, ...]) -> Judgement:
    passed = [r for r in results if r.outcome is Outcome.PASSED]
    doubts = [f"{r.id} passed without evidence" for r in passed if not r.evidence]
    doubts += [f"{r.id} passed on nothing: {r.observed[0]}" for r in passed if r.observed[0].startswith("0 of 0")]
    return judged("GATE-06", f"{len(passed)} passed rules, each citing what was observed" if passed else "", (), doubts)


def _faults_block(results: tuple[RuleResult, ...]) -> Judgement:
    faulty = [r for r in results if r.doubts]
    leaks = [
        finding("GATE-07", f"{r.id} has a doubt and is {r.outcome}", key=[r.id])
        for r in faulty
        if r.outcome not in (Outcome.UNDECIDED, Outcome.FAILED)
    ]
    said = (
        f"{len(results)} results; {len(faulty)} with a doubt, every one of them undecided or failed" if results else ""
    )
    return judged("GATE-07", said, leaks)

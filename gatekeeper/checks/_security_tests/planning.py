"""TEST-03, 05, 06, 07, 08 and 09: kinds, traces, the penetration test, and who tested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import msgspec

from gatekeeper.checks._documents.model import plain
from gatekeeper.checks._security_tests.evidence import (
    INDEPENDENCE,
    KINDS,
    LEVELS,
    Evidence,
    Params,
    Penetration,
    PenetrationSeen,
    Planned,
    Report,
    Tailored,
    Traced,
    forms,
    zoned,
)
from gatekeeper.checks._security_tests.judging import counting, doubts
from gatekeeper.checks._security_tests.judging_scans import about, known_issues
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.model.people import same_person

FEWEST_WORDS = 300  # an original report is longer than a letter
SMALLEST_FILE = 20_000  # bytes, where the words of the format cannot be counted
# What else can become of a threat than a control; whatever is none of these needs a test of its control.
_NO_CONTROL = re.compile(r"accept(ed|ance)?|avoid(ed|ance)?|transfer(red)?|shar(e|ed|ing)|retain(ed)?")
_PLACE = Where("gatekeeper.toml", pointer="security-tests")


def kinds(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """TEST-03."""
    findings = [*_plan_faults(params), *(f for p in params.plan for f in _kind_faults(p, evidence, params, case))]
    findings += [f for entry in params.tailored for f in _tailoring_faults(entry, evidence)]
    findings += _shared(evidence)
    observed = ", ".join(p.kind for p in params.plan)
    return judged("TEST-03", f"planned: {observed}" if observed else "", findings, doubts(evidence))


def _shared(evidence: Evidence) -> Iterator[Finding]:
    """One report cannot stand for two kinds: nothing in it says which of its tests are which."""
    kinds: dict[str, set[str]] = {}
    for report in evidence.reports:
        if report.sha256:
            kinds.setdefault(report.sha256, set()).add(report.entry.kind)
    for report in evidence.reports:
        others = sorted(kinds.get(report.sha256, set()) - {report.entry.kind})
        if others:
            message = f"{report.entry.path} stands for {report.entry.kind!r} and for {', '.join(others)} alike"
            yield finding("TEST-03", message, key=("shared", report.entry.kind), where=Where(report.entry.path))


def _plan_faults(params: Params) -> Iterator[Finding]:
    planned = {p.kind for p in params.plan}
    for kind in KINDS:
        if kind not in planned and kind not in {entry.kind for entry in params.tailored}:
            yield finding("TEST-03", f"the plan has no test of kind {kind!r}", key=("plan", kind), where=_PLACE)


def _kind_faults(planned: Planned, evidence: Evidence, params: Params, case: Case) -> Iterator[Finding]:
    if planned.kind in {entry.kind for entry in params.tailored}:
        return
    if planned.kind == "penetration":
        yield from _penetration_version(params.penetration, case)
    elif not counting(evidence, params, planned.kind):
        yield finding("TEST-03", f"there is no test of kind {planned.kind!r}", key=("kind", planned.kind), where=_PLACE)


def _tailoring_faults(entry: Tailored, evidence: Evidence) -> Iterator[Finding]:
    """Whether or not the plan names the kind: what is left out has been left out of the plan as well, as a rule."""
    if same_person(entry.approved_by, entry.author, evidence.people):
        message = f"leaving out {entry.kind!r} was approved by its author only"
        yield finding("TEST-03", message, key=("author", entry.kind), where=_PLACE)
    elif entry.approved_by not in evidence.security:
        message = f"leaving out {entry.kind!r} was approved by {entry.approved_by}, who is not of the security role"
        yield finding("TEST-03", message, key=("role", entry.kind), where=_PLACE)


def _penetration_version(entry: Penetration | None, case: Case) -> Iterator[Finding]:
    if entry is None:
        yield finding("TEST-03", "there is no penetration test", key=("kind", "penetration"), where=_PLACE)
    elif entry.version.partition(".")[0] != case.product.version.partition(".")[0]:
        message = f"the penetration test is of version {entry.version}, another major version"
        yield finding("TEST-03", message, key=("version", "penetration"), where=_PLACE)


def requirements(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """TEST-05."""
    return _traced("TEST-05", evidence, params, case, evidence.trace.requirements, "security requirements")


def mitigations(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """TEST-06: of every threat that has a control, in the trace or in the register of the risk management."""
    threats, known = evidence.trace.threats, evidence.controlled
    controls = tuple(t for t in threats if not _NO_CONTROL.fullmatch(t.treatment.strip().casefold()))
    judgement = _traced("TEST-06", evidence, params, case, controls, "controls")
    if not evidence.trace.named or evidence.trace.fault:
        return judgement
    untraced = [
        finding(
            "TEST-06",
            f"{threat} has controls in {known.path}, and the trace names no test of them",
            key=("untraced", threat),
            where=Where(params.trace, pointer=threat),
        )
        for threat in known.threats
        if threat not in {t.id for t in controls}
    ]
    doubts = (*judgement.doubts, *((known.fault,) if known.fault else ()))
    return msgspec.structs.replace(judgement, findings=(*judgement.findings, *untraced), doubts=doubts)


def _traced(
    rule: str, evidence: Evidence, params: Params, case: Case, items: tuple[Traced, ...], what: str
) -> Judgement:
    trace = evidence.trace
    if trace.fault:
        return undecided(rule, trace.fault)
    if not trace.named:
        return judged(rule, "", [finding(rule, f"no trace of {what} is named", key=("trace",), where=_PLACE)])
    place, passed, seen = Where(params.trace), evidence.passed(), evidence.seen()
    findings = [
        finding(rule, f"{item.id}: {fault}", key=(item.id, fault), where=place)
        for item in items
        for fault in _untested(item, passed, seen)
    ]
    if trace.version != case.product.version:
        findings.append(finding(rule, f"the trace is of version {trace.version!r}", key=("version",), where=place))
    if rule == "TEST-05" and not trace.known:
        told = "the trace does not list the requirements that exist (requirements), so that one could be missing"
        findings.append(finding(rule, told, key=("unlisted",), where=place))
    elif rule == "TEST-05":
        unknown = {item.id for item in items} ^ set(trace.known)
        findings += [
            finding(rule, f"{name} is not both a requirement and traced", key=("known", name), where=place)
            for name in sorted(unknown)
        ]
    if not items:
        findings.append(finding(rule, f"the trace names no {what}", key=("none",), where=place))
    return judged(rule, f"{len(items)} {what}" if items else "", findings, doubts(evidence))


def _untested(item: Traced, passed: frozenset[str], seen: frozenset[str]) -> Iterator[str]:
    if not item.tests:
        yield "no test is named"
    for test in item.tests:
        name = forms(test)[0]
        if name not in seen:
            yield f"test {test} is in no report"
        elif name not in passed:
            yield f"test {test} did not pass"


def penetration(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """TEST-07."""
    entry, seen = params.penetration, evidence.penetration
    left_out = any(tailored.kind == "penetration" for tailored in params.tailored)
    if entry is None or seen is None:
        if left_out:
            return judged("TEST-07", "the penetration test is left out, as TEST-03 judges")
        return judged(
            "TEST-07", "", [finding("TEST-07", "there is no penetration report", key=("none",), where=_PLACE)]
        )
    observed = f"{entry.path} (sha256 {seen.sha256[:12]}) of {entry.organisation}, {len(entry.findings)} findings"
    return judged("TEST-07", observed, _penetration_faults(entry, seen, case))


def _penetration_faults(entry: Penetration, seen: PenetrationSeen, case: Case) -> Iterator[Finding]:
    place = Where(entry.path)
    if seen.fault:
        yield finding("TEST-07", seen.fault, key=("missing",), where=place)
        return
    if seen.sha256 != entry.sha256:
        yield finding(
            "TEST-07", f"its sha256 is {seen.sha256}, not the one of the policy", key=("sha256",), where=place
        )
    if 0 <= seen.words < FEWEST_WORDS or (seen.words < 0 and seen.size < SMALLEST_FILE):
        yield finding("TEST-07", "it is a letter or a summary, not the original report", key=("short",), where=place)
    yield from _subject_faults(entry, seen, case)
    yield from _day_faults(entry, case)
    known = known_issues(case)
    for found in entry.findings:
        if found.issue not in known:
            yield finding(
                "TEST-07", f"{found.id}: issue {found.issue!r} does not exist", key=("issue", found.id), where=place
            )
    told = {plain(name.replace("#", " ")) for name in (*(found.id for found in entry.findings), *known)}
    for name in sorted(name for name in seen.ids if plain(name) not in told):
        yield finding("TEST-07", f"its finding {name} became no issue", key=("untold", name), where=place)
    if not entry.findings and not entry.none_found.strip():
        yield finding(
            "TEST-07", "its findings are not listed, and nothing says that there are none", key=("list",), where=place
        )


def _subject_faults(entry: Penetration, seen: PenetrationSeen, case: Case) -> Iterator[Finding]:
    place = Where(entry.path)
    if not seen.of_product:
        said = f"it does not name the product, {case.product.name!r}"
        yield finding("TEST-07", said, key=("product",), where=place)
    if not seen.of_version:
        said = f"it does not name version {entry.version!r}, which the policy says was tested"
        yield finding("TEST-07", said, key=("version",), where=place)


def _day_faults(entry: Penetration, case: Case) -> Iterator[Finding]:
    place, started, finished = Where(entry.path), _day(entry.started), _day(entry.finished)
    for name, day in (("started", started), ("finished", finished)):
        if day is None:
            yield finding("TEST-07", f"{name} is no date", key=(name,), where=place)
        elif day > case.now.date():
            yield finding("TEST-07", f"{name} on {day}, in the future", key=(name, "future"), where=place)
    if started and finished and finished < started:
        yield finding("TEST-07", f"finished on {finished}, before it started", key=("order",), where=place)


def independence(evidence: Evidence, params: Params, _case: Case) -> Judgement:
    """TEST-08."""
    rows = [(r.entry.path, r.entry.kind, r.tester, r.organisation, r.independence) for r in evidence.reports]
    if params.penetration:
        p = params.penetration
        rows.append((p.path, "penetration", p.tester, p.organisation, p.independence))
    required = {p.kind: p.independence or INDEPENDENCE.get(p.kind, "person") for p in params.plan}
    findings = [f for report in evidence.reports for f in _disputed(report, evidence)]
    for path, kind, tester, organisation, level in rows:
        due = required.get(kind, "none")
        faults = [
            f"no {what} is named" for what, who in (("tester", tester), ("organisation", organisation)) if not who
        ]
        if level not in LEVELS:
            faults.append(f"the level of independence is {level or 'not stated'!r}")
        elif due not in LEVELS or LEVELS.index(level) < LEVELS.index(due):
            faults.append(f"the level of independence is {level!r}, {due!r} is due")
        findings += [finding("TEST-08", f"{path}: {f}", key=(path, kind, f), where=Where(path)) for f in faults]
    told = "; ".join(f"{kind}: {tester} of {organisation}, {level}" for _, kind, tester, organisation, level in rows)
    return judged("TEST-08", told, findings)


def _disputed(report: Report, evidence: Evidence) -> Iterator[Finding]:
    """Where policy and run both state who tested, they state the same."""
    for name, theirs in report.of_run.items():
        ours = getattr(report.entry, name)
        same = ours == theirs or (name != "independence" and same_person(ours, theirs, evidence.people))
        if ours and theirs and not same:
            said = f"its {name}: the policy says {ours!r}, its run {theirs!r}"
            yield about("TEST-08", report, said, "disputed", name)


def integration(evidence: Evidence, params: Params, _case: Case) -> Judgement:
    """TEST-09."""
    allowed = {p.kind for p in params.plan if p.integration}
    found = [
        finding(
            "TEST-09",
            f"{r.entry.path} holds integration tests and stands for {r.entry.kind!r}, which the plan does not allow",
            key=(r.entry.path,),
            where=Where(r.entry.path),
        )
        for r in evidence.reports
        if r.entry.level == "integration" and r.entry.kind not in allowed
    ]
    return judged("TEST-09", f"{len(evidence.reports)} reports" if evidence.reports else "", found)


def _day(text: str) -> date | None:
    when = zoned(text) or zoned(f"{text}T00:00:00+00:00")
    return when.date() if when else None

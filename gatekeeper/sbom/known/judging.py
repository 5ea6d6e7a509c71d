"""The rules on known vulnerabilities, VULN-01 to 05 and 09: pure. Those on VEX stand beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.model.words import LEVEL_RANK
from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.known import commits, deciding, matching
from gatekeeper.sbom.known.deciding import Answer
from gatekeeper.sbom.known.ecosystems import base, package
from gatekeeper.sbom.known.evidence import Scan, Statement, VexFile
from gatekeeper.sbom.known.matching import Known
from gatekeeper.sbom.known.matter import Matter
from gatekeeper.sbom.known.vex import JUSTIFICATIONS, STATUSES
from gatekeeper.sbom.overlay import target
from gatekeeper.sbom.rules.document import moment
from gatekeeper.sbom.rules.subject import ruled
from gatekeeper.sbom.text import placeholder

BY_COMMIT = "GIT"  # what the index calls data without packages
_EXIT_OK = {"pip-audit": (0, 1), "osv-scanner": (0, 1), "grype": (0, 1, 2), "dependency-track": (0,)}


def usable(m: Matter) -> Judgement:
    """VULN-01: there is a scan of this SBOM, whole, with a control that was found."""
    rule, e = "VULN-01", m.evidence
    if not e.components:
        return undecided(rule, "the SBOM has no components, so nothing was assessed")
    found = [f for s in e.scans for f in _scan_faults(m, s)]
    doubts = [f"{s.path}: {s.faults[0]}" for s in e.snapshots if s.faults]
    doubts += [f"{s.path} holds no records" for s in e.snapshots if not s.faults and not s.records]
    doubts += [f"{s.path}: {s.fault}" for s in e.scans if s.fault]
    doubts += _control_faults(m)
    if not e.snapshots and not any(matching.usable(e)):
        doubts.append("there are neither vulnerability data nor a scan of this SBOM")
    sources = [
        f"{s.ecosystem} snapshot of {s.fetched} ({s.records} records, sha256 {s.sha256[:16]}...)" for s in e.snapshots
    ]
    sources += [f"{s.tool} {s.version} with {s.database} of {s.database_date}" for s in e.scans if not s.fault]
    observed = f"{m.matched.assessed} of {len(e.components)} components assessed against {'; '.join(sources)}"
    return ruled(rule, observed if m.matched.assessed else "", found, doubts)


def _scan_faults(m: Matter, s: Scan) -> Iterator[Finding]:
    where = Where(path=s.path)
    if s.fault:
        return
    if s.sbom_sha256 != m.evidence.sbom_sha256:
        text = f"{s.tool}: the scan is of another SBOM ({s.sbom_sha256[:16] or 'none named'})"
        yield finding("VULN-01", text, key=("other sbom", s.path), where=where)
    if s.exit_status not in _EXIT_OK.get(s.tool, (0,)):
        text = f"{s.tool} ended with status {s.exit_status}: what it says is not whole"
        yield finding("VULN-01", text, key=("exit", s.path), where=where)
    missing = [n for n in ("version", "database", "database_date") if not getattr(s, n)]
    if missing:
        text = f"{s.tool}: the index does not say its {', '.join(missing).replace('_', ' ')}"
        yield finding("VULN-01", text, key=("identity", s.path), where=where)
    if not s.assessed and not s.reported and s.tool != "grype":
        yield finding("VULN-01", f"{s.tool} looked at 0 packages", key=("zero", s.path), where=where)


def _control_faults(m: Matter) -> Iterator[str]:
    """Each snapshot has to answer a question whose answer is known."""
    asked: set[str] = set()
    for control in m.params.controls:
        about = Component(where="", name="", purl=control.purl)
        probe, built = package(about), commits.source(about)
        if built:
            asked.add(BY_COMMIT)
            told = [
                a
                for a in m.evidence.control_advisories
                if control.id in (*a.ids, *a.stems) and commits.concerns(a, built)
            ]
            if not told:
                yield f"the control {control.purl} does not show {control.id}: the data are blind"
            continue
        if isinstance(probe, str):
            yield f"the control {control.purl} cannot be asked: {probe}"
            continue
        asked |= {probe.ecosystem, base(probe.ecosystem)}
        hits = [
            a for a in m.evidence.control_advisories if control.id in (*a.ids, *a.stems) and matching.affects(a, probe)
        ]
        if not hits:
            yield f"the control {control.purl} does not show {control.id}: the data are blind"
    for s in m.evidence.snapshots:
        if s.ecosystem not in asked:
            yield f"no control asks the snapshot of {s.ecosystem}: [vulnerabilities] controls"


def recent(m: Matter) -> Judgement:
    """VULN-02: data and known-exploited list are there, the ones that the index names, and not old."""
    rule, e, case = "VULN-02", m.evidence, m.case
    days = (
        m.params.max_age_days if m.params.max_age_days is not None else case.default("vulnerability_data_max_age_days")
    )
    kev_days = m.params.exploited_max_age_days
    kev_days = kev_days if kev_days is not None else case.default("known_exploited_list_max_age_days")
    doubts = []
    if not e.snapshots and not any(matching.usable(e)):
        doubts.append("there are no vulnerability data")
    if e.exploited.fault:
        doubts.append(f"known-exploited list: {e.exploited.fault}")
    found = []
    for s in e.snapshots:
        found += [_dated(s.path, text) for text in _age_faults(m, s.fetched, s.newest, days)]
        found += [_dated(s.path, t) for t in _digest_faults(s.sha256, s.stated_sha256)]
    if not e.exploited.fault:
        x = e.exploited
        found += [_dated(x.path, text) for text in _age_faults(m, x.fetched, x.released, kev_days)]
        found += [_dated(x.path, t) for t in _digest_faults(x.sha256, x.stated_sha256)]
    for scan in matching.usable(e):
        found += [_dated(scan.path, t) for t in _age_faults(m, scan.database_date, "", days)]
    seen = [f"{s.ecosystem} {s.fetched}" for s in e.snapshots]
    seen += [f"known-exploited {e.exploited.version} ({len(e.exploited.ids)})"] if not e.exploited.fault else []
    return ruled(rule, "; ".join(seen), found, doubts)


def _dated(path: str, text: str) -> Finding:
    return finding("VULN-02", text, key=(path, text.split(":")[0]), where=Where(path=path))


def _age_faults(m: Matter, fetched: str, inside: str, days: int) -> Iterator[str]:
    """Both dates count: the one that the index states, and the newest that the data themselves show."""
    stated = moment(fetched)
    if stated is None:
        yield f"no date with a zone: {fetched!r}"
        return
    if stated > m.case.now + m.tolerance:
        yield f"dated in the future: {fetched}"
    if stated < m.case.now - timedelta(days=days):
        yield f"older than {days} days: {fetched}"
    newest = _any_time(inside) if inside else None
    if inside and newest is None:
        yield f"its newest entry has no date: {inside[:40]!r}"
    if newest and newest > stated + m.tolerance:
        yield f"older on paper than inside: {inside} against {fetched}"
    if newest and newest < stated - timedelta(days=max(30, days)):
        yield f"its newest entry is of {inside}: not what was fetched on {fetched}"


def _any_time(text: str) -> datetime | None:
    return moment(text) or moment(f"{text[:10]}T00:00:00+00:00")


def _digest_faults(actual: str, stated: str) -> Iterator[str]:
    if actual and actual != stated:
        yield f"not the file of the index: sha256 {actual[:16]}..., stated {stated[:16] or 'none'}"


def decided(m: Matter) -> Judgement:
    """VULN-03: each known vulnerability is answered; a deviation is the framework's to add."""
    rule = "VULN-03"
    if not m.evidence.components or not m.matched.assessed:
        return undecided(rule, "no component was assessed (VULN-01)")
    found = [f for k, a in m.answers if (f := unanswered(m, k, a))]
    answered = len(m.answers) - len(found)
    observed = f"{len(m.answers)} known vulnerabilities in {m.matched.assessed} components, {answered} answered by VEX"
    return ruled(rule, observed, found)


def unanswered(m: Matter, k: Known, a: Answer) -> Finding | None:
    s = a.statement
    if s is None:
        return m.about("VULN-03", k, f"{k.level}, and no statement about it")
    if a.rival:
        return m.about("VULN-03", k, f"{s.status} and {a.rival.status} are stated at the same time")
    if fault := reason_fault(m, s):
        return m.about("VULN-03", k, f"stated as {s.status}, {fault}")
    if s.status == "not_affected":
        return None
    if s.status == "fixed":
        return m.about("VULN-03", k, "stated as fixed, and this version is in the affected range") if k.own else None
    if s.status == "affected" and LEVEL_RANK[k.level] < LEVEL_RANK[m.params.threshold]:
        return None
    return m.about("VULN-03", k, f"{k.level}, stated as {s.status.replace('_', ' ')}")


def reason_fault(m: Matter, s: Statement) -> str:
    """Why a statement does not carry its own reason; empty where it does."""
    if s.status not in STATUSES:
        return f"with the unknown status {s.status[:40]!r}"
    if s.status == "not_affected" and s.justification not in JUSTIFICATIONS:
        return f"with the justification {s.justification[:60]!r}" if s.justification else "without a justification"
    if s.status == "not_affected" and m.params.impact_statement and placeholder(s.impact):
        return "without an impact statement"
    return "without an action statement" if s.status == "affected" and placeholder(s.action) else ""


def nothing_unassessed(m: Matter) -> Judgement:
    """VULN-04: what the data cannot judge is named, and assessed by other means."""
    rule = "VULN-04"
    if not m.evidence.components:
        return undecided(rule, "the SBOM has no components")
    excused = {x.purl: x for x in m.params.not_assessed if not placeholder(x.reason) and not placeholder(x.by)}
    found = []
    for u in m.matched.unjudged:
        if target(u.component) in excused and not u.advisory:
            continue  # an advisory that is there asks for an answer of its own
        about = f"{u.advisory}: " if u.advisory else ""
        where = Where(path=m.evidence.sbom, pointer=u.component.purl or u.component.where)
        key = (u.component.full_name, u.component.version, u.advisory)
        found.append(finding(rule, f"{u.component.label} is not assessed: {about}{u.reason}", key=key, where=where))
    total = len(m.matched.unjudged)
    observed = f"{m.matched.assessed} assessed, {total} not, {total - len(found)} of them assessed by other means"
    return ruled(rule, observed, found)


def none_exploited(m: Matter) -> Judgement:
    """VULN-05: nothing on the known-exploited list goes out."""
    rule, e = "VULN-05", m.evidence
    if e.exploited.fault:
        return undecided(rule, f"known-exploited list: {e.exploited.fault}")
    if not m.matched.assessed:
        return undecided(rule, "no component was assessed (VULN-01)")
    listed = {i.upper() for i in e.exploited.ids}
    found = [
        m.about(rule, k, "known to be exploited")
        for k, a in m.answers
        if {i.upper() for i in k.ids} & listed and not _not_exploitable(m, k, a)
    ]
    return ruled(rule, f"{len(m.answers)} known vulnerabilities against a list of {len(listed)}", found)


def _not_exploitable(m: Matter, k: Known, a: Answer) -> bool:
    s = a.statement
    if s is None or a.rival or reason_fault(m, s):
        return False
    if s.status == "fixed":
        return not k.own  # a scanner says so alone; the gate's own match does not find this version affected
    if s.status != "not_affected" or not m.params.exploited_not_affected:
        return False
    signers = {f.signer for f in m.evidence.vex if f.signer in m.params.authors and _agrees(m, f, k)}
    return len(signers) >= 2


def _agrees(m: Matter, file: VexFile, k: Known) -> bool:
    """Whether a file that counts says not_affected of this very component, with its reason."""
    said = deciding.answer(k, [x for x in m.statements if x.file == file.path], m.evidence)
    s = said.statement
    return s is not None and not said.rival and s.status == "not_affected" and not reason_fault(m, s)


def assessed_on_record(m: Matter) -> Judgement:
    """VULN-09: how each was found, safety and security assessment, controls."""
    rule = "VULN-09"
    doubts = list(m.evidence.faults)
    if not m.matched.known and not doubts:
        return judged(
            rule, f"no known vulnerabilities in {m.matched.assessed} components" if m.matched.assessed else ""
        )
    rows = {(a.id, a.component): a for a in m.evidence.assessments}
    found = []
    for k in m.matched.known:
        names = (target(k.component), k.component.full_name)
        row = next((rows[i, n] for i in k.ids for n in names if (i, n) in rows), None)
        fields = ("found_by", "safety", "security", "controls")
        missing = [f for f in fields if row is None or placeholder(getattr(row, f))]
        if missing:
            found.append(m.about(rule, k, f"no {', '.join(missing)} in the assessment table"))
    return ruled(rule, f"{len(m.matched.known)} known vulnerabilities, {len(rows)} rows", found, doubts)

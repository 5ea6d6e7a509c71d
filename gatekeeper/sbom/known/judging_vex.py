"""The rules on VEX, VULN-06, 07, 08 and 10: pure."""

from __future__ import annotations

from gatekeeper.model.finding import Judgement, Where, finding, judged, not_applicable
from gatekeeper.sbom.known import deciding
from gatekeeper.sbom.known.evidence import Evidence, Statement
from gatekeeper.sbom.known.judging import reason_fault, unanswered
from gatekeeper.sbom.known.matter import Matter
from gatekeeper.sbom.rules.subject import ruled
from gatekeeper.sbom.text import placeholder


def vex_about_this(m: Matter) -> Judgement:
    """VULN-06: VEX files are valid, and about this product, this version and its components."""
    rule = "VULN-06"
    if not m.evidence.vex:
        return not_applicable(rule, "the policy names no VEX files")
    found = []
    for file in m.evidence.vex:
        for fault in m.file_faults(file):
            found.append(finding(rule, f"{file.path}: {fault}", key=(file.path, fault), where=Where(path=file.path)))
    whole = [s for file in m.evidence.vex if not m.file_faults(file) for s in file.statements]
    ours = {(s.file, s.where) for s in whole if _is_ours(s, m.evidence)}
    for s in whole:
        if (s.file, s.where) in ours and not _is_ours(s, m.evidence):
            continue  # the same statement names other products beside this one
        if fault := m.time_fault(s.timestamp) or _aim_fault(s, m.evidence):
            text = f"{', '.join(s.ids) or 'no id'}: {fault}"
            found.append(finding(rule, text, key=(s.file, *s.ids, fault), where=Where(path=s.file, pointer=s.where)))
    found += [m.about(rule, k, "contradicting statements of the same time") for k, a in m.answers if a.rival]
    return ruled(rule, f"{len(m.evidence.vex)} files, {len(whole)} statements", found)


def _aim_fault(s: Statement, e: Evidence) -> str:
    if not s.ids:
        return "names no vulnerability"
    if not s.products:
        return "names no product"
    if not _is_ours(s, e):
        return f"is about {s.products[0][:80]}, not about this product in this version"
    if s.versions is not None and not any(deciding.about_component(s, c, e) for c in e.components):
        return f"is about {', '.join(s.versions)[:80] or 'no version'}, not about the version of this SBOM"
    strangers = [c for c in s.subcomponents if not deciding.is_part(c, e)]
    return f"{strangers[0][:80]} is no component of this SBOM" if strangers else ""


def _is_ours(s: Statement, e: Evidence) -> bool:
    return any(deciding.is_product(p, e) or (p.startswith("urn:cdx:") and deciding.is_part(p, e)) for p in s.products)


def vex_reasons(m: Matter) -> Judgement:
    """VULN-07: each statement carries its reason."""
    rule = "VULN-07"
    if not m.statements:
        return not_applicable(rule, "there are no VEX statements")
    found = [
        finding(
            rule,
            f"{', '.join(s.ids)}: {s.status} {fault}",
            key=(s.file, *s.ids, s.status),
            where=Where(path=s.file, pointer=s.where),
        )
        for s in m.statements
        if (fault := reason_fault(m, s))
    ]
    return ruled(rule, f"{len(m.statements)} statements", found)


def vex_authors(m: Matter) -> Judgement:
    """VULN-08: the statements that let a finding pass come from people who may, by a signature that verifies."""
    rule = "VULN-08"
    used = {s.file for k, a in m.answers if (s := a.statement) and not unanswered(m, k, a)}
    if not used:
        return not_applicable(rule, "no VEX statement lets a finding pass")
    files = [f for f in m.evidence.vex if f.path in used]
    found, doubts = [], []
    for f in files:
        where = Where(path=f.path)
        if not f.bundle:
            found.append(finding(rule, f"{f.path} is not signed", key=(f.path, "unsigned"), where=where))
        elif f.unverified:
            doubts.append(f"{f.path}: {f.unverified}")
        elif f.refused:
            found.append(finding(rule, f"{f.path}: {f.refused}", key=(f.path, "refused"), where=where))
        elif f.signer not in m.params.authors or (m.params.issuer and f.issuer != m.params.issuer):
            text = f"{f.path} is signed by {f.signer} ({f.issuer}), who is not among the authors of the policy"
            found.append(finding(rule, text, key=(f.path, f.signer), where=where))
        if placeholder(f.author):
            found.append(finding(rule, f"{f.path}: author {f.author!r}", key=(f.path, "author"), where=where))
    return judged(rule, ", ".join(f"{f.path} by {f.signer or f.author}" for f in files), found, doubts)


def vex_published(m: Matter) -> Judgement:
    """VULN-10: where statements exist, customers get them."""
    rule = "VULN-10"
    if not m.evidence.vex:
        return not_applicable(rule, "there are no VEX files")
    shipped = {a.sha256 for a in m.case.facts.artifacts}
    found = []
    for f in m.evidence.vex:
        if f.sha256 not in shipped and f.path not in m.params.published:
            text = f"{f.path} is neither among the released files nor published"
            found.append(finding(rule, text, key=(f.path,), where=Where(path=f.path)))
    return ruled(rule, f"{len(m.evidence.vex)} VEX files", found)

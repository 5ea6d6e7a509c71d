"""Approvals: what a named person signed, and the digest that names exactly what was approved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from gatekeeper.model.check import Case

APPROVAL_TYPE = "urn:release-gatekeeper:approval:1"


class Approval(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One approval as its verified signature tells it.

    `identity` and `issuer` come from the certificate, never from the text; `signed` is the proven time of signing
    (RFC 3339); `evidence_set` is what was approved. `problem` says why a file found among the approvals does not
    count; such a file is never silently passed over. `sha256` is of the signed file, which the dossier keeps as it
    was read; `root_sha256` of the throw-away root that a rehearsed approval brings along.
    """

    file: str
    identity: str = ""
    issuer: str = ""
    role: str = ""
    meaning: str = ""
    evidence_set: str = ""
    signed: str = ""
    revoked: bool = False
    problem: str = ""
    sha256: str = ""
    root_sha256: str = ""


def taken_back(approval: Approval, approvals: Iterable[Approval]) -> bool:
    """Whether its signer revoked it; that takes back all that this person signed in this role about this evidence."""
    signer = (approval.identity, approval.issuer, approval.role, approval.evidence_set)
    return any(
        other.revoked and not other.problem and (other.identity, other.issuer, other.role, other.evidence_set) == signer
        for other in approvals
    )


def evidence_set(case: Case) -> str:
    """SHA-256 over the normalised facts and results judged so far: ids, states, severities, results and content
    digests; not times of asking, page digests or the name of today's database, so that asking again does not void
    an approval, and any changed fact does."""
    facts = case.facts
    named: dict[str, Any] = {
        "product": case.product,
        "profiles": case.profiles,
        "rules": case.rulebook.rules_sha256,
        "catalogue": case.rulebook.catalogue_sha256,
        "source": (facts.source.commit, facts.source.tag),
        "artifacts": sorted((a.name, a.sha256) for a in facts.artifacts),
        "issues": sorted((i.source, i.id, i.state, i.level, i.resolution, i.deviation) for i in facts.issues),
        "components": sorted((c.purl, c.name, c.version, c.item_class, c.support_end) for c in facts.components),
        "vulnerabilities": sorted((v.id, v.component, v.level, v.vex_status) for v in facts.vulnerabilities),
        "documents": sorted((d.kind, d.path, d.sha256) for d in facts.documents),
        "tests": sorted((t.kind, t.path, t.sha256, t.tester, t.organisation, t.independence) for t in facts.tests),
        "suppressions": sorted((str(s.where), s.tool, s.tests) for s in facts.suppressions),
        "deviations": sorted(case.deviations, key=lambda d: d.id),
        "results": [
            (r.id, r.outcome, sorted((a.finding.fingerprint, a.deviation) for a in r.answered)) for r in case.results
        ],
    }
    return hashlib.sha256(msgspec.json.encode(named, order="sorted")).hexdigest()

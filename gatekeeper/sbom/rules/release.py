"""This very release: name and version, the shipped files, the signature, the customer's copy (SBOM-04, 05, 06, 23)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.model.check import Case
from gatekeeper.model.facts import ArtifactFact
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.evidence import Evidence
from gatekeeper.sbom.identity import contradiction, normal_name, parse, same_version
from gatekeeper.sbom.params import Params
from gatekeeper.sbom.rules.subject import Subject
from gatekeeper.sbom.statements import Attested


def describes(s: Subject) -> Judgement:
    """SBOM-04: name and version of the root are those of the release, and its purl agrees."""
    rule, root, product = "SBOM-04", s.bom.root, s.case.product
    if root is None:
        return undecided(rule, "the SBOM describes no root component (SBOM-03)")
    purl = parse(root.purl) if root.purl else None
    kind = purl.type if purl else ""
    found = []
    if normal_name(kind, product.name) not in (normal_name(kind, root.name), normal_name(kind, root.full_name)):
        found.append(_mismatch(s, root, "name", root.full_name, product.name))
    if not root.version or not same_version(kind, root.version, product.version):
        found.append(_mismatch(s, root, "version", root.version or "no version", product.version))
    if root.purl and not purl:
        found.append(s.about(rule, root, f"{root.purl!r} is no package URL", "purl"))
    elif purl and (clash := contradiction(root, purl)):
        found.append(s.about(rule, root, clash, "purl"))
    return judged(rule, f"describes {root.label}, the release is {product.name} {product.version}", found)


def _mismatch(s: Subject, root: Component, what: str, seen: str, wanted: str) -> Finding:
    text = f"the SBOM describes the {what} {seen!r}, the release has {wanted!r}"
    return finding("SBOM-04", text, key=(what,), where=s.at(f"{root.where}/{what}"))


def bound(s: Subject) -> Judgement:
    """SBOM-05: each released file has its hash at the root, or a signed statement with this SBOM as predicate."""
    rule = "SBOM-05"
    shipped = [a for a in s.case.facts.artifacts if a.sha256 != s.evidence.sha256 and not _beside(a)]
    if not shipped:
        advice = "Name the built files on the command line."
        return undecided(rule, "no released files are known in this run, so nothing can be bound", advice=advice)
    if s.bom.root is None:
        return undecided(rule, "the SBOM describes no root component (SBOM-03)")
    given = {d.value for d in s.bom.root.all_digests}
    attested = {sha256 for x in s.evidence.statements if x.holds for _, sha256 in x.subjects}
    found = [f for a in shipped for f in _unbound(s, a, given | attested)]
    found += [_misstated(x, s.evidence.sha256) for x in s.evidence.statements if x.fault or not x.of_this_sbom]
    if not any(a.sha256 == s.evidence.sha256 for a in s.case.facts.artifacts):
        text = f"{s.evidence.path} itself is not among the released files, so no manifest covers it"
        remedy = "Name the SBOM in [file-integrity] artifacts, and release it with the files."
        found.append(finding(rule, text, key=("not covered",), where=s.at(), remedy=remedy))
    doubts = [f"{x.path}: {x.unverified}" for x in s.evidence.statements if x.unverified]
    by_hash, held = [a for a in shipped if _holds(a, given)], [a.name for a in shipped if _holds(a, given | attested)]
    how = f"{len(by_hash)} by hash, {len(held) - len(by_hash)} by a signed statement alone"
    return judged(
        rule, f"{len(held)} of {len(shipped)} released files bound, {how}: {', '.join(held[:20])}", found, doubts
    )


def _misstated(x: Attested, sbom_sha256: str) -> Finding:
    """A statement that the policy names and that does not bind anything."""
    if x.fault:
        text = x.fault
    elif any(sha256 == sbom_sha256 for _, sha256 in x.subjects):
        text = "it is about the SBOM itself; its subjects have to be the released files, its predicate the SBOM"
    else:
        text = f"its predicate ({x.kind[:80]}) is not this SBOM"
    return finding("SBOM-05", f"{x.path}: {text}", key=("statement", x.path), where=Where(path=x.path))


def _beside(artifact: ArtifactFact) -> bool:
    """An SBOM or VEX file is made after the SBOM's hashes and cannot stand in them; programs are no JSON or XML."""
    return artifact.kind in ("sbom", "vex") and artifact.name.endswith((".json", ".xml", ".spdx"))


def _holds(artifact: ArtifactFact, given: set[str]) -> bool:
    return artifact.sha256.lower() in given or bool(artifact.sha512 and artifact.sha512.lower() in given)


def _unbound(s: Subject, artifact: ArtifactFact, given: set[str]) -> Iterator[Finding]:
    where = Where(path=s.evidence.path, pointer=artifact.name)
    if not _holds(artifact, given):
        text = f"neither the SBOM's root nor a signed statement has the hash of {artifact.name} "
        text += f"(sha256 {artifact.sha256[:16]}...)"
        yield finding("SBOM-05", text, key=("unbound", artifact.name), where=where)
    for algorithm, value in _claims(s, artifact.name):
        own = {"sha256": artifact.sha256, "sha512": artifact.sha512}.get(algorithm, "")
        if own and value != own.lower():
            text = f"the SBOM gives {artifact.name} the {algorithm} {value[:16]}..., the file has {own[:16]}..."
            yield finding("SBOM-05", text, key=("contradiction", artifact.name, algorithm), where=where)


def _claims(s: Subject, name: str) -> Iterator[tuple[str, str]]:
    """Hashes that the SBOM gives for a file of that name, wherever they stand."""
    for c in s.bom.everything:
        for r in c.references:
            if r.kind == "distribution" and r.digests and _base_name(r.url) == name:
                yield from ((d.algorithm, d.value) for d in r.digests)
        if c.digests and (c.name == name or c.mark("bsi:component:filename") == name):
            yield from ((d.algorithm, d.value) for d in c.digests)


def _base_name(url: str) -> str:
    """The last segment of an address's path, percent-escapes undone."""
    name = re.split(r"[?#]", url, maxsplit=1)[0].rsplit("/", 1)[-1]
    return re.sub("%([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), name)


def signed(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """SBOM-06: a signature over these very bytes was verified, by the author that the policy names."""
    rule = "SBOM-06"
    ours = [f for f in case.signatures if f.sha256.lower() == evidence.sha256]
    attested = [f"{x.signer} ({x.issuer}), in the statement {x.path}" for x in evidence.statements if x.holds]
    if not ours and attested:
        return judged(rule, f"signed by {', '.join(attested)}")
    if not ours:
        text = f"no verified signature over {evidence.path} (sha256 {evidence.sha256[:16]}...)"
        return judged(rule, "", [finding(rule, text, key=("unsigned",), where=Where(path=evidence.path))])
    broken = [finding(rule, f.fault, key=("fault", f.name), where=Where(path=f.name)) for f in ours if f.fault]
    doubts = [f.doubt for f in ours if f.doubt]
    fitting = [
        f
        for f in ours
        if params.author_identity in ("", f.identity) and params.author_issuer in ("", f.issuer) and f.identity
    ]
    wrong = [] if fitting else [_stranger(f.identity, f.issuer, evidence.path) for f in ours]
    seen = ", ".join(f"{f.identity} ({f.issuer})" for f in fitting)
    return judged(rule, f"signed by {seen}" if seen else "", [*broken, *wrong], doubts)


def _stranger(identity: str, issuer: str, path: str) -> Finding:
    text = f"signed by {identity or 'nobody named'} ({issuer}), not by the author of the policy"
    return finding("SBOM-06", text, key=("identity", identity), where=Where(path=path))


def provided(s: Subject) -> Judgement:
    """SBOM-23: customers get the plain file, and a document says how."""
    rule, note = "SBOM-23", s.evidence.note
    shipped = any(a.sha256 == s.evidence.sha256 for a in s.case.facts.artifacts)
    found = []
    if not shipped:
        text = f"{s.evidence.path} is not among the released files"
        found.append(finding(rule, text, key=("not shipped",), where=s.at(), remedy="Release the plain SBOM as well."))
    if not note.line:
        text = note.fault or "no document is named that says how customers get the SBOM"
        remedy = "Name the SBOM's file in the operation guide, and the guide in [sbom] distribution-note."
        found.append(finding(rule, text, key=("note",), where=Where(path=note.path), remedy=remedy))
    told = f"; named in {note.path}:{note.line}" if note.line else ""
    return judged(rule, f"{'released' if shipped else 'not released'} as a plain file{told}", found)

"""The software bill of materials: readable, valid, true to this release, complete, classed and supported.

An SBOM that is merely there proves nothing: official schemas accept nearly every hostile change. So its schema is only
the entrance; the rules in `gatekeeper.sbom.rules` carry the weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gatekeeper.model.check import Case, Check
from gatekeeper.model.facts import ComponentFact, Facts
from gatekeeper.model.finding import Judgement, undecided
from gatekeeper.model.words import Phase
from gatekeeper.sbom import overlay
from gatekeeper.sbom.bom import Bom
from gatekeeper.sbom.collect import collect
from gatekeeper.sbom.evidence import Evidence
from gatekeeper.sbom.overlay import Item
from gatekeeper.sbom.params import Params
from gatekeeper.sbom.rules import classes, contents, document, fields, identities, lockfiles, references, release
from gatekeeper.sbom.rules.subject import Subject
from gatekeeper.sbom.strict_json import uncollected

ENTRANCE: dict[str, Callable[[Evidence], Judgement]] = {"SBOM-01": document.readable, "SBOM-02": document.valid}
RULES: dict[str, Callable[[Subject], Judgement]] = {
    "SBOM-03": references.resolve,
    "SBOM-04": release.describes,
    "SBOM-05": release.bound,
    "SBOM-07": document.fresh,
    "SBOM-08": lockfiles.complete,
    "SBOM-09": lockfiles.hashes,
    "SBOM-10": references.connected,
    "SBOM-11": document.completeness,
    "SBOM-12": identities.identified,
    "SBOM-13": document.own_data,
    "SBOM-14": fields.filled,
    "SBOM-15": identities.no_placeholders,
    "SBOM-16": classes.classed,
    "SBOM-17": classes.risks_managed,
    "SBOM-18": classes.support_known,
    "SBOM-19": fields.licences_allowed,
    "SBOM-20": document.no_vulnerabilities,
    "SBOM-21": fields.suppliers,
    "SBOM-22": fields.deliveries,
    "SBOM-23": release.provided,
    "SBOM-24": contents.listed,
}
AT_SIGNING = ("SBOM-06",)


def judge(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """All rules on the document; those on its content are undecided while it is not readable and valid."""
    for entrance in ENTRANCE.values():
        yield entrance(evidence)
    if evidence.bom is None:
        reason = document.not_read(evidence)
        yield from (undecided(rule, reason) for rule in RULES)
        return
    with uncollected():
        judgements = _on_content(Subject(evidence, evidence.bom, params, case))
    yield from judgements


def _on_content(subject: Subject) -> list[Judgement]:
    return [rule(subject) for rule in RULES.values()]


def judge_at_signing(evidence: Evidence, params: Params, case: Case) -> Iterator[Judgement]:
    """The signature over the SBOM's bytes."""
    yield release.signed(evidence, params, case)


def facts(evidence: Evidence, _params: Params) -> Facts:
    """The components for the record, and the version that the SBOM gives the product."""
    if evidence.bom is None:
        return Facts()
    root = evidence.bom.root
    return Facts(
        components=components(evidence.bom, evidence.overlay),
        versions=((f"SBOM {evidence.path}", root.version),) if root and root.version else (),
    )


def components(bom: Bom, over: overlay.Overlay = overlay.Overlay()) -> tuple[ComponentFact, ...]:  # noqa: B008  # frozen
    """The components of an SBOM as the record holds them."""
    return tuple(_fact(i) for i in overlay.items(bom.components, over))


def _fact(item: Item) -> ComponentFact:
    c = item.component
    return ComponentFact(
        name=c.full_name,
        version=c.version,
        purl=c.purl,
        producer=item.producer,
        licence=" AND ".join(text for text, _ in item.licences),
        sha256=next((d.value for d in c.all_digests if d.algorithm == "sha256"), ""),
        item_class=", ".join(item.classes),
        support_level=", ".join(item.support_levels),
        support_end=", ".join(item.support_ends),
        justification=item.justification,
    )


CHECK = Check(
    id="sbom",
    rules=(*ENTRANCE, *RULES, *AT_SIGNING),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
    facts=facts,
    later={Phase.AT_SIGNING: judge_at_signing},
    artifacts=True,
)

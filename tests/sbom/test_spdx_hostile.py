"""Hostile SPDX documents, in each of their forms: stopped by the rule that is for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sbom.samples import BASE, Scene, failed, in_doubt, spdx2, spdx3, tag_value, unplaced

Document = dict[str, Any]
Change = Callable[[Document], None]
TWO: list[tuple[str, Change, str, set[str]]] = []
THREE: list[Any] = []
UNBOUND = "SBOM-07"  # no digest of the lock file in these samples, and no git repository


def spdx2_change(rule: str, what: str, *also: str) -> Callable[[Change], Change]:
    def add(change: Change) -> Change:
        TWO.append((f"{rule}: {what}", change, rule, set(also)))
        return change

    return add


def spdx3_change(rule: str, what: str, *also: str) -> Callable[[Change], Change]:
    def add(change: Change) -> Change:
        THREE.append(pytest.param(change, rule, set(also), id=f"{rule}: {what}"))
        return change

    return add


@spdx2_change("SBOM-03", "duplicate SPDXID", "SBOM-10")
def duplicate_id(d: Document) -> None:
    d["packages"][2]["SPDXID"] = d["packages"][1]["SPDXID"]


@spdx2_change("SBOM-03", "relationship to nothing")
def dangling(d: Document) -> None:
    extra = {"spdxElementId": "SPDXRef-pump", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-nope"}
    d["relationships"].append(extra)


@spdx2_change("SBOM-03", "no root component", "*")
def nothing_described(d: Document) -> None:
    d["relationships"].pop(0)


@spdx2_change("SBOM-03", "two roots")
def two_roots(d: Document) -> None:
    root = d["relationships"][0]
    d["relationships"].insert(1, {**root, "relatedSpdxElement": "SPDXRef-click"})


@spdx2_change("SBOM-09", "checksum abc", "SBOM-14")
def wrong_checksum(d: Document) -> None:
    d["packages"][1]["checksums"][0]["checksumValue"] = "abc"


@spdx2_change("SBOM-12", "garbage purl", "SBOM-16", "SBOM-18")
def no_purl(d: Document) -> None:
    d["packages"][1]["externalRefs"][0]["referenceLocator"] = "nopurl"


@spdx2_change("SBOM-13", "created is a word", "SBOM-07")
def created_is_a_word(d: Document) -> None:
    d["creationInfo"]["created"] = "yesterday"


@spdx2_change("SBOM-13", "no author")
def no_author(d: Document) -> None:
    d["creationInfo"]["creators"] = ["Tool: generator-1.0"]


@spdx2_change("SBOM-13", "no tool version")
def no_tool_version(d: Document) -> None:
    d["creationInfo"]["creators"][0] = "Tool: generator"


@spdx2_change("SBOM-13", "no lifecycle phase")
def no_phase(d: Document) -> None:
    d["creationInfo"]["comment"] = "made with care"


@spdx2_change("SBOM-13", "a namespace with a fragment")
def fragment(d: Document) -> None:
    d["documentNamespace"] += "#1"


@spdx2_change("SBOM-14", "licence is nonsense", "SBOM-19")
def nonsense_licence(d: Document) -> None:
    d["packages"][1]["licenseDeclared"] = "NOT A LICENCE (("


@spdx2_change("SBOM-14", "supplier without its kind", "SBOM-21")
def supplier_without_kind(d: Document) -> None:
    d["packages"][1]["supplier"] = "Somebody"


@spdx2_change("SBOM-14", "NOASSERTION producer without reason", "SBOM-11", "SBOM-21")
def noassertion_producer(d: Document) -> None:
    d["packages"][1]["supplier"] = "NOASSERTION"


@spdx2_change("SBOM-11", "no completeness statement")
def no_completeness(d: Document) -> None:
    d["annotations"] = []


@spdx2_change("SBOM-12", "a CPE that is none")
def garbage_cpe(d: Document) -> None:
    cpe = {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:click"}
    d["packages"][1]["externalRefs"].append(cpe)


@spdx2_change("SBOM-08", "no packages", "SBOM-03", "SBOM-09", "SBOM-10", "SBOM-12", "SBOM-14", "SBOM-16", "SBOM-18")
def no_packages(d: Document) -> None:
    d["packages"] = d["packages"][:1]
    d["relationships"] = d["relationships"][:1]
    d["relationships"].append(
        {"spdxElementId": "SPDXRef-x", "relationshipType": "OTHER", "relatedSpdxElement": "SPDXRef-pump"}
    )


@spdx2_change("SBOM-02", "dataLicense changed", "*")
def data_licence(d: Document) -> None:
    d["dataLicense"] = "MIT"


@spdx2_change("SBOM-02", "unknown version", "*")
def unknown_version(d: Document) -> None:
    d["spdxVersion"] = "SPDX-2.9"


@spdx2_change("SBOM-02", "another document id", "*")
def document_id(d: Document) -> None:
    d["SPDXID"] = "SPDXRef-Doc"


@spdx2_change("SBOM-02", "an id that is none", "*")
def not_an_id(d: Document) -> None:
    d["packages"][1]["SPDXID"] = "click!"


@spdx2_change("SBOM-05", "hash of the previous build")
def previous_build(d: Document) -> None:
    d["packages"][0]["checksums"][0]["checksumValue"] = "0" * 64


@spdx2_change("SBOM-04", "SBOM of the previous version")
def previous_version(d: Document) -> None:
    d["packages"][0]["versionInfo"] = "1.1.0"
    d["packages"][0]["externalRefs"] = []


@pytest.mark.parametrize("form", ["json", "tag-value"])
@pytest.mark.parametrize(("what", "change", "rule", "also"), TWO, ids=[t[0] for t in TWO])
def test_spdx_2(scene: Scene, form: str, what: str, change: Change, rule: str, also: set[str]) -> None:
    scene.document = spdx2()
    scene.name = "sbom.spdx" if form == "tag-value" else "sbom.spdx.json"
    scene.files["guide.md"] = scene.name
    scene.as_tag_value = form == "tag-value"
    change(scene.document)

    assert_stopped(scene, rule, also)


def assert_stopped(scene: Scene, rule: str, also: set[str]) -> None:
    judgements = scene.judge()
    noticed = failed(judgements) | in_doubt(judgements)
    seen = {r: [f.message for f in judgements[r].findings] or judgements[r].doubts for r in noticed}
    assert rule in noticed, seen
    assert also == {"*"} or noticed == {rule, UNBOUND} | also, seen
    assert unplaced(judgements, rule) == []


@pytest.mark.parametrize("version", ["SPDX-2.2", "SPDX-2.3"])
def test_a_profile_that_takes_no_spdx_2_takes_none(scene: Scene, version: str) -> None:
    scene.document = spdx2() | {"spdxVersion": version}
    scene.name = "sbom.spdx.json"
    scene.params["profiles"] = ["bsi-2.1"]

    found = scene.judge()["SBOM-13"].findings

    assert [f.message for f in found] == [f"{version.lower()} is not accepted by the profile bsi-2.1"]


def element(d: Document, name: str) -> Document:
    return next(e for e in d["@graph"] if e.get("name") == name or e.get("spdxId") == BASE + name)


@spdx3_change("SBOM-03", "two elements with one spdxId", "SBOM-10")
def one_id_twice(d: Document) -> None:
    element(d, "click")["spdxId"] = BASE + "packaging"
    element(d, "licence-click")["from"] = BASE + "packaging"
    element(d, "direct")["to"].remove(BASE + "click")


@spdx3_change("SBOM-03", "relationship to nothing")
def to_nothing(d: Document) -> None:
    element(d, "direct")["to"].append(BASE + "nope")


@spdx3_change("SBOM-03", "a licence relationship to nothing", "SBOM-14", "SBOM-19")
def licence_of_nothing(d: Document) -> None:
    element(d, "licence-click")["to"] = [BASE + "nope"]


@spdx3_change("SBOM-03", "Sbom without rootElement", "*")
def no_root(d: Document) -> None:
    del element(d, "sbom")["rootElement"]


@spdx3_change("SBOM-03", "CreationInfo missing", "SBOM-13")
def no_creation_info(d: Document) -> None:
    d["@graph"] = [e for e in d["@graph"] if e["type"] != "CreationInfo"]


@spdx3_change("SBOM-09", "a hash value that is no hex", "SBOM-14")
def no_hex(d: Document) -> None:
    element(d, "click")["verifiedUsing"][0]["hashValue"] = "zz"


@spdx3_change("SBOM-12", "garbage purl", "SBOM-16", "SBOM-18")
def garbage_purl(d: Document) -> None:
    element(d, "click")["software_packageUrl"] = "not-a-purl"


@spdx3_change("SBOM-02", "an id that is no IRI", "*")
def no_iri(d: Document) -> None:
    element(d, "click")["spdxId"] = "SPDXRef-click"


@spdx3_change("SBOM-02", "another context", "*")
def other_context(d: Document) -> None:
    d["@context"] = "https://evil.example/context.jsonld"


@spdx3_change("SBOM-02", "another specVersion inside", "*")
def other_version(d: Document) -> None:
    d["@graph"][0]["specVersion"] = "3.1.0"


@spdx3_change("SBOM-02", "two documents", "*")
def two_documents(d: Document) -> None:
    d["@graph"].append({**element(d, "document"), "spdxId": BASE + "second"})


@spdx3_change("SBOM-11", "no completeness statement")
def no_statement(d: Document) -> None:
    del element(d, "direct")["completeness"]


@spdx3_change("SBOM-20", "vulnerability elements inside")
def vulnerability_inside(d: Document) -> None:
    d["@graph"].append({"type": "security_Vulnerability", "spdxId": BASE + "cve", "creationInfo": "_:info"})


@pytest.mark.parametrize(("change", "rule", "also"), THREE)
def test_spdx_3(scene: Scene, change: Change, rule: str, also: set[str]) -> None:
    scene.document = spdx3()
    scene.name = "sbom.spdx3.json"
    scene.files["guide.md"] = scene.name
    change(scene.document)

    assert_stopped(scene, rule, also - {UNBOUND})


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("no tag at all", id="SBOM-01: a line that is no tag"),
        pytest.param("Created: 2026-01-01T00:00:00Z", id="SBOM-01: a repeated key whose last value hides the first"),
        pytest.param("CreatorComment: <text>never ends", id="SBOM-01: a text that does not end"),
        pytest.param("Relationship: SPDXRef-a DEPENDS_ON", id="SBOM-01: half a relationship"),
    ],
)
def test_tag_value_has_one_meaning(scene: Scene, line: str) -> None:
    head, packages = tag_value(spdx2()).split("\nAnnotator", 1)
    scene.raw = f"{head}\n{line}\nAnnotator{packages}".encode()
    scene.name = "sbom.spdx"

    assert failed(scene.judge()) == {"SBOM-01"}

"""Hostile CycloneDX documents, nearly all valid for the official schema: each is stopped by the rule it is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sbom.samples import CLASS, Scene, component, digest, failed, in_doubt, unplaced

Document = dict[str, Any]
HOSTILE: list[Any] = []


def hostile(rule: str, what: str, *also: str) -> Callable[[Callable[[Document], None]], Callable[[Document], None]]:
    """`rule` has to stop the change; `also` are rules that cannot but notice it as well."""

    def add(change: Callable[[Document], None]) -> Callable[[Document], None]:
        HOSTILE.append(pytest.param(change, rule, set(also), id=f"{rule}: {what}"))
        return change

    return add


@hostile("SBOM-03", "duplicate bom-ref", "SBOM-10")
def duplicate_bom_ref(d: Document) -> None:
    d["components"][1]["bom-ref"] = d["components"][0]["bom-ref"]


@hostile("SBOM-03", "dependsOn to a missing id")
def dangling_reference(d: Document) -> None:
    d["dependencies"][0]["dependsOn"].append("nope")


@hostile("SBOM-03", "dependency of a missing id")
def dangling_source(d: Document) -> None:
    d["dependencies"].append({"ref": "nope", "dependsOn": []})


@hostile("SBOM-03", "composition of a missing id")
def dangling_composition(d: Document) -> None:
    d["compositions"][0]["assemblies"].append("nope")


@hostile("SBOM-03", "no root component", "SBOM-04", "SBOM-05", "SBOM-10", "SBOM-11")
def no_root(d: Document) -> None:
    del d["metadata"]["component"]


@hostile("SBOM-03", "two roots: the root listed again as a component", "SBOM-10", "SBOM-16", "SBOM-18")
def root_again(d: Document) -> None:
    d["components"].append(component("pump", "1.2.0") | {"bom-ref": "root2"})


@hostile("SBOM-03", "a nested component re-uses an id", "SBOM-10")
def nested_reuse(d: Document) -> None:
    inner = component("click", "8.4.0") | {"bom-ref": d["components"][1]["bom-ref"]}
    d["components"][0]["components"] = [inner]


@hostile("SBOM-02", "unknown specVersion", "*")
def unknown_version(d: Document) -> None:
    d["specVersion"] = "9.9"


@hostile("SBOM-02", "a $schema address pointing elsewhere", "*")
def alien_schema(d: Document) -> None:
    d["$schema"] = "https://evil.example/bom.schema.json"


@hostile("SBOM-02", "an invalid file that only fails with format checks on", "*")
def format_only(d: Document) -> None:
    d["metadata"]["timestamp"] = "yesterday"


@hostile("SBOM-02", "version 0", "*")
def version_zero(d: Document) -> None:
    d["version"] = 0


@hostile("SBOM-02", "a licence id that is not on the list", "*")
def unknown_licence_id(d: Document) -> None:
    d["components"][0]["licenses"] = [{"license": {"id": "Nobody-1.0"}}]


@hostile("SBOM-04", "SBOM of the previous version", "SBOM-04")
def other_release(d: Document) -> None:
    d["metadata"]["component"] |= {"version": "1.1.0", "purl": "pkg:pypi/pump@1.1.0"}


@hostile("SBOM-04", "root of another product")
def other_product(d: Document) -> None:
    d["metadata"]["component"] |= {"name": "valve", "purl": "pkg:pypi/valve@1.2.0"}


@hostile("SBOM-04", "purl version different from the version field")
def root_purl_differs(d: Document) -> None:
    d["metadata"]["component"]["purl"] = "pkg:pypi/pump@1.1.0"


@hostile("SBOM-04", "root purl is garbage")
def root_purl_garbage(d: Document) -> None:
    d["metadata"]["component"]["purl"] = "pump"


@hostile("SBOM-05", "hash of the previous build")
def hash_of_previous_build(d: Document) -> None:
    d["metadata"]["component"]["externalReferences"][0]["hashes"] = [digest("0" * 64)]


@hostile("SBOM-05", "no hash at all and no statement")
def no_hash_of_artifact(d: Document) -> None:
    del d["metadata"]["component"]["externalReferences"]


@hostile("SBOM-05", "a second hash given for the file contradicts it")
def contradicting_artifact(d: Document) -> None:
    right = d["metadata"]["component"]["externalReferences"][0]
    d["metadata"]["component"]["externalReferences"].append({**right, "hashes": [digest("1" * 64)]})


@hostile("SBOM-07", "timestamp in 2099")
def future(d: Document) -> None:
    d["metadata"]["timestamp"] = "2099-01-01T00:00:00Z"


@hostile("SBOM-07", "no timestamp", "SBOM-13")
def no_timestamp(d: Document) -> None:
    del d["metadata"]["timestamp"]


ALL_EMPTY = ("SBOM-09", "SBOM-10", "SBOM-12", "SBOM-14", "SBOM-16", "SBOM-18")


@hostile("SBOM-08", "zero components though the lock has some", *ALL_EMPTY)
def no_components(d: Document) -> None:
    d["components"] = []
    d["dependencies"] = [{"ref": "root"}]


@hostile("SBOM-08", "a transitive dependency missing", "SBOM-16")
def one_removed(d: Document) -> None:
    d["components"] = [c for c in d["components"] if c["name"] != "markupsafe"]
    d["dependencies"] = [e for e in d["dependencies"] if e["ref"] != "ref-markupsafe"]
    d["dependencies"][2]["dependsOn"] = []


@hostile("SBOM-08", "version mismatch, purl adapted")
def one_version_changed(d: Document) -> None:
    d["components"][3] |= {"version": "99.0", "purl": "pkg:pypi/packaging@99.0"}


@hostile("SBOM-14", "a component hidden in nesting", "SBOM-12", "SBOM-16", "SBOM-18", "SBOM-19", "SBOM-21")
def hidden(d: Document) -> None:
    d["components"][0]["components"] = [{"type": "library", "name": "hidden", "version": "6.6.6"}]


@hostile("SBOM-08", "a locked package that the SBOM calls excluded")
def excluded(d: Document) -> None:
    d["components"][0]["scope"] = "excluded"


@hostile("SBOM-09", "a swapped hash")
def swapped_hash(d: Document) -> None:
    one, other = d["components"][:2]
    one["hashes"], other["hashes"] = other["hashes"], one["hashes"]


@hostile("SBOM-09", "a swapped hash of a component without package URL", "SBOM-16", "SBOM-18")
def swapped_hash_without_purl(d: Document) -> None:
    del d["components"][0]["purl"]
    d["components"][0] |= {"cpe": "cpe:2.3:a:click:click:8.4.0:*:*:*:*:*:*:*", "hashes": [digest("0" * 64)]}


@hostile("SBOM-09", "a 64-digit value marked SHA-512", "SBOM-14")
def wrong_algorithm(d: Document) -> None:
    d["components"][0]["hashes"][0]["alg"] = "SHA-512"


@hostile("SBOM-09", "SHA-256 with a value of MD5's length", "SBOM-14")
def wrong_length(d: Document) -> None:
    d["components"][0]["hashes"] = [digest("d41d8cd98f00b204e9800998ecf8427e")]


@hostile("SBOM-09", "MD5 only", "SBOM-14")
def weak_only(d: Document) -> None:
    d["components"][0]["hashes"] = [digest("d41d8cd98f00b204e9800998ecf8427e", "MD5")]


@hostile("SBOM-09", "two values of one algorithm")
def two_values(d: Document) -> None:
    d["components"][0]["hashes"].append(digest("0" * 64))


@hostile("SBOM-10", "orphaned components")
def orphans(d: Document) -> None:
    d["dependencies"] = [e for e in d["dependencies"] if e["ref"] != "root"]


@hostile("SBOM-10", "a flat list without dependencies")
def no_graph(d: Document) -> None:
    del d["dependencies"]


@hostile("SBOM-10", "a direct dependency missing at the root")
def direct_missing(d: Document) -> None:
    d["dependencies"][0]["dependsOn"].remove("ref-click")
    d["dependencies"][2]["dependsOn"].append("ref-click")


@hostile("SBOM-10", "an indirect dependency called direct")
def indirect_as_direct(d: Document) -> None:
    d["dependencies"][0]["dependsOn"].append("ref-markupsafe")


@hostile("SBOM-11", "no completeness statement")
def no_completeness(d: Document) -> None:
    del d["compositions"]


@hostile("SBOM-11", "a field stated as unknown and as withheld")
def both_unknown_and_withheld(d: Document) -> None:
    names = ("gatekeeper:unknown:licence", "gatekeeper:withheld:licence")
    d["components"][0]["properties"] = [{"name": n, "value": "asked the project"} for n in names]


@hostile("SBOM-12", "purl of another name")
def purl_other_name(d: Document) -> None:
    d["components"][0]["name"] = "clock"


@hostile("SBOM-12", "purl of another version")
def purl_other_version(d: Document) -> None:
    d["components"][0]["version"] = "9.9.9"


@hostile("SBOM-12", "garbage purl", "SBOM-16", "SBOM-18")
def purl_garbage(d: Document) -> None:
    d["components"][0]["purl"] = "not a purl"


@hostile("SBOM-12", "a name only", "SBOM-16", "SBOM-18")
def name_only(d: Document) -> None:
    del d["components"][0]["purl"]


@hostile("SBOM-12", "a Cyrillic letter in a name")
def look_alike(d: Document) -> None:
    d["components"][0]["name"] = "сlick"


@hostile("SBOM-13", "no author")
def no_author(d: Document) -> None:
    del d["metadata"]["authors"]


@hostile("SBOM-13", "no tool version")
def no_tool_version(d: Document) -> None:
    del d["metadata"]["tools"]["components"][0]["version"]


@hostile("SBOM-13", "no tool")
def no_tool(d: Document) -> None:
    del d["metadata"]["tools"]


@hostile("SBOM-13", "no serial number")
def no_serial(d: Document) -> None:
    del d["serialNumber"]


@hostile("SBOM-13", "no lifecycle phase")
def no_phase(d: Document) -> None:
    del d["metadata"]["lifecycles"]


@hostile("SBOM-13", "made in the design phase")
def wrong_phase(d: Document) -> None:
    d["metadata"]["lifecycles"] = [{"phase": "design"}]


@hostile("SBOM-14", "a component without version", "SBOM-12")
def no_version(d: Document) -> None:
    del d["components"][0]["version"]


@hostile("SBOM-14", "blank name and empty version", "SBOM-12", "SBOM-15")
def blank(d: Document) -> None:
    d["components"][0] |= {"name": " ", "version": ""}


@hostile("SBOM-14", "NOASSERTION producer without reason", "SBOM-15", "SBOM-21")
def noassertion_producer(d: Document) -> None:
    d["components"][0]["supplier"] = {"name": "NOASSERTION"}


@hostile("SBOM-14", "licence `GPL or so`", "SBOM-19")
def licence_words(d: Document) -> None:
    d["components"][0]["licenses"] = [{"license": {"name": "GPL or so"}}]


@hostile("SBOM-14", "a licence expression that does not parse", "SBOM-19")
def licence_nonsense(d: Document) -> None:
    d["components"][0]["licenses"] = [{"expression": "NOT A LICENCE (("}]


@hostile("SBOM-14", "no hash under cisa-2026")
def no_hash(d: Document) -> None:
    del d["components"][0]["hashes"]


@hostile("SBOM-14", "no producer", "SBOM-21")
def no_producer(d: Document) -> None:
    del d["components"][0]["supplier"]


@hostile("SBOM-15", "producer `unknown`", "SBOM-14", "SBOM-21")
def unknown_producer(d: Document) -> None:
    d["components"][0]["supplier"]["name"] = "unknown"


@hostile("SBOM-15", "version `0.0.0-dev`", "SBOM-08")
def dev_version(d: Document) -> None:
    d["components"][0] |= {"version": "0.0.0-dev", "purl": "pkg:pypi/click@0.0.0-dev"}


@hostile("SBOM-15", "`${project.artifactId}`", "SBOM-12", "SBOM-14")
def template(d: Document) -> None:
    d["components"][0]["name"] = "${project.artifactId}"


@hostile("SBOM-15", "`不明`", "SBOM-14", "SBOM-21")
def japanese_placeholder(d: Document) -> None:
    d["components"][0]["supplier"]["name"] = "不明"


@hostile("SBOM-15", "TODO as version", "SBOM-12", "SBOM-14")
def todo_version(d: Document) -> None:
    d["components"][0]["version"] = "TODO"


@hostile("SBOM-15", "control and bidirectional characters in a name", "SBOM-12")
def control_characters(d: Document) -> None:
    d["components"][0]["name"] = "click\u202e\n"


@hostile("SBOM-16", "two classes", "SBOM-17")
def two_classes(d: Document) -> None:
    d["components"][0]["properties"] = [{"name": CLASS, "value": v} for v in ("maintained", "required")]


@hostile("SBOM-18", "a date that does not exist")
def no_such_date(d: Document) -> None:
    d["components"][0]["properties"] = [{"name": "cdx:lifecycle:milestone:endOfSupport", "value": "2028-02-30"}]


@hostile("SBOM-18", "end of support soon")
def end_is_a_word(d: Document) -> None:
    d["components"][0]["properties"] = [{"name": "cdx:lifecycle:milestone:endOfSupport", "value": "soon"}]


@hostile("SBOM-20", "vulnerabilities embedded under profile bsi-2.1")
def vulnerabilities_inside(d: Document) -> None:
    d["vulnerabilities"] = [{"id": "CVE-2026-0001", "analysis": {"state": "not_affected"}}]


@pytest.mark.parametrize(("change", "rule", "also"), HOSTILE)
def test_a_hostile_change_is_stopped_by_its_rule(
    scene: Scene, change: Callable[[Document], None], rule: str, also: set[str]
) -> None:
    before = scene.written()
    change(scene.document)
    assert scene.written() != before

    judgements = scene.judge()

    noticed = failed(judgements) | in_doubt(judgements)
    seen = [f.message for j in judgements.values() for f in j.findings]
    assert rule in noticed
    assert also == {"*"} or noticed - {rule} == also - {rule}, seen
    assert unplaced(judgements, rule) == []


def test_a_ring_through_the_root_is_noted_and_allowed(scene: Scene) -> None:
    scene.document["dependencies"][-1]["dependsOn"] = ["root"]

    judgements = scene.judge()

    assert failed(judgements) == set()
    assert "on rings" in judgements["SBOM-10"].observed[0]


def test_hashes_in_capitals_are_equal(scene: Scene) -> None:
    for c in scene.document["components"]:
        c["hashes"][0]["content"] = c["hashes"][0]["content"].upper()

    assert failed(scene.judge()) == set()


def test_the_same_package_in_two_versions_is_legal(scene: Scene) -> None:
    old = component("click", "7.0") | {"bom-ref": "ref-click-7"}
    old["hashes"] = [digest("a" * 64)]
    scene.document["components"].append(old)
    scene.document["dependencies"][1]["dependsOn"] = ["ref-click-7"]

    judgements = scene.judge()

    assert failed(judgements) == set()
    assert "not locked: click 7.0" in judgements["SBOM-08"].observed[0]


def test_an_unreadable_document_leaves_the_rest_undecided(scene: Scene) -> None:
    scene.raw = b"{"

    judgements = scene.judge()

    assert failed(judgements) == {"SBOM-01"}
    assert in_doubt(judgements) == set(judgements) - {"SBOM-01"}

"""VEX files as wholes: contradictory or half documents give no statements at all."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.sbom.known import vex
from gatekeeper.sbom.known.evidence import VexFile
from tests.sbom.known.data import CVE, csaf, cyclonedx, openvex

Change = Callable[[dict[str, Any]], Any]


def read(document: Any) -> VexFile:
    return vex.read("x.json", json.dumps(document).encode())


@pytest.mark.parametrize("document", [openvex(), cyclonedx(), csaf()], ids=["openvex", "cyclonedx", "csaf"])
def test_all_formats_say_the_same(document: dict[str, Any]) -> None:
    file = read(document)

    assert file.faults == ()
    (s,) = file.statements
    assert (s.ids, s.status, s.justification) == ((CVE,), "not_affected", "vulnerable_code_not_in_execute_path")
    assert s.author.startswith("Example Devices")


def vulnerability(d: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = d["vulnerabilities"][0]
    return found


CSAF: list[Any] = [
    pytest.param(lambda d: vulnerability(d)["product_status"].update(fixed=["NOPE"]), "6.1.1", id="undefined product"),
    pytest.param(lambda d: d["product_tree"]["full_product_names"].append(d["product_tree"]["full_product_names"][0]), "6.1.2", id="defined twice"),
    pytest.param(lambda d: d["product_tree"]["relationships"][0].update(product_reference="PJ"), "6.1.3", id="circle"),
    pytest.param(lambda d: vulnerability(d)["product_status"].update(known_affected=["PJ"]), "6.1.6", id="contradiction"),
    pytest.param(lambda d: vulnerability(d).pop("notes"), "6.1.27.6", id="no notes"),
    pytest.param(lambda d: vulnerability(d).pop("cve"), "6.1.27.7", id="no id"),
    pytest.param(lambda d: vulnerability(d).update(product_status={"recommended": ["PJ"]}), "6.1.27.8", id="no status"),
    pytest.param(lambda d: vulnerability(d).pop("flags"), "6.1.27.9", id="no reason"),
    pytest.param(lambda d: vulnerability(d).update(product_status={"known_affected": ["PJ"]}), "6.1.27.10", id="no remediation"),
    pytest.param(lambda d: d.pop("vulnerabilities"), "6.1.27", id="no vulnerabilities"),
    pytest.param(lambda d: d["document"].update(category="csaf_base"), "csaf_vex", id="another profile"),
    pytest.param(lambda d: d["document"].update(csaf_version="1.2"), "2.0 or 2.1", id="another version"),
    pytest.param(lambda d: d["document"]["tracking"].update(status="draft"), "draft", id="a draft"),
    pytest.param(lambda d: d["document"].pop("publisher"), "missing", id="no publisher"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), CSAF)
def test_csaf_is_held_to_its_semantic_tests(change: Change, reason: str) -> None:
    document = copy.deepcopy(csaf())
    change(document)

    file = read(document)

    assert any(reason in f.message for f in file.faults), file.faults
    assert file.statements == ()


def test_csaf_answers_for_a_group() -> None:
    document = csaf()
    document["product_tree"]["product_groups"] = [{"group_id": "G", "product_ids": ["PJ"]}]
    vulnerability(document)["flags"][0] = {"label": "component_not_present", "group_ids": ["G"]}

    assert read(document).statements[0].justification == "component_not_present"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([], id="a list"),
        pytest.param({}, id="nothing"),
        pytest.param(openvex() | {"@context": "https://openvex.dev/ns/v0.0.1"}, id="an old draft"),
        pytest.param({k: v for k, v in openvex().items() if k != "author"}, id="no author"),
        pytest.param(openvex() | {"statements": [{}]}, id="a statement without anything"),
        pytest.param(cyclonedx() | {"specVersion": "9.9"}, id="unknown CycloneDX"),
        pytest.param(cyclonedx() | {"version": 0}, id="CycloneDX against its schema"),
        pytest.param({"document": {"category": "csaf_vex", "csaf_version": "2.0"}}, id="an empty CSAF"),
    ],
)
def test_what_is_not_sound_gives_no_statements(document: Any) -> None:
    file = read(document)

    assert file.faults
    assert file.statements == ()


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("resolved", "fixed"),
        ("exploitable", "affected"),
        ("false_positive", "not_affected"),
        ("in_triage", "under_investigation"),
    ],
)
def test_the_words_of_cyclonedx(state: str, status: str) -> None:
    assert read(cyclonedx(state=state)).statements[0].status == status


keys = st.sampled_from(
    ["statements", "@context", "document", "vulnerabilities", "product_tree", "bomFormat", "branches"]
)


@given(
    st.dictionaries(
        keys, st.recursive(st.none() | st.text(max_size=5), lambda v: st.lists(v) | st.dictionaries(keys, v))
    )
)
def test_any_document_is_read_or_refused(document: Any) -> None:
    file = read(document)

    assert file.faults or isinstance(file.statements, tuple)

"""Which format a file is of, the pinned schemas, and what each format demands before anything is read from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.model.errors import ToolError
from gatekeeper.sbom import reader, schema
from tests.sbom.samples import BASE, cyclonedx, spdx2, spdx3

Change = Callable[[dict[str, Any]], Any]


def read(document: Any, name: str = "sbom.json") -> reader.Reading:
    return reader.read(json.dumps(document).encode(), name)


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        pytest.param(b"[]", "neither", id="a list"),
        pytest.param(b"1", "neither", id="a number"),
        pytest.param(b'{"name": "x"}', "neither", id="something else"),
        pytest.param(
            b'{"@context": ["https://spdx.org/rdf/3.0.1/spdx-context.jsonld"]}', "context", id="another context"
        ),
        pytest.param(b'{"bomFormat": "CycloneDX", "specVersion": "1.3"}', "1.3", id="CycloneDX 1.3"),
        pytest.param(b'{"bomFormat": "CycloneDX"}', "None", id="no version"),
        pytest.param(b"<html/>", "no CycloneDX", id="XML of another kind"),
        pytest.param(b"SPDXVersion: SPDX-2.1\n", "SPDX-2.1", id="an old SPDX"),
    ],
)
def test_an_unknown_format_is_unknown_and_not_wrong(raw: bytes, word: str) -> None:
    found = reader.read(raw, "sbom")

    assert word in found.unknown
    assert not found.faults


@pytest.mark.parametrize(
    ("document", "name"),
    [(cyclonedx(), "x.spdx.json"), (spdx2(), "bom.json"), (spdx3(), "x.cdx.json")],
    ids=["CycloneDX called SPDX", "SPDX 2 called bom.json", "SPDX 3 called CycloneDX"],
)
def test_a_file_that_calls_itself_another_format_is_not_valid(document: Any, name: str) -> None:
    assert "is named as" in read(document, name).faults[0].message


def test_a_schema_with_another_digest_is_an_error_and_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(schema.PINS, "bom-1.6.SNAPSHOT.schema.json", "0" * 64)
    schema._validator.cache_clear()
    try:
        with pytest.raises(ToolError, match="digest"):
            read(cyclonedx())
    finally:
        schema._validator.cache_clear()


def test_a_schema_that_is_not_installed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(ToolError, match="not installed"):
        schema.pinned("bom-1.6.SNAPSHOT.schema.json")


def test_no_schema_is_ever_fetched() -> None:
    with pytest.raises(ValueError, match="no schema is fetched"):
        schema._refuse("https://example.org/schema.json")


def graph(name: str) -> Change:
    def find(d: dict[str, Any]) -> Any:
        return next(e for e in d["@graph"] if e.get("name") == name or e.get("spdxId") == BASE + name)

    return find


SPDX3: list[Any] = [
    pytest.param(lambda d: d.update({"@graph": {}}), "no list", id="no graph"),
    pytest.param(lambda d: d["@graph"].append(3), "no list", id="an element that is none"),
    pytest.param(lambda d: d["@graph"].append({"spdxId": BASE + "x"}), "without type", id="no type"),
    pytest.param(lambda d: graph("click")(d).update(name=3), "no text", id="a name that is no text"),
    pytest.param(lambda d: graph("click")(d).pop("name"), "missing in a package", id="no name"),
    pytest.param(lambda d: graph("click")(d).pop("creationInfo"), "creationInfo", id="no creation info"),
    pytest.param(lambda d: graph("direct")(d).update(to="x"), "no list of ids", id="one target"),
    pytest.param(lambda d: graph("direct")(d).pop("from"), "without from", id="no source"),
    pytest.param(lambda d: graph("click")(d).update(verifiedUsing={}), "no list", id="hashes that are no list"),
    pytest.param(lambda d: graph("click")(d).update(verifiedUsing=["x"]), "no object", id="a hash that is none"),
    pytest.param(lambda d: d["@graph"][0].pop("created"), "missing in a CreationInfo", id="no time"),
]


@pytest.mark.parametrize(("change", "words"), SPDX3)
def test_spdx_3_is_demanded_field_by_field(change: Change, words: str) -> None:
    document = spdx3()
    change(document)

    faults = read(document).faults

    assert any(words in f"{f.where} {f.message}" for f in faults), faults


SPDX2: list[Any] = [
    pytest.param(lambda d: d.pop("creationInfo"), "", id="no creation info"),
    pytest.param(lambda d: d["creationInfo"].update(creators=[]), "/creationInfo/creators", id="no creators"),
    pytest.param(lambda d: d["packages"][1].pop("name"), "/packages/", id="a package without name"),
    pytest.param(lambda d: d["packages"][1].update(versionInfo=1), "/packages/", id="a version that is no text"),
    pytest.param(lambda d: d["packages"][1].update(downloadLocation=" "), "/packages/1/download", id="no location"),
    pytest.param(lambda d: d["relationships"].append({}), "/relationships/", id="an empty relationship"),
]


@pytest.mark.parametrize(("change", "where"), SPDX2)
def test_spdx_2_is_demanded_field_by_field(change: Change, where: str) -> None:
    document = spdx2()
    change(document)

    (fault,) = read(document).faults

    assert fault.where.startswith(where), fault
    assert fault.message


def test_the_pins_are_those_of_the_installed_library() -> None:
    assert all(isinstance(schema.pinned(name), Path) for name in schema.PINS)


OFFICIAL: list[Any] = [
    pytest.param(
        spdx2, lambda d: d["relationships"][0].update(relationshipType="USES"), id="2.3: an unknown relationship"
    ),
    pytest.param(spdx2, lambda d: d["packages"][1].update(colour="red"), id="2.3: an unknown field"),
    pytest.param(
        spdx2, lambda d: d["packages"][1]["checksums"][0].update(algorithm="ROT13"), id="2.3: an unknown algorithm"
    ),
    pytest.param(
        spdx3, lambda d: graph("direct")(d).update(relationshipType="uses"), id="3.0.1: an unknown relationship"
    ),
    pytest.param(spdx3, lambda d: graph("click")(d).update(colour="red"), id="3.0.1: an unknown field"),
    pytest.param(spdx3, lambda d: d["@graph"][0].update(created="yesterday"), id="3.0.1: a time that is none"),
]


@pytest.mark.parametrize(("make", "change"), OFFICIAL)
def test_the_official_schema_of_spdx_is_asked_as_well(make: Callable[[], Any], change: Change) -> None:
    document = make()
    assert read(document).faults == ()
    change(document)

    (fault, *_) = read(document).faults

    assert fault.where.startswith("/")
    assert fault.message


def test_both_spellings_of_a_category_are_read() -> None:
    document = spdx2()
    for package in document["packages"]:
        package["externalRefs"][0]["referenceCategory"] = "PACKAGE_MANAGER"

    assert read(document).faults == ()


@pytest.mark.parametrize("make", [spdx2, spdx3])
def test_without_the_schemas_of_spdx_nothing_is_taken_for_valid(
    make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    schema._spdx_validator.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(ToolError, match=r"not installed"):
        read(make())

"""CycloneDX XML: no document types, the XSD of the declared version, and then every rule as for JSON."""

from __future__ import annotations

import builtins
import sys
from typing import Any

import pytest

from gatekeeper.model.errors import ToolError
from gatekeeper.sbom import reader
from tests.sbom.samples import Scene, failed, in_doubt, unplaced, xml

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {n} "{("&" + p + ";") * 10}">' for n, p in zip("bcdefghi", "abcdefgh", strict=True)
)
CLICK_HASH = xml().split("<name>click</name>")[1].split("</hash>")[0].rpartition(">")[2]

HOSTILE = [
    pytest.param(
        ("<bom ", "<!DOCTYPE bom SYSTEM 'file:///etc/passwd'><bom "),
        "SBOM-01",
        id="SBOM-01: an XML entity or external DTD",
    ),
    pytest.param(("<bom ", BOMB + "]><bom "), "SBOM-01", id="SBOM-01: an entity bomb"),
    pytest.param(('encoding="UTF-8"', 'encoding="UTF-16"'), "SBOM-01", id="SBOM-01: another encoding declared"),
    pytest.param(("</bom>", ""), "SBOM-01", id="SBOM-01: cut off"),
    pytest.param(("<components>", "<x>" * 100_000 + "<components>"), "SBOM-01", id="SBOM-01: depth 100000"),
    pytest.param(("bom/1.6", "bom/9.9"), "SBOM-02", id="SBOM-02: unknown specVersion"),
    pytest.param(("bom/1.6", "bom/1.4"), "SBOM-02", id="SBOM-02: another version than it is"),
    pytest.param(
        ("<version>8.4.0</version>", "<versions>8.4.0</versions>"), "SBOM-02", id="SBOM-02: an unknown element"
    ),
    pytest.param(("ref-markupsafe", "ref-jinja2"), "SBOM-02", id="SBOM-03: duplicate bom-ref (the XSD knows)"),
    pytest.param(
        ('dependency ref="ref-click"/>', 'dependency ref="nope"/>'), "SBOM-03", id="SBOM-03: dependsOn to a missing id"
    ),
    pytest.param(("<version>8.4.0</version>", ""), "SBOM-14", id="SBOM-14: a component without version"),
    pytest.param((CLICK_HASH, "d41d8cd98f00b204e9800998ecf8427e"), "SBOM-09", id="SBOM-09: SHA-256 of MD5's length"),
    pytest.param(
        ("<name>pump</name><version>1.2.0", "<name>pump</name><version>1.1.0"),
        "SBOM-04",
        id="SBOM-04: SBOM of the previous version",
    ),
    pytest.param(
        ("<version>8.4.0</version>", "<version>8.4.0</version><scope>excluded</scope>"),
        "SBOM-08",
        id="SBOM-08: a locked package that the SBOM calls excluded",
    ),
    pytest.param(("@8.4.0</purl>", "@9</purl>"), "SBOM-12", id="SBOM-12: purl of another version"),
    pytest.param(
        ("<compositions>", "<vulnerabilities><vulnerability/></vulnerabilities><compositions>"),
        "SBOM-02",
        id="SBOM-02: out of order",
    ),
    pytest.param(
        ("</compositions>", "</compositions><vulnerabilities><vulnerability/></vulnerabilities>"),
        "SBOM-20",
        id="SBOM-20: vulnerabilities embedded",
    ),
]


@pytest.mark.parametrize(("change", "rule"), HOSTILE)
def test_a_hostile_change_is_stopped_by_its_rule(scene: Scene, change: tuple[str, str], rule: str) -> None:
    text = xml().replace(*change, 1)
    assert text != xml()
    scene.raw = text.encode()
    scene.name = "sbom.cdx.xml"

    judgements = scene.judge()

    assert rule in failed(judgements) | in_doubt(judgements)
    assert unplaced(judgements, rule) == []


def test_without_lxml_xml_is_undecided_and_json_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name.startswith("lxml"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "lxml", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)

    with pytest.raises(ToolError, match="lxml"):
        reader.read(xml().encode(), "sbom.cdx.xml")
    assert reader.read(b"{}", "sbom.cdx.json").unknown

"""The sound product passes everything: without this, a refusal elsewhere would prove nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sbom.samples import BASE, Scene, cyclonedx, failed, in_doubt, spdx2, spdx3, xml


@pytest.mark.parametrize("version", ["1.4", "1.5", "1.6", "1.7"])
def test_a_sound_sbom_passes_every_rule(scene: Scene, version: str) -> None:
    scene.document = cyclonedx(version)

    judgements = scene.judge()

    # 1.4 has no word for the phase; nothing else is wrong with it
    assert failed(judgements) - ({"SBOM-13"} if version == "1.4" else set()) == set(), [
        f.message for j in judgements.values() for f in j.findings
    ]
    assert in_doubt(judgements) == set()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param("sbom.spdx.json", lambda s: setattr(s, "document", spdx2()), id="SPDX 2.3 JSON"),
        pytest.param("sbom.spdx", lambda s: s.__dict__.update(document=spdx2(), as_tag_value=True), id="tag-value"),
        pytest.param("sbom.spdx3.json", lambda s: setattr(s, "document", spdx3()), id="SPDX 3.0.1"),
        pytest.param("sbom.cdx.xml", lambda s: setattr(s, "raw", xml().encode()), id="CycloneDX 1.6 XML"),
        pytest.param("sbom.cdx.xml", lambda s: setattr(s, "raw", xml("1.7").encode()), id="CycloneDX 1.7 XML"),
    ],
)
def test_the_same_product_passes_in_every_format(scene: Scene, name: str, change: Callable[[Scene], None]) -> None:
    change(scene)
    scene.name = name
    scene.files["guide.md"] = f"The SBOM is {name}."

    judgements = scene.judge()

    messages = {j.rule: [f.message for f in j.findings] or j.doubts for j in judgements.values()}
    assert failed(judgements) == set(), messages
    # these hold no digest of the lock file, and the folder is no git repository
    assert in_doubt(judgements) == {"SBOM-07"}, messages


def test_spdx_3_has_the_hashes_of_distributed_files(scene: Scene) -> None:
    scene.document = spdx3()
    scene.name = "sbom.spdx3.json"
    graph = scene.document["@graph"]
    root = next(e for e in graph if e.get("name") == "pump")
    (value,) = root.pop("verifiedUsing")
    file = {"type": "software_File", "spdxId": BASE + "file", "creationInfo": "_:info", "name": "pump.whl"}
    graph.append({**file, "verifiedUsing": [value]})
    graph.append(
        {
            "type": "Relationship",
            "spdxId": BASE + "distribution",
            "creationInfo": "_:info",
            "from": BASE + "pump",
            "relationshipType": "hasDistributionArtifact",
            "to": [BASE + "file"],
        }
    )

    assert failed(scene.judge()) == set()

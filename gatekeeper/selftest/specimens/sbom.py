"""SBOM: what official schemas let through, and what they do not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from gatekeeper.selftest.specimen import Sample, Specimen, Stage

_PATH = "release/specimen.cdx.json"


def _bom(stage: Stage) -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": stage.now.isoformat(),
            "component": {"bom-ref": "root", "type": "application", "name": "specimen", "version": "1.0.0"},
        },
        "components": [
            {"bom-ref": "a", "type": "library", "name": "jinja2", "version": "3.1.6", "purl": "pkg:pypi/jinja2@3.1.6"}
        ],
        "dependencies": [{"ref": "root", "dependsOn": ["a"]}, {"ref": "a"}],
    }


def _put(stage: Stage, raw: bytes) -> None:
    (stage.root / _PATH).write_bytes(raw)


def _with(change: Callable[[dict[str, Any]], object]) -> Callable[[Stage], None]:
    def plant(stage: Stage) -> None:
        bom = _bom(stage)
        change(bom)
        _put(stage, msgspec.json.encode(bom))

    return plant


def _text(old: bytes, new: bytes) -> Callable[[Stage], None]:
    return lambda stage: _put(stage, msgspec.json.encode(_bom(stage)).replace(old, new, 1))


SPECIMEN = Specimen(
    id="sbom",
    checks=("sbom",),
    rules=("SBOM-01", "SBOM-02", "SBOM-03", "SBOM-04"),
    files={"src/pump.py": b"x = 1\n"},
    tables={"sbom": {"file": _PATH}},
    late=lambda stage: {_PATH: msgspec.json.encode(_bom(stage))},
    samples=(
        Sample("SBOM-01", "cut in half", plant=lambda stage: _put(stage, msgspec.json.encode(_bom(stage))[:150])),
        Sample("SBOM-01", "a key twice", plant=_text(b'{"bomFormat"', b'{"version":2,"bomFormat"')),
        Sample("SBOM-01", "NaN for a number", plant=_text(b'"version":1', b'"version":NaN')),
        Sample("SBOM-01", "no text at all", plant=lambda stage: _put(stage, b"\xff\xfe\x00")),
        Sample("SBOM-01", "nested a hundred thousand deep", plant=lambda s: _put(s, b"[" * 100_000), also=("GATE-14",)),
        Sample("SBOM-02", "a field that the schema does not know", plant=_with(lambda b: b.update(compnents=[]))),
        Sample("SBOM-02", "a version that does not exist", plant=_with(lambda b: b.update(specVersion="9.9"))),
        Sample(
            "SBOM-03", "a dependency on nothing", plant=_with(lambda b: b["dependencies"][1].update(dependsOn=["x"]))
        ),
        Sample(
            "SBOM-03", "one reference for two", plant=_with(lambda b: b["components"][0].update({"bom-ref": "root"}))
        ),
        Sample("SBOM-04", "another product", plant=_with(lambda b: b["metadata"]["component"].update(name="other"))),
        Sample("SBOM-04", "another version", plant=_with(lambda b: b["metadata"]["component"].update(version="0.9.9"))),
    ),
)

"""Any SBOM into the neutral Bom: recognise the format, read the bytes strictly, hold them against the schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from gatekeeper.sbom import cyclonedx, schema, strict_json
from gatekeeper.sbom.bom import Bom, Fault

SUPPORTED = "CycloneDX 1.4-1.7 (JSON, XML), SPDX 2.2 and 2.3 (JSON, tag-value) and SPDX 3.0.1 (JSON-LD)"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What came of reading: exactly one of `unreadable`, `unknown`, `faults`, `bom` is filled."""

    format: str = ""
    unreadable: str = ""
    unknown: str = ""
    faults: tuple[Fault, ...] = ()
    bom: Bom | None = None


def read(raw: bytes, name: str) -> Reading:
    """Read an SBOM. `name` is the file's: where it claims a format, the content has to be of that format."""
    try:
        return _honest(_read(raw), name)
    except strict_json.UnreadableError as e:
        return Reading(unreadable=e.message)


def _read(raw: bytes) -> Reading:
    document = strict_json.load(raw)
    if not isinstance(document, dict):
        return Reading(unknown=f"the file holds a {type(document).__name__}, no SBOM: {SUPPORTED} are read")
    for recognises, reader in _JSON_READERS:
        if recognises(document):
            return reader(document)
    return Reading(unknown=f"neither CycloneDX nor SPDX: {SUPPORTED} are read")


def _cyclonedx(document: dict[str, Any]) -> Reading:
    version = document.get("specVersion")
    if version not in schema.VERSIONS:
        return Reading(
            format="cyclonedx", unknown=f"CycloneDX {str(version)[:20]!r} is not known: {SUPPORTED} are read"
        )
    faults = schema.faults(document, version)
    if not faults and document.get("bomFormat") != "CycloneDX":
        faults = (Fault("/bomFormat", "is not 'CycloneDX'"),)
    if not faults and document.get("version", 1) < 1:
        faults = (Fault("/version", "is smaller than 1"),)
    if not faults and (alien := _alien_schema(document)):
        faults = (Fault("/$schema", alien),)
    if faults:
        return Reading(format=f"cyclonedx-{version}", faults=faults)
    return Reading(format=f"cyclonedx-{version}", bom=cyclonedx.read(document, version))


def _alien_schema(document: dict[str, Any]) -> str:
    named = document.get("$schema", "")
    official = f"cyclonedx.org/schema/bom-{document['specVersion']}.schema.json"
    if not named or named in (f"http://{official}", f"https://{official}"):
        return ""
    return f"names {named[:80]!r}, not the official schema of its version"


def _honest(reading: Reading, name: str) -> Reading:
    """A file that calls itself one format and holds another is not valid, whatever it holds."""
    lower = name.lower()
    claimed = "cyclonedx" if lower.endswith((".cdx.json", ".cdx.xml")) or lower in ("bom.json", "bom.xml") else ""
    claimed = "spdx" if lower.endswith((".spdx", ".spdx.json", ".spdx3.json")) else claimed
    if reading.bom is None or not claimed or reading.format.startswith(claimed):
        return reading
    text = f"the file is named as {claimed} and holds {reading.format}"
    return Reading(format=reading.format, faults=(Fault("", text),))


Recognises = Callable[[dict[str, Any]], bool]
_JSON_READERS: tuple[tuple[Recognises, Callable[[dict[str, Any]], Reading]], ...] = (
    (lambda d: "bomFormat" in d or "specVersion" in d, _cyclonedx),
)

"""Any SBOM into the neutral Bom: recognise the format, read the bytes strictly, hold them against the schema."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from gatekeeper.sbom import cyclonedx, cyclonedx_xml, schema, spdx2, spdx3, strict_json, tag_value
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
    """Read an SBOM. `name` is the file's: where it claims a format, the content has to be of that format.

    Raises ToolError where a library or schema file is missing.
    """
    try:
        return _honest(_read(raw), name)
    except strict_json.UnreadableError as e:
        return Reading(unreadable=e.message)


def _read(raw: bytes) -> Reading:
    start = raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:200]
    if start.startswith(b"<"):
        return _xml(raw)
    if re.match(rb"(#.*\n\s*)*SPDXVersion:", start):
        return _tag_value(raw)
    return _json(raw)


def _json(raw: bytes) -> Reading:
    document = strict_json.load(raw)
    if isinstance(document, dict):
        if "bomFormat" in document or "specVersion" in document:
            return _cyclonedx(document)
        if "spdxVersion" in document:
            return _spdx2(document, None)
        if "@context" in document:
            return _spdx3(document)
    return Reading(unknown=f"neither CycloneDX nor SPDX: {SUPPORTED} are read")


def _xml(raw: bytes) -> Reading:
    root, version = cyclonedx_xml.parse(raw)
    if version not in schema.VERSIONS:
        return Reading(format="xml", unknown=f"XML that is no CycloneDX of a known version: {SUPPORTED} are read")
    found = cyclonedx_xml.faults(root, version)
    if found:
        return Reading(format=f"cyclonedx-{version}", faults=found)
    return Reading(format=f"cyclonedx-{version}", bom=cyclonedx.read(cyclonedx_xml.to_json(root), version))


def _tag_value(raw: bytes) -> Reading:
    document, places = tag_value.read(strict_json.decode(raw))
    return _spdx2(document, places)


def _spdx2(document: dict[str, Any], places: spdx2.Places | None) -> Reading:
    """`places` are those of a tag-value file, for which there is no official schema."""
    version = document.get("spdxVersion")
    if version not in spdx2.VERSIONS:
        return Reading(format="spdx", unknown=f"{str(version)[:20]!r} is not known: {SUPPORTED} are read")
    typed = spdx2.read(document)
    if isinstance(typed, Fault):
        return Reading(format=version.lower(), faults=(typed,))
    found = spdx2.faults(typed)
    if not found and places is None:
        found = schema.spdx_faults(document, version.lower())
    return Reading(
        format=version.lower(), faults=found, bom=None if found else spdx2.bom(typed, places or spdx2.Places())
    )


def _spdx3(document: dict[str, Any]) -> Reading:
    if document["@context"] != spdx3.CONTEXT:
        text = f"the context {str(document['@context'])[:80]!r} is not that of SPDX 3.0.1"
        return Reading(format="json-ld", unknown=f"{text}: {SUPPORTED} are read")
    found = spdx3.faults(document)[: schema.MAX_FAULTS] or schema.spdx_faults(document, "spdx-3.0.1")
    if found:
        return Reading(format="spdx-3.0.1", faults=found)
    try:
        return Reading(format="spdx-3.0.1", bom=spdx3.read(document))
    except (TypeError, AttributeError, KeyError) as e:  # a value of another type than its field has
        return Reading(format="spdx-3.0.1", faults=(Fault("/@graph", f"not as its format should be: {e!r}"),))


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

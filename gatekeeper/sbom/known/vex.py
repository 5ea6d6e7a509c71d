"""VEX in three formats, into neutral statements; which format a file is of, and what is wrong with it as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from gatekeeper.sbom import strict_json
from gatekeeper.sbom.bom import Fault
from gatekeeper.sbom.known import csaf, cyclonedx_vex, openvex
from gatekeeper.sbom.known.evidence import VexFile

STATUSES = ("fixed", "affected", "not_affected", "under_investigation")
JUSTIFICATIONS = frozenset(
    {
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    }
)
SUPPORTED = "OpenVEX 0.2.0, CSAF 2.0 and 2.1 (csaf_vex), CycloneDX 1.4-1.7 with vulnerabilities"


def read(path: str, raw: bytes) -> VexFile:
    """One VEX file; faults instead of statements where it cannot be relied on as a whole."""
    file = VexFile(path=path, sha256=hashlib.sha256(raw).hexdigest())
    try:
        document = strict_json.load(raw)
        found = _reader(document)
        return found(document, file) if found else _faulty(file, f"no VEX format that is read: {SUPPORTED}")
    except strict_json.UnreadableError as e:
        return _faulty(file, e.message)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as e:
        return _faulty(file, f"not as its format should be: {e!r}")


def _reader(document: Any) -> Callable[[Any, VexFile], VexFile] | None:
    if not isinstance(document, dict):
        return None
    if "statements" in document or "openvex" in str(document.get("@context", "")):
        return openvex.read
    if "bomFormat" in document:
        return cyclonedx_vex.read
    return csaf.read if isinstance(document.get("document"), dict) else None


def _faulty(file: VexFile, message: str) -> VexFile:
    return msgspec.structs.replace(file, faults=(Fault("", message),))

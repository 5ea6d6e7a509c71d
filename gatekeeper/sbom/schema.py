"""The official schemas, read from installed packages and pinned by digest: CycloneDX's from cyclonedx-python-lib,
SPDX's from lib4sbom (extra `spdx`), of which nothing but these files is used.

Their folders are internal, so another digest is a hard error with a clear text, never another verdict. No schema is
ever fetched: what a document names as its `$schema` is a stranger's word.
"""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from gatekeeper.model.errors import ToolError
from gatekeeper.sbom.bom import Fault

PINS = {
    "bom-1.4.SNAPSHOT.schema.json": "0993dee0b506658c9fed2be6a871261f08911719feba28c51f62bda8dd830576",
    "bom-1.5.SNAPSHOT.schema.json": "7e88444a06e0924f13dc3833cda313872c772763b47a4e1ac55e77992b8f0a44",
    "bom-1.6.SNAPSHOT.schema.json": "83821ba49aa366ad1f1d16c34837d05edd010f036f652e310db1c77d57b37c58",
    "bom-1.7.SNAPSHOT.schema.json": "dd7942f6a2e93bc3305da220e61a7931cc536fd10ee5fa063809055c6c1c2ffb",
    "spdx.SNAPSHOT.schema.json": "ea6e844ee6fba1e93473d94834d0ee0996970533497935f932f73d488ffdf4a3",
    "cryptography-defs.SNAPSHOT.schema.json": "027b059a729a06d591bac79a584ef04f83fc32d91a826fdba6ad3c98a10e5b44",
    "jsf-0.82.SNAPSHOT.schema.json": "8bae002c25e723db7ee1f26afde680ae1a2b1a8f6b4b4b0fd65dc3becb090aae",
    "bom-1.4.SNAPSHOT.xsd": "a25a11dd49da5e36a4fc9a96e09937deff7e870e3f639570c83b762a2881cb09",
    "bom-1.5.SNAPSHOT.xsd": "4f7ee87e285cca65d0c2b545bcc83b3f8f0823f1d70de1707120449216267b55",
    "bom-1.6.SNAPSHOT.xsd": "e349a15bc25b09addc5130989f6637f061ce27b3cd2d4d6c7c039603bd134bce",
    "bom-1.7.SNAPSHOT.xsd": "3be57ec320d2242a341eddc643fda1160a51967b2fed0c23a84be9f58ede4b1f",
    "spdx.SNAPSHOT.xsd": "468d556a2aecd13b4e2ca23925874200391462074c32cd0aa58ce770331fc30d",
}
SPDX_PINS = {
    "2.2-schema.json": "02fe1a05a97c51af9e491e8499ac02223338f856f909c5db9cd7069c54949990",
    "2.3-schema.json": "239208b7ac287b3cf5d9a9af23f9d69863971102a5e1587a27a398b43490b89b",
    "3.0-schema.json": "582c64e809d5b3ef9bd0c4de13a32391b47b0284a3e8d199569fb96f649234b1",
}
_SPDX_FILES = {"spdx-2.2": "2.2-schema.json", "spdx-2.3": "2.3-schema.json", "spdx-3.0.1": "3.0-schema.json"}
_SAME_CATEGORY = {"PACKAGE_MANAGER": "PACKAGE-MANAGER", "PERSISTENT_ID": "PERSISTENT-ID"}  # 2.3.1 allows both spellings
VERSIONS = ("1.4", "1.5", "1.6", "1.7")
MAX_FAULTS = 100
_SHARED = ("spdx.SNAPSHOT.schema.json", "cryptography-defs.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")


def pinned(name: str) -> Path:
    """Where a schema file of CycloneDX lies, once its digest is the one known. Raises ToolError."""
    advice = "Install the cyclonedx-python-lib version of gatekeeper's lock file."
    return _pinned("cyclonedx", ("schema", "_res", name), PINS[name], advice)


def _pinned(package: str, inside: tuple[str, ...], wanted: str, advice: str) -> Path:
    name = inside[-1]
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(folders[0], *inside) if folders else Path(name)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as e:
        raise ToolError(f"the schema {name} is not installed", advice) from e
    if digest != wanted:
        message = f"the schema {name} has the digest {digest[:16]}..., not the one this version was tested with"
        raise ToolError(message, advice)
    return path


def faults(document: Any, version: str) -> tuple[Fault, ...]:
    """Where a CycloneDX JSON document breaks the schema of `version`, formats switched on; at most MAX_FAULTS."""
    return _found(_validator(version), document)


def spdx_faults(document: Any, form: str) -> tuple[Fault, ...]:
    """Where a JSON document of `spdx-2.2`, `spdx-2.3` or `spdx-3.0.1` breaks its schema; at most MAX_FAULTS."""
    return _found(_spdx_validator(_SPDX_FILES[form]), document)


def _found(validator: Any, document: Any) -> tuple[Fault, ...]:
    try:
        return tuple(
            Fault(_pointer(e.instance_path), e.message[:300])
            for e in islice(validator.iter_errors(document), MAX_FAULTS)
        )
    except ValueError as e:  # nested beyond what the validator follows: such a document is not valid for us
        return (Fault("", f"the validator could not follow the document: {e}"),)


@cache
def _spdx_validator(name: str) -> Any:
    import jsonschema_rs

    advice = 'Install "release-gatekeeper[spdx]", which brings the official schemas of SPDX.'
    schema = msgspec.json.decode(_pinned("lib4sbom", ("schemas", "spdx", name), SPDX_PINS[name], advice).read_bytes())
    if name == "3.0-schema.json":
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, retriever=_refuse)
    reference = schema["properties"]["packages"]["items"]["properties"]["externalRefs"]["items"]["properties"]
    words = reference["referenceCategory"]["enum"]
    words += [
        w for one, other in _SAME_CATEGORY.items() for w in (one, other) if {one, other} & {*words} and w not in words
    ]
    return jsonschema_rs.Draft7Validator(schema, validate_formats=True, retriever=_refuse)


@cache
def _validator(version: str) -> Any:
    import jsonschema_rs

    shared = [("http://cyclonedx.org/schema/" + name, _load(name)) for name in _SHARED]
    registry = jsonschema_rs.Registry(shared, draft=jsonschema_rs.Draft7, retriever=_refuse)
    schema = _load(f"bom-{version}.SNAPSHOT.schema.json")
    return jsonschema_rs.Draft7Validator(schema, registry=registry, validate_formats=True)


def _load(name: str) -> Any:
    return msgspec.json.decode(pinned(name).read_bytes())


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"no schema is fetched: {uri}")


def _pointer(path: list[str | int]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)

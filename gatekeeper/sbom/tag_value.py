"""SPDX 2.x tag-value into the same structure as the JSON form; places are line numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gatekeeper.sbom.spdx2 import Places
from gatekeeper.sbom.strict_json import UnreadableError

MAX_LINES = 5_000_000
_TAG = re.compile(r"([A-Za-z][A-Za-z0-9]*):\s*(.*)", re.DOTALL)
_DOCUMENT = {
    "SPDXVersion": "spdxVersion", "DataLicense": "dataLicense", "DocumentName": "name",
    "DocumentNamespace": "documentNamespace",
}  # fmt: skip
_PACKAGE = {
    "PackageVersion": "versionInfo", "PackageDownloadLocation": "downloadLocation", "PackageSupplier": "supplier",
    "PackageOriginator": "originator", "PackageLicenseConcluded": "licenseConcluded",
    "PackageLicenseDeclared": "licenseDeclared", "ValidUntilDate": "validUntilDate",
    "PackageFileName": "packageFileName", "PrimaryPackagePurpose": "primaryPackagePurpose",
}  # fmt: skip

Table = dict[str, Any]


def read(text: str) -> tuple[Table, Places]:
    """The document as its JSON form would have it, and the line of each package and relationship.

    Raises UnreadableError for a line that is no tag, a repeated single tag and a text that does not end.
    """
    return _Reader().read(text)


class _Reader:
    def __init__(self) -> None:
        self.document: Table = {"packages": [], "relationships": [], "annotations": [], "files": [], "snippets": []}
        self.document["creationInfo"] = {"creators": []}
        self.package: Table | None = None
        self.other = False  # inside a file, snippet or licence section
        self.annotation: Table = {}
        self.package_lines: list[str] = []
        self.relationship_lines: list[str] = []

    def read(self, text: str) -> tuple[Table, Places]:
        for line, tag, value in _tags(text):
            self._take(line, tag, value)
        self._file_annotations()
        return self.document, Places(tuple(self.package_lines), tuple(self.relationship_lines))

    def _take(self, line: int, tag: str, value: str) -> None:
        if tag == "PackageName":
            self.package, self.other = {"name": value}, False
            self.document["packages"].append(self.package)
            self.package_lines.append(f"line {line}")
        elif tag in ("FileName", "SnippetSPDXID", "LicenseID"):
            self.package, self.other = None, True
            if tag == "SnippetSPDXID":
                self.document["snippets"].append({"SPDXID": value})
        elif tag == "SPDXID":
            self._identify(line, value)
        elif tag == "Relationship":
            self._relate(line, value)
        elif tag in ("Annotator", "AnnotationDate", "AnnotationType", "SPDXREF", "AnnotationComment"):
            self._annotate(tag, value)
        elif self.package is not None:
            self._describe_package(line, tag, value)
        elif not self.other:
            self._describe_document(line, tag, value)

    def _identify(self, line: int, value: str) -> None:
        if self.other:
            self.document["files"].append({"SPDXID": value})
        else:
            _set(self.package if self.package is not None else self.document, "SPDXID", value, line)

    def _relate(self, line: int, value: str) -> None:
        parts = value.split()
        if len(parts) != 3:
            raise UnreadableError(f"line {line}: a relationship has three parts")
        names = ("spdxElementId", "relationshipType", "relatedSpdxElement")
        self.document["relationships"].append(dict(zip(names, parts, strict=True)))
        self.relationship_lines.append(f"line {line}")

    def _annotate(self, tag: str, value: str) -> None:
        if tag == "Annotator":
            self.annotation = {}
            self.document["annotations"].append(self.annotation)
        self.annotation[tag] = value

    def _file_annotations(self) -> None:
        """Put each annotation where its SPDXREF points: to a package, or to the document."""
        packages = {p.get("SPDXID"): p for p in self.document["packages"]}
        kept = []
        for a in self.document["annotations"]:
            given = {"comment": a.get("AnnotationComment", ""), "annotator": a.get("Annotator", "")}
            package = packages.get(a.get("SPDXREF"))
            if package is not None:
                package.setdefault("annotations", []).append(given)
            else:
                kept.append(given)
        self.document["annotations"] = kept

    def _describe_package(self, line: int, tag: str, value: str) -> None:
        assert self.package is not None
        if tag in _PACKAGE:
            _set(self.package, _PACKAGE[tag], value, line)
        elif tag == "PackageChecksum":
            algorithm, _, digest = value.partition(":")
            entry = {"algorithm": algorithm.strip(), "checksumValue": digest.strip()}
            self.package.setdefault("checksums", []).append(entry)
        elif tag == "ExternalRef":
            parts = value.split(None, 2)
            if len(parts) != 3:
                raise UnreadableError(f"line {line}: an external reference has three parts")
            names = ("referenceCategory", "referenceType", "referenceLocator")
            self.package.setdefault("externalRefs", []).append(dict(zip(names, parts, strict=True)))

    def _describe_document(self, line: int, tag: str, value: str) -> None:
        if tag in _DOCUMENT:
            _set(self.document, _DOCUMENT[tag], value, line)
        elif tag == "Creator":
            self.document["creationInfo"]["creators"].append(value)
        elif tag == "Created":
            _set(self.document["creationInfo"], "created", value, line)
        elif tag == "CreatorComment":
            _set(self.document["creationInfo"], "comment", value, line)


def _set(table: Table, name: str, value: str, line: int) -> None:
    if name in table:
        raise UnreadableError(f"line {line}: {name} is given a second time")
    table[name] = value


def _tags(text: str) -> Iterator[tuple[int, str, str]]:
    """Line number, tag and value; a value in <text> may run over several lines."""
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise UnreadableError(f"more than {MAX_LINES} lines")
    number = 0
    while number < len(lines):
        raw = lines[number]
        number += 1
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        found = _TAG.fullmatch(raw.strip())
        if not found:
            raise UnreadableError(f"line {number} is no tag with a value: {raw[:60]!r}")
        start, value = number, found[2]
        if value.startswith("<text>"):
            parts = [value.removeprefix("<text>")]
            while "</text>" not in parts[-1]:
                if number >= len(lines):
                    raise UnreadableError(f"line {start}: <text> does not end")
                parts.append(lines[number])
                number += 1
            value = "\n".join(parts).partition("</text>")[0]
        yield start, found[1], value

"""A small sound product with its SBOM, lock file and overlay: every test changes one thing and looks who notices."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.checks.sbom import CHECK
from gatekeeper.model.check import Case, Context, Product
from gatekeeper.model.facts import ArtifactFact, Facts
from gatekeeper.model.finding import Judgement
from gatekeeper.model.words import Mode
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.sbom.evidence import Evidence
from gatekeeper.sbom.params import Params

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STAMP = "2026-11-20T10:00:00Z"
PRODUCT = Product(name="pump", version="1.2.0", manufacturer="Example Devices")
WHEEL = b"PK\5\6" + bytes(18)  # a zip without members
WHEEL_NAME = "pump-1.2.0-py3-none-any.whl"
CLASS = "gatekeeper:iec-81001-5-1:software-class"

# name, version, direct dependencies
PACKAGES = (
    ("click", "8.4.0", ()),
    ("jinja2", "3.1.6", ("markupsafe",)),
    ("markupsafe", "3.0.4", ()),
    ("packaging", "26.0", ()),
)
DIRECT = ("click", "jinja2", "packaging")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version}"


def cyclonedx(version: str = "1.6") -> dict[str, Any]:
    """A document that every rule is content with."""
    wheel = {"type": "distribution", "url": WHEEL_NAME, "hashes": [digest(hashlib.sha256(WHEEL).hexdigest())]}
    document: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": STAMP,
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": [{"type": "application", "name": "generator", "version": "1.0"}]},
            "authors": [{"name": "Example Devices build"}],
            "component": {
                "type": "application",
                "bom-ref": "root",
                "name": "pump",
                "version": "1.2.0",
                "purl": purl("pump", "1.2.0"),
                "externalReferences": [wheel],
            },
        },
        "components": [component(name, version) for name, version, _ in PACKAGES],
        "dependencies": [
            {"ref": "root", "dependsOn": [ref(name) for name in DIRECT]},
            *({"ref": ref(name), "dependsOn": [ref(n) for n in needs]} for name, _, needs in PACKAGES),
        ],
        "compositions": [{"aggregate": "complete", "assemblies": ["root"]}],
    }
    if version == "1.4":
        del document["metadata"]["lifecycles"]
        document["metadata"]["tools"] = [{"name": "generator", "version": "1.0"}]
    return document


def spdx2() -> dict[str, Any]:
    """The same product as SPDX 2.3 JSON."""

    def annotation(text: str) -> dict[str, str]:
        who = {"annotator": "Tool: generator-1.0", "annotationType": "OTHER"}
        return {**who, "annotationDate": STAMP, "comment": text}

    def package(name: str, version: str, checksum: str) -> dict[str, Any]:
        locator = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl"}
        return {
            "SPDXID": "SPDXRef-" + name,
            "name": name,
            "versionInfo": version,
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "supplier": f"Organization: The {name} project (mail@example.org)",
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "BSD-3-Clause",
            "copyrightText": "NOASSERTION",
            "checksums": [{"algorithm": "SHA256", "checksumValue": checksum}],
            "externalRefs": [locator | {"referenceLocator": purl(name, version)}],
        }

    def relation(source: str, kind: str, target: str) -> dict[str, str]:
        return {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}

    document = "SPDXRef-DOCUMENT"
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": document,
        "name": "pump-1.2.0",
        "documentNamespace": "https://example.org/spdx/pump-1.2.0",
        "creationInfo": {
            "created": STAMP,
            "creators": ["Tool: generator-1.0", "Organization: Example Devices"],
            "comment": "SBOM type: Build",
        },
        "annotations": [annotation("gatekeeper:completeness=complete")],
        "packages": [
            package("pump", "1.2.0", hashlib.sha256(WHEEL).hexdigest()),
            *(package(name, version, sha256(name)) for name, version, _ in PACKAGES),
        ],
        "relationships": [
            relation(document, "DESCRIBES", "SPDXRef-pump"),
            *(relation("SPDXRef-pump", "DEPENDS_ON", "SPDXRef-" + n) for n in DIRECT[:-1]),
            relation("SPDXRef-" + DIRECT[-1], "DEPENDENCY_OF", "SPDXRef-pump"),
            *(relation("SPDXRef-" + n, "DEPENDS_ON", "SPDXRef-" + m) for n, _, needs in PACKAGES for m in needs),
        ],
    }


def tag_value(document: dict[str, Any]) -> str:
    """An SPDX 2 document in tag-value form."""
    info = document["creationInfo"]
    lines = [
        f"SPDXVersion: {document['spdxVersion']}",
        f"DataLicense: {document['dataLicense']}",
        f"SPDXID: {document['SPDXID']}",
        f"DocumentName: {document['name']}",
        f"DocumentNamespace: {document['documentNamespace']}",
        *(f"Creator: {c}" for c in info["creators"]),
        f"Created: {info['created']}",
        f"CreatorComment: <text>several lines\n{info['comment']}</text>",
    ]
    for a in document["annotations"]:
        lines += [f"Annotator: {a['annotator']}", f"AnnotationDate: {STAMP}", "AnnotationType: OTHER"]
        lines += [f"SPDXREF: {document['SPDXID']}", f"AnnotationComment: <text>{a['comment']}</text>"]
    for p in document["packages"]:
        lines += ["", "# a package", f"PackageName: {p['name']}", f"SPDXID: {p['SPDXID']}"]
        lines += [f"PackageVersion: {p['versionInfo']}", "PackageDownloadLocation: NOASSERTION", "FilesAnalyzed: false"]
        lines += [f"PackageSupplier: {p['supplier']}", f"PackageLicenseDeclared: {p['licenseDeclared']}"]
        lines += [f"PackageLicenseConcluded: {p['licenseConcluded']}"]
        lines += [f"PackageChecksum: {c['algorithm']}: {c['checksumValue']}" for c in p["checksums"]]
        lines += ["ExternalRef: " + " ".join(r.values()) for r in p["externalRefs"]]
    for r in document["relationships"]:
        lines.append(f"Relationship: {r['spdxElementId']} {r['relationshipType']} {r['relatedSpdxElement']}")
    return "\n".join(lines) + "\n"


BASE = "https://example.org/spdx3/pump-1.2.0/"


def spdx3() -> dict[str, Any]:
    """The same product as SPDX 3.0.1 JSON-LD."""

    def element(kind: str, key: str, **fields: Any) -> dict[str, Any]:
        return {"type": kind, "spdxId": BASE + key, "creationInfo": "_:info", **fields}

    def package(name: str, version: str, value: str) -> dict[str, Any]:
        return element(
            "software_Package",
            name,
            name=name,
            software_packageVersion=version,
            software_packageUrl=purl(name, version),
            originatedBy=[BASE + "maker"],
            verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": value}],
        )

    def relation(key: str, source: str, kind: str, *targets: str, **fields: Any) -> dict[str, Any]:
        ends = {"from": BASE + source, "to": [BASE + t for t in targets]}
        return element("Relationship", key, relationshipType=kind, **ends, **fields)

    info = {
        "type": "CreationInfo",
        "@id": "_:info",
        "specVersion": "3.0.1",
        "created": STAMP,
        "createdBy": [BASE + "maker"],
        "createdUsing": [BASE + "tool"],
    }
    names = [name for name, _, _ in PACKAGES]
    return {
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            info,
            element("Organization", "maker", name="Example Devices"),
            element("Tool", "tool", name="generator-1.0"),
            element("SpdxDocument", "document", rootElement=[BASE + "sbom"], profileConformance=["core", "software"]),
            element("software_Sbom", "sbom", rootElement=[BASE + "pump"], software_sbomType=["build"]),
            package("pump", "1.2.0", hashlib.sha256(WHEEL).hexdigest()),
            *(package(name, version, sha256(name)) for name, version, _ in PACKAGES),
            element("simplelicensing_LicenseExpression", "bsd", simplelicensing_licenseExpression="BSD-3-Clause"),
            *(relation("licence-" + n, n, "hasDeclaredLicense", "bsd") for n in names),
            relation("direct", "pump", "dependsOn", *DIRECT, completeness="complete"),
            *(relation("needs-" + n, n, "dependsOn", *needs) for n, _, needs in PACKAGES if needs),
        ],
    }


def xml(version: str = "1.6") -> str:
    """The same product as CycloneDX XML."""
    digest_of = '<hashes><hash alg="SHA-256">{}</hash></hashes>'.format
    out = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/{version}" version="1"',
        ' serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79">',
        f"<metadata><timestamp>{STAMP}</timestamp>",
        "<lifecycles><lifecycle><phase>build</phase></lifecycle></lifecycles>",
        "<tools><tool><name>generator</name><version>1.0</version></tool></tools>",
        "<authors><author><name>Example Devices build</name></author></authors>",
        '<component type="application" bom-ref="root"><name>pump</name><version>1.2.0</version>',
        digest_of(hashlib.sha256(WHEEL).hexdigest()),
        f"<purl>{purl('pump', '1.2.0')}</purl></component></metadata>\n<components>",
    ]
    for name, number, _ in PACKAGES:
        out.append(
            f'\n<component type="library" bom-ref="{ref(name)}"><supplier><name>The {name} project</name></supplier>'
            f"<name>{name}</name><version>{number}</version>{digest_of(sha256(name))}"
            "<licenses><license><id>BSD-3-Clause</id></license></licenses>"
            f"<purl>{purl(name, number)}</purl></component>"
        )
    out.append("</components>\n<dependencies>")
    for source, targets in (("root", DIRECT), *((ref(n), needs) for n, _, needs in PACKAGES)):
        inner = "".join(f'<dependency ref="{ref(t)}"/>' for t in targets)
        out.append(f'<dependency ref="{source}">{inner}</dependency>')
    out.append("</dependencies><compositions><composition><aggregate>complete</aggregate>")
    out.append('<assemblies><assembly ref="root"/></assemblies></composition></compositions></bom>')
    return "".join(out)


def ref(name: str) -> str:
    return "ref-" + name


def digest(value: str, algorithm: str = "SHA-256") -> dict[str, str]:
    return {"alg": algorithm, "content": value}


def component(name: str, version: str) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": ref(name),
        "name": name,
        "version": version,
        "purl": purl(name, version),
        "supplier": {"name": f"The {name} project"},
        "hashes": [digest(sha256(name))],
        "licenses": [{"license": {"id": "BSD-3-Clause"}}],
        "externalReferences": [{"type": "website", "url": f"https://example.org/{name}"}],
    }


def uv_lock(packages: Iterable[tuple[str, str, tuple[str, ...]]] = PACKAGES, direct: Iterable[str] = DIRECT) -> str:
    lines = ["version = 1", "revision = 3", 'requires-python = ">=3.11"', ""]
    for name, version, needs in packages:
        lines += [
            "[[package]]",
            f'name = "{name}"',
            f'version = "{version}"',
            'source = { registry = "https://example.org/simple" }',
            f"dependencies = [{edges(needs)}]",
            f'wheels = [{{ url = "https://example.org/{name}.whl", hash = "sha256:{sha256(name)}" }}]',
            "",
        ]
    lines += [
        "[[package]]",
        'name = "pump"',
        'version = "1.2.0"',
        'source = { editable = "." }',
        f"dependencies = [{edges(direct)}]",
        "",
        "[package.dev-dependencies]",
        'dev = [{ name = "pytest" }]',
        "",
        "[[package]]",
        'name = "pytest"',
        'version = "9.0.0"',
        'source = { registry = "https://example.org/simple" }',
        f'wheels = [{{ url = "https://example.org/pytest.whl", hash = "sha256:{sha256("pytest")}" }}]',
    ]
    return "\n".join(lines) + "\n"


def edges(names: Iterable[str]) -> str:
    return ", ".join(f'{{ name = "{name}" }}' for name in names)


def overlay() -> str:
    entry = '[[component]]\nmatch = "pkg:pypi/{}@*"\nclass = "supported"\nsupport-end = 2028-12-31\n'
    return "\n".join((entry + 'support-level = "actively maintained"\n').format(name) for name, _, _ in PACKAGES)


class Scene:
    """The product's folder in `root`, to be changed by a test before it is collected and judged."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.document = cyclonedx()
        self.raw: bytes | None = None  # written instead of the document
        self.name = "sbom.cdx.json"
        self.files: dict[str, str] = {
            "uv.lock": uv_lock(),
            "components.toml": overlay(),
            "risks.md": "# Risks\n\nRISK-001 a component fails\n",
            "guide.md": "# Operation\n\nThe SBOM is published as sbom.cdx.json beside the download.\n",
        }
        self.artifacts: dict[str, bytes] = {WHEEL_NAME: WHEEL}
        self.as_tag_value = False  # an SPDX 2 document is written in that form
        self.shipped_sbom = True
        self.verify: Any = None  # how signatures of others are verified
        self.records_lock = True  # the document holds the digest of the lock file as it is written
        self.params: dict[str, Any] = {
            "file": self.name,
            "locks": ["uv.lock"],
            "risks": "risks.md",
            "licences": ["BSD-3-Clause", "MIT", "Apache-2.0"],
            "distribution-note": "guide.md",
        }
        self.product = PRODUCT
        self.profiles: tuple[str, ...] = ("iec",)

    def written(self) -> bytes:
        if self.raw is not None:
            return self.raw
        document = copy.deepcopy(self.document)
        if self.as_tag_value:
            return tag_value(document).encode()
        if self.records_lock and "uv.lock" in self.files and "bomFormat" in document:
            recorded = {"name": "gatekeeper:lock:uv.lock", "value": sha256(self.files["uv.lock"])}
            document.setdefault("metadata", {}).setdefault("properties", []).append(recorded)
        return json.dumps(document, indent=1).encode()

    def collect(self) -> Evidence:
        """Write everything and collect; the evidence goes through its stored form, as in the gate."""
        self.params["file"] = self.name
        (self.root / self.name).write_bytes(self.written())
        for name, text in self.files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (self.root / "dist").mkdir(exist_ok=True)
        for name, data in self.artifacts.items():
            (self.root / "dist" / name).write_bytes(data)
        context = Context(
            root=self.root,
            artifacts=tuple(self.root / "dist" / name for name in self.artifacts),
            now=NOW,
            env={},
            mode=Mode.LOCAL,
            product=self.product,
            rulebook=rulebook(),
            verify=self.verify,
        )
        evidence = CHECK.collect(context, self.policy())
        return msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence)

    def policy(self) -> Params:
        return msgspec.convert(self.params, Params)

    def case(self, **more: Any) -> Case:
        facts = [
            ArtifactFact(n, len(d), hashlib.sha256(d).hexdigest(), sha512=hashlib.sha512(d).hexdigest())
            for n, d in self.artifacts.items()
        ]
        if self.shipped_sbom:
            raw = self.written()
            facts.append(ArtifactFact(self.name, len(raw), hashlib.sha256(raw).hexdigest(), kind="sbom"))
        given = {"facts": Facts(artifacts=tuple(facts)), "mode": Mode.LOCAL, "now": NOW, "product": self.product}
        return Case(rulebook=rulebook(), profiles=self.profiles, **(given | more))

    def judge(self, **more: Any) -> dict[str, Judgement]:
        evidence = self.collect()
        judgements = list(CHECK.judge(evidence, self.policy(), self.case(**more)))
        assert sorted(j.rule for j in judgements) == sorted(set(CHECK.rules) - {"SBOM-06"})
        return {j.rule: j for j in judgements}


def failed(judgements: dict[str, Judgement]) -> set[str]:
    return {rule for rule, j in judgements.items() if j.findings}


def unplaced(judgements: dict[str, Judgement], rule: str) -> list[str]:
    """The findings of a rule that do not say where (a pointer, a line, another file) or what to do about it."""
    remedy = rulebook().rules[rule].remedy
    found = judgements[rule].findings
    told = [f for f in found if f.where.path and (f.where.pointer or f.where.line or rule in ("SBOM-01", "SBOM-19"))]
    return [f.message for f in found if f not in told or not (f.remedy or remedy)]


def in_doubt(judgements: dict[str, Judgement]) -> set[str]:
    """The rules that are undecided, findings apart."""
    return {
        rule
        for rule, j in judgements.items()
        if not j.findings and (j.doubts or not (any(j.observed) or j.not_applicable))
    }

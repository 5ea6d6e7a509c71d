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
WHEEL = b"not really a wheel, but bytes that have a hash"
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
        self.shipped_sbom = True
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


def in_doubt(judgements: dict[str, Judgement]) -> set[str]:
    """The rules that are undecided, findings apart."""
    return {
        rule
        for rule, j in judgements.items()
        if not j.findings and (j.doubts or not (any(j.observed) or j.not_applicable))
    }

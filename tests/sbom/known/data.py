"""Vulnerability data in the shapes of OSV, KEV and VEX, made up: a product with one vulnerable component."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.checks.vulnerabilities import CHECK
from gatekeeper.model.check import Case, Context
from gatekeeper.model.facts import ArtifactFact, Facts
from gatekeeper.model.finding import Judgement
from gatekeeper.model.words import Mode
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.sbom.known.evidence import Evidence
from gatekeeper.sbom.known.params import Params
from tests.sbom.samples import NOW, PRODUCT, Scene, purl

FETCHED = "2026-11-19T06:00:00Z"
STATED = "2026-11-18T09:00:00Z"
CVE, GHSA, PYSEC = "CVE-2026-1111", "GHSA-aaaa-bbbb-cccc", "PYSEC-2026-1"
CONTROL = {"purl": "pkg:pypi/control-package@1.0", "id": "PYSEC-2020-1"}
HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"


def osv(key: str, name: str, *, fixed: str = "", ecosystem: str = "PyPI", **more: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    affected = {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    record = {"id": key, "modified": "2026-11-18T00:00:00Z", "schema_version": "1.7.0", "affected": [affected]}
    return record | {"severity": [{"type": "CVSS_V3", "score": HIGH}]} | more


def vulnerable(**more: Any) -> dict[str, Any]:
    """The sample's vulnerability: jinja2 before 3.2."""
    return osv(PYSEC, "Jinja2", fixed="3.2", aliases=[CVE, GHSA]) | more


def zipped(records: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for record in records:
            archive.writestr(f"{record.get('id', 'x')}.json", json.dumps(record))
    return out.getvalue()


class Known:
    """A product folder with SBOM and vulnerability data; `vulnerable()` is in the data from the start."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.scene = Scene(root)
        self.records = [vulnerable(), osv("PYSEC-2020-1", "control-package")]
        self.zip: bytes | None = None
        self.kev: dict[str, Any] = {
            "catalogVersion": "2026.11.18",
            "dateReleased": "2026-11-18T15:00:00Z",
            "count": 1,
            "vulnerabilities": [{"cveID": "CVE-2020-0001"}],
        }
        self.fetched = FETCHED
        self.kev_fetched = FETCHED
        self.index = ""  # more lines
        self.files: dict[str, Any] = {}
        self.params: dict[str, Any] = {
            "data": "data/index.toml",
            "sbom": "sbom.cdx.json",
            "controls": [CONTROL],
            "assessments": "assessments.csv",
        }
        self.assessments = f"id,component,found_by,safety,security,controls\n{CVE},jinja2,OSV,harmless,low,sandbox\n"
        self.shipped: tuple[str, ...] = ()
        self.signer = ""
        self.signers: dict[str, str] = {}  # of single files
        self.zips: dict[str, bytes] = {}

    def vex(self, document: Any, name: str = "product.openvex.json") -> None:
        self.files[name] = document
        self.params["vex"] = [*self.params.get("vex", ()), name]

    def more_data(self, ecosystem: str, records: list[dict[str, Any]], control: str) -> None:
        """A snapshot of another ecosystem, with its own control."""
        raw = zipped(records)
        self.zips[f"{ecosystem}.zip"] = raw
        self.index += f'\n[[osv]]\nfile = "{ecosystem}.zip"\necosystem = "{ecosystem}"\nsha256 = "{sha256(raw)}"\n'
        self.index += f"fetched = {self.fetched}\n"
        self.params["controls"] = [*self.params["controls"], {"purl": control, "id": records[0]["id"]}]

    def write(self) -> None:
        self.scene.collect()
        data = self.root / "data"
        data.mkdir(exist_ok=True)
        for name, content in self.zips.items():
            (data / name).write_bytes(content)
        raw = self.zip if self.zip is not None else zipped(self.records)
        kev = json.dumps(self.kev).encode()
        (data / "PyPI.zip").write_bytes(raw)
        (data / "kev.json").write_bytes(kev)
        (data / "index.toml").write_text(
            f'schema = 1\n[[osv]]\nfile = "PyPI.zip"\necosystem = "PyPI"\nsha256 = "{sha256(raw)}"\n'
            f'fetched = {self.fetched}\n[kev]\nfile = "kev.json"\nsha256 = "{sha256(kev)}"\n'
            f"fetched = {self.kev_fetched}\n{self.index}"
        )
        (self.root / "assessments.csv").write_text(self.assessments)
        for name, content in self.files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (self.root / name).write_text(text)

    @property
    def sbom_sha256(self) -> str:
        return sha256(self.scene.written())

    def collect(self, verify: Any = None) -> Evidence:
        self.write()
        context = Context(
            root=self.root,
            artifacts=(),
            now=NOW,
            env={},
            mode=Mode.LOCAL,
            product=PRODUCT,
            rulebook=rulebook(),
            verify=verify,
        )
        evidence = CHECK.collect(context, msgspec.convert(self.params, Params))
        if self.signer:  # as a verified signature would be told
            files = [
                msgspec.structs.replace(
                    f, bundle="b", signer=self.signers.get(f.path, self.signer), issuer="https://idp.example.org"
                )
                for f in evidence.vex
            ]
            evidence = msgspec.structs.replace(evidence, vex=tuple(files))
        return msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence)

    def judge(self) -> dict[str, Judgement]:
        evidence = self.collect()
        shipped = tuple(
            ArtifactFact(n, 1, sha256((self.root / n).read_bytes())) for n in self.shipped if (self.root / n).exists()
        )
        case = Case(product=PRODUCT, rulebook=rulebook(), now=NOW, mode=Mode.LOCAL, facts=Facts(artifacts=shipped))
        judgements = list(CHECK.judge(evidence, msgspec.convert(self.params, Params), case))
        assert [j.rule for j in judgements] == list(CHECK.rules)
        return {j.rule: j for j in judgements}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def openvex(**statement: Any) -> dict[str, Any]:
    """An OpenVEX document that says not_affected of the sample's vulnerability, soundly."""
    given = {
        "vulnerability": {"name": CVE},
        "products": [{"@id": purl("pump", "1.2.0"), "subcomponents": [{"@id": purl("jinja2", "3.1.6")}]}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path",
    } | statement
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.org/vex/1",
        "author": "Example Devices product security",
        "timestamp": STATED,
        "version": 1,
        "statements": [{k: v for k, v in given.items() if v is not None}],
    }


def cyclonedx(**analysis: Any) -> dict[str, Any]:
    given = {"state": "not_affected", "justification": "code_not_reachable"} | analysis
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": STATED, "authors": [{"name": "Example Devices product security"}]},
        "vulnerabilities": [
            {
                "id": CVE,
                "analysis": given,
                "affects": [{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#ref-jinja2"}],
            }
        ],
    }


def csaf() -> dict[str, Any]:
    def product(key: str, name: str, version: str) -> dict[str, Any]:
        return {
            "product_id": key,
            "name": f"{name} {version}",
            "product_identification_helper": {"purl": purl(name, version)},
        }

    return {
        "document": {
            "category": "csaf_vex",
            "csaf_version": "2.0",
            "title": "VEX",
            "publisher": {"name": "Example Devices", "category": "vendor", "namespace": "https://example.org"},
            "tracking": {"id": "1", "status": "final", "current_release_date": STATED},
        },
        "product_tree": {
            "full_product_names": [product("P", "pump", "1.2.0"), product("J", "jinja2", "3.1.6")],
            "relationships": [
                {
                    "category": "default_component_of",
                    "full_product_name": {"product_id": "PJ", "name": "jinja2 in pump"},
                    "product_reference": "J",
                    "relates_to_product_reference": "P",
                }
            ],
        },
        "vulnerabilities": [
            {
                "cve": CVE,
                "notes": [{"category": "description", "text": "x"}],
                "product_status": {"known_not_affected": ["PJ"]},
                "flags": [{"label": "vulnerable_code_not_in_execute_path", "product_ids": ["PJ"]}],
            }
        ],
    }

"""What judging an SBOM costs: `python -m bench.sbom [--full]`, run from the top of the repository.

Every job is a process of its own, start-up included. The yardsticks validate the document and nothing else; ours reads,
validates, and judges every rule of the `sbom` check against a lock file and an overlay. `--full` also runs the
yardsticks, which take minutes each (spdx-tools is fetched by uv into an environment of its own).
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.paired import FOUND, Cost, cost, machine

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STRICT = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(error is not None)
"""
SPDX_TOOLS = """
import sys
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
sys.exit(bool(validate_full_spdx_document(parse_file(sys.argv[1]))))
"""


def packages(count: int) -> list[tuple[str, str, list[int]]]:
    """Names, versions and edges: everything is reached from the first, with up to two edges more each."""
    rng = random.Random(7)
    edges: list[list[int]] = [[] for _ in range(count)]
    for i in range(1, count):
        edges[rng.randrange(i)].append(i)
    for i in range(count - 1):
        edges[i] += [j for j in {rng.randrange(i + 1, count) for _ in range(2)} if j not in edges[i]]
    return [(f"pkg-{i}", f"{i % 9}.{i % 13}.{i % 7 + 1}", edges[i]) for i in range(count)]


def digest(name: str, version: str) -> str:
    """The made-up hash of a made-up package."""
    return hashlib.sha256(f"{name}{version}".encode()).hexdigest()


def cyclonedx(rows: list[tuple[str, str, list[int]]]) -> dict[str, Any]:
    """A CycloneDX 1.6 document; each component carries one URL, as real ones do."""
    purls = [f"pkg:pypi/{n}@{v}" for n, v, _ in rows]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": "2026-11-20T00:00:00Z",
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": [{"type": "application", "name": "bench", "version": "1"}]},
            "authors": [{"name": "Example"}],
            "component": {"type": "application", "bom-ref": "root", "name": "app", "version": "1.0.0"},
        },
        "components": [
            {
                "type": "library",
                "bom-ref": purl,
                "name": n,
                "version": v,
                "purl": purl,
                "supplier": {"name": f"The {n} project"},
                "hashes": [{"alg": "SHA-256", "content": digest(n, v)}],
                "licenses": [{"license": {"id": ("MIT", "Apache-2.0", "BSD-3-Clause")[i % 3]}}],
                "externalReferences": [{"type": "website", "url": f"https://example.org/{n}"}],
            }
            for i, ((n, v, _), purl) in enumerate(zip(rows, purls, strict=True))
        ],
        "dependencies": [
            {"ref": "root", "dependsOn": purls[:1]},
            *({"ref": p, "dependsOn": [purls[j] for j in e]} for p, (_, _, e) in zip(purls, rows, strict=True)),
        ],
        "compositions": [{"aggregate": "complete", "assemblies": ["root"]}],
    }


def spdx(rows: list[tuple[str, str, list[int]]]) -> dict[str, Any]:
    """The same as SPDX 2.3."""
    none = {"downloadLocation": "NOASSERTION", "filesAnalyzed": False, "copyrightText": "NOASSERTION"}

    def package(key: str, name: str, version: str) -> dict[str, Any]:
        locator = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl"}
        return none | {
            "SPDXID": key,
            "name": name,
            "versionInfo": version,
            "supplier": "Organization: Bench Works",
            "licenseConcluded": "MIT",
            "licenseDeclared": "MIT",
            "checksums": [{"algorithm": "SHA256", "checksumValue": digest(name, version)}],
            "externalRefs": [locator | {"referenceLocator": f"pkg:pypi/{name}@{version}"}],
        }

    def edge(source: str, kind: str, target: str) -> dict[str, str]:
        return {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}

    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "app",
        "documentNamespace": "https://example.org/app-1.0.0",
        "creationInfo": {"created": "2026-11-20T00:00:00Z", "creators": ["Tool: bench-1", "Organization: Bench Works"]},
        "packages": [
            package("SPDXRef-root", "app", "1.0.0"),
            *(package(f"SPDXRef-p{i}", n, v) for i, (n, v, _) in enumerate(rows)),
        ],
        "relationships": [
            edge("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-root"),
            edge("SPDXRef-root", "DEPENDS_ON", "SPDXRef-p0"),
            *(edge(f"SPDXRef-p{i}", "DEPENDS_ON", f"SPDXRef-p{j}") for i, (_, _, e) in enumerate(rows) for j in e),
        ],
    }


def requirements(rows: list[tuple[str, str, list[int]]]) -> str:
    """The lock file of all packages."""
    return "".join(f"{n}=={v} --hash=sha256:{digest(n, v)}\n" for n, v, _ in rows)


def osv(path: Path, count: int, rows: list[tuple[str, str, list[int]]]) -> None:
    """A snapshot with `count` records, one in a hundred of them about a package of the SBOM."""
    names = [n for n, _, _ in rows]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for i in range(count):
            name = names[i % len(names)] if i % 100 == 0 else f"other-{i}"
            record = {
                "id": f"EX-{i}",
                "modified": "2026-11-18T00:00:00Z",
                "aliases": [f"CVE-2026-{i}"],
                "summary": "An example.",
                "details": "A made-up text of ordinary length. " * 20,
                "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
                "affected": [
                    {
                        "package": {"ecosystem": "PyPI", "name": name},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "4.0"}]}],
                        "versions": [f"{a}.{b}" for a in range(4) for b in range(8)],
                    }
                ],
            }
            archive.writestr(f"EX-{i}.json", json.dumps(record))


def judge(folder: str, name: str) -> None:
    """The job that is measured: collect and judge, as the gate does."""
    import msgspec

    from gatekeeper.checks.sbom import CHECK
    from gatekeeper.model.check import Case, Context, Product
    from gatekeeper.model.words import Mode
    from gatekeeper.policy.rulebook import rulebook
    from gatekeeper.sbom.evidence import Evidence
    from gatekeeper.sbom.params import Params

    params = Params(file=name, locks=("requirements.txt",), licences=("MIT", "Apache-2.0", "BSD-3-Clause"))
    product = Product(name="app", version="1.0.0", manufacturer="Example")
    context = Context(
        root=Path(folder), artifacts=(), now=NOW, env={}, mode=Mode.LOCAL, product=product, rulebook=rulebook()
    )
    stored = msgspec.json.encode(CHECK.collect(context, params))
    evidence = msgspec.json.decode(stored, type=Evidence)
    case = Case(product=product, rulebook=rulebook(), now=NOW, mode=Mode.LOCAL)
    said = {j.rule: j for j in CHECK.judge(evidence, params, case)}
    for rule in ("SBOM-03", "SBOM-08", "SBOM-09", "SBOM-10", "SBOM-12", "SBOM-14", "SBOM-16"):
        print(rule, said[rule].observed, len(said[rule].findings), [f.message for f in said[rule].findings[:1]])


def match(folder: str) -> None:
    """The other job: a snapshot against the components of an SBOM."""
    from gatekeeper.sbom import reader
    from gatekeeper.sbom.known import matching
    from gatekeeper.sbom.known import osv as snapshots
    from gatekeeper.sbom.known.ecosystems import package
    from gatekeeper.sbom.known.evidence import Evidence, Snapshot

    bom = reader.read(Path(folder, "app.cdx.json").read_bytes(), "app.cdx.json").bom
    assert bom is not None
    wanted = {(p.ecosystem, p.name) for c in bom.components if not isinstance(p := package(c), str)}
    found = snapshots.read(Path(folder, "PyPI.zip"), wanted)
    row = Snapshot(
        path="",
        ecosystem="PyPI",
        sha256="",
        stated_sha256="",
        fetched="",
        records=found.records,
        ecosystems=found.ecosystems,
    )
    evidence = Evidence(
        sbom="", sbom_sha256="", components=bom.components, advisories=found.advisories, snapshots=(row,)
    )
    matched = matching.match(evidence)
    print(found.records, len(found.advisories), len(matched.known), matched.assessed, found.faults)


def scene(folder: Path, count: int) -> None:
    """Write the documents of one size."""
    rows = packages(count)
    folder.mkdir(parents=True)
    (folder / "app.cdx.json").write_text(json.dumps(cyclonedx(rows), indent=2))
    (folder / "app.spdx.json").write_text(json.dumps(spdx(rows), indent=2))
    (folder / "requirements.txt").write_text(requirements(rows))
    entry = '[[component]]\nmatch = "pkg:pypi/*"\nclass = "supported"\nsupport-end = 2030-01-01\n'
    (folder / "components.toml").write_text(entry)
    if count == 5_000:
        osv(folder / "PyPI.zip", 200_000, rows)


def ours(*words: str) -> Cost:
    """The cheaper of two runs: others use the machine as well."""
    command = [sys.executable, "-m", "bench.sbom", *words]
    return min((cost(command) for _ in range(2)), key=lambda c: c.cpu)


def line(what: str, bound: str, c: Cost) -> None:
    """One row of the table."""
    print(f"| {what} | {bound} | {c.wall:.2f} | {c.cpu:.2f} | {c.peak:.0f} |", flush=True)


def main(*, full: bool) -> None:
    """Print the tables."""
    print(f"{machine()}:\n\n| what | bound | wall s | CPU s | peak MiB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as made:
        small, large = Path(made, "5000"), Path(made, "50000")
        for folder, count in ((small, "5000"), (large, "50000")):
            # in a process of its own: a child's peak memory counts from its parent's
            cost([sys.executable, "-m", "bench.sbom", "scene", str(folder), count])
        costs = {}
        for name in ("app.cdx.json", "app.spdx.json"):
            costs[name] = ours("judge", str(small), name)
            line(f"5,000 components, {name}: every rule", "", costs[name])
            big = ours("judge", str(large), name)
            line(f"50,000 components, {name}: every rule", "3 s, 500 MiB", big)
            print(f"| ten times the components, {name} | 12 x | x {big.wall / costs[name].wall:.1f} "
                  f"| x {big.cpu / costs[name].cpu:.1f} | |")  # fmt: skip
        line("200,000 OSV records x 5,000 components", "10 s", ours("match", str(small)))
        if full:
            strict = cost([sys.executable, "-c", STRICT, str(small / "app.cdx.json")], codes=FOUND)
            line("5,000 components: cyclonedx-python-lib, strict validator", "", strict)
            ratio(costs["app.cdx.json"], strict)
            uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
            tools = [uv, "run", "--no-project", "--with", "spdx-tools==0.8.5", "python", "-c", SPDX_TOOLS]
            cost([*tools[:-2], "-c", "import spdx_tools"])
            theirs = cost([*tools, str(small / "app.spdx.json")], codes=FOUND)
            line("5,000 components: spdx-tools, parse and validate", "", theirs)
            ratio(costs["app.spdx.json"], theirs)


def ratio(ours: Cost, theirs: Cost) -> None:
    """Ours in parts of theirs."""
    print(f"| ours / theirs | 1/100 | 1/{theirs.wall / ours.wall:.0f} | 1/{theirs.cpu / ours.cpu:.0f} | |", flush=True)


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["judge"]:
        judge(*words[1:])
    elif words[:1] == ["match"]:
        match(*words[1:])
    elif words[:1] == ["scene"]:
        scene(Path(words[1]), int(words[2]))
    else:
        main(full="--full" in words)

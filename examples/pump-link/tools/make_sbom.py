"""Complete the SBOM that cyclonedx-py wrote with what only the build knows.

    python tools/make_sbom.py GENERATED OUT ARTIFACT...

Added are: the hashes of the built files, the hashes of each component from uv.lock, who made the SBOM and in which
phase, how complete it is, and the digest of the lock that it was made from.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MAKER = {"name": "Example Devices", "url": ["https://example.org"]}


def main(generated: Path, out: Path, artifacts: list[Path]) -> None:
    """Write the finished SBOM."""
    bom: dict[str, Any] = json.loads(generated.read_text(encoding="utf-8"))
    lock = ROOT / "uv.lock"
    locked = {p["name"]: p for p in tomllib.loads(lock.read_text(encoding="utf-8"))["package"]}
    described = bom["metadata"]["component"]
    described |= {
        "manufacturer": MAKER,
        "purl": f"pkg:pypi/{described['name']}@{described['version']}",
        "externalReferences": [_distribution(a.name, hashlib.sha256(a.read_bytes()).hexdigest()) for a in artifacts],
    }
    bom["metadata"] |= {
        "manufacturer": MAKER,
        "authors": [{"name": "Example Devices build", "email": "build@example.org"}],
        "lifecycles": [{"phase": "build"}],
    }
    bom["metadata"].setdefault("properties", []).append(
        {"name": "gatekeeper:lock:uv.lock", "value": hashlib.sha256(lock.read_bytes()).hexdigest()}
    )
    for component in bom["components"]:
        component["externalReferences"] = [
            _distribution(file["url"], file["hash"].removeprefix("sha256:"))
            for file in _files(locked[component["name"].lower()])
        ]
    bom["compositions"] = [{"aggregate": "complete", "assemblies": [described["bom-ref"]]}]
    out.write_text(json.dumps(bom, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _files(package: dict[str, Any]) -> list[dict[str, str]]:
    """The source and the pure wheel, where there is one: what every platform can install."""
    return [package["sdist"], *(w for w in package["wheels"] if w["url"].endswith("-none-any.whl"))]


def _distribution(url: str, sha256: str) -> dict[str, Any]:
    return {"type": "distribution", "url": url, "hashes": [{"alg": "SHA-256", "content": sha256}]}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(a) for a in sys.argv[3:]])

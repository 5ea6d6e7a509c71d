"""`make fuzz`: damaged SBOMs, lock files, overlays and VEX by the hundred thousand; none may raise anything but our own
words, and none may take long.

Run as `python -m tests.fuzz.fuzz_sbom [COUNT] [SEED]`. Exits 1 at the first stray exception or slow input, with the
input written beside it.
"""

from __future__ import annotations

import base64
import json
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gatekeeper.checks.sbom import CHECK
from gatekeeper.model.check import Case
from gatekeeper.model.words import Mode
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.sbom import attesting, locking, overlay, reader, statements
from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.evidence import Evidence
from gatekeeper.sbom.known import results, vex
from gatekeeper.sbom.known.results import Entry
from gatekeeper.sbom.locking import Wish
from gatekeeper.sbom.params import Params
from tests.fuzz.mutations import cut, double, drop, flip_byte, retype, splice
from tests.sbom import samples
from tests.sbom.known import data
from tests.sbom.known.test_results import GRYPE, OSV, PIP_AUDIT, TRACK
from tests.sbom.test_locks import GOOD

SLOW_SECONDS = 10.0
BYTES = (flip_byte, cut, splice)
TREES = (drop, retype, double)
PARAMS = Params(file="x", profiles=("iec", "cisa-2026", "fda", "bsi-2.1"))
CASE = Case(product=samples.PRODUCT, rulebook=rulebook(), now=samples.NOW, mode=Mode.LOCAL)


class Target(NamedTuple):
    """One sound input and what reads it; `told` says in a word what came of it."""

    name: str
    raw: bytes
    read: Callable[[bytes], str]


def targets(folder: Path) -> list[Target]:
    """Every reader with a sound input of its own."""
    two = samples.spdx2()
    sboms = {
        "a.cdx.json": json.dumps(samples.cyclonedx()).encode(),
        "a.spdx.json": json.dumps(two).encode(),
        "a.spdx": samples.tag_value(two).encode(),
        "a.spdx3.json": json.dumps(samples.spdx3()).encode(),
        "a.cdx.xml": samples.xml().encode(),
    }
    found = [Target(name, raw, lambda raw, name=name: _sbom(raw, name)) for name, raw in sboms.items()]
    for kind, document in {"openvex": data.openvex(), "cyclonedx": data.cyclonedx(), "csaf": data.csaf()}.items():
        found.append(Target(f"vex {kind}", json.dumps(document).encode(), _vex))
    for tool, document in {
        "grype": GRYPE,
        "osv-scanner": OSV,
        "pip-audit": PIP_AUDIT,
        "dependency-track": TRACK,
    }.items():
        found.append(Target(tool, json.dumps(document).encode(), lambda raw, tool=tool: _result(raw, tool)))
    found.append(Target("statement", _bundle(sboms["a.cdx.json"]), lambda raw: _statement(raw, sboms["a.cdx.json"])))
    found.append(Target("components.toml", samples.overlay().encode(), _overlay))
    for row in GOOD:
        name, text, beside = row.values[:3]
        place = folder / str(len(found))
        place.mkdir()
        for other, content in beside.items():
            (place / other).write_text(content)
        found.append(Target(name, text.encode(), lambda raw, place=place, name=name: _lock(raw, place, name)))
    return found


def bombs() -> list[Target]:
    """Inputs that are large or deep in one way each."""
    giant = samples.cyclonedx()
    giant["components"][0]["name"] = "x" * 10_000_000
    many = samples.cyclonedx()
    many["components"][0]["hashes"] = [samples.digest("0" * 64)] * 100_000
    ring = samples.cyclonedx()
    ring["dependencies"] = [{"ref": f"r{i}", "dependsOn": [f"r{(i + 1) % 50_000}"]} for i in range(50_000)]
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    inputs = {
        "a 10 MB name": json.dumps(giant).encode(),
        "100,000 hashes": json.dumps(many).encode(),
        "a ring of 50,000": json.dumps(ring).encode(),
        "depth 100,000": b"[" * 100_000 + b"]" * 100_000,
        "depth 100,000, objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "an entity bomb": f'<!DOCTYPE x [<!ENTITY a0 "a">{entities}]><x>&a11;</x>'.encode(),
        "XML depth 100,000": b"<a>" * 100_000 + b"</a>" * 100_000,
        "64 MB of blanks": b" " * 64 * 2**20,
        "64 MB of brackets": b"[" * 64 * 2**20,
        "tag-value, a million lines": b"SPDXVersion: SPDX-2.3\n" + b"PackageName: x\n" * 1_000_000,
    }
    found = [Target(name, raw, lambda raw: _sbom(raw, "bomb")) for name, raw in inputs.items()]
    stars = b'[[component]]\nmatch = "' + b"*a" * 5_000 + b'b"\nclass = "supported"\n'
    return [*found, Target("an overlay of stars", stars, _overlay)]


def _sbom(raw: bytes, name: str) -> str:
    found = reader.read(raw, name)
    told = [w for w in ("unreadable", "unknown", "faults", "bom") if getattr(found, w)]
    assert len(told) == 1, told
    if found.bom is not None:
        evidence = Evidence(path=name, sha256="", size=len(raw), format=found.format, bom=found.bom)
        assert [j.rule for j in CHECK.judge(evidence, PARAMS, CASE)] == [r for r in CHECK.rules if r != "SBOM-06"]
    return told[0]


def _bundle(sbom: bytes) -> bytes:
    payload = base64.b64encode(attesting.statement(sbom, {"pump.whl": "0" * 64})).decode()
    return json.dumps({"dsseEnvelope": {"payloadType": statements.PAYLOAD_TYPE, "payload": payload}}).encode()


def _statement(raw: bytes, sbom: bytes) -> str:
    found = statements.read("x", raw, sbom, "")
    assert not found.holds
    return "fault" if found.fault else "read"


def _vex(raw: bytes) -> str:
    file = vex.read("x.json", raw)
    assert not (file.faults and file.statements)
    return "faults" if file.faults else "statements"


def _result(raw: bytes, tool: str) -> str:
    return "fault" if results.read(Entry(file="x", tool=tool), raw, "").fault else "read"


def _overlay(raw: bytes) -> str:
    found = overlay.load(raw, "components.toml", "")
    every = (Component(where="/0", name="a" * 5_000), Component(where="/1", name="click", purl="pkg:pypi/click@8"))
    overlay.items(every, found)
    overlay.stale(every, found)
    return "faults" if found.faults else "read"


def _lock(raw: bytes, place: Path, name: str) -> str:
    (place / name).write_bytes(raw)
    lock = locking.load(place, name, Wish(product="pump"))
    assert not (lock.fault and lock.packages)
    return "fault" if lock.fault else "read"


def main(count: int, seed: int) -> int:
    """Try everything and say what came of it."""
    rng, said, begun = random.Random(seed), Counter[str](), time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        every = targets(Path(made))
        for target in bombs():
            if fault := _tried(target, target.raw, said):
                return _keep(target.raw, fault)
        while said.total() < count:
            target = every[said.total() % len(every)]
            damaged = _damaged(target.raw, rng)
            if fault := _tried(target, damaged, said):
                return _keep(damaged, fault)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{said.total()} damaged inputs (seed {seed}) in {time.monotonic() - begun:.0f} s, peak {peak:.0f} MiB")  # noqa: T201  # its only output
    print(", ".join(f"{name} {n}" for name, n in said.most_common()))  # noqa: T201  # its only output
    return 0


def _damaged(raw: bytes, rng: random.Random) -> bytes:
    mutations = (*BYTES, *TREES) if raw.lstrip()[:1] == b"{" else BYTES
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        try:
            raw = rng.choice(mutations)(raw, rng) or b" "
        except (ValueError, IndexError):  # damaged already, so there is no tree to take apart
            raw = flip_byte(raw, rng)
    return raw


def _tried(target: Target, raw: bytes, said: Counter[str]) -> str:
    start = time.process_time()
    try:
        said[target.read(raw)] += 1
    except Exception as e:  # noqa: BLE001  # whatever it is, it is the finding
        return f"{target.name}: {type(e).__name__} escaped: {e}"
    took = time.process_time() - start
    return f"{target.name}: took {took:.1f} s" if took > SLOW_SECONDS else ""


def _keep(raw: bytes, said: str) -> int:
    path = Path("fuzz-finding.sbom")
    path.write_bytes(raw)
    print(f"{said}; see {path}", file=sys.stderr)  # noqa: T201  # its only output
    return 1


if __name__ == "__main__":
    arguments = [int(a) for a in sys.argv[1:]]
    sys.exit(main(*(arguments + [100_000, 1][len(arguments) :])))

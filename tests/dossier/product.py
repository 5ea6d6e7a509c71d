"""A small product that can be sealed in a second: real artifacts, a real policy, the two checks of these rooms."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper import gate
from gatekeeper.checks import file_integrity, signing
from gatekeeper.dossier.order import order_of
from gatekeeper.dossier.seal import Order
from gatekeeper.model.check import AnyCheck, Case, Check, Context
from gatekeeper.model.facts import Facts, SourceFact, VulnerabilityFact
from gatekeeper.model.finding import Judgement, finding, judged
from gatekeeper.model.record import PolicyRow
from gatekeeper.model.rule import Rulebook
from gatekeeper.model.words import Mode
from gatekeeper.policy import policy as policy_room
from gatekeeper.policy.rulebook import rulebook

COMMIT = "c" * 40
IDENTITY = "https://github.com/example/pump/.github/workflows/release.yml@refs/tags/v2.3.1"


def wheel(**files: bytes) -> bytes:
    """A sound little wheel."""
    contents = {name.replace("__", "."): content for name, content in files.items()}
    rows = [f"{n},sha256={_encoded(c)},{len(c)}" for n, c in contents.items()] + ["pump.dist-info/RECORD,,"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (contents | {"pump.dist-info/RECORD": "\n".join(rows).encode()}).items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def sdist() -> bytes:
    """A sound little source archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("pump/pump.py")
        entry.size = 5
        archive.addfile(entry, io.BytesIO(b"pass\n"))
    return buffer.getvalue()


FILES = {"pump.whl": wheel(pump__py=b"pass\n"), "pump.tar.gz": sdist(), "pump.cdx.json": b'{"bomFormat": "CycloneDX"}'}
POLICY = """schema = 1
[product]
name = "pump"
version = "2.3.1"
manufacturer = "Example Devices"
[file-integrity]
artifacts = [{ pattern = "*.whl" }, { pattern = "*.tar.gz" }, { pattern = "*.cdx.json", kind = "sbom" }]
[signing]
identity = "https://github.com/example/pump/.github/workflows/release.yml@refs/tags/v{version}"
issuer = "https://token.actions.githubusercontent.com"
bundles = ["*.whl"]
public-log = { decided-by = "A. Example", decided-on = 2026-01-05, reason = "An example, decided for the tests." }
[build-identity]
verdict = "good"
"""


KNOWN = VulnerabilityFact(
    id="CVE-2026-1",
    component="pkg:pypi/a@1",
    level="low",
    vex_status="not_affected",
    reason="component_not_present",
)


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    verdict: str = "good"


class Seen(msgspec.Struct, frozen=True):
    verdict: str
    commit: str


def _judge(evidence: Seen, _params: Params, _case: Case) -> Iterable[Judgement]:
    bad = [finding("BUILD-01", "the tree is not clean", key=["dirty"])] if evidence.verdict == "bad" else []
    doubts = ["git did not answer"] if evidence.verdict == "unknown" else []
    yield judged("BUILD-01", "1 commit", bad, doubts)


SOURCE: AnyCheck = Check(
    "build-identity",
    ("BUILD-01",),
    Params,
    Seen,
    lambda context, params: Seen(params.verdict, context.commit),
    _judge,
    lambda evidence, _params: Facts(source=SourceFact(commit=evidence.commit), vulnerabilities=(KNOWN,)),
)
CHECKS: Mapping[str, AnyCheck] = {c.id: c for c in (file_integrity.CHECK, signing.CHECK, SOURCE)}


@dataclass(frozen=True)
class Product:
    """A folder with policy and built files, and how to run the gate on it."""

    root: Path
    mode: Mode = Mode.REHEARSAL
    now: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    commit: str = COMMIT

    @classmethod
    def make(cls, root: Path, files: Mapping[str, bytes] = FILES, policy: str = POLICY) -> Product:
        for name, content in files.items():
            file = root / "dist" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        (root / "gatekeeper.toml").write_text(policy)
        return cls(root)

    @property
    def artifacts(self) -> tuple[Path, ...]:
        return tuple(sorted(p for p in (self.root / "dist").rglob("*") if p.is_file()))

    @property
    def policy_path(self) -> Path:
        return self.root / "gatekeeper.toml"

    @property
    def book(self) -> Rulebook:
        return rulebook()

    def policy(self) -> policy_room.Policy:
        return policy_room.load(self.policy_path, CHECKS, self.book)

    def context(self, **more: Any) -> Context:
        policy = self.policy()
        plain = Context(
            self.root,
            self.artifacts,
            self.now,
            {},
            self.mode,
            policy.product,
            self.book,
            commit=self.commit,
            tables=policy.tables,
            policy_sha256=policy.sha256,
        )
        return replace(plain, **more)

    def row(self) -> PolicyRow:
        from gatekeeper.cli.situation import policy_row

        return policy_row(self.policy())

    def order(self, target: Path, **more: Any) -> Order:
        context = self.context()
        gathered = gate.gather(self.policy(), context, CHECKS)
        made = order_of(gathered, context, self.policy_path, self.row(), target)
        return replace(made, **more)

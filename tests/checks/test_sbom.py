"""The `sbom` check beyond the document: lock files, overlay, artifacts, signature. Each bad input meets its rule."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks.sbom import CHECK, facts
from gatekeeper.model.check import Context, SignedFile
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.facts import ArtifactFact, Facts
from gatekeeper.sbom.attesting import CYCLONEDX, REFERENCE
from gatekeeper.sbom.params import Params
from gatekeeper.sbom.statements import PAYLOAD_TYPE
from tests.sbom.samples import (
    DIRECT,
    PACKAGES,
    WHEEL,
    WHEEL_NAME,
    Scene,
    digest,
    failed,
    in_doubt,
    overlay,
    spdx2,
    uv_lock,
)

ENTRY = '\n[[component]]\nmatch = "pkg:pypi/click@8.4.0"\n'


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def wheel_with(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def ship(scene: Scene, data: bytes, name: str = WHEEL_NAME) -> None:
    """Replace the artifact and bind the SBOM to it."""
    scene.artifacts = {name: data}
    distribution = {"type": "distribution", "url": name, "hashes": [digest(hashlib.sha256(data).hexdigest())]}
    scene.document["metadata"]["component"]["externalReferences"] = [distribution]


def enveloped(payload: bytes) -> str:
    return json.dumps(
        {"dsseEnvelope": {"payloadType": PAYLOAD_TYPE, "payload": base64.b64encode(payload).decode(), "signatures": []}}
    )


def state(s: Scene, kind: str = CYCLONEDX, subjects: dict[str, str] | None = None, predicate: Any = None) -> None:
    """Bind the files by a signed statement instead of hashes inside the SBOM."""
    s.document["metadata"]["component"].pop("externalReferences", None)
    named = subjects or {n: hashlib.sha256(d).hexdigest() for n, d in s.artifacts.items()}
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": n, "digest": {"sha256": d}} for n, d in named.items()],
        "predicateType": kind,
        "predicate": json.loads(s.written()) if predicate is None else predicate,
    }
    s.files["bound.sigstore.json"] = enveloped(json.dumps(statement).encode())
    s.params |= {
        "statements": ["bound.sigstore.json"],
        "author-identity": "b@example.org",
        "author-issuer": "https://i",
    }
    s.verify = lambda _bundle, sha256, identity, issuer, _root: (
        "" if (sha256 in named.values() and identity == "b@example.org" and issuer == "https://i") else "other"
    )


@pytest.mark.parametrize("by_digest", [False, True])
def test_a_signed_statement_about_the_files_binds_them(scene: Scene, by_digest: bool) -> None:
    state(scene)
    if by_digest:
        digest_of = hashlib.sha256(scene.written()).hexdigest()
        state(scene, REFERENCE, predicate={"references": [{"uri": "sbom", "digest": {"sha256": digest_of}}]})

    judgements = scene.judge()

    assert failed(judgements) | in_doubt(judgements) == set()
    assert "1 by a signed statement alone" in judgements["SBOM-05"].observed[0]
    (judge,) = CHECK.later.values()
    assert "b@example.org" in next(iter(judge(scene.collect(), scene.policy(), scene.case()))).observed[0]


BAD: list[Any] = []


def bad(rule: str, what: str, *also: str) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    def add(change: Callable[[Scene], None]) -> Callable[[Scene], None]:
        BAD.append(pytest.param(change, rule, set(also), id=f"{rule}: {what}"))
        return change

    return add


@bad("SBOM-02", "an SPDX 2 file with the ending of CycloneDX", "*")
def spdx_in_disguise(s: Scene) -> None:
    s.raw = json.dumps({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT"}).encode()


@bad("SBOM-05", "an artifact nobody mentions")
def unmentioned_artifact(s: Scene) -> None:
    s.artifacts["pump-1.2.0.zip"] = wheel_with("pump.py")


@bad("SBOM-05", "a statement whose subject is the SBOM instead of the artifact")
def statement_about_the_sbom(s: Scene) -> None:
    del s.document["metadata"]["component"]["externalReferences"]
    subject = {"name": s.name, "digest": {"sha256": "0" * 64}}
    s.files["sbom.intoto.json"] = json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": [subject]})


@bad("SBOM-05", "a statement that nobody could verify")
def unverified_statement(s: Scene) -> None:
    state(s)
    s.verify = None


@bad("SBOM-05", "a statement about the file of the previous build")
def statement_about_another_file(s: Scene) -> None:
    state(s, subjects={WHEEL_NAME: "1" * 64})


@bad("SBOM-05", "a signed statement whose subject is the SBOM instead of the artifact")
def signed_statement_about_the_sbom(s: Scene) -> None:
    state(s, subjects={s.name: hashlib.sha256(s.written()).hexdigest()}, kind="https://example.org/other")


@bad("SBOM-05", "a statement with another SBOM as its predicate")
def statement_of_another_sbom(s: Scene) -> None:
    state(s, predicate={**s.document, "version": 2})


@bad("SBOM-05", "a statement by digest of another SBOM")
def reference_to_another_sbom(s: Scene) -> None:
    state(s, kind=REFERENCE, predicate={"references": [{"digest": {"sha256": "1" * 64}}]})


@bad("SBOM-05", "a statement by somebody else")
def statement_of_a_stranger(s: Scene) -> None:
    state(s)
    s.verify = lambda *_: "it was signed by someone@example.org"


@bad("SBOM-05", "a statement that is not there, beside hashes that are")
def absent_statement(s: Scene) -> None:
    s.params["statements"] = ["gone.sigstore.json"]


@bad("SBOM-05", "a statement whose key stands twice")
def ambiguous_statement(s: Scene) -> None:
    state(s)
    payload = b'{"_type": "x", "_type": "https://in-toto.io/Statement/v1"}'
    s.files["bound.sigstore.json"] = enveloped(payload)


@bad("SBOM-05", "no artifacts known", "SBOM-24")
def no_artifacts(s: Scene) -> None:
    s.artifacts = {}


@bad("SBOM-07", "generated before the last dependency change: another lock digest")
def another_lock(s: Scene) -> None:
    s.records_lock = False
    recorded = {"name": "gatekeeper:lock:uv.lock", "value": "0" * 64}
    s.document["metadata"]["properties"] = [recorded]


@bad("SBOM-07", "older than the policy and not bound to the lock")
def too_old(s: Scene) -> None:
    s.records_lock = False
    s.document["metadata"]["timestamp"] = "2026-10-01T00:00:00Z"


@bad("SBOM-08", "version mismatch: the lock moved on")
def lock_moved_on(s: Scene) -> None:
    s.files["uv.lock"] = uv_lock([("click", "8.5.0", ()), *PACKAGES[1:]])


@bad("SBOM-08", "an empty lock file beside a manifest with dependencies")
def empty_lock(s: Scene) -> None:
    s.files["uv.lock"] = uv_lock([], [])


@bad("SBOM-08", "a lock format the gate cannot read, skipped", "SBOM-09", "SBOM-07")
def unknown_lock(s: Scene) -> None:
    s.files["mix.lock"] = "%{}"
    s.params["locks"] = ["uv.lock", "mix.lock"]


@bad("SBOM-08", "a lock file of an unknown version", "SBOM-09")
def unknown_lock_version(s: Scene) -> None:
    s.files["uv.lock"] = s.files["uv.lock"].replace("version = 1", "version = 9", 1)


@bad("SBOM-08", "a lock file that is not there", "SBOM-09", "SBOM-07")
def absent_lock(s: Scene) -> None:
    del s.files["uv.lock"]


@bad("SBOM-08", "no lock file at all")
def no_lock(s: Scene) -> None:
    del s.files["uv.lock"]
    s.params["locks"] = []


@bad("SBOM-08", "an extra component in strict mode", "SBOM-10")
def extra_in_strict_mode(s: Scene) -> None:
    s.files["uv.lock"] = uv_lock(PACKAGES[1:], DIRECT[1:])
    s.params["strict"] = True


@bad("SBOM-08", "a marker that nothing answers", "SBOM-10")
def unanswered_marker(s: Scene) -> None:
    more = [*PACKAGES, ("colorama", "0.4.6", ())]
    text = uv_lock(more).replace(
        'name = "click" }, ', 'name = "click" }, { name = "colorama", marker = "sys_platform == \'win32\'" }, '
    )
    s.files["uv.lock"] = text.replace("dependencies = []", "dependencies = []", 1)


@bad("SBOM-08", "a none-statement that the lock contradicts")
def false_none_statement(s: Scene) -> None:
    s.params["no-dependencies"] = "the product has none"


@bad("SBOM-13", "a profile that nobody knows")
def unknown_profile(s: Scene) -> None:
    s.params["profiles"] = ["cisa-2027"]


@bad("SBOM-13", "SPDX 2 or CycloneDX 1.5 under bsi-2.1", "SBOM-14")
def old_format_for_bsi(s: Scene) -> None:
    s.document["specVersion"] = "1.5"
    s.document["$schema"] = "http://cyclonedx.org/schema/bom-1.5.schema.json"
    s.params["profiles"] = ["bsi-2.1"]


@bad("SBOM-16", "unclassed component", "SBOM-18")
def unclassed(s: Scene) -> None:
    s.files["components.toml"] = s.files["components.toml"].replace("pypi/click", "pypi/clicks")


@bad("SBOM-16", "a class word not in the list")
def unknown_class(s: Scene) -> None:
    s.files["components.toml"] = s.files["components.toml"].replace('"supported"', '"trusted"', 1)


@bad("SBOM-16", "a stale overlay entry")
def stale_entry(s: Scene) -> None:
    s.files["components.toml"] += '\n[[component]]\nmatch = "pkg:pypi/gone@*"\nclass = "supported"\n'


@bad("SBOM-16", "an entry that is not understood", "SBOM-18")
def unknown_entry_key(s: Scene) -> None:
    s.files["components.toml"] = s.files["components.toml"].replace("class =", "clas =", 1)


@bad("SBOM-16", "two entries that answer equally well")
def rival_entries(s: Scene) -> None:
    s.files["components.toml"] += '\n[[component]]\nmatch = "pkg:pypi/click@*"\nclass = "supported"\n'


@bad("SBOM-16", "no overlay at all", "SBOM-18")
def no_overlay(s: Scene) -> None:
    del s.files["components.toml"]


@bad("SBOM-17", "class required without risk id")
def required_without_risk(s: Scene) -> None:
    s.files["components.toml"] += ENTRY + 'class = "required"\nsupport-end = 2028-12-31\n'


@bad("SBOM-17", "a risk id that does not exist")
def required_with_unknown_risk(s: Scene) -> None:
    s.files["components.toml"] += ENTRY + 'class = "required"\nsupport-end = 2028-12-31\nrisk = "RISK-00"\n'


@bad("SBOM-18", "support ended last year without control")
def support_ended(s: Scene) -> None:
    s.files["components.toml"] = s.files["components.toml"].replace("2028-12-31", "2025-12-31", 1)


@bad("SBOM-18", "date without reason for unknown")
def unknown_end_without_reason(s: Scene) -> None:
    s.files["components.toml"] = s.files["components.toml"].replace("2028-12-31", '"unknown"', 1)


@bad("SBOM-18", "no level of support under fda")
def no_level(s: Scene) -> None:
    s.files["components.toml"] = s.files["components.toml"].replace("support-level", "# support-level")
    s.params["profiles"] = ["fda"]


@bad("SBOM-19", "a licence not on the list")
def licence_not_allowed(s: Scene) -> None:
    s.document["components"][0]["licenses"] = [{"license": {"id": "GPL-3.0-only"}}]


@bad("SBOM-19", "an expression with one part that is not on the list")
def licence_and(s: Scene) -> None:
    s.document["components"][0]["licenses"] = [{"expression": "MIT AND GPL-3.0-only"}]


@bad("SBOM-19", "no list in the policy")
def no_licence_list(s: Scene) -> None:
    s.params["licences"] = []


@bad("SBOM-21", "a custom item without agreement id")
def built_to_order(s: Scene) -> None:
    s.files["components.toml"] = s.files["components.toml"].replace("class =", "built-to-order = true\nclass =", 1)


AGREED = 'agreement = "AG-7"\nclass ='


@bad("SBOM-22", "under agreement and nothing kept")
def nothing_delivered(s: Scene) -> None:
    s.files["components.toml"] = s.files["components.toml"].replace("class =", AGREED, 1)


def delivered(s: Scene, **row: str) -> None:
    given = {"file": "received/click.cdx.json", "sha256": hashlib.sha256(b"{}").hexdigest(), "date": "2026-11-01"} | row
    table = ", ".join(f'{k} = "{v}"' for k, v in given.items())
    s.files["received/click.cdx.json"] = "{}"
    text = f"received = [{{ {table} }}]\n{AGREED}"
    s.files["components.toml"] = s.files["components.toml"].replace("class =", text, 1)


@bad("SBOM-22", "a link only")
def link_only(s: Scene) -> None:
    delivered(s, file="https://example.org/click.cdx.json")


@bad("SBOM-22", "an SBOM of another delivery")
def another_delivery(s: Scene) -> None:
    delivered(s, version="8.3.0")


@bad("SBOM-22", "another digest than the recorded one")
def another_digest(s: Scene) -> None:
    delivered(s, sha256="0" * 64)


@bad("SBOM-05", "an SBOM that no manifest covers: inside an attestation only", "SBOM-23")
@bad("SBOM-23", "SBOM inside an attestation only", "SBOM-05")
def not_shipped(s: Scene) -> None:
    s.shipped_sbom = False


@bad("SBOM-23", "no distribution note")
def no_note(s: Scene) -> None:
    del s.params["distribution-note"]


@bad("SBOM-23", "PDF only: the note names no machine-readable file")
def note_names_nothing(s: Scene) -> None:
    s.files["guide.md"] = "# Operation\n\nAsk for the list of parts (PDF).\n"


@bad("SBOM-24", "a `_vendor` folder not listed")
def vendored(s: Scene) -> None:
    ship(s, wheel_with("pump/__init__.py", "pump/_vendor/six.py"))


@bad("SBOM-24", "a bundled .so or .dll")
def native(s: Scene) -> None:
    ship(s, wheel_with("pump/__init__.py", "pump.libs/libcrypto.so.3"))


@bad("SBOM-24", "a jar in a wheel")
def jar(s: Scene) -> None:
    ship(s, wheel_with("pump/__init__.py", "pump/driver.jar"))


@bad("SBOM-24", "a foreign package in a wheel")
def foreign_package(s: Scene) -> None:
    ship(s, wheel_with("pump-1.2.0.dist-info/METADATA", "other-1.0.dist-info/METADATA"))


@bad("SBOM-24", "another version of a package than the SBOM has")
def other_version_inside(s: Scene) -> None:
    ship(s, wheel_with("pump-1.2.0.dist-info/METADATA", "pump/click-8.3.0.dist-info/METADATA"))


@bad("SBOM-24", "an egg-info of a foreign package")
def foreign_egg(s: Scene) -> None:
    ship(s, wheel_with("pump-1.2.0.dist-info/METADATA", "lib/other.egg-info/PKG-INFO"))


@bad("SBOM-24", "a wheel of a foreign package in a bundle")
def foreign_wheel(s: Scene) -> None:
    ship(s, wheel_with("pump-1.2.0-py3-none-any.whl", "other-1.0-1-py3-none-any.whl"), "pump-1.2.0.zip")


@bad("SBOM-24", "a native library in a tar of any suffix")
def native_in_tar(s: Scene) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:xz") as archive:
        archive.addfile(tarfile.TarInfo("pump/libcrypto.so.3"))
    ship(s, out.getvalue(), "pump-1.2.0.txz")


@bad("SBOM-24", "a native library in an archive without a suffix")
def native_in_nameless(s: Scene) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("pump/libcrypto.so.3"))
    ship(s, out.getvalue(), "pump-image")


@bad("SBOM-24", "a wheel that is no archive")
def broken_wheel(s: Scene) -> None:
    ship(s, b"the wheel, cut off")


def requiring(*lines: str, name: str = "pump-1.2.0.dist-info/METADATA") -> bytes:
    text = "\n".join(["Metadata-Version: 2.4", "Name: pump", "Version: 1.2.0", *lines, "", "The pump."])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text)
    return out.getvalue()


@bad("SBOM-08", "a dependency in the wheel's METADATA that neither lock nor SBOM knows")
def undeclared_requirement(s: Scene) -> None:
    ship(s, requiring("Requires-Dist: evil-parts>=1"))


@bad("SBOM-08", "a dependency in the METADATA whose marker nobody answers")
def undeclared_with_marker(s: Scene) -> None:
    ship(s, requiring('requires-dist: evil ; python_version > "0"'))


@bad("SBOM-08", "a dependency in the METADATA of an extra that ships", "SBOM-09")  # the lock does not know the extra
def undeclared_of_extra(s: Scene) -> None:
    s.params["extras"] = ["ble"]
    ship(s, requiring('Requires-Dist: evil ; extra == "ble"'))


@bad("SBOM-08", "a dependency in the METADATA in another version than the SBOM has")
def requirement_of_another_version(s: Scene) -> None:
    ship(s, requiring("Requires-Dist: click>=99"))


@bad("SBOM-08", "a dependency in the METADATA that cannot be read")
def unreadable_requirement(s: Scene) -> None:
    ship(s, requiring("Requires-Dist: evil >= = 1"))


@bad("SBOM-08", "a dependency in the METADATA that the SBOM calls excluded", "*")
def excluded_requirement(s: Scene) -> None:
    ship(s, requiring("Requires-Dist: click"))
    s.document["components"][0]["scope"] = "excluded"


@bad("SBOM-08", "a dependency in the METADATA of a wheel in a bundle")
def undeclared_in_bundle(s: Scene) -> None:
    inner = requiring("Requires-Dist: evil")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("pump/pump-1.2.0-py3-none-any.whl", inner)
    ship(s, out.getvalue(), "pump-1.2.0.zip")


@bad("SBOM-24", "a native library in a wheel in a bundle")
def native_in_bundle(s: Scene) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("pump-1.2.0-py3-none-any.whl", wheel_with("pump.libs/libcrypto.so.3"))
    ship(s, out.getvalue(), "pump-1.2.0.zip")


@bad("SBOM-08", "a dependency in a source distribution's PKG-INFO")
def undeclared_in_sdist(s: Scene) -> None:
    out = io.BytesIO()
    text = b"Metadata-Version: 2.4\nName: pump\nVersion: 1.2.0\nRequires-Dist: evil\n"
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("pump-1.2.0/PKG-INFO")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    ship(s, out.getvalue(), "pump-1.2.0.tar.gz")


@bad("SBOM-24", "an archive that cannot be listed")
def broken_archive(s: Scene) -> None:
    ship(s, b"\x1f\x8b broken", "pump-1.2.0.tar.gz")


@pytest.mark.parametrize(("change", "rule", "also"), BAD)
def test_a_bad_input_is_stopped_by_its_rule(
    scene: Scene, change: Callable[[Scene], None], rule: str, also: set[str]
) -> None:
    change(scene)

    judgements = scene.judge()

    noticed = failed(judgements) | in_doubt(judgements)
    assert rule in noticed
    seen = {r: [f.message for f in judgements[r].findings] or judgements[r].doubts for r in noticed}
    assert also == {"*"} or noticed == also | {rule}, seen


GOOD: list[Any] = []


def good(what: str) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    def add(change: Callable[[Scene], None]) -> Callable[[Scene], None]:
        GOOD.append(pytest.param(change, id=what))
        return change

    return add


@good("a wheel that requires what the SBOM has, and other things elsewhere or with an extra that does not ship")
def known_requirements(s: Scene) -> None:
    s.params["target"] = {"sys_platform": "linux"}
    lines = ("Click >= 8", 'pywin32; sys_platform == "win32"', 'evil; extra == "ble"', 'pump[ble]; extra == "all"')
    ship(s, requiring(*(f"Requires-Dist: {line}" for line in lines)))


@good("a marker that the target answers")
def answered_marker(s: Scene) -> None:
    unanswered_marker(s)
    s.params["target"] = {"sys_platform": "linux"}


@good("a product without dependencies that says so")
def no_dependencies(s: Scene) -> None:
    s.files["uv.lock"] = uv_lock([], [])
    s.files["components.toml"] = ""
    s.document["components"] = []
    s.document["dependencies"] = [{"ref": "root"}]
    s.params["no-dependencies"] = "the product uses the standard library only"


@good("an end of support in the past with a control and a risk")
def controlled_end(s: Scene) -> None:
    s.files["components.toml"] += ENTRY + (
        'class = "supported"\nsupport-end = 2025-12-31\ncontrol = "a fork is kept"\nrisk = "RISK-001"\n'
    )


@good("required with a risk that exists")
def required_with_risk(s: Scene) -> None:
    s.files["components.toml"] += ENTRY + 'class = "required"\nsupport-end = 2028-12-31\nrisk = "RISK-001"\n'


@good("a producer that is unknown with a reason")
def unknown_with_reason(s: Scene) -> None:
    s.document["components"][0]["supplier"]["name"] = "NOASSERTION"
    reason = {"name": "gatekeeper:unknown:producer", "value": "the project names nobody"}
    s.document["components"][0]["properties"] = [reason]


@good("one allowed side of an OR")
def licence_or(s: Scene) -> None:
    s.document["components"][0]["licenses"] = [{"expression": "GPL-3.0-only OR MIT"}]


@good("a bundled library with a component of its own")
def listed_library(s: Scene) -> None:
    native(s)
    s.files["components.toml"] += (
        '\n[[component]]\nmatch = "pkg:generic/*"\nclass = "supported"\nsupport-end = 2028-01-01\n'
    )
    inner = {
        **s.document["components"][0],
        "bom-ref": "ref-libcrypto",
        "name": "libcrypto.so.3",
        "version": "3.2",
        "purl": "pkg:generic/libcrypto.so.3@3.2",
    }
    s.document["components"].append(inner)
    s.document["dependencies"][1]["dependsOn"] = ["ref-libcrypto"]


@good("a delivery that is kept")
def kept_delivery(s: Scene) -> None:
    delivered(s, version="8.4.0")


@pytest.mark.parametrize("change", GOOD)
def test_what_is_in_order_passes(scene: Scene, change: Callable[[Scene], None]) -> None:
    change(scene)

    judgements = scene.judge()

    noticed = failed(judgements) | in_doubt(judgements)
    assert noticed == set(), {r: [f.message for f in judgements[r].findings] or judgements[r].doubts for r in noticed}


def test_a_missing_sbom_leaves_everything_undecided(scene: Scene) -> None:
    with pytest.raises(EvidenceError, match="not there"):
        CHECK.collect(scene_context(scene), Params(file="nowhere.cdx.json"))


def scene_context(scene: Scene) -> Any:
    from tests.sbom.samples import NOW, PRODUCT, Mode, rulebook

    return Context(
        root=scene.root, artifacts=(), now=NOW, env={}, mode=Mode.LOCAL, product=PRODUCT, rulebook=rulebook()
    )


def test_an_sbom_older_than_the_commit_of_its_lock_fails(scene: Scene) -> None:
    scene.records_lock = False
    scene.collect()
    git(scene.root, "init", "-q")
    git(scene.root, "add", "-A")
    git(scene.root, "commit", "-qm", "all", date="2026-11-20T11:00:00+00:00")

    assert failed(scene.judge()) == {"SBOM-07"}

    scene.document["metadata"]["timestamp"] = "2026-11-20T11:00:01Z"
    judgements = scene.judge()
    assert failed(judgements) | in_doubt(judgements) == set()


def git(root: Path, *words: str, date: str = "") -> None:
    import os

    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
    subprocess.run(["git", *words], cwd=root, check=True, env={**os.environ, **dates})


SIGNED = {
    "name": "sbom.cdx.json",
    "bundle_sha256": "b",
    "identity": "build@example.org",
    "issuer": "https://idp.example.org",
}


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        pytest.param({}, True, id="signed by the author"),
        pytest.param({"sha256": "0" * 64}, False, id="SBOM-06: bundle of an older SBOM"),
        pytest.param({"identity": "other@example.org"}, False, id="SBOM-06: signature of another identity"),
        pytest.param({"issuer": "https://other.example.org"}, False, id="SBOM-06: another issuer"),
        pytest.param({"fault": "the certificate had expired"}, False, id="SBOM-06: a signature that does not verify"),
        pytest.param({"doubt": "the log did not answer"}, False, id="SBOM-06: a signature that could not be verified"),
        pytest.param(None, False, id="SBOM-06: unsigned SBOM"),
    ],
)
def test_the_author_signed_these_bytes(scene: Scene, changes: dict[str, str] | None, passes: bool) -> None:
    evidence = scene.collect()
    scene.params |= {"author-identity": SIGNED["identity"], "author-issuer": SIGNED["issuer"]}
    given = SIGNED | {"sha256": evidence.sha256} | (changes or {})
    signatures = () if changes is None else (msgspec.convert(given, SignedFile),)

    (judge,) = CHECK.later.values()
    (judgement,) = judge(evidence, scene.policy(), scene.case(signatures=signatures))

    assert judgement.rule == "SBOM-06"
    assert (bool(judgement.observed) and not judgement.findings and not judgement.doubts) is passes


def test_the_facts_for_the_record(scene: Scene) -> None:
    evidence = scene.collect()

    told = facts(evidence, scene.policy())

    assert told.versions == (("SBOM sbom.cdx.json", "1.2.0"),)
    assert [c.name for c in told.components] == [name for name, _, _ in PACKAGES]
    assert (told.components[0].item_class, told.components[0].support_end) == ("supported", "2028-12-31")
    assert told.components[0].producer == "The click project"


def test_an_unreadable_sbom_gives_no_facts(scene: Scene) -> None:
    scene.raw = b""

    assert facts(scene.collect(), scene.policy()) == Facts()


def test_names_inside_a_tar_are_seen(scene: Scene) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("pump-1.2.0/src/vendor/zlib/zlib.c"))
    ship(scene, out.getvalue(), "pump-1.2.0.tar.gz")

    (finding,) = scene.judge()["SBOM-24"].findings

    assert "'zlib' has no component" in finding.message


def test_a_fingerprint_does_not_hang_on_places_and_wording(scene: Scene) -> None:
    del scene.document["components"][0]["supplier"]
    before = {f.fingerprint for f in scene.judge()["SBOM-14"].findings}
    scene.document["components"].reverse()

    assert {f.fingerprint for f in scene.judge()["SBOM-14"].findings} == before


def test_more_findings_than_are_listed_leave_a_doubt(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatekeeper.sbom.rules.subject.MAX_FINDINGS", 2)
    for c in scene.document["components"]:
        del c["supplier"]

    judgement = scene.judge()["SBOM-14"]

    assert len(judgement.findings) == 2
    assert judgement.doubts == ("2 more findings of this kind are not listed",)


def test_the_sample_overlay_answers_to_every_component() -> None:
    assert overlay().count("[[component]]") == len(PACKAGES)
    assert WHEEL


def test_the_version_in_the_name_of_the_file_is_the_products(scene: Scene) -> None:
    scene.name = "pump-1.2.0.cdx.json"
    scene.collect()

    evidence = CHECK.collect(scene_context(scene), Params(file="pump-{version}.cdx.json"))

    assert evidence.path == "pump-1.2.0.cdx.json"
    assert evidence.bom


@pytest.mark.parametrize("stated", ["NOASSERTION", "NONE"])
def test_sbom_11_noassertion_is_not_both_unknown_and_withheld(scene: Scene, stated: str) -> None:
    scene.document = spdx2()
    scene.name = "sbom.spdx.json"
    package = scene.document["packages"][1]
    package |= {"licenseDeclared": stated, "licenseConcluded": stated}
    found = [f.message for f in scene.judge()["SBOM-11"].findings]
    assert bool(found) is (stated == "NOASSERTION")

    reason = "gatekeeper:unknown:licence=the project names none"
    package["annotations"] = [{"comment": reason, "annotator": "Tool: x-1", "annotationType": "OTHER"}]
    judgements = scene.judge()
    assert not judgements["SBOM-11"].findings
    assert not judgements["SBOM-14"].findings


@pytest.mark.parametrize(
    ("name", "kind", "bound"),
    [
        pytest.param("pump.openvex.json", "vex", True, id="a VEX file is made afterwards"),
        pytest.param("pump.openvex.json", "artifact", False, id="SBOM-05: an artifact nobody mentions, named like VEX"),
        pytest.param("pump.bin", "vex", False, id="SBOM-05: an artifact nobody mentions, called VEX"),
    ],
)
def test_what_has_to_be_bound(scene: Scene, name: str, kind: str, bound: bool) -> None:
    facts = scene.case().facts
    more = msgspec.structs.replace(facts, artifacts=(*facts.artifacts, ArtifactFact(name, 1, "0" * 64, kind)))

    assert bool(scene.judge(facts=more)["SBOM-05"].findings) is not bound

"""`gatekeeper sbom build` on a small product with the real generator, and `sbom check` on any file."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatekeeper.cli.app import run
from tests.sbom.samples import CLASS, DIRECT, PACKAGES, PRODUCT, Scene, cyclonedx, overlay, spdx2, uv_lock

POLICY = """
schema = 1
[product]
name = "pump"
version = "1.2.0"
manufacturer = "Example Devices"
[gate]
profiles = ["iec", "fda"]
[sbom]
file = "dist/pump.cdx.json"
licences = ["BSD-3-Clause"]
"""
PYPROJECT = f"""
[project]
name = "pump"
version = "1.2.0"
dependencies = {json.dumps([f"{n}=={v}" for n, v, _ in PACKAGES if n in DIRECT])}
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the metadata of the product's packages: what a generator looks at."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = sorted(folder.glob("[lL]ib*/**/site-packages"))[0]
    for name, version, needs in PACKAGES:
        info = site / f"{name}-{version}.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", "License-Expression: BSD-3-Clause"]
        info.joinpath("METADATA").write_text("\n".join([*lines, *(f"Requires-Dist: {n}" for n in needs)]) + "\n")
        info.joinpath("RECORD").write_text("")
    return folder


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {"gatekeeper.toml": POLICY, "pyproject.toml": PYPROJECT, "uv.lock": uv_lock(), "components.toml": overlay()}
    for name, text in files.items():
        (tmp_path / name).write_text(text.replace("class =", 'producer = "The project"\nclass ='), encoding="utf-8")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/pump-1.2.0.tar").write_bytes(b"")
    (tmp_path / "dist/pump-1.2.0.bin").write_bytes(b"the built product")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    subprocess.run(["git", "commit", "-qm", "all"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def build(environment: Path, *more: str) -> int:
    return run(["sbom", "build", "dist/pump-1.2.0.bin", "--environment", str(environment), *more])


def test_what_is_built_passes_cisa_2026_and_fda_and_is_the_same_again(
    product: Path, environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = build(environment)

    told = capsys.readouterr().out
    assert code == 0, told
    assert "failed" not in told
    assert "undecided" not in told
    first = (product / "dist/pump.cdx.json").read_bytes()
    assert build(environment) == 0
    assert (product / "dist/pump.cdx.json").read_bytes() == first


def test_what_was_joined_says_where_it_came_from(product: Path, environment: Path) -> None:
    build(environment)

    document = json.loads((product / "dist/pump.cdx.json").read_bytes())
    click = next(c for c in document["components"] if c["name"] == "click")
    told = {p["name"]: p["value"] for p in click["properties"]}
    assert told["gatekeeper:source:hashes"] == "uv.lock"
    assert told["gatekeeper:source:overlay"] == "components.toml pkg:pypi/click@*"
    assert click["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(b"click").hexdigest()}]
    root = document["metadata"]["component"]
    given = {h["alg"]: h["content"] for r in root["externalReferences"] for h in r["hashes"]}
    assert given["SHA-512"] == hashlib.sha512(b"the built product").hexdigest()
    assert document["compositions"][0]["aggregate"] == "complete"


def test_what_nobody_knows_stays_absent_and_is_named(
    product: Path, environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (product / "components.toml").unlink()

    assert build(environment) == 1

    told = capsys.readouterr().out
    assert "SBOM-16  failed" in told
    assert "click 8.4.0: producer: missing" in told
    document = json.loads((product / "dist/pump.cdx.json").read_bytes())
    assert not any("manufacturer" in c for c in document["components"])


def test_a_package_that_is_locked_and_not_installed_makes_it_incomplete(
    product: Path, environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (product / "uv.lock").write_text(uv_lock([*PACKAGES, ("gone", "1.0", ())], [*DIRECT, "gone"]))

    assert build(environment) == 1

    assert "gone 1.0 is locked and not in the SBOM" in capsys.readouterr().out
    document = json.loads((product / "dist/pump.cdx.json").read_bytes())
    assert document["compositions"][0]["aggregate"] == "incomplete"


def test_an_environment_that_is_none_is_undecided(product: Path, tmp_path: Path) -> None:
    assert build(tmp_path / "dist") == 3


def test_no_table_is_a_usage_error(product: Path, environment: Path) -> None:
    (product / "gatekeeper.toml").write_text(POLICY.split("[sbom]", maxsplit=1)[0])

    assert build(environment) == 2


@pytest.mark.install
def test_an_environment_is_made_from_the_lock(tmp_path: Path) -> None:
    from gatekeeper.sbom import generate

    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\n')
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "lock", "-q", "--offline"], cwd=tmp_path, check=True)

    made = generate.environment(tmp_path, tmp_path / "made")

    assert generate.generate(tmp_path, made)["metadata"]["component"]["name"] == "x"


@pytest.mark.parametrize("name", ["some.cdx.json", "some.spdx.json"])
def test_any_sbom_can_be_checked_alone(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = cyclonedx() if "cdx" in name else spdx2()
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if "cdx" in name:
        document["metadata"]["timestamp"] = now
    else:
        document["creationInfo"]["created"] = now
    (tmp_path / name).write_text(json.dumps(document))

    code = run(["-C", str(tmp_path), "sbom", "check", name])

    told = capsys.readouterr().out
    assert code == 0, told
    assert "not judged here" in told


def test_more_is_judged_where_more_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(tmp_path)
    scene.document["metadata"]["timestamp"] = datetime.now(UTC).isoformat()
    scene.collect()
    more = ["--lock", "uv.lock", "--components", "components.toml", "--licence", "BSD-3-Clause"]
    artifact = str(tmp_path / "dist/pump-1.2.0-py3-none-any.whl")

    code = run(
        ["-C", str(tmp_path), "sbom", "check", scene.name, artifact, *more, "--product", "pump", "1.2.0", "--json"]
    )

    told = json.loads(capsys.readouterr().out)
    assert code == 0, told
    assert {j["rule"] for j in told["judgements"]} >= {"SBOM-04", "SBOM-05", "SBOM-08", "SBOM-16", "SBOM-19", "SBOM-24"}
    assert run(["-C", str(tmp_path), "sbom", "check", scene.name, "--product", PRODUCT.name, "1.3.0"]) == 1


@pytest.fixture
def fresh(tmp_path: Path) -> Scene:
    """A sound product of today, written down."""
    scene = Scene(tmp_path)
    scene.document["metadata"]["timestamp"] = datetime.now(UTC).isoformat()
    scene.document["components"][0]["properties"] = [{"name": CLASS, "value": "required"}]
    scene.files["components.toml"] = scene.files["components.toml"].replace(
        'class = "supported"', 'class = "required"\nrisk = "RISK-001"', 1
    )
    scene.collect()
    return scene


def alone(scene: Scene, *words: str) -> int:
    return run(["-C", str(scene.root), "sbom", "check", scene.name, *words])


class TestWithRisksAndNote:
    OVERLAY = ("--components", "components.toml", "--profile", "fda")

    def test_fda_is_content_where_risk_file_and_note_are_given(self, fresh: Scene) -> None:
        files = [str(fresh.root / name) for name in (fresh.name, "dist/pump-1.2.0-py3-none-any.whl")]

        assert alone(fresh, *files, *self.OVERLAY, "--risks", "risks.md", "--note", "guide.md") == 0

    def test_a_required_component_without_risk_file_is_refused(
        self, fresh: Scene, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert alone(fresh, *self.OVERLAY) == 1
        assert "SBOM-17  failed" in capsys.readouterr().out

    def test_a_risk_that_is_not_in_the_file_is_refused(self, fresh: Scene) -> None:
        (fresh.root / "risks.md").write_text("# Risks\n\nRISK-0012\n")

        assert alone(fresh, *self.OVERLAY, "--risks", "risks.md") == 1

    @pytest.mark.parametrize("profile", ["fda", "cisa-2026", "strict"])
    def test_what_a_profile_raises_is_no_warning(self, fresh: Scene, profile: str) -> None:
        assert alone(fresh, "--profile", profile, "--note", "guide.md") == 1, "the SBOM is not among the files"


class TestSinceThePreviousSbom:
    @pytest.fixture
    def before(self, fresh: Scene) -> dict[str, object]:
        document = cyclonedx()
        for c in document["components"]:
            c["properties"] = [{"name": CLASS, "value": "supported"}]
        return document

    def since(self, scene: Scene, before: object, *words: str) -> int:
        (scene.root / "before.cdx.json").write_text(json.dumps(before))
        return alone(scene, "--previous", "before.cdx.json", *words)

    def test_a_fall_in_class_is_a_finding(
        self, fresh: Scene, before: dict[str, object], capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ("--components", "components.toml", "--risks", "risks.md")

        assert self.since(fresh, before, *words) == 1
        told = capsys.readouterr().out
        assert "CHAIN-04  failed" in told
        assert "click fell from supported to required" in told

    def test_a_lost_class_is_a_finding(self, fresh: Scene, before: dict[str, object]) -> None:
        assert self.since(fresh, before) == 1

    def test_changes_are_told(self, fresh: Scene, capsys: pytest.CaptureFixture[str]) -> None:
        before = cyclonedx()
        del before["components"][3], before["dependencies"][4], before["dependencies"][0]["dependsOn"][2]
        before["components"][1] |= {"version": "3.0.0", "purl": "pkg:pypi/jinja2@3.0.0"}
        fresh.document["components"][0].pop("properties")
        fresh.document["components"][0].pop("hashes")
        (fresh.root / fresh.name).write_bytes(fresh.written())

        self.since(fresh, before)

        told = capsys.readouterr().out
        assert "1 added: pkg:pypi/packaging; 0 removed; 1 changed: pkg:pypi/jinja2 3.0.0 -> 3.1.6" in told
        assert "CHAIN-05  warn" in told
        assert "click 8.4.0 had a hash and has none now" in told

    @pytest.mark.parametrize("content", ["{}", "{", None])
    def test_a_previous_sbom_that_cannot_be_read_is_undecided(self, fresh: Scene, content: str | None) -> None:
        if content is not None:
            (fresh.root / "before.cdx.json").write_text(content)

        assert alone(fresh, "--previous", "before.cdx.json") == 3


@pytest.mark.parametrize(
    ("content", "words", "code"),
    [
        pytest.param(b"{", [], 1, id="unreadable"),
        pytest.param(b"{}", [], 3, id="no SBOM"),
        pytest.param(None, [], 3, id="no file"),
        pytest.param(b"{}", ["--profile", "cisa-2025"], 2, id="unknown profile"),
    ],
)
def test_exit_codes(tmp_path: Path, content: bytes | None, words: list[str], code: int) -> None:
    if content is not None:
        (tmp_path / "x.json").write_bytes(content)

    assert run(["-C", str(tmp_path), "sbom", "check", "x.json", *words]) == code

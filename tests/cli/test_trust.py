"""`gatekeeper trust`: the file that it writes is the one that the printed policy lines pin."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from gatekeeper.cli.app import run
from gatekeeper.signing.instance import from_file
from gatekeeper.signing.rehearsal import rehearsal
from tests.signing.tuf_mirror import build, served


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    with rehearsal() as running:
        instance = running.instance
    files = {"trusted_root.json": instance.trusted_root, "signing_config.v0.2.json": instance.signing_config}
    return build(tmp_path / "mirror", files)


def test_the_printed_lines_pin_the_written_file(
    mirror: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(mirror) as url:
        code = run(["-C", str(tmp_path), "trust", "--mirror", url, "--root", str(mirror / "1.root.json")])
    said = capsys.readouterr().out
    assert code == 0
    table = tomllib.loads(said[said.index("[signing]") :])["signing"]
    instance = from_file(tmp_path / table["trust-config"], sha256=table["trust-config-sha256"])
    assert instance.root_sha256 in said
    assert instance.signing_config
    assert table["trust-obtained"].year >= 2026


def test_a_mirror_that_is_down_leaves_the_old_file(
    mirror: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sigstore-trust.json").write_text("the old one")
    with served(mirror) as url:
        pass
    code = run(["-C", str(tmp_path), "trust", "--mirror", url, "--root", str(mirror / "1.root.json")])
    assert code == 3
    assert (tmp_path / "sigstore-trust.json").read_text() == "the old one"
    assert "Try again later" in capsys.readouterr().err


def test_a_mirror_without_its_first_root_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trust", "--mirror", "https://tuf.example.org"]) == 2
    assert "--root" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_said(mirror: Path, tmp_path: Path) -> None:
    with served(mirror) as url:
        words = ["-C", str(tmp_path), "trust", "--mirror", url, "--root", str(mirror / "1.root.json")]
        assert run([*words, "-o", "missing/trust.json"]) == 2

"""MAINT-06: published bytes equal signed bytes; judged after publication, kept beside the dossier."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper import gate
from gatekeeper.cli.app import run
from gatekeeper.cli.exits import BLOCKED, RELEASED, UNDECIDED, USAGE
from gatekeeper.dossier import layout, publication
from gatekeeper.dossier.publication import Publication, Seen, judge
from gatekeeper.dossier.receipt import row_of
from gatekeeper.model.facts import ArtifactFact
from gatekeeper.model.record import from_bytes
from gatekeeper.model.words import Outcome
from tests.dossier.product import CHECKS, FILES, IDENTITY

REHEARSED = ("--rehearsal", "--identity", IDENTITY, "--issuer", "https://rehearsal.invalid")
SHAS = st.sampled_from(["a" * 64, "b" * 64, "c" * 64])


@pytest.fixture(autouse=True)
def _two_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "checks", lambda: dict(CHECKS))


@pytest.fixture
def public(dossier: Path, tmp_path: Path) -> Path:
    """The public place, as a folder."""
    return Path(shutil.copytree(dossier / layout.ARTIFACTS, tmp_path / "public"))


def verify(dossier: Path, *words: object) -> int:
    return run(["verify", str(dossier), *REHEARSED, *map(str, words)])


def receipt(dossier: Path) -> Publication:
    return msgspec.json.decode(dossier.with_name("dossier.published.json").read_bytes(), type=Publication)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_files_pass_and_the_dossier_is_not_touched(dossier: Path, public: Path) -> None:
    before = files(dossier)

    assert verify(dossier, "--published", public) == RELEASED

    assert files(dossier) == before
    told = receipt(dossier)
    assert (told.outcome, {f.name for f in told.files}) == (Outcome.PASSED, set(FILES))
    assert told.record_sha256
    assert verify(dossier) == RELEASED


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda p: (p / "pump.whl").write_bytes(b"other"), "not the signed file", id="MAINT-06: asset replaced"),
        pytest.param(lambda p: (p / "pump.whl").unlink(), "not there", id="MAINT-06: a file missing at the public place"),
        pytest.param(
            lambda p: shutil.copy(p / "pump.tar.gz", p / "pump.whl"), "is pump.tar.gz", id="MAINT-06: another file served"
        ),
        pytest.param(lambda p: shutil.rmtree(p), "no folder", id="MAINT-06: no place at all"),
    ],
)  # fmt: skip
def test_other_files_fail(dossier: Path, public: Path, change, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    change(public)

    assert verify(dossier, "--published", public) == (UNDECIDED if words == "no folder" else BLOCKED)
    assert words in capsys.readouterr().err
    assert receipt(dossier).outcome is not Outcome.PASSED


def test_a_link_out_of_the_place(dossier: Path, public: Path) -> None:
    (public / "pump.whl").unlink()
    (public / "pump.whl").symlink_to(dossier / layout.ARTIFACTS / "pump.whl")

    assert verify(dossier, "--published", public) == UNDECIDED


def test_another_version_served_over_http(dossier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MAINT-06: another version served."""
    from gatekeeper.tools.download import Fetched

    asked = []
    monkeypatch.setattr(
        publication, "fetched", lambda place, name, **_: asked.append((place, name)) or Fetched("e" * 64, 9)
    )

    assert verify(dossier, "--published", "https://files.example.org/pump/2.3.1") == BLOCKED
    assert {place for place, _ in asked} == {"https://files.example.org/pump/2.3.1"}


def test_an_address_without_encryption_is_not_asked(dossier: Path) -> None:
    assert verify(dossier, "--published", "http://files.example.org/pump") == UNDECIDED


def test_what_is_not_authentic_is_not_followed_up(dossier: Path, public: Path) -> None:
    (dossier / layout.RECORD).write_bytes(b"{}")

    assert verify(dossier, "--published", public) != RELEASED
    assert not dossier.with_name("dossier.published.json").exists()


def test_a_single_file_has_no_record(dossier: Path, public: Path) -> None:
    bundle = dossier / layout.bundle("pump.whl")
    assert verify(public / "pump.whl", "--bundle", bundle, "--published", public) == USAGE


def test_the_record_says_that_it_is_judged_after_publication(sealed: Path) -> None:
    record = from_bytes((sealed / layout.RECORD).read_bytes()).predicate

    (row,) = (r for r in record.deferred if r.id == "MAINT-06")
    assert "--published" in row.reason.en
    assert "公開後" in row.reason.ja
    assert "MAINT-06" not in {r.id for r in (*record.rules, *record.outside)}


def test_no_files_at_all_are_undecided() -> None:
    assert row_of(judge((), (), "here")).outcome is Outcome.UNDECIDED


@given(st.dictionaries(st.sampled_from("abc"), SHAS, min_size=1), st.dictionaries(st.sampled_from("abcd"), SHAS))
def test_it_passes_exactly_where_every_signed_file_lies_there(signed: dict[str, str], there: dict[str, str]) -> None:
    artifacts = tuple(ArtifactFact(name, 1, sha) for name, sha in signed.items())
    seen = tuple(Seen(name, 1, sha) for name, sha in there.items())

    outcome = row_of(judge(artifacts, seen, "here")).outcome

    assert outcome is (Outcome.PASSED if signed.items() <= there.items() else Outcome.FAILED)


@given(st.sets(st.sampled_from("abc"), min_size=1))
def test_a_doubt_never_passes(doubted: set[str]) -> None:
    artifacts = tuple(ArtifactFact(name, 1, "a" * 64) for name in "abc")
    seen = tuple(Seen(n, 1, "a" * 64) if n not in doubted else Seen(n, doubt="no answer") for n in "abc")

    assert row_of(judge(artifacts, seen, "here")).outcome is Outcome.UNDECIDED

"""Evidence of other jobs: bound to this commit, this policy and this gate, or it is a doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper import __version__, gate
from gatekeeper.cli.evidence import brought, save
from gatekeeper.gate import Stored
from gatekeeper.model.check import Context, Product
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.words import Mode
from gatekeeper.policy.rulebook import rulebook

NOW = datetime(2026, 11, 20, tzinfo=UTC)
CONTEXT = Context(
    Path(), (), NOW, {}, Mode.CI, Product(name="p", version="1", manufacturer="m"), rulebook(), commit="c" * 40, policy_sha256="p" * 64,
)  # fmt: skip
STORED = Stored(
    check="private-keys", gate_version=__version__, commit="c" * 40, policy_sha256="p" * 64, collected=NOW.isoformat(),
    evidence=msgspec.Raw(b"{}"),
)  # fmt: skip


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    save(tmp_path, [STORED], CONTEXT)

    assert brought([tmp_path], CONTEXT) == (STORED,)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"commit": "d" * 40}, id="BUILD-06: another commit"),
        pytest.param({"policy_sha256": "q" * 64}, id="another policy"),
        pytest.param({"gate_version": "0.0.9"}, id="another version of the gate"),
    ],
)
def test_foreign_evidence_is_a_doubt(tmp_path: Path, change: dict[str, Any]) -> None:
    save(tmp_path, [msgspec.structs.replace(STORED, **change)], CONTEXT)

    assert brought([tmp_path], CONTEXT)[0].doubt


def test_nothing_is_bound_where_there_is_no_commit(tmp_path: Path) -> None:
    save(tmp_path, [msgspec.structs.replace(STORED, commit="")], CONTEXT)

    assert brought([tmp_path], replace(CONTEXT, commit=""))[0].doubt


def test_the_same_check_twice_is_a_doubt(tmp_path: Path) -> None:
    save(tmp_path / "a", [STORED], CONTEXT)
    save(tmp_path / "b", [STORED], CONTEXT)

    assert "more than once" in brought([tmp_path / "a", tmp_path / "b"], CONTEXT)[0].doubt


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"check": 3}',
        b"\xff",
        msgspec.json.encode(msgspec.structs.replace(STORED, check="nothing")),
        STORED.to_bytes().replace(b'"check"', b'"schema":"gatekeeper.evidence/2","check"'),
    ],
)
def test_what_is_no_evidence_stops_the_run(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "x.json").write_bytes(raw)

    with pytest.raises(EvidenceError):
        brought([tmp_path], CONTEXT)


def test_an_empty_or_missing_folder_stops_the_run(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(EvidenceError, match="no evidence there"):
            brought([folder], CONTEXT)


@pytest.mark.parametrize("check", ["file-integrity", "private-keys", "sbom", "secure-coding"])
@pytest.mark.parametrize(
    ("seen", "released", "doubt"),
    [
        pytest.param(("a", "b"), ("a", "b"), False, id="the same files"),
        pytest.param(("a", "b"), ("a",), False, id="more than is released"),
        pytest.param(("a",), ("a", "b"), True, id="KEY-02: one file more than was searched"),
        pytest.param((), ("a",), True, id="KEY-02: searched before there were any files"),
        pytest.param(("a",), ("other/a",), True, id="KEY-02: built again, under the same name"),
    ],
)
def test_evidence_about_other_files_than_those_to_be_released_is_a_doubt(
    tmp_path: Path, check: str, seen: tuple[str, ...], released: tuple[str, ...], doubt: bool
) -> None:
    for name in {*seen, *released}:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    then, now = (replace(CONTEXT, artifacts=tuple(tmp_path / name for name in names)) for names in (seen, released))
    save(tmp_path / "evidence", [msgspec.structs.replace(STORED, check=check)], then)

    found = brought([tmp_path / "evidence"], now)[0]

    assert ("files to be released" in found.doubt) is doubt


def test_what_does_not_look_into_the_released_files_may_be_collected_without_them(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    save(tmp_path / "evidence", [msgspec.structs.replace(STORED, check="risk-management")], CONTEXT)

    assert not brought([tmp_path / "evidence"], replace(CONTEXT, artifacts=(tmp_path / "a",)))[0].doubt


def test_every_check_that_asks_for_the_released_files_says_so() -> None:
    package = Path(gate.__file__).parent
    files = (f for room in ("checks", "sbom", "scanners", "trackers") for f in (package / room).rglob("*.py"))
    asking = {f.relative_to(package).as_posix() for f in files if "context.artifacts" in f.read_text("utf-8")}

    assert asking == {
        "checks/_build_identity/collecting.py", "checks/file_integrity.py", "checks/private_keys.py",
        "checks/secure_coding.py", "sbom/collect.py",
    }  # fmt: skip
    assert {c.id for c in gate.checks().values() if c.artifacts or c.own_run} == {
        "build-identity", "file-integrity", "gate-integrity", "private-keys", "sbom", "secure-coding", "signing",
    }  # fmt: skip

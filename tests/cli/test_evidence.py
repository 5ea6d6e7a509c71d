"""Evidence of other jobs: bound to this commit, this policy and this gate, or it is a doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper import __version__
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
    save(tmp_path, [STORED])

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
    save(tmp_path, [msgspec.structs.replace(STORED, **change)])

    assert brought([tmp_path], CONTEXT)[0].doubt


def test_nothing_is_bound_where_there_is_no_commit(tmp_path: Path) -> None:
    save(tmp_path, [msgspec.structs.replace(STORED, commit="")])

    assert brought([tmp_path], replace(CONTEXT, commit=""))[0].doubt


def test_the_same_check_twice_is_a_doubt(tmp_path: Path) -> None:
    save(tmp_path / "a", [STORED])
    save(tmp_path / "b", [STORED])

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

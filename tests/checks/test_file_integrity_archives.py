"""FILE-08: what is wrong inside an archive is found by reading it to the end, within bounds."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks._file_integrity.archives import look_inside
from gatekeeper.checks.file_integrity import CHECK, Artifact, Params
from gatekeeper.model.words import Outcome
from tests.dossier.product import sdist, wheel

LIMIT = 1 << 20


def look(tmp_path: Path, content: bytes, name: str = "pump.whl", limit: int = LIMIT) -> Any:
    (tmp_path / name).write_bytes(content)
    return look_inside(tmp_path / name, name, limit)


def zipped(*entries: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def tarred(*entries: tuple[str, str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, link, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size, entry.linkname = len(content), link
            entry.type = tarfile.SYMTYPE if link else tarfile.REGTYPE
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def test_sound_ones(tmp_path: Path) -> None:
    found = look(tmp_path, wheel(pump__py=b"pass\n"))
    assert (found.faults, found.unread, found.entries) == ((), "", 2)
    found = look(tmp_path, sdist(), "pump.tar.gz")
    assert (found.faults, found.unread, found.entries, found.size) == ((), "", 1, 5)


def linked(target: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("pump.conf")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, target)
    return buffer.getvalue()


@pytest.mark.parametrize("target", ["/etc/passwd", "../../secret", "c:\\secret"])
def test_a_link_in_a_zip_that_leads_out(tmp_path: Path, target: str) -> None:
    """FILE-08: an inner `../`, as the target of a link."""
    (fault,) = look(tmp_path, linked(target), "pump.zip").faults
    assert "pump.conf points to" in fault
    assert look(tmp_path, linked("other.conf"), "pump.zip").faults == ()


@pytest.mark.parametrize("second", ["./a.txt", "b//../a.txt", "b/./c.txt"])
def test_two_entries_that_are_one_file(tmp_path: Path, second: str) -> None:
    """FILE-08: two entries of one name, in two spellings."""
    names = ("a.txt", "b/c.txt", second)
    assert look(tmp_path, zipped(*((name, b"x") for name in names)), "pump.zip").faults
    assert look(tmp_path, tarred(*((name, "", b"x") for name in names)), "pump.tar.gz").faults


GOOD = wheel(pump__py=b"pass\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(GOOD.replace(b"pass\n", b"PASS\n", 1), "CRC", id="FILE-08: a changed byte"),
        pytest.param(b"#!/bin/sh\n" + GOOD, "10 bytes stand before", id="FILE-08: a script in front of a wheel"),
        pytest.param(GOOD[: len(GOOD) // 2], "cannot be read", id="FILE-08: cut in the middle"),
        pytest.param(GOOD.replace(b"sha256=", b"sha256=x", 1), "", id="FILE-08: a wheel whose RECORD does not match"),
        pytest.param(zipped(("a.py", b"")), "0 RECORD", id="FILE-08: a wheel without RECORD"),
        pytest.param(
            zipped(("a.py", b""), ("p.dist-info/RECORD", b"p.dist-info/RECORD,,")), "not in the wheel's RECORD",
            id="FILE-08: a file that RECORD does not list",
        ),
        pytest.param(
            zipped(("p.dist-info/RECORD", b"b.py,sha256=x,1\np.dist-info/RECORD,,")), "but not in the wheel",
            id="FILE-08: a listed file that is missing",
        ),
        pytest.param(
            zipped(("a.py", b"x"), ("p.dist-info/RECORD", b"a.py,sha256=x,1\np.dist-info/RECORD,,")), "hash and size",
            id="FILE-08: another hash in RECORD",
        ),
        pytest.param(zipped(("../x", b"")), "leads out", id="FILE-08: an inner `../`"),
        pytest.param(zipped(("/x", b"")), "leads out", id="FILE-08: an absolute path"),
        pytest.param(b"no archive at all", "cannot be read", id="FILE-08: no archive"),
        pytest.param(os.urandom(4000), "cannot be read", id="FILE-08: rubbish"),
    ],
)  # fmt: skip
def test_wheel(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in "\n".join(look(tmp_path, content).faults)
    assert look(tmp_path, content).faults


def test_two_entries_of_one_name(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        content = zipped(("a", b"1"), ("a", b"2"))
    assert "a is there 2 times" in look(tmp_path, content, "x.zip").faults, "FILE-08: two zip entries of one name"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(tarred(("../x", "", b"")), "leads out", id="FILE-08: tar with `../`"),
        pytest.param(tarred(("x", "../../etc/passwd", b"")), "leads out", id="FILE-08: tar with a link out"),
        pytest.param(tarred(("x", "", b"1"), ("x", "", b"2")), "2 times", id="FILE-08: tar with a name twice"),
        pytest.param(sdist()[:-9], "cannot be read", id="FILE-08: tar cut short"),
    ],
)
def test_tar(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in "\n".join(look(tmp_path, content, "pump.tar.gz").faults)


@pytest.mark.parametrize(
    ("name", "content"),
    [("bomb.zip", zipped(("z", bytes(LIMIT * 8)))), ("bomb.tar.gz", tarred(("z", "", bytes(LIMIT * 8))))],
)
def test_a_bomb_is_undecided(gate: Any, tmp_path: Path, name: str, content: bytes) -> None:
    found = look(tmp_path, content, name)
    assert "unpacks to more than" in found.unread, "FILE-08: a zip bomb (undecided, never a pass)"
    evidence = collected(gate, tmp_path)
    judged = gate.judge(CHECK, msgspec.structs.replace(evidence, archives=(found,)), PARAMS)
    assert judged.outcome("FILE-08") is Outcome.UNDECIDED


PARAMS = Params(artifacts=(Artifact(pattern="*.whl"),))


def collected(gate: Any, tmp_path: Path, content: bytes = GOOD, name: str = "pump.whl") -> Any:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / name).write_bytes(content)
    return CHECK.collect(gate.context(tmp_path), PARAMS)


@pytest.mark.parametrize(
    ("content", "name", "outcome"),
    [
        (GOOD, "pump.whl", Outcome.PASSED),
        (zipped(("../x", b"")), "pump.whl", Outcome.FAILED),
        (zipped(), "pump.zip", Outcome.FAILED),
        (b"text", "pump.txt", Outcome.PASSED),
    ],
)
def test_judged(gate: Any, tmp_path: Path, content: bytes, name: str, outcome: Outcome) -> None:
    evidence = collected(gate, tmp_path, content, name)
    assert gate.judge(CHECK, evidence, PARAMS).outcome("FILE-08") is outcome

"""What ships is what was scanned: by hash, within bounds, and with every doubt said."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.scanners import shipped
from gatekeeper.scanners.results import FileScan
from gatekeeper.scanners.shipped import look_into, not_scanned

CODE = b"x = 1\n"


def scanned(path: str, data: bytes = CODE) -> FileScan:
    return FileScan(path, hashlib.sha256(data).hexdigest())


def wheel(folder: Path, **members: bytes) -> Path:
    path = folder / "pump-2.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def left(path: Path, *files: FileScan) -> list[tuple[str, str]]:
    [found] = look_into([path])
    assert not found.fault
    return [(module.name, like) for module, like in not_scanned(found, files)]


def test_a_wheel_of_the_scanned_sources_leaves_nothing(tmp_path: Path) -> None:
    path = wheel(tmp_path, **{"pump/a.py": CODE, "pump/data.json": b"{}", "pump/__pycache__/a.cpython-311.pyc": b"x"})

    assert left(path, scanned("src/pump/a.py")) == []


@pytest.mark.parametrize(
    ("member", "data", "like"),
    [
        pytest.param("pump/a.py", b"x = 2\n", "src/pump/a.py", id="CODE-02: the wheel's module differs"),
        pytest.param("pump/extra.py", CODE + b"#", "", id="CODE-02: source that git ignores but the wheel contains"),
        pytest.param("pump-2.1.0.data/scripts/tool", b"#!python\nx = 3\n", "", id="CODE-02: a script in the wheel"),
        pytest.param("pump/hidden.pyc", b"\x00", "", id="CODE-02: byte code without source"),
    ],
)
def test_what_was_not_scanned_is_named(tmp_path: Path, member: str, data: bytes, like: str) -> None:
    assert left(wheel(tmp_path, **{member: data}), scanned("src/pump/a.py")) == [(member, like)]


def test_a_file_that_could_not_be_read_was_not_scanned(tmp_path: Path) -> None:
    unread = FileScan("pump/a.py", hashlib.sha256(CODE).hexdigest(), unread="syntax error")

    assert left(wheel(tmp_path, **{"pump/a.py": CODE}), unread) == [("pump/a.py", "pump/a.py")]


def test_an_sdist_is_looked_into(tmp_path: Path) -> None:
    path = tmp_path / "pump-2.1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in {"pump-2.1.0/pump/a.py": b"other\n", "pump-2.1.0/pump/b.py": CODE}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))

    assert left(path, scanned("pump/a.py"), scanned("pump/b.py")) == [("pump-2.1.0/pump/a.py", "pump/a.py")]


def test_what_is_no_archive_of_python_is_told_apart(tmp_path: Path) -> None:
    image = tmp_path / "firmware.bin"
    image.write_bytes(b"\x7f")

    assert [each.archive for each in look_into([image])] == [False]


@pytest.mark.parametrize("name", ["a.whl", "a.tar.gz", "a.zip"])
def test_a_damaged_or_missing_archive_is_a_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 no archive")

    assert look_into([tmp_path / name])[0].fault
    assert look_into([tmp_path / ("no-" + name)])[0].fault


def test_a_bomb_is_a_fault_and_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "LARGEST_MEMBER", 1000)
    path = tmp_path / "bomb.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.py", b"#" * 100_000)

    assert "more Python than is read" in look_into([path])[0].fault


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_to_an_archive_makes_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(wheel(tmp_path, **{"pump/a.py": CODE, "b.py": CODE * 50}).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.whl"
    path.write_bytes(bytes(raw))

    [found] = look_into([path])

    assert found.artifact == "damaged.whl"

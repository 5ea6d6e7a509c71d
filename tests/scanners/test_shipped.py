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

from gatekeeper.scanners import unpacking
from gatekeeper.scanners.results import FileScan
from gatekeeper.scanners.shipped import look_into, not_scanned, without_sources
from tests.conftest import Workspace

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
    path = wheel(tmp_path, **{"pump/a.py": CODE, "pump/data.json": b"{}"})

    assert left(path, scanned("src/pump/a.py")) == []


@pytest.mark.parametrize(
    ("member", "data", "like"),
    [
        pytest.param("pump/a.py", b"x = 2\n", "src/pump/a.py", id="CODE-02: the wheel's module differs"),
        pytest.param("pump/extra.py", CODE + b"#", "", id="CODE-02: source that git ignores but the wheel contains"),
        pytest.param("pump-2.1.0.data/scripts/tool", b"#!python\nx = 3\n", "", id="CODE-02: a script in the wheel"),
        pytest.param("pump/hidden.pyc", b"\x00", "", id="CODE-02: byte code without source"),
        pytest.param(
            "pump/__pycache__/a.cpython-311.pyc", b"\x00", "", id="CODE-02: byte code that Python takes for the source"
        ),
        pytest.param("evil.pth", b"x\nimport os; os.abort()\n", "", id="CODE-02: a .pth file that runs code"),
        pytest.param("evil.pth", b"x\rimport os; os.abort()\n", "", id="CODE-02: a .pth file with another end of line"),
        pytest.param("evil.pth", b"x\x0cimport\tos\n", "", id="CODE-02: a .pth file with an end of page"),
        pytest.param("evil.pth", b"\xef\xbb\xbfimport os; os.abort()\n", "", id="CODE-02: a .pth file with a mark"),
        pytest.param("pump-2.1.0.data/scripts/run.job", b"#!python\nx = 3\n", "", id="CODE-02: a script of any suffix"),
        pytest.param("pump/study.ipynb", b"{}", "", id="CODE-02: a notebook that is no file of the tree"),
        pytest.param("pump/LIB.PY", b"x = 3\n", "", id="CODE-02: a suffix in capitals"),
        pytest.param("pump/run", b"#!/bin/sh\nexit 1\n", "", id="CODE-02: a shell script that is no file of the tree"),
        pytest.param("pump/run.js", b"eval(1)", "", id="CODE-02: JavaScript that is no file of the tree"),
        pytest.param("pyproject.toml", b"[build-system]", "", id="CODE-02: another build than the tree's"),
    ],
)
def test_what_was_not_scanned_is_named(tmp_path: Path, member: str, data: bytes, like: str) -> None:
    assert left(wheel(tmp_path, **{member: data}), scanned("src/pump/a.py")) == [(member, like)]


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def test_archives_in_archives_are_looked_into(tmp_path: Path) -> None:
    bundle = zipped("inner.zip", zipped("pump/a.py", b"other\n"))

    assert left(wheel(tmp_path, **{"pump/bundle.egg": bundle}), scanned("pump/a.py")) == [
        ("pump/bundle.egg/inner.zip/pump/a.py", "")
    ]


def test_archives_nested_without_end_are_a_fault(tmp_path: Path) -> None:
    data = CODE
    for _ in range(5):
        data = zipped("a.zip", data)

    assert "deeper than is read" in look_into([wheel(tmp_path, **{"a.zip": data})])[0].fault


def test_an_archive_that_cannot_be_unpacked_is_named(tmp_path: Path) -> None:
    assert left(wheel(tmp_path, **{"pump/data.zip": b"PK"})) == [("pump/data.zip", "")]


def test_path_files_that_only_name_folders_are_no_code(tmp_path: Path) -> None:
    assert left(wheel(tmp_path, **{"pump.pth": b"pump/important\n"})) == []


@pytest.mark.parametrize("place", ["tools/run.js", "pump/run.js"])
def test_code_in_other_languages_is_known_by_the_tree(tmp_path: Path, workspace: Workspace, place: str) -> None:
    workspace.commit(**{place: "eval(1)"})
    found = look_into([wheel(tmp_path, **{"pump/run.js": b"eval(1)", "pump/else.js": b"eval(1)", "run": b"#!/bin/x"})])

    [traced] = without_sources(found, workspace.root)

    assert [m.name for m in traced.modules] == ["pump/else.js", "run"]


def test_the_build_of_a_source_distribution_is_the_trees(tmp_path: Path, workspace: Workspace) -> None:
    workspace.commit(**{"pyproject.toml": '[project]\nname = "pump"\n[build-system]\nrequires = ["a"]\n'})
    same = '[build-system]\nrequires = [\n  "a",\n]\n[project]\nname="pump"\n'
    found = look_into([wheel(tmp_path, **{"a/pyproject.toml": same.encode(), "b/pyproject.toml": b"[build-system]"})])

    assert [m.name for m in without_sources(found, workspace.root)[0].modules] == ["b/pyproject.toml"]


def test_what_git_ignores_as_a_whole_is_no_source(tmp_path: Path, workspace: Workspace) -> None:
    workspace.commit(__gitignore="/build/\n")
    workspace.write("build/pump/run.js", "eval(1)")
    found = look_into([wheel(tmp_path, **{"pump/run.js": b"eval(1)"})])

    assert [m.name for m in without_sources(found, workspace.root)[0].modules] == ["pump/run.js"]


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


def tarred(path: Path, *members: tuple[str, bytes, bytes, str]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, kind, data, link in members:
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(data), kind, link
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        pytest.param(tarfile.SYMTYPE, "notes.txt", id="CODE-02: a link to a text that is code"),
        pytest.param(tarfile.LNKTYPE, "pump/notes.txt", id="CODE-02: a hard link to a text that is code"),
    ],
)
def test_a_link_in_a_tar_is_read_as_what_it_leads_to(tmp_path: Path, kind: bytes, link: str) -> None:
    text = ("pump/notes.txt", tarfile.REGTYPE, b"other\n", "")

    assert left(tarred(tmp_path / "a.tar", text, ("pump/a.py", kind, b"", link))) == [("pump/a.py", "")]


def test_a_member_of_an_unknown_kind_is_read_as_the_file_that_it_becomes(tmp_path: Path) -> None:
    assert left(tarred(tmp_path / "a.tar", ("pump/a.py", b"Z", b"other\n", ""))) == [("pump/a.py", "")]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_in_a_tar_that_leads_nowhere_is_a_fault(tmp_path: Path, kind: bytes) -> None:
    assert look_into([tarred(tmp_path / "a.tar", ("pump/a.py", kind, b"", "gone.txt"))])[0].fault


@pytest.mark.parametrize("name", ["pump-tool", "pump-2.1.0.bin", "PUMP.EXE"])
def test_an_archive_under_any_name_is_looked_into(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"#!/usr/bin/env python3\n" + zipped("__main__.py", b"other\n"))

    assert left(path, scanned("pump/a.py")) == [("__main__.py", "")]


def test_a_tar_under_any_name_is_looked_into(tmp_path: Path) -> None:
    path = tarred(tmp_path / "pump.image", ("a.py", tarfile.REGTYPE, b"other\n", ""))

    assert left(path) == [("a.py", "")]


@pytest.mark.parametrize(
    ("name", "data"), [("pump.py", b"other\n"), ("pump", b"#!/usr/bin/python3\n"), ("install.sh", b"rm -rf /\n")]
)
def test_a_single_file_of_code_is_compared_too(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)

    assert left(tmp_path / name, scanned("src/x.py")) == [(name, "")]


def test_a_single_file_that_was_scanned_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "pump.py").write_bytes(CODE)

    assert left(tmp_path / "pump.py", scanned("src/pump.py")) == []


ENTRY_POINTS = "pump-2.1.0.dist-info/entry_points.txt"


@pytest.mark.parametrize(
    "text", ["[console_scripts]\nok = pump.a:main\nhole = os:abort\n", "[pump.parts]\nhole = pump.gone\n", "hole"]
)
def test_an_entry_point_outside_of_what_ships_is_named(tmp_path: Path, text: str) -> None:
    [(name, _)] = left(wheel(tmp_path, **{"pump/a.py": CODE, ENTRY_POINTS: text.encode()}), scanned("src/pump/a.py"))

    assert name.startswith(ENTRY_POINTS)


@pytest.mark.parametrize(
    "text",
    ["", "[console_scripts]\ntool = pump.a:main [extra]\n", "[gui_scripts]\ntool = pump:main\n[x]\ny = pump.b"],
)
def test_an_entry_point_into_what_ships_is_none_to_name(tmp_path: Path, text: str) -> None:
    members = {"pump/__init__.py": CODE, "pump/a.py": CODE, "pump/b.abi3.so": b"", ENTRY_POINTS: text.encode()}

    assert left(wheel(tmp_path, **members), scanned("src/pump/a.py")) == []


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
    monkeypatch.setattr(unpacking, "LARGEST_MEMBER", 1000)
    path = tmp_path / "bomb.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.py", b"#" * 100_000)

    assert "more code than is read" in look_into([path])[0].fault


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

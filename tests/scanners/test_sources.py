"""What is to be scanned is listed, however it is named, linked, ignored or left out; what is not is named."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol

import pytest

from gatekeeper.model.errors import EvidenceError
from gatekeeper.scanners.exclusions import Exclusion, too_wide
from gatekeeper.scanners.languages import begins_like_python
from gatekeeper.scanners.sources import Selection, select

CODE = "import subprocess\nsubprocess.call(input(), shell=True)\n"


class Tree(Protocol):
    root: Path

    def write(self, path: str, text: str = ...) -> Path: ...
    def commit(self, message: str = ...) -> str: ...
    def git(self, *words: str) -> str: ...


def selected(tree: Tree, *exclude: str, roots: tuple[str, ...] = (".",)) -> Selection:
    tree.commit()
    return select(tree.root, roots, [Exclusion(path, "a reason") for path in exclude])


@pytest.mark.parametrize(
    ("place", "roots", "exclude"),
    [
        pytest.param("third", ("src",), (), id="CODE-02: a link to a folder outside the source roots"),
        pytest.param("samples", (".",), ("samples",), id="CODE-02: a link to a folder that is excluded"),
        pytest.param("built", (".",), (), id="CODE-02: a link to a folder that git ignores"),
    ],
)
def test_a_link_to_a_folder_that_is_not_looked_into_is_named(
    workspace: Tree, place: str, roots: tuple[str, ...], exclude: tuple[str, ...]
) -> None:
    workspace.write(".gitignore", "/built/\n")
    workspace.write("src/a.py", "x = 1\n")
    workspace.write(f"{place}/deep/hidden.py", CODE)
    (workspace.root / "src" / "pkg").symlink_to(Path("..", place))

    assert selected(workspace, *exclude, roots=roots).links == ("src/pkg",)


def test_a_link_to_a_folder_that_is_looked_into_is_none_that_leads_out(workspace: Tree) -> None:
    workspace.write("lib/a.py", CODE)
    workspace.write("lib/notes.txt")
    workspace.write("src/b.py", "x = 1\n")
    (workspace.root / "src" / "pkg").symlink_to(Path("..", "lib"))

    found = selected(workspace)

    assert (found.links, found.python) == ((), ("lib/a.py", "src/b.py"))


@pytest.mark.parametrize("folder", ["__pycache__", ".hg", ".svn"])
def test_a_submodule_hides_nothing_in_a_folder_of_a_famous_name(workspace: Tree, tmp_path: Path, folder: str) -> None:
    inner = type(workspace)(tmp_path / "inner")  # type: ignore[call-arg]  # another workspace
    inner.write(f"{folder}/hidden.py", CODE)
    inner.commit()
    workspace.git("submodule", "add", "-q", str(inner.root), "lib")

    assert selected(workspace).python == (f"lib/{folder}/hidden.py",)


def test_a_link_inside_a_submodule_is_looked_at(workspace: Tree, tmp_path: Path) -> None:
    inner = type(workspace)(tmp_path / "inner")  # type: ignore[call-arg]  # another workspace
    inner.write("a.py", "x = 1\n")
    (inner.root / "pkg").symlink_to(tmp_path)
    inner.commit()
    workspace.git("submodule", "add", "-q", str(inner.root), "lib")

    assert selected(workspace).links == ("lib/pkg",)


def test_a_module_that_git_ignores_beside_byte_code_is_listed(workspace: Tree) -> None:
    workspace.write(".gitignore", "__pycache__/\n")
    workspace.write("src/pump/__init__.py", "")
    workspace.write("src/pump/__pycache__/hidden.py", CODE)

    assert "src/pump/__pycache__/hidden.py" in selected(workspace).python


@pytest.mark.parametrize("wide", ["src/pump/*[!_].py", "src/pump/[!_]*", "src/*/[a-z]*.py"])
def test_an_exclusion_that_spares_only_the_init_of_a_package_hides_the_package(workspace: Tree, wide: str) -> None:
    workspace.write("src/pump/__init__.py", "")
    workspace.write("src/pump/engine.py", CODE)

    [excluded] = selected(workspace, wide).excluded

    assert too_wide(excluded) == ("src/pump",)


@pytest.mark.parametrize("narrow", ["src/pump/*_pb2.py", "src/pump/a_pb2.py", "src/proto/x_pb2.py"])
def test_an_exclusion_of_some_modules_hides_no_package(workspace: Tree, narrow: str) -> None:
    for name in ("pump/__init__.py", "pump/engine.py", "pump/a_pb2.py", "proto/__init__.py", "proto/x_pb2.py"):
        workspace.write(f"src/{name}", "")

    [excluded] = selected(workspace, narrow).excluded

    assert (excluded.files, too_wide(excluded)) == (1, ())


@pytest.mark.parametrize(
    "line",
    [
        "#!/usr/bin/python3",
        "#!python",
        "#! /usr/bin/env -S PYTHONPATH=. python3 -u",
        "#!/usr/bin/env python3.13t",
        "#!/usr/bin/python3-dbg",
        "#!/usr/bin/env pythonw",
        "#!C:\\Python\\python.exe",
        "#!/usr/bin/env -S '/opt/my env/python3' -u",
        "#!/usr/bin/pypy3.10-c",
        "#!/usr/bin/env jython",
        "#!/usr/bin/env micropython",
        "#!/usr/bin/env -S uv --quiet run --script",
        "#!/usr/bin/env -S pipx run",
        "#!/bin/sh\n'''exec' \"/opt/a long path/bin/python\" \"$0\" \"$@\"\n' '''",
        '#!/bin/sh\n""":"\nexec python3 -u "$0" "$@"\n"""',
        '#!/bin/sh\n"exec" "python3" "$0" "$@"',
        "\ufeff#!/usr/bin/python3\r",
    ],
)
def test_a_script_for_a_python_of_whatever_name_is_one(line: str) -> None:
    assert begins_like_python(f"{line}\n{CODE}".encode())


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/sh\nexec python3 -m pump\n",
        "#!/opt/python/bin/perl\n",
        "#!/opt/uv/bin/ruby\n",
        "#!/bin/bash\necho $0\n",
        "# python\n",
        "python\n",
        "",
    ],
)
def test_another_script_is_none_for_python(text: str) -> None:
    assert not begins_like_python(text.encode())


def test_an_executable_script_of_an_odd_suffix_is_scanned(workspace: Tree) -> None:
    script = workspace.write("tools/deploy.job", f"#!/usr/bin/env python3\n{CODE}")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    workspace.write("tools/data.job", "x\n")

    assert selected(workspace).python == ("tools/deploy.job",)


@pytest.mark.parametrize(
    ("path", "text", "language"),
    [
        pytest.param("src/pump.adb", "", "Ada", id="Ada"),
        pytest.param("src/boot.S", "", "Assembly", id="assembly"),
        pytest.param("app/main.dart", "", "Dart", id="Dart"),
        pytest.param("tools/install.ps1", "", "PowerShell", id="PowerShell"),
        pytest.param("tools/report.pl", "", "Perl", id="Perl"),
        pytest.param("src/kernel.cu", "", "CUDA", id="CUDA"),
        pytest.param("src/impl.tpp", "", "C++", id="C++ templates"),
        pytest.param("tools/install", "#!/bin/sh\nrm -rf $1\n", "Script", id="a script without a suffix"),
    ],
)
def test_code_05_what_bandit_cannot_read_is_counted(workspace: Tree, path: str, text: str, language: str) -> None:
    workspace.write(path, text)

    found = selected(workspace)

    assert (found.python, found.others, found.languages) == ((), (path,), {language: 1})


@pytest.mark.skipif(os.name == "nt", reason="names there are text")
def test_a_name_that_no_record_can_hold_is_refused_and_named(workspace: Tree) -> None:
    for name in (b"a\nb.py", b"-x.py", b" .py", b"\xff.txt"):
        Path(os.fsdecode(os.fsencode(workspace.root) + b"/" + name)).write_text(CODE)
    assert selected(workspace).python == (" .py", "-x.py", "a\nb.py")

    Path(os.fsdecode(os.fsencode(workspace.root) + b"/\xff.py")).write_text(CODE)
    with pytest.raises(EvidenceError, match=r"\\udcff.py"):
        selected(workspace)

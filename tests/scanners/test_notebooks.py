"""All code of a notebook is read, wherever IPython would take it from; what cannot be read is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.model.errors import EvidenceError
from gatekeeper.scanners.notebooks import Notebook
from gatekeeper.scanners.scan import scan

SHELL = 'subprocess.call("mount " + device, shell=True)'


def code(source: str, key: str = "source", **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", key: source, **more}


def notebook(*cells: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more}).encode()


def found_in(folder: Path, data: bytes, name: str = "a.ipynb") -> set[tuple[str, str]]:
    (folder / name).write_bytes(data)
    [file] = scan(folder, [name]).files
    assert not file.unread
    return {(issue.test, issue.severity) for issue in file.issues}


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(SHELL, id="plain"),
        pytest.param(f"%time {SHELL}", id="timed"),
        pytest.param(f"    %timeit -n 10 -r3 {SHELL}".strip(), id="timed often"),
        pytest.param(f"%prun -q -s cumulative {SHELL}", id="profiled"),
        pytest.param(f"took = %time {SHELL}", id="timed and kept"),
        pytest.param(f"%%timeit -n 10 {SHELL}\nx = 1", id="the first line of a timed cell"),
        pytest.param(f"%%time\n{SHELL}", id="a timed cell"),
        pytest.param(f"for device in devices:\n    %time {SHELL}", id="timed in a loop"),
        pytest.param(f"!ls\n{SHELL}", id="beside a shell escape"),
    ],
)
def test_code_01_a_magic_hides_no_python(tmp_path: Path, source: str) -> None:
    assert ("B602", "HIGH") in found_in(tmp_path, notebook(code(source)))


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        ("!ls", "LOW"),
        ("!!ls", "LOW"),
        ("%system ls", "LOW"),
        ("files = !ls", "LOW"),
        ("!mount {device}", "HIGH"),
        ("files = !ls $folder", "HIGH"),
        ("%sx rm -r {folder}", "HIGH"),
        ("for device in devices:\n    !umount {device}", "HIGH"),
    ],
)
def test_code_01_a_shell_escape_is_a_call_of_the_shell(tmp_path: Path, source: str, severity: str) -> None:
    assert ("B605", severity) in found_in(tmp_path, notebook(code(source)))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(notebook(worksheets=[{"cells": [code(SHELL, "input")]}], nbformat=3), id="beside an empty list"),
        pytest.param(notebook(code("", input=SHELL), nbformat=3), id="the source of format 3"),
        pytest.param(notebook(code("", code=SHELL), nbformat=1), id="the source of format 1"),
    ],
)
def test_code_02_cells_of_every_format_are_read(tmp_path: Path, data: bytes) -> None:
    assert ("B602", "HIGH") in found_in(tmp_path, data)


def test_code_02_a_suffix_in_capitals_is_that_of_a_notebook(tmp_path: Path) -> None:
    assert ("B602", "HIGH") in found_in(tmp_path, notebook(code(SHELL)), "A.IPYNB")


@pytest.mark.parametrize("magic", ["%%bash", "%%!", "%%sx", "%%R -i x", "\n%%javascript", "%%script perl"])
def test_code_02_a_cell_in_another_language_is_named(magic: str) -> None:
    assert Notebook(notebook(code(f"{magic}\nreboot\n"))).foreign


@pytest.mark.parametrize(
    "source", ["%matplotlib inline", "%load_ext autoreload", "len?", "?len", "%time", "%%capture out\nx = 1"]
)
def test_what_only_ipython_knows_is_no_code(tmp_path: Path, source: str) -> None:
    assert found_in(tmp_path, notebook(code(source))) == set()


@pytest.mark.parametrize("data", [b"[]", b"{}", b"1", b'"cells"', notebook({"cell_type": "code"}), b'{"cells": 1}'])
def test_what_is_no_notebook_is_said(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        Notebook(data)

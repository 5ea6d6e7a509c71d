"""Banned names are found however they are imported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.scanners.banned import Banned, uses, uses_in
from gatekeeper.scanners.coding_table import Params
from gatekeeper.scanners.given import scan_files
from gatekeeper.scanners.results import Source


def found(code: str, *names: str) -> list[tuple[str, int]]:
    return [(use.name, use.line) for use in uses_in(Source("a.py", code.encode()), names)]


@pytest.mark.parametrize(
    "code",
    [
        "import pickle\npickle.loads(x)",
        "import pickle as p\np.loads(x)",
        "from pickle import loads\nloads(x)",
        "from pickle import loads as l\nl(x)",
        "def f():\n    import pickle\n    return pickle.loads",
        "import pickle\nf = pickle.loads",
        "import pickle\nmap(pickle.loads, rows)",
        "import pickle\ngetattr(pickle, 'loads')(x)",
        "from pickle import *",
        "@pickle.loads\ndef f(): pass\nimport pickle",
        "import pickle as p\np.loads(x)\ndef f():\n    import json as p\n    return p.loads(x)",
        "import json as p\ndef f():\n    import pickle as p\n    return p.loads(x)",
        "try:\n    import pickle as p\nexcept ImportError:\n    import json as p\np.loads(x)",
        "if fast:\n    from json import loads\nelse:\n    from pickle import loads\nloads(x)",
        "import pickle\np = pickle\nq = p\nq.loads(x)",
        "import pickle\np: object = pickle\np.loads(x)",
        "import pickle\n(p := pickle).loads(x)\np.loads(y)",
        "__import__('pickle').loads(x)",
        "import importlib as i\ni.import_module('pickle').loads(x)",
        "from importlib import import_module\np = import_module(name='pickle')\np.loads(x)",
        "getattr(__import__('pickle'), 'loads')(x)",
        "import sys\nsys.modules['pickle'].loads(x)",
        "import pickle\nvars(pickle)['loads'](x)",
        "import pickle\npickle.__dict__['loads'](x)",
    ],
)
def test_a_banned_function_is_found(code: str) -> None:
    assert found(code, "pickle.loads")


def test_a_module_below_a_package_is_found_by_its_string() -> None:
    assert found("__import__('xml.sax').sax.parse(x)", "xml.sax.parse")
    assert found("import importlib\nimportlib.import_module('xml.sax').parse(x)", "xml.sax.parse")


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "import pickle as p\np.loads(x)",
        "from pickle import loads",
        "import a.b\n__import__('pickle')",
        "from importlib import import_module as i\ni('pickle')",
        "from pickle.inner import x",
    ],
)
def test_a_banned_module_is_found_with_all_that_is_in_it(code: str) -> None:
    assert found(code, "pickle")


@pytest.mark.parametrize(
    "code",
    [
        "eval(x)",
        "import builtins\nbuiltins.eval(x)",
        "from builtins import eval as e\ne(x)",
        "__builtins__['eval'](x)",
        "import builtins\nvars(builtins)['eval'](x)",
        "def f():\n    from safe import eval\n    return eval(x)\neval(y)",
    ],
)
def test_a_banned_builtin_is_found(code: str) -> None:
    assert found(code, "eval")


@pytest.mark.parametrize(
    "code",
    [
        "import json as pickle\npickle.loads(x)",
        "import json\nloads = json.loads\nloads(x)",
        "import sys\nsys.modules[pickle].loads(x)",
        "x = x.pickle\nx.loads(y)",
    ],
)
def test_another_meaning_of_the_name_is_not(code: str) -> None:
    assert not found(code, "pickle.loads")


def test_a_builtin_that_an_import_replaces_for_the_whole_file_is_not() -> None:
    assert not found("from codecs import open\nopen(x)", "open")


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "import ｐｉｃｋｌｅ\nｐｉｃｋｌｅ.ｌｏａｄｓ(x)\n".encode(), id="letters that mean others (PEP 3131)"
        ),
        pytest.param(
            b"# coding: utf-7\nimport +AHAAaQBjAGsAbABl-\n+AHAAaQBjAGsAbABl-.+AGwAbwBhAGQAcw-(x)\n", id="UTF-7"
        ),
        pytest.param(b"# coding: unicode_escape\nimport \\x70ickle\n\\x70ickle.\\x6coads(x)\n", id="escapes"),
    ],
)
def test_no_spelling_of_a_name_is_passed_over(tmp_path: Path, code: bytes) -> None:
    (tmp_path / "a.py").write_bytes(code)

    assert [use.name for use in uses(tmp_path, ["a.py"], [Banned("pickle.loads", "a reason")])] == ["pickle.loads"]


@pytest.mark.parametrize(
    "rows",
    [
        "import x\n" + "x = x.a\nx = x.b\n" * 2000,
        "x" + ".f()" * 3000,
        "import a0\n" + "".join(f"a{n + 1} = a{n}\n" for n in range(3000)) + "a3000.loads",
    ],
)
def test_names_without_end_take_no_time_without_end(rows: str) -> None:
    assert not found(rows, "pickle.loads")


@pytest.mark.parametrize(
    "code", ["from .pickle import loads\nloads(x)", "x.pickle.loads(y)", "loads(x)", "'pickle.loads'", "def broken(:"]
)
def test_something_else_of_that_name_is_not(code: str) -> None:
    assert not found(code, "pickle.loads")


def test_files_that_cannot_mention_a_name_are_passed_over_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import pickle as p\np.loads(x)\n")
    (tmp_path / "b.py").write_text("x = 1\n")

    [use] = uses(tmp_path, ["a.py", "b.py", "missing.py"], [Banned("pickle.loads", "why")])

    assert (use.path, use.line, use.source[0]) == ("a.py", 2, "import pickle as p")
    assert uses(tmp_path, ["a.py"], []) == ()


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_no_source_makes_a_traceback(data: bytes) -> None:
    assert isinstance(uses_in(Source("a.py", data), ["eval"]), tuple)


def test_the_hook_looks_into_notebooks_too(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": "import pickle\npickle.loads(x)"}
    (tmp_path / "a.ipynb").write_text(json.dumps({"nbformat": 4, "cells": [cell]}))

    evidence = scan_files(tmp_path, ("a.ipynb",), Params(banned=(Banned("pickle.loads", "a reason"),)))

    assert [use.name for use in evidence.banned] == ["pickle.loads"]

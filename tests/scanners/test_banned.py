"""Banned names are found however they are imported."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.scanners.banned import Banned, uses, uses_in
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
    ],
)
def test_a_banned_function_is_found(code: str) -> None:
    assert found(code, "pickle.loads")


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
    "code", ["eval(x)", "import builtins\nbuiltins.eval(x)", "from builtins import eval as e\ne(x)"]
)
def test_a_banned_builtin_is_found(code: str) -> None:
    assert found(code, "eval")


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

"""One test, one name, whoever writes it."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.test_ids import canonical, shown, without_variant

NAME = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=8)
VARIANT = st.text(string.ascii_letters + "/:.[]-_ ", max_size=12).map(lambda text: text.strip())


@given(st.lists(NAME, min_size=1, max_size=3), st.lists(NAME, max_size=2), NAME, st.none() | VARIANT)
def test_pytest_and_junit_say_the_same(path: list[str], classes: list[str], name: str, variant: str | None) -> None:
    ending = "" if variant is None else f"[{variant}]"
    collected = "::".join(["/".join(path) + ".py", *classes, name]) + ending
    reported = ".".join([*path, *classes, name]) + ending

    assert canonical(collected) == canonical(reported) == reported
    assert canonical(canonical(collected)) == canonical(collected)
    assert without_variant(collected) == ".".join([*path, *classes, name])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("tests/test_a.py::test_x", "tests.test_a.test_y", id="another test"),
        pytest.param("tests/test_a.py::test_x[1]", "tests.test_a.test_x[2]", id="another variant"),
        pytest.param("tests/test_a.py::test_x[a/b]", "tests.test_a.test_x[a.b]", id="another variant by one sign"),
        pytest.param("test_x", "tests.test_a.test_x", id="only the end of the name"),
    ],
)
def test_others_stay_others(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "written", ["./tests/test_a.py::test_x", "tests\\test_a.py::test_x", " tests/test_a.py::test_x "]
)
def test_other_ways_to_write_a_path(written: str) -> None:
    assert canonical(written) == "tests.test_a.test_x"


def test_a_variant_that_did_not_pass_spoils_its_test() -> None:
    assert shown(["a.t[1]", "a.u"], ["a.t[2]"]) == {"a.t[1]", "a.u"}


def test_a_test_without_a_name_shows_nothing() -> None:
    """MAINT-04, ISSUE-10: an issue that names no test is not shown by a case that has no name."""
    assert shown(["", "[x]"], []) == {"[x]"}

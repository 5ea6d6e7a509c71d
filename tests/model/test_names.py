"""File names that are safe everywhere: each fault alone, and every pair that some system cannot tell apart."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.names import collisions, name_fault, same_name


@pytest.mark.parametrize(
    ("name", "word"),
    [
        pytest.param("", "empty", id="FILE-02: no name"),
        pytest.param("../x", '".."', id="FILE-02: ../x"),
        pytest.param("a/../x", '".."', id="FILE-02: .. inside"),
        pytest.param("./x", '"."', id="FILE-02: ./x"),
        pytest.param("/etc/passwd", "absolute", id="FILE-02: absolute"),
        pytest.param("C:/x", "absolute", id="FILE-02: drive letter"),
        pytest.param("a\\b", "backslash", id="FILE-02: backslash"),
        pytest.param("a//b", "empty part", id="FILE-02: empty part"),
        pytest.param("a/", "empty part", id="FILE-02: trailing slash"),
        pytest.param("x\n" + "0" * 64 + "  y", "control", id="FILE-02: a line break that forges a SHA256SUMS line"),
        pytest.param("x\r", "control", id="FILE-02: carriage return"),
        pytest.param("gnp\u202e.exe", "control or invisible", id="FILE-02: text direction"),
        pytest.param("x\udc80", "control or invisible", id="FILE-02: not UTF-8"),
        pytest.param("aux", "reserved", id="FILE-02: aux"),
        pytest.param("docs/NUL.txt", "reserved", id="FILE-02: NUL.txt"),
        pytest.param("com1.whl", "reserved", id="FILE-02: com1"),
        pytest.param("a.", "full stop", id="FILE-02: trailing full stop"),
        pytest.param("a ", "white space", id="FILE-02: trailing space"),
        pytest.param("-rf", "hyphen", id="FILE-02: option"),
        pytest.param("a*b", "holds a character", id="FILE-02: star"),
        pytest.param("ab:c", "holds a character", id="FILE-02: stream"),
        pytest.param("n" * 256, "longer", id="FILE-02: long part"),
        pytest.param("/".join(["n" * 200] * 6), "longer", id="FILE-02: long path"),
    ],
)
def test_unsafe_name(name: str, word: str) -> None:
    assert word in name_fault(name)


@pytest.mark.parametrize(
    "name", ["pump-1.0.0-py3-none-any.whl", "docs/手引き.pdf", "A b.txt", ".hidden", "console.txt"]
)
def test_safe_name(name: str) -> None:
    assert name_fault(name) == ""


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("A.txt", "a.txt"), id="FILE-02: A.txt beside a.txt"),
        pytest.param(("caf\u00e9", "cafe\u0301"), id="FILE-02: é composed and decomposed"),
        pytest.param(("stra\u00dfe", "STRASSE"), id="FILE-02: sharp s"),
        pytest.param(("\ufb01le", "file"), id="FILE-02: ligature"),
        pytest.param(("Docs/a", "docs/b"), id="FILE-02: folders"),
        pytest.param(("docs", "docs/a"), id="FILE-02: file and folder"),
        pytest.param(("DOCS/a", "docs"), id="FILE-02: folder and file"),
        pytest.param(("a", "a"), id="FILE-02: twice"),
    ],
)
def test_collision(names: tuple[str, ...]) -> None:
    assert list(collisions(names))
    assert list(collisions(reversed(names)))


def test_different_names_do_not_collide() -> None:
    assert not list(collisions(("a", "b", "docs/a", "docs/b", "docs/c/a")))


@given(st.text(max_size=12))
def test_the_key_ignores_case_and_form(name: str) -> None:
    keys = {same_name(unicodedata.normalize(form, name)) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert keys == {same_name(name)}
    assert same_name(same_name(name)) == same_name(name)
    assert same_name(name.casefold()) == same_name(name)

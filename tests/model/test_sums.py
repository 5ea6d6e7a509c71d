"""SHA256SUMS: what we write is what coreutils reads, and nothing else is read back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.sums import Listed, digests, parse, read_manifest, render

A, B = "a" * 64, "0123456789abcdef" * 4
NAMES = st.text(st.characters(exclude_characters="\n\r\\\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(st.dictionaries(NAMES, st.sampled_from([A, B])))
def test_round_trip(found: dict[str, str]) -> None:
    assert parse(render(found)) == found


@given(st.text(alphabet="ab0 \n*\\" + A[0], max_size=150))
def test_only_its_own_form_is_read(text: str) -> None:
    try:
        found = parse(text)
    except ValueError:
        return
    assert render(found) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{A} x\n", id="FILE-03: one space"),
        pytest.param(f"{A} *x\n", id="FILE-03: binary mark"),
        pytest.param(f"{A[:32]}  x\n", id="FILE-03: truncated value"),
        pytest.param(f"{B.upper()}  x\n", id="FILE-03: upper case"),
        pytest.param(f"{A}  x", id="FILE-01: cut in the last line"),
        pytest.param(f"{A}  x\n{B}  x\n", id="FILE-01: one name twice"),
        pytest.param(f"{A}  y\n{A}  x\n", id="CHAIN-09: lines swapped"),
        pytest.param(f"\n{A}  x\n", id="FILE-01: an empty line"),
        pytest.param(f"{A}  x\r\n{A}  y\n", id="FILE-01: carriage return"),
        pytest.param(f"{A}  a\\nb\n", id="FILE-02: escaped line break"),
        pytest.param(f"\ufeff{A}  x\n", id="FILE-01: byte-order mark"),
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not '|not in order|cannot stand"):
        parse(text)


@pytest.mark.parametrize("name", ["", "a\nb", "a\rb", "a\\b", "a\0b"])
def test_a_name_cannot_forge_a_line(name: str) -> None:
    with pytest.raises(ValueError, match="cannot stand"):
        render({name: A})


def test_coreutils_reads_it(tmp_path: Path) -> None:
    (tmp_path / "é 手引き").write_bytes(b"x")
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    (tmp_path / "SHA256SUMS").write_text(render({"é 手引き": digest}))
    assert subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=tmp_path, check=False).returncode == 0


@pytest.mark.parametrize(
    ("line", "called", "expected"),
    [
        (f"{A}  x", "SHA256SUMS", Listed("x", A, "sha256", 1)),
        (f"{A} *x", "sha512sum.txt", Listed("x", A, "sha512", 1)),
        (f"SHA256 (x y) = {A}", "sums", Listed("x y", A, "sha256", 1)),
        (f"{A}  x", "CHECKSUMS", Listed("x", A, "", 1)),
        ("d41d8cd98f00b204e9800998ecf8427e  x", "MD5SUMS", Listed("x", "d41d8cd98f00b204e9800998ecf8427e", "md5", 1)),
    ],
)
def test_manifests_of_other_make(line: str, called: str, expected: Listed) -> None:
    assert read_manifest(line + "\n", called) == ((expected,), ())


def test_lines_that_are_none_are_named() -> None:
    assert read_manifest(f"# sums\n\n{A}  x\n", "SHA256SUMS") == ((Listed("x", A, "sha256", 3),), (1,))


def test_a_name_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        digests([("x", A), ("x", B)])

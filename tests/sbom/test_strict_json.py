"""Bytes that have no single meaning are refused, and nothing but a refusal comes of any bytes."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.sbom import strict_json
from gatekeeper.sbom.strict_json import UnreadableError, load
from tests.sbom.samples import Scene, failed, in_doubt

TEXT = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "name": "app"})

BAD = [
    pytest.param(
        TEXT.replace('"1.6"', '"1.6", "specVersion": "1.4"').encode(),
        id="SBOM-01: a repeated key whose last value hides the first",
    ),
    pytest.param(b"[" * 2000 + b"]" * 2000, id="SBOM-01: depth 2000"),
    pytest.param(b'{"a":' * 2000 + b"1" + b"}" * 2000, id="SBOM-01: depth 2000, objects"),
    pytest.param(b"[" * 200_000 + b"]" * 200_000, id="SBOM-01: depth 200000"),
    pytest.param(b"[" * 100_000, id="SBOM-01: depth 100000, never closed"),
    pytest.param(TEXT.replace("1,", "NaN,").encode(), id="SBOM-01: NaN as a version"),
    pytest.param(TEXT.replace("1,", "-Infinity,").encode(), id="SBOM-01: infinity"),
    pytest.param(TEXT.replace("1,", "1e999,").encode(), id="SBOM-01: a number that overflows"),
    pytest.param(TEXT.encode("utf-16"), id="SBOM-01: UTF-16"),
    pytest.param(TEXT.replace("1,", "9" * 1_000_000 + ",").encode(), id="SBOM-01: an integer of a million digits"),
    pytest.param(TEXT.replace("app", "caf\xe9").encode("latin-1"), id="SBOM-01: Latin-1"),
    pytest.param(TEXT.replace("app", "\\ud800").encode(), id="SBOM-01: a lone surrogate"),
    pytest.param((TEXT + TEXT).encode(), id="SBOM-01: two documents in one file"),
    pytest.param(b"", id="SBOM-01: an empty file"),
    pytest.param(b" " * (strict_json.MAX_BYTES + 1), id="SBOM-01: too many bytes"),
]


@pytest.mark.parametrize("raw", BAD)
def test_refused(scene: Scene, raw: bytes) -> None:
    scene.raw = raw

    judgements = scene.judge()

    assert failed(judgements) == {"SBOM-01"}
    assert in_doubt(judgements) == set(judgements) - {"SBOM-01"}


def test_a_byte_order_mark_is_tolerated() -> None:
    assert load(b"\xef\xbb\xbf" + TEXT.encode()) == json.loads(TEXT)


def test_brackets_inside_strings_are_no_nesting() -> None:
    assert load(json.dumps(["[" * 5000, '"[', "\\"]).encode()) == ["[" * 5000, '"[', "\\"]


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_the_bound_on_depth_is_exact_as_far_as_the_decoder_goes() -> None:
    assert load(nested(100)) is not None
    with pytest.raises(UnreadableError, match="deeper"):
        load(nested(strict_json.MAX_DEPTH + 1))


@pytest.mark.parametrize("space", ["", "\n  "])
def test_the_bound_on_depth_holds_where_the_decoder_goes_deeper(space: str) -> None:
    deep = strict_json.MAX_DEPTH
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10 * deep)
    try:
        assert load((f'[{space}{{"a":' * (deep // 2) + f"1{space}" + "}]" * (deep // 2)).encode())
        with pytest.raises(UnreadableError, match="deeper"):
            load((f'[{space}{{"a":' * (deep // 2) + f"[{space}]" + "}]" * (deep // 2)).encode())
    finally:
        sys.setrecursionlimit(limit)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda v: st.lists(v) | st.dictionaries(st.text(), v),
)


@given(values)
def test_what_json_writes_is_read_as_it_was(value: object) -> None:
    assert load(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = load(raw)
    except UnreadableError:
        return
    assert json.loads(raw.decode("utf-8-sig")) == value


_SCALARS = st.sampled_from(
    [
        *("1", "-0", "0.5", "1e5", "1E400", "1" * 19, "9" * 20, "9" * 21, "9" * 25, "1.0", "NaN", "null", "true"),
        *(
            '"é"',
            '"\\u00e9"',
            '"\\ud83d\\ude00"',
            '"\\ud800"',
            '"\\/"',
            '"a\\"b"',
            '"\\\\"',
            '"/"',
            '"\x7f"',
            '"\U0001f600"',
        ),
        *(f'"{"7" * 42}"', f'":{"7" * 42}"'),
    ]
)
_TEXTS = st.recursive(
    _SCALARS,
    lambda v: st.one_of(
        st.lists(v, max_size=3).map(lambda xs: f"[{', '.join(xs)}]"),
        st.lists(st.tuples(st.sampled_from(["a", "b", "\\u0061", "é", ""]), v), max_size=3).map(
            lambda kvs: "{" + ",\n".join(f'"{k}" : {v}' for k, v in kvs) + "}"
        ),
    ),
    max_leaves=8,
)


@given(_TEXTS)
def test_the_fast_way_takes_nothing_that_the_careful_one_refuses_or_reads_differently(text: str) -> None:
    fast = strict_json._unambiguous(text.encode())

    if fast is not None:
        careful = strict_json._read(text)
        assert repr(fast[0]) == repr(careful)


@given(
    _TEXTS, st.integers(0, 2**16), st.sampled_from([b"\xff", b"\xc3", b"\x00", b"\x80", b"\xed\xa0\x80", b'"', b"\n"])
)
def test_the_fast_way_takes_no_bytes_that_are_not_utf_8(text: str, at: int, alien: bytes) -> None:
    raw = text.encode()
    place = at % (len(raw) + 1)
    damaged = raw[:place] + alien + raw[place:]

    fast = strict_json._unambiguous(damaged)

    if fast is not None:
        assert repr(fast[0]) == repr(strict_json._read(strict_json.decode(damaged)))
        assert strict_json._shallow(fast[1]) is strict_json._shallow(damaged)


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 1}', '[{"a": {}, "b": 2, "a": {}}]', '{"a":1,"\\u0061":1}', "[1] [1]", ""]
)
def test_the_fast_way_leaves_the_ambiguous_alone(text: str) -> None:
    assert strict_json._unambiguous(text.encode()) is None

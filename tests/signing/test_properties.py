"""Whatever comes from outside is either understood or refused in our own words: no other exception, no guess."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.errors import NotAuthenticError, UsageError
from gatekeeper.signing import der
from gatekeeper.signing.bundle import strict_json
from gatekeeper.signing.failures import TamperedError
from gatekeeper.signing.identity import EXTENSION_NAMES, Expected, mismatch
from gatekeeper.signing.rehearsal import is_rehearsal
from gatekeeper.signing.statement import compare_subjects, subjects_of
from gatekeeper.signing.token import KeyReference, key_reference
from tests.signing.samples import statement

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
SUBJECTS = st.dictionaries(st.text(min_size=1, max_size=12), HEX, min_size=1, max_size=5)
WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@given(st.binary(max_size=200))
def test_strict_json_understands_or_refuses(raw: bytes) -> None:
    with contextlib.suppress(TamperedError):
        assert isinstance(strict_json(raw, "input"), dict)


@given(JSON)
def test_strict_json_agrees_with_json_on_objects_without_doubled_keys(value: Any) -> None:
    raw = json.dumps({"value": value}).encode()
    assert strict_json(raw, "input") == json.loads(raw)


@given(JSON)
def test_a_statement_of_any_shape_is_understood_or_refused(value: Any) -> None:
    with contextlib.suppress(TamperedError):
        assert subjects_of(json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": value}).encode())


@given(SUBJECTS, SUBJECTS)
def test_subjects_are_compared_both_ways(found: dict[str, str], wanted: dict[str, str]) -> None:
    assert subjects_of(statement(*found.items())) == found
    try:
        compare_subjects(found, wanted)
        same = True
    except NotAuthenticError:
        same = False
    assert same == (found == wanted)


@given(st.text(max_size=80))
def test_a_key_reference_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"pkcs11:{text}", f"pkcs11:token=t;id={text}?module-path=/m.so"):
        with contextlib.suppress(UsageError):
            assert isinstance(key_reference(candidate), KeyReference)


@given(st.binary(max_size=60))
def test_der_is_walked_or_refused(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert b"".join(whole for _, _, whole in der.elements(raw)) == raw


@given(WORDS, WORDS, st.dictionaries(st.sampled_from(sorted(EXTENSION_NAMES)), WORDS, max_size=4))
def test_only_the_very_same_values_match(identity: str, issuer: str, extensions: dict[str, str]) -> None:
    """For any expectation that can be made: what differs in one value does not match."""
    try:
        expected = Expected(identity=identity, issuer=f"https://{issuer}", extensions=tuple(sorted(extensions.items())))
    except UsageError:
        return
    found = mismatch(expected, expected.identity, expected.issuer, extensions)
    assert found == "" or "another repository" in found
    assert mismatch(expected, identity + "x", expected.issuer, extensions)
    assert mismatch(expected, expected.identity, expected.issuer + "/", extensions)
    for name in extensions:
        assert mismatch(expected, expected.identity, expected.issuer, {**extensions, name: extensions[name] + "x"})
        without = {n: v for n, v in extensions.items() if n != name}
        assert mismatch(expected, expected.identity, expected.issuer, without)


@given(st.binary(max_size=200))
def test_asking_whether_a_root_is_a_rehearsals_never_fails(raw: bytes) -> None:
    assert is_rehearsal(raw) in (True, False)

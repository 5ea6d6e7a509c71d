"""gatekeeper.toml: every fault at once, with line, path and "did you mean"; nothing is taken for granted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.check import Check
from gatekeeper.model.errors import PolicyError
from gatekeeper.policy.policy import Policy, load
from gatekeeper.policy.rulebook import rulebook


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    paths: tuple[str, ...]
    block_at: str = "medium"


class Nothing(msgspec.Struct, frozen=True):
    pass


CHECK: Check[Table, Nothing] = Check("sample", (), Table, Nothing, lambda _c, _p: Nothing(), lambda _e, _p, _c: ())
GOOD = """schema = 1
[product]
name = "pump"
version = "1.0"
manufacturer = "Example"
[sample]
paths = ["src"]
"""


def loaded(tmp_path: Path, text: str) -> Policy:
    (tmp_path / "gatekeeper.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    return load(tmp_path / "gatekeeper.toml", {"sample": CHECK}, rulebook())


def attempted(tmp_path: Path, text: str) -> tuple[Policy | None, tuple[str, ...]]:
    try:
        return loaded(tmp_path, text), ()
    except PolicyError as e:
        return None, e.faults


def faults_of(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        loaded(tmp_path, text)
    return caught.value.faults


def test_a_good_policy_is_read(tmp_path: Path) -> None:
    policy = loaded(tmp_path, GOOD)

    assert policy.product.name == "pump"
    assert policy.params["sample"] == Table(("src",))
    assert len(policy.sha256) == 64


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            ("[sample]", "[[requirment]]\n[sample]"), 'unknown key "requirment" at the top level', id="top level"
        ),
        pytest.param(("[sample]", "[sampel]"), 'did you mean "sample"?', id="table misspelt"),
        pytest.param(("paths =", "path ="), 'did you mean "paths"?', id="key misspelt"),
        pytest.param(('["src"]', '"src"'), "is not of type", id="a string for a list of strings"),
        pytest.param(('"1.0"', "1.0"), "product.version: 1.0 is not of type", id="a number for a version"),
        pytest.param(("schema = 1", "schema = 2"), "schema", id="another schema"),
        pytest.param(("schema = 1", ""), 'the file lacks "schema"', id="no schema"),
        pytest.param(('name = "pump"', ""), 'product lacks "name"', id="no name"),
        pytest.param(('"Example"', '" "'), "product.manufacturer", id="a maker without a name"),
        pytest.param(
            ('"Example"', '"Example"\nkind = "security_update"'), "product.kind", id="MAINT-05: kind misspelt"
        ),
        pytest.param(('"Example"', '"Example"\nkind = "update"'), "needs previous-version", id="an update of nothing"),
        pytest.param(
            ('"Example"', '"Example"\nsupport-end = "soon"'), "product.support-end", id="an end that is no day"
        ),
        pytest.param(
            ("[sample]", '[gate]\nconformance-route = "annex f"\n[sample]'), "conformance-route", id="no route"
        ),
        pytest.param(('["src"]', '["src\\u0000"]'), "a NUL character in sample.paths.0", id="NUL in a path"),
        pytest.param(("[sample]", '[sample]\n"a\\u0000" = 1'), "a NUL character in sample.a key", id="NUL in a key"),
        pytest.param(("[sample]", "[product]\n[sample]"), "not valid TOML", id="a table twice"),
        pytest.param(
            ("[sample]", '[gate]\nprofiles = ["fad"]\n[sample]'), 'unknown profile "fad"', id="unknown profile"
        ),
        pytest.param(("[sample]", "[gate]\nprofiles = []\n[sample]"), '"profiles" is empty', id="no profile at all"),
        pytest.param(("pump", "\udcff"), "not UTF-8", id="not UTF-8"),
        pytest.param(('["src"]', "[" * 5000), "", id="nested without end"),
    ],
)
def test_a_bad_policy_is_refused(tmp_path: Path, change: tuple[str, str], sentence: str) -> None:
    """GATE-03: the policy is valid."""
    faults = faults_of(tmp_path, GOOD.replace(*change))

    assert any(sentence in fault for fault in faults), faults


def test_all_faults_are_named_at_once_with_their_lines(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, GOOD.replace("name", "nmae").replace("paths", "pahts") + "block-at = 3\n")

    assert [f.split(":")[1] for f in faults] == ["2", "3", "6", "7", "8"]


def test_a_missing_file_and_a_folder_are_faults(tmp_path: Path) -> None:
    for name in ("absent.toml", "."):
        with pytest.raises(PolicyError):
            load(tmp_path / name, {}, rulebook())


def test_a_check_without_table_has_no_parameters(tmp_path: Path) -> None:
    policy = loaded(tmp_path, GOOD.split("[sample]", maxsplit=1)[0])

    assert "sample" not in policy.params


def _toml_text() -> st.SearchStrategy[str]:
    lines = st.sampled_from([*GOOD.splitlines(), "[gate]", 'profiles = ["iec"]', "x = 1", '"""', "[[product]]", "= 3"])
    return st.lists(lines, max_size=12).map("\n".join) | st.text(max_size=200)


@given(_toml_text())
def test_any_text_is_a_policy_or_a_list_of_faults(tmp_path_factory: Any, text: str) -> None:
    folder = tmp_path_factory.mktemp("policy")
    policy, faults = attempted(folder, text)
    data = {} if policy is None else tomli.loads(text)

    assert (policy is None) == bool(faults)
    assert all(f.startswith("gatekeeper.toml:") for f in faults)
    assert set(data) <= {"schema", "product", "gate", "sample"}
    assert policy is None or policy.product.version == data["product"]["version"]

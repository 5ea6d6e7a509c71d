"""Who two texts name: one person in every spelling, and never two where nothing tells them apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.people import Member, known_as, same_person

MIO = Member(id="mio", name="Mio Example", organisation="Example Devices", roles=("security",))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("mio", "Mio Example", True, id="id and name"),
        pytest.param("MIO  EXAMPLE", "ＭＩＯ Example (QA)", True, id="case, width and brackets"),
        pytest.param("Mio Example", "Ren Example", False, id="two people"),
        pytest.param("---", "???", True, id="DONE-11: nothing tells them apart"),
        pytest.param("", "", True, id="nobody"),
        pytest.param("", "mio", False, id="nobody and somebody"),
    ],
)
def test_one_person_in_two_spellings(one: str, other: str, same: bool) -> None:
    assert same_person(one, other, (MIO,)) is same


@given(st.text())
def test_whoever_approves_their_own_work_is_seen(name: str) -> None:
    assert same_person(name, name, (MIO,))
    assert same_person(name, known_as(name), (MIO,))

"""Two releases compared: nothing falls, vanishes or is renamed without being seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.facts import ComponentFact
from gatekeeper.sbom import changes


def part(name: str = "a", version: str = "1", item_class: str = "maintained", **more: str) -> ComponentFact:
    return ComponentFact(name, version, **({"purl": f"pkg:npm/{name}@{version}"} | more), item_class=item_class)


BEFORE = (part("a"), part("b"), part("@scope/one"), part("@scope/two"))


@pytest.mark.parametrize(
    "now",
    [
        pytest.param((part("a", item_class="supported"), *BEFORE[1:]), id="CHAIN-04: lower"),
        pytest.param((part("a", item_class=""), *BEFORE[1:]), id="CHAIN-04: none"),
        pytest.param((part("a", item_class="maintained, supported"), *BEFORE[1:]), id="CHAIN-04: two"),
        pytest.param((part("a", "1", "required"), part("a", "2"), *BEFORE[1:]), id="CHAIN-04: low beside high"),
        pytest.param((part("a", "2"), part("a", "1", "required"), *BEFORE[1:]), id="CHAIN-04: high beside low"),
        pytest.param(
            (*BEFORE[:2], part("@scope/one", item_class="required"), BEFORE[3]), id="CHAIN-04: one of a scope"
        ),
    ],
)
def test_a_fall_is_seen(now: tuple[ComponentFact, ...]) -> None:
    assert len(list(changes.fallen(BEFORE, now))) == 1


@pytest.mark.parametrize("link", ["sha256", "producer"])
def test_a_renamed_component_is_still_the_same(link: str) -> None:
    then, now = part("a", **{link: "x"}), part("b", item_class="required", **{link: "x"})

    assert list(changes.fallen([then], [now])) == [(then, now)]


def test_several_versions_of_one_package_are_all_told() -> None:
    assert changes.told([part("a", "1")], [part("a", "1"), part("a", "2")]).endswith("pkg:npm/a 1 -> 1, 2")


_PARTS = st.lists(
    st.builds(part, st.sampled_from("abc"), st.sampled_from("12"), st.sampled_from([*changes.CLASSES, "", "x"]))
)


@given(_PARTS)
def test_nothing_falls_between_a_release_and_itself_unless_it_holds_two_classes(parts: list[ComponentFact]) -> None:
    lowest = {changes.key(p): min(changes.rank(q) for q in parts if changes.key(q) == changes.key(p)) for p in parts}

    fell = [then for then, _ in changes.fallen(parts, parts)]

    assert fell == [p for p in parts if changes.rank(p) > lowest[changes.key(p)]]

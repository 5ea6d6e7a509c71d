"""The components overlay: every fault named, the most specific entry wins whatever the order, stars cost nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.sbom import overlay
from gatekeeper.sbom.bom import Component
from gatekeeper.sbom.overlay import Entry, Overlay


def component(purl: str) -> Component:
    return Component(where="/0", name="x", version="1", purl=purl)


def chosen(purl: str, *matches: str) -> str:
    (item,) = overlay.items([component(purl)], Overlay(entries=tuple(Entry(match=m) for m in matches)))
    return item.entry.match if item.entry else ""


@pytest.mark.parametrize("order", [1, -1])
def test_the_most_specific_entry_wins(order: int) -> None:
    matches = ["pkg:*", "pkg:pypi/*", "pkg:pypi/x@*", "pkg:pypi/x@1"]

    assert chosen("pkg:pypi/x@1", *matches[::order]) == "pkg:pypi/x@1"
    assert chosen("pkg:pypi/x@2", *matches[::order]) == "pkg:pypi/x@*"
    assert chosen("pkg:npm/x@2", *matches[::order]) == "pkg:*"
    assert chosen("", *matches[::order]) == ""


def test_a_component_without_purl_is_known_by_name_and_version() -> None:
    assert chosen("", "x@1") == "x@1"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        pytest.param(b"[[component]]\nmatch = ", "not TOML", id="cut off"),
        pytest.param(b"[component]\nclass = 'supported'\n", "match", id="a single table without match"),
        pytest.param(b'[[component]]\nmatch = "x"\ncolour = "red"\n', "colour", id="an unknown key"),
        pytest.param(b'[[component]]\nmatch = "x"\nclass = 1\n', "class", id="a class that is no text"),
        pytest.param(b"[other]\n", "unknown table", id="an unknown table"),
        pytest.param(b"\xff", "UTF-8", id="not UTF-8"),
        pytest.param(b"#" * (8 * 2**20 + 1), "more than", id="too large"),
    ],
)
def test_what_is_not_understood_is_a_fault(raw: bytes, words: str) -> None:
    found = overlay.load(raw, "components.toml", "")

    assert words in found.faults[0].message
    assert found.entries == ()


@given(st.text("ab*", min_size=1, max_size=12), st.text("ab", max_size=12))
def test_a_star_stands_for_any_run(match: str, text: str) -> None:
    def glob(pattern: str, rest: str) -> bool:
        if not pattern:
            return not rest
        if pattern[0] == "*":
            return any(glob(pattern[1:], rest[i:]) for i in range(len(rest) + 1))
        return rest[:1] == pattern[0] and glob(pattern[1:], rest[1:])

    assert bool(overlay._pattern(match).fullmatch(text)) is glob(match, text)


def test_many_stars_do_not_run_away() -> None:
    assert chosen("pkg:" + "a" * 20_000, "*a" * 30 + "b*") == ""  # would not end if stars were tried again and again

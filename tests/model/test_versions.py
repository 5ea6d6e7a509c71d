from __future__ import annotations

import pytest

from gatekeeper.model.versions import numbers


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("2.4.1", (2, 4, 1)),
        ("v2.4", (2, 4)),
        (" V2.4.0.0 ", (2, 4)),
        ("2.40.0", (2, 40)),
        ("0.0", (0,)),
        ("2.0.1", (2, 0, 1)),
        ("2.4.0-rc1", (2, 4)),
        ("2026.11.1+build.7", (2026, 11, 1)),
        ("next", None),
        ("", None),
    ],
)
def test_the_numbers_that_a_version_begins_with(version: str, told: tuple[int, ...] | None) -> None:
    assert numbers(version) == told

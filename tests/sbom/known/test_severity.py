"""How bad: the highest vector, else the word, and whatever is not known is the worst."""

from __future__ import annotations

import pytest

from gatekeeper.model.words import Level
from gatekeeper.sbom.known.severity import level

LOW_31 = "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"
CRITICAL_31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
HIGH_40 = "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:N/VI:H/VA:L/SC:N/SI:N/SA:N"
HIGH_20 = "AV:N/AC:L/Au:N/C:P/I:P/A:P"


@pytest.mark.parametrize(
    ("scores", "word", "expected"),
    [
        ([LOW_31], "", Level.LOW),
        ([LOW_31, CRITICAL_31], "low", Level.CRITICAL),
        ([HIGH_40], "", Level.HIGH),
        ([HIGH_20], "", Level.HIGH),
        ([LOW_31, "High"], "", Level.HIGH),
        ([LOW_31, "moderate"], "", Level.MEDIUM),
        (["9.8"], "", Level.CRITICAL),
        (["5"], "", Level.MEDIUM),
        ([], "MODERATE", Level.MEDIUM),
        ([], "negligible", Level.LOW),
        ([], "", Level.CRITICAL),
        ([], "spicy", Level.CRITICAL),
        (["CVSS:3.1/nonsense"], "", Level.CRITICAL),
        (["CVSS:9.9/AV:N"], "low", Level.LOW),
    ],
)
def test_levels(scores: list[str], word: str, expected: Level) -> None:
    assert level(scores, word) is expected

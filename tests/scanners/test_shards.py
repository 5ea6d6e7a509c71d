"""Shards: all of one scan, each once, or no evidence at all."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.errors import EvidenceError
from gatekeeper.scanners.coding_policy import PolicyFile
from gatekeeper.scanners.evidence import CodingEvidence
from gatekeeper.scanners.results import FileScan
from gatekeeper.scanners.scan import Scan
from gatekeeper.scanners.shards import merged, mine, name
from gatekeeper.scanners.sources import Selection
from gatekeeper.scanners.toolchain import Toolchain

PATHS = tuple(f"src/m{n}.py" for n in range(40))


def part(number: int, total: int, **changes: object) -> CodingEvidence:
    tools = Toolchain("1.9.4", "3.11.7", ("B101",))
    files = tuple(FileScan(path, "00") for path in mine(PATHS, (number, total)))
    whole = CodingEvidence(
        policy=PolicyFile("coding.toml", "11"),
        selection=Selection("git", "a" * 40, PATHS),
        scan=Scan(tools, "fast", files),
        shard=name((number, total)),
    )
    return msgspec.structs.replace(whole, **changes)


@given(st.integers(1, 9), st.lists(st.text(max_size=8), unique=True, max_size=20))
def test_every_path_is_in_exactly_one_shard(total: int, paths: list[str]) -> None:
    taken = [path for number in range(1, total + 1) for path in mine(paths, (number, total))]

    assert sorted(taken) == sorted(paths)
    assert mine(paths, None) == tuple(paths)


@given(st.permutations([1, 2, 3, 4]))
def test_the_order_of_the_shards_does_not_matter(order: list[int]) -> None:
    whole = merged([part(number, 4) for number in order])

    assert [file.path for file in whole.scan.files] == sorted(PATHS)
    assert whole.shard == ""


FOREIGN = Selection("git", "b" * 40, PATHS)
OLDER = Scan(Toolchain("1.8.0", "3.11.7", ("B101",)), "fast")


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([part(1, 2)], id="missing"),
        pytest.param([part(1, 2), part(1, 2)], id="duplicate"),
        pytest.param([part(1, 2), part(2, 2), part(2, 2)], id="one too many"),
        pytest.param([part(1, 2), part(2, 3)], id="of two scans"),
        pytest.param([part(1, 1), part(1, 1, shard="")], id="a whole scan beside a shard"),
        pytest.param([part(1, 2), part(2, 2, shard="3/2")], id="a number out of range"),
        pytest.param([part(1, 2), part(2, 2, selection=FOREIGN)], id="another commit or tree"),
        pytest.param([part(1, 2), part(2, 2, policy=PolicyFile("coding.toml", "22"))], id="another coding policy"),
        pytest.param([part(1, 2), part(2, 2, scan=OLDER)], id="another Bandit"),
        pytest.param([part(1, 2), part(2, 2, shard="2/x")], id="a number that is none"),
        pytest.param([], id="none"),
    ],
)
def test_shards_that_are_not_one_scan_are_refused(parts: list[CodingEvidence]) -> None:
    with pytest.raises(EvidenceError):
        merged(parts)

"""Lock files that the tools themselves wrote for one small manifest: every reader finds the same packages.

Written by npm 10, pnpm 8 and 9, yarn 1.22 and 4 (`real_locks/`). A reader that guesses wrong differs from the others.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.sbom.evidence import Lock
from gatekeeper.sbom.locking import Wish, load

HERE = Path(__file__).with_name("real_locks")
OTHERS = ["pnpm-9/pnpm-lock.yaml", "pnpm-8/pnpm-lock.yaml", "yarn-1/yarn.lock", "yarn-berry/yarn.lock"]


def read(name: str) -> Lock:
    lock = load(HERE, name, Wish(product="example-app"))
    assert lock.fault == ""
    return lock


def needed(lock: Lock) -> set[tuple[str, str]]:
    return {(p.name, p.version) for p in lock.packages if not p.conditional}


@pytest.mark.parametrize("name", OTHERS)
def test_all_tools_lock_the_same(name: str) -> None:
    npm, other = read("npm/package-lock.json"), read(name)

    assert len(needed(npm)) == 28
    assert needed(other) == needed(npm)
    assert "fsevents" in {p.name for p in other.packages if p.conditional}
    assert "semver" not in {p.name for p in other.packages if not p.conditional}, "it is for development"
    assert other.direct is not None
    assert npm.direct is not None
    assert {d.name for d in other.direct} == {d.name for d in npm.direct}


@pytest.mark.parametrize("name", OTHERS)
def test_their_hashes_agree(name: str) -> None:
    known = {(p.name, p.version): p.digests for p in read("npm/package-lock.json").packages}

    for p in read(name).packages:
        if p.digests:
            assert set(p.digests) & set(known[p.name, p.version]), p.name

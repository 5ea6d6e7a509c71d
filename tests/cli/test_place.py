"""The names of files as findings tell them: the same as resolving each path by itself, and never one from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cli.app import run
from gatekeeper.cli.place import relative

STEPS = ("a", "b", "up", "away", "gone", ".", "..", "")
POLICY = '[product]\nname = "pump"\nversion = "1"\nmanufacturer = "Example"\n'
NAMES = st.lists(st.lists(st.sampled_from(STEPS), min_size=1, max_size=5).map("/".join), max_size=6)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders two deep, with links to a folder above and out of the tree."""
    top = tmp_path_factory.mktemp("place").resolve()
    root, outside = top / "tree", top / "outside"
    for folder in (root, root / "a", root / "b", root / "a/a", root / "a/b", outside, outside / "a"):
        folder.mkdir()
    for folder in (root, root / "a", root / "b", outside):
        (folder / "up").symlink_to(folder.parent)
        (folder / "away").symlink_to(outside)
    return root


def resolved_alone(root: str, directory: str, name: str) -> str | None:
    """One path by itself: its folder resolved by the library, its last step left as it is."""
    folder, last = os.path.split(os.path.join(os.path.realpath(directory), name).rstrip("/"))
    folder = os.path.realpath(folder)
    if last in ("", ".", "..") or os.path.commonpath([folder, root]) != root:
        return None
    return os.path.relpath(os.path.join(folder, last), root)


@given(names=NAMES, directory=st.sampled_from(["", "a", "b/up", "away", "up/tree"]))
def test_many_at_once_are_as_each_alone(tree: Path, names: list[str], directory: str) -> None:
    root, here = str(tree), str(tree / directory)

    assert list(relative(root, here, names)) == [resolved_alone(root, here, name) for name in names]


@given(names=NAMES)
def test_an_absolute_name_is_the_same_file(tree: Path, names: list[str]) -> None:
    root = str(tree)
    given_ = [os.path.join(root, name.lstrip("/")) for name in names]

    assert list(relative(root, "/", given_)) == [resolved_alone(root, "/", name) for name in given_]


def test_a_file_may_lie_deeper_than_python_recurses() -> None:
    name = "d/" * 3000 + "x.py"

    assert list(relative("/", "/", [name])) == [name]


def test_no_file_is_reached_through_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "gatekeeper.toml").write_text(POLICY)
    (tmp_path / "loop").symlink_to("loop")

    for name in ("loop/a.py", "loop//a/a.py", "loop/../loop/a.py"):
        assert run(["-C", str(tmp_path), "hook", name]) in (2, 3)

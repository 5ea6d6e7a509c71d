"""A file is read whole or not at all, and the result says why not; every file is handed out exactly once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.scanners.pool import LARGEST_FILE, portions, read
from gatekeeper.scanners.results import FileScan, Source


def unread(root: Path, name: str) -> str:
    found = read(root, name)
    assert isinstance(found, FileScan), found
    return found.unread


@pytest.mark.parametrize("data", [b"", b"x = 1\n", b"\0\xff\r\n" * 200_000])
def test_the_bytes_are_those_of_the_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.py").write_bytes(data)

    assert read(tmp_path, "a.py") == Source("a.py", data)


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = 1\n")
    (tmp_path / "b.py").symlink_to("a.py")

    assert read(tmp_path, "b.py") == Source("b.py", b"x = 1\n")


def test_no_more_than_the_largest_file(tmp_path: Path) -> None:
    for size, name in ((LARGEST_FILE, "just.py"), (LARGEST_FILE + 1, "over.py")):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)

    assert isinstance(read(tmp_path, "just.py"), Source)
    assert unread(tmp_path, "over.py") == "larger than 64 MiB"


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "loop.py").symlink_to("loop.py")

    assert unread(tmp_path, "gone.py") == "No such file or directory"
    assert unread(tmp_path, "loop.py")
    assert unread(tmp_path, "folder.py")
    assert unread(tmp_path, "nul\0.py") == "cannot be read"


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes that are files are POSIX's")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")

    assert unread(tmp_path, "pipe.py").endswith("no regular file")  # refused by either guard


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that is longer than it says, as in Linux's /proc")
def test_a_file_that_is_not_as_long_as_it_says() -> None:
    assert Path("/proc/self/status").stat().st_size == 0

    assert unread(Path("/proc/self"), "status") == "changed while it was read"


@given(sizes=st.dictionaries(st.text(), st.integers(0, 10**6)), enough=st.integers(0, 10**6))
def test_every_file_is_in_exactly_one_portion(sizes: dict[str, int], enough: int) -> None:
    handed_out = [path for portion in portions(sizes, enough) for path in portion]

    assert sorted(handed_out) == sorted(sizes)
    assert [sizes[path] for path in handed_out] == sorted(sizes.values(), reverse=True)

"""Reading a file once: its digest, its copy, and every way in which it may not be a plain, quiet file."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.model.errors import EvidenceError, SealError
from gatekeeper.tools import hashing
from gatekeeper.tools.hashing import CHUNK, Task, digest, digest_all
from tests.support.reads import before_each_read


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pump.whl"
    path.write_bytes(b"pump" * 1000)
    return path


def task(path: Path, copy: Path | None = None) -> Task:
    return Task(path.name, path, copy)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_copy_and_digest_in_one_pass(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    source, copy = tmp_path / "a", tmp_path / "out" / "deep" / "a"
    source.write_bytes(data)
    seen: list[tuple[str, int, int]] = []
    found = digest(task(source, copy), sha512=True, progress=lambda *told: seen.append(told))
    assert copy.read_bytes() == data
    assert (found.size, found.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert found.sha512 == hashlib.sha512(data).hexdigest()
    assert [(name, whole) for name, _, whole in seen] == [("a", size)] * len(seen)
    assert [done for _, done, _ in seen][-1:] == ([size] if size else [])


def test_sha512_only_where_asked(file: Path) -> None:
    assert digest(task(file)).sha512 == ""


@settings(max_examples=20)
@given(contents=st.lists(st.binary(max_size=40), max_size=9), workers=st.integers(0, 4))
def test_many_files_keep_their_order(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], workers: int
) -> None:
    folder = tmp_path_factory.mktemp("many")
    tasks = []
    for number, data in enumerate(contents):
        (folder / str(number)).write_bytes(data)
        tasks.append(task(folder / str(number), folder / "copy" / str(number)))
    found = digest_all(tasks, workers=workers)
    assert [d.sha256 for d in found] == [hashlib.sha256(data).hexdigest() for data in contents]
    assert [t.copy.read_bytes() for t in tasks if t.copy] == contents


def test_one_bad_file_among_many_stops_all(tmp_path: Path, file: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be read"):
        digest_all([task(file), task(tmp_path / "missing"), task(file)], workers=3)


class TestNotAPlainFile:
    """FILE-02: links, devices, pipes and sockets are named as what they are, and never read."""

    def refused(self, path: Path, word: str) -> None:
        with pytest.raises(EvidenceError, match=word):
            digest(task(path))

    def test_missing(self, tmp_path: Path) -> None:
        self.refused(tmp_path / "nothing", "cannot be read")

    def test_link_to_a_secret(self, tmp_path: Path, file: Path) -> None:
        (tmp_path / "link").symlink_to(file)
        self.refused(tmp_path / "link", "a symbolic link")

    def test_folder(self, tmp_path: Path) -> None:
        self.refused(tmp_path, "a folder")

    def test_pipe_does_not_hang(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        self.refused(tmp_path / "pipe", "a named pipe")

    def test_socket(self, tmp_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(tmp_path / "s"))
            self.refused(tmp_path / "s", "a socket")

    def test_device(self) -> None:
        self.refused(Path("/dev/null"), "a device")

    @pytest.mark.parametrize("swap", ["pipe", "link"])
    def test_swapped_between_look_and_open(
        self, tmp_path: Path, file: Path, swap: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = os.open
        secret = tmp_path / "secret"
        secret.write_text("x")

        def late(path: Path, flags: int, *mode: int) -> int:
            file.unlink()
            os.mkfifo(file) if swap == "pipe" else file.symlink_to(secret)
            return original(path, flags, *mode)

        monkeypatch.setattr(os, "open", late)
        self.refused(file, "no regular file|cannot be read")


class TestChangedWhileRead:
    """FILE-07: a file that moves under the reader gives no digest at all."""

    def changed(self, file: Path, monkeypatch: pytest.MonkeyPatch, change: object) -> None:
        done = threading.Event()

        def once() -> None:
            if not done.is_set():
                done.set()
                change()  # type: ignore[operator] # a test passes a callable

        before_each_read(monkeypatch, once)
        with pytest.raises(EvidenceError, match="changed while it was read"):
            digest(task(file))

    def test_grown(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.changed(file, monkeypatch, lambda: os.truncate(file, 5000))

    def test_growing_without_end(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before_each_read(monkeypatch, lambda: os.truncate(file, file.stat().st_size + CHUNK))
        with pytest.raises(EvidenceError, match="changed while it was read"):
            digest(task(file))

    def test_cut(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.changed(file, monkeypatch, lambda: os.truncate(file, 5))

    def test_same_length_rewritten(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def rewrite() -> None:
            with file.open("r+b") as f:
                f.write(b"PUMP")
            os.utime(file, ns=(1, 1))

        self.changed(file, monkeypatch, rewrite)

    def test_swapped_behind_the_same_name(self, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        other = tmp_path / "other"
        other.write_bytes(file.read_bytes())
        self.changed(file, monkeypatch, lambda: other.replace(file))

    def test_removed(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.changed(file, monkeypatch, file.unlink)


class TestCopy:
    def test_never_overwrites(self, tmp_path: Path, file: Path) -> None:
        taken = tmp_path / "taken"
        taken.write_text("mine")
        with pytest.raises(SealError, match="cannot be written"):
            digest(task(file, taken))
        assert taken.read_text() == "mine"

    def test_never_through_a_link(self, tmp_path: Path, file: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(SealError, match="cannot be written"):
            digest(task(file, tmp_path / "link"))
        assert not (tmp_path / "elsewhere").exists()

    def test_disk_full(self, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(SealError, match="No space left"):
            digest(task(file, tmp_path / "copy"))

    def test_short_writes_are_completed(self, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        original = os.write
        monkeypatch.setattr(hashing.os, "write", lambda handle, data: original(handle, bytes(data)[:7]))
        digest(task(file, tmp_path / "copy"))
        monkeypatch.undo()
        assert (tmp_path / "copy").read_bytes() == file.read_bytes()


def test_read_error_midway(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError(5, "Input/output error")

    before_each_read(monkeypatch, broken)
    with pytest.raises(EvidenceError, match="Input/output error"):
        digest(task(file))


def test_hard_links_show_in_the_digest(tmp_path: Path, file: Path) -> None:
    os.link(file, tmp_path / "twin")
    first, second = digest(task(file)), digest(task(tmp_path / "twin"))
    assert first.identity == second.identity
    assert first.links == 2

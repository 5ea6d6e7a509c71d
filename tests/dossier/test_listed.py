"""A signed list is checked to its last line, and leads nowhere but beside itself."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gatekeeper.dossier.listed import listed_files
from gatekeeper.model.errors import EvidenceError, NotAuthenticError

X = hashlib.sha256(b"x").hexdigest()


def checked(folder: Path, text: str) -> int:
    sums = folder / "SHA256SUMS"
    sums.write_bytes(text.encode())
    return listed_files(sums, hashlib.sha256(text.encode()).digest())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "got/part").mkdir(parents=True)
    for name in ("a", "part/b", "../outside"):
        (tmp_path / "got" / name).write_bytes(b"x")
    return tmp_path / "got"


def test_every_file_as_listed(folder: Path) -> None:
    assert checked(folder, f"{X}  a\n{X}  part/b\n") == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "lists nothing", id="nothing"),
        pytest.param(f"{X}  ../outside\n", 'has ".." as a part', id="out of the folder"),
        pytest.param(f"{X}  /etc/hostname\n", "is absolute", id="absolute"),
        pytest.param(f"{X}  a\n{'0' * 64}  part/b\n", "part/b was changed", id="the last one changed"),
        pytest.param(f"{X}  a\n{X}  c\n", "c is missing", id="missing"),
        pytest.param(f"{X}  a\r\n", "is no SHA256SUMS", id="CRLF"),
        pytest.param(f"{X} *a\n", "is no SHA256SUMS", id="binary marker"),
        pytest.param(f"{X}  a\n{X}  a\n", "is no SHA256SUMS", id="twice"),
        pytest.param(f"\\{X}  a\n", "is no SHA256SUMS", id="escaped"),
    ],
)
def test_what_is_not_as_it_should_be(folder: Path, text: str, said: str) -> None:
    with pytest.raises(NotAuthenticError, match=said):
        checked(folder, text)


def test_another_list_than_the_verified_one(folder: Path) -> None:
    (folder / "SHA256SUMS").write_text(f"{X}  a\n")
    with pytest.raises(NotAuthenticError, match="changed while"):
        listed_files(folder / "SHA256SUMS", bytes(32))


def test_a_folder_in_the_place_of_a_file(folder: Path) -> None:
    with pytest.raises(EvidenceError, match="is a folder"):
        checked(folder, f"{X}  part\n")

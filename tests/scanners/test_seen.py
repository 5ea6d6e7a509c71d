"""What passed in silence is known again by its bytes, its path and its rules; anything else is not known at all."""

from __future__ import annotations

import codecs
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.scanners import seen
from gatekeeper.scanners.own_file import OwnFile, plain_bytes

codecs.lookup("unicode_escape")  # loaded now: hypothesis draws differently after a module is loaded between examples
TODAY = datetime.now(UTC).date()
NAMES = st.text(st.characters(exclude_characters="\0"), min_size=1)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = (tmp_path / "tree").resolve()
    root.mkdir()
    (root / "gatekeeper.toml").write_text("schema = 1\n")
    (root / "a.py").write_text("x = 1\n")
    (root / "b.py").write_text("y = 1\n")
    return root


def rules(root: Path, since: int = -1, until: int = 1) -> bytes:
    days = ((TODAY + timedelta(days=each)).isoformat() for each in (since, until))
    return seen.rules(*days, [(str(root / "gatekeeper.toml"), digest(root / "gatekeeper.toml"))])


def remember(root: Path, *names: str, under: bytes = b"") -> None:
    facts = [seen.fact(name, digest(root / name)) for name in names]
    seen.remember(str(root), under or rules(root), facts, os.environ)


def passed(root: Path, *names: str) -> bool:
    return seen.all_passed(str(root), names, os.environ)


def test_files_are_known_again_one_by_one(tree: Path) -> None:
    assert not passed(tree, "a.py")
    remember(tree, "a.py")
    assert passed(tree, "a.py")
    assert not passed(tree, "a.py", "b.py")

    remember(tree, "b.py")

    assert passed(tree, "a.py", "b.py")
    assert not passed(tree)


def test_another_content_is_not_known(tree: Path) -> None:
    remember(tree, "a.py")
    (tree / "a.py").write_text("x = 2\n")

    assert not passed(tree, "a.py")


def test_the_same_content_under_another_name_is_not_known(tree: Path) -> None:
    remember(tree, "a.py")
    (tree / "a.py").rename(tree / "c.py")

    assert not passed(tree, "c.py")


def test_of_one_file_the_last_content_alone_is_known(tree: Path) -> None:
    remember(tree, "a.py")
    before = (tree / "a.py").read_text()
    (tree / "a.py").write_text("x = 2\n")
    remember(tree, "a.py")
    assert passed(tree, "a.py")

    (tree / "a.py").write_text(before)

    assert not passed(tree, "a.py")


def test_under_other_rules_nothing_is_known_and_the_old_is_dropped(tree: Path) -> None:
    remember(tree, "a.py")
    before = (tree / "gatekeeper.toml").read_text()
    (tree / "gatekeeper.toml").write_text("schema = 2\n")
    assert not passed(tree, "a.py")

    remember(tree, "b.py")
    (tree / "gatekeeper.toml").write_text(before)

    assert not passed(tree, "a.py")


@pytest.mark.parametrize(
    ("since", "until", "known"),
    [
        pytest.param(0, 0, True, id="on its only day"),
        pytest.param(1, 2, False, id="before its first day"),
        pytest.param(-2, -1, False, id="after its last day"),
    ],
)
def test_the_coding_policy_has_to_be_in_date(tree: Path, since: int, until: int, known: bool) -> None:
    remember(tree, "a.py", under=rules(tree, since, until))

    assert passed(tree, "a.py") is known


@pytest.mark.parametrize("name", ["a.py", "gatekeeper.toml"])
def test_links_are_not_followed(tree: Path, name: str) -> None:
    remember(tree, "a.py")
    (tree / name).rename(tree / "elsewhere")
    (tree / name).symlink_to(tree / "elsewhere")

    with pytest.raises(OSError, match="plain file") if name == "a.py" else _nothing():
        assert not passed(tree, "a.py")


class _nothing:  # noqa: N801 - stands beside pytest.raises
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


def test_rules_reached_through_a_linked_folder_are_not_believed(tree: Path) -> None:
    (tree / "rules").mkdir()
    file = tree / "rules" / "coding.toml"
    file.write_text("x")
    under = seen.rules("2000-01-01", "9999-12-31", [(str(file), digest(file))])
    remember(tree, "a.py", under=under)
    assert passed(tree, "a.py")

    (tree / "rules").rename(tree.parent / "outside")
    (tree / "rules").symlink_to(tree.parent / "outside")

    assert not passed(tree, "a.py")


def test_without_rules_nothing_is_known(tree: Path) -> None:
    remember(tree, "a.py", under=seen.rules("2000-01-01", "9999-12-31", []))

    assert not passed(tree, "a.py")


def test_what_is_no_plain_file_is_an_error_of_the_caller(tree: Path) -> None:
    remember(tree, "a.py")
    (tree / "folder.py").mkdir()
    os.mkfifo(tree / "pipe.py")

    for name in ("folder.py", "pipe.py", "missing.py"):
        with pytest.raises(OSError, match="plain file"):
            passed(tree, name)


def test_a_key_that_others_can_read_ends_it(tree: Path) -> None:
    remember(tree, "a.py")
    (Path(os.environ["HOME"]) / ".local/state/gatekeeper/cache-key").chmod(0o644)

    assert not passed(tree, "a.py")


def test_results_of_a_scan_are_no_answers(tree: Path) -> None:
    remember(tree, "a.py")
    kept = Path(OwnFile(str(tree), seen.PURPOSE, os.environ).path)
    kept.rename(OwnFile(str(tree), "scan", os.environ).path)

    assert OwnFile(str(tree), "scan", os.environ).read() == b""


def test_nothing_is_kept_without_end(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "MOST_FILES", 1)
    remember(tree, "a.py")
    remember(tree, "b.py")

    assert passed(tree, "b.py")
    assert not passed(tree, "a.py")


@given(NAMES, NAMES, st.sampled_from(["0" * 64, "1" * 64]), st.sampled_from(["0" * 64, "1" * 64]))
def test_a_fact_is_one_line_and_says_one_thing(one: str, other: str, first: str, second: str) -> None:
    assert b"\n" not in seen.fact(one, first)
    assert (seen.fact(one, first) == seen.fact(other, second)) == ((one, first) == (other, second))
    assert seen.fact(one, first).partition(b" ")[2].decode("unicode_escape") == one


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs a file that is longer than it says, as in Linux's /proc"
)
def test_what_is_not_as_long_as_it_says_is_no_plain_file() -> None:
    assert Path("/proc/self/status").read_bytes()
    assert plain_bytes("/proc/self/status", 1 << 20) is None

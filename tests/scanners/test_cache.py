"""The cache saves time and never a finding: damaged, foreign or stale, it is as if it were not there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.scanners import own_file, toolchain
from gatekeeper.scanners.cache import Store
from gatekeeper.scanners.own_file import OwnFile
from gatekeeper.scanners.scan import Scan, scan

BAD = "eval(input())\n"
PATHS = ("a.py", "b.py")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a.py").write_text(BAD)
    (root / "b.py").write_text("x = 1\n")
    return root


def store_file() -> Path:
    [found] = (Path(os.environ["HOME"]) / ".cache" / "gatekeeper").glob("scan-*")
    return found


def key_file() -> Path:
    return Path(os.environ["HOME"]) / ".local" / "state" / "gatekeeper" / "cache-key"


def warmed(root: Path) -> Scan:
    scan(root, PATHS, warm=True)
    done = scan(root, PATHS, warm=True)
    assert done.cached == 2
    return done


def found_by(done: Scan) -> list[str]:
    return [issue.test for file in done.files for issue in file.issues]


def test_what_comes_from_the_cache_is_what_a_scan_says(tree: Path) -> None:
    cold = scan(tree, PATHS)
    warm = warmed(tree)

    assert warm.files == cold.files
    assert warm.tools == cold.tools
    assert "warm (2 of 2" in warm.how
    assert "cold" in cold.how


def test_where_all_is_known_bandit_is_not_loaded(tree: Path, python: str) -> None:
    warmed(tree)
    program = (
        "import sys; from pathlib import Path; from gatekeeper.scanners.scan import scan; "
        f"done = scan(Path({str(tree)!r}), {PATHS!r}, warm=True); "
        "sys.exit(f'{done.cached} {\"bandit\" in sys.modules}' if done.cached != 2 or 'bandit' in sys.modules else 0)"
    )
    # A process of its own has another import path, and with it another cache: warm it once, then look.
    subprocess.run([python, "-I", "-c", program], capture_output=True, check=False)
    done = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_one_changed_file_is_scanned_again(tree: Path) -> None:
    warmed(tree)
    (tree / "b.py").write_text("exec(x)\n")

    done = scan(tree, PATHS, warm=True)

    assert done.cached == 1
    assert found_by(done) == ["B307", "B102"]


def test_the_same_content_under_another_name_is_scanned(tree: Path) -> None:
    warmed(tree)
    (tree / "c.py").write_text(BAD)

    assert scan(tree, ("c.py",), warm=True).cached == 0


def test_what_could_not_be_judged_is_not_kept(tree: Path) -> None:
    (tree / "a.py").write_text("def broken(:\n")
    scan(tree, PATHS, warm=True)

    done = scan(tree, PATHS, warm=True)

    assert done.cached == 1
    assert done.files[0].unread


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_change_to_the_stored_bytes_hides_a_finding(tree: Path, data: st.DataObject) -> None:
    warmed(tree)
    good = store_file().read_bytes()
    raw = bytearray(good)
    match data.draw(st.sampled_from(["flip", "cut", "add", "empty"])):
        case "flip":
            raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
        case "cut":
            del raw[data.draw(st.integers(0, len(raw) - 1)) :]
        case "add":
            raw += data.draw(st.binary(min_size=1, max_size=40))
        case _:
            raw.clear()
    store_file().write_bytes(bytes(raw))

    done = scan(tree, PATHS, warm=True)

    assert done.cached == 0
    assert found_by(done) == ["B307"]


def test_a_store_without_its_key_or_with_another_is_nothing(tree: Path) -> None:
    warmed(tree)
    key_file().unlink()

    assert scan(tree, PATHS, warm=True).cached == 0  # a new key was made


def test_a_store_made_with_a_key_of_somebodys_choice_is_nothing(tree: Path) -> None:
    warmed(tree)
    key_file().write_bytes(b"k" * 32)
    Store(tree, os.environ).keep(toolchain.load(tree), "fast", scan(tree, PATHS).files)
    key_file().write_bytes(b"l" * 32)

    assert scan(tree, PATHS, warm=True).cached == 0


@pytest.mark.parametrize("which", [store_file, key_file])
def test_what_others_can_write_is_not_believed(tree: Path, which: object) -> None:
    warmed(tree)
    assert callable(which)
    which().chmod(0o666)

    assert scan(tree, PATHS, warm=True).cached == 0


def test_a_store_that_is_a_link_is_not_followed(tree: Path) -> None:
    warmed(tree)
    moved = store_file().rename(tree.parent / "elsewhere")
    Path(OwnFile(str(tree), "scan", os.environ).path).symlink_to(moved)

    assert scan(tree, PATHS, warm=True).cached == 0


def test_a_store_of_another_tree_is_not_used(tree: Path, tmp_path: Path) -> None:
    warmed(tree)
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.py").write_text(BAD)

    assert scan(other, ("a.py",), warm=True).cached == 0


def test_a_store_of_another_tree_is_nothing_under_its_name_either(tree: Path, tmp_path: Path) -> None:
    warmed(tree)
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.py").write_text(BAD)
    store_file().rename(OwnFile(str(other), "scan", os.environ).path)

    assert scan(other, ("a.py",), warm=True).cached == 0


def test_a_cache_inside_the_scanned_tree_is_not_used(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tree / "cache"))
    scan(tree, PATHS, warm=True)

    assert scan(tree, PATHS, warm=True).cached == 0
    assert not (tree / "cache").exists()


def test_another_bandit_python_or_gatekeeper_starts_anew(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warmed(tree)
    monkeypatch.setattr(own_file, "fingerprint", lambda root: b"another installation")

    assert scan(tree, PATHS, warm=True).cached == 0


def test_what_a_foreign_plugin_had_a_part_in_is_not_kept(tree: Path) -> None:
    tools = msgspec.structs.replace(toolchain.load(tree), foreign=("X101 (team.plugin)",))
    store = Store(tree, os.environ)

    store.keep(tools, "stock", scan(tree, PATHS).files)

    assert Store(tree, os.environ).tools is None


def test_without_a_home_there_is_no_cache_and_no_fault(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    scan(tree, PATHS, warm=True)

    done = scan(tree, PATHS, warm=True)

    assert done.cached == 0
    assert found_by(done) == ["B307"]


def test_a_cold_scan_does_not_look_at_the_cache(tree: Path) -> None:
    warmed(tree)

    assert scan(tree, PATHS).cached == 0

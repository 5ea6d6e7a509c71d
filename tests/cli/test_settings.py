"""Root, policy and its pin: a change cannot lower its own bar."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gatekeeper.cli.app import run
from gatekeeper.cli.settings import Settings
from gatekeeper.model.errors import PolicyError, UsageError

TEXT = 'schema = 1\n[product]\nname = "pump"\nversion = "1.0"\nmanufacturer = "Example"\n'


@pytest.fixture
def product(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "gatekeeper.toml").write_text(TEXT)
    (tmp_path / "src").mkdir()
    return tmp_path


def test_the_policy_is_found_from_a_folder_below(product: Path) -> None:
    settings = Settings(str(product / "src"))

    assert settings.root == product
    assert settings.load_policy({}).product.name == "pump"


def test_the_pinned_policy_is_read(product: Path) -> None:
    pin = hashlib.sha256(TEXT.encode()).hexdigest()

    assert Settings(str(product), policy_sha256=f" {pin.upper()}").load_policy({}).sha256 == pin


def test_another_policy_than_the_pinned_one_is_refused(product: Path) -> None:
    with pytest.raises(PolicyError, match="is pinned"):
        Settings(str(product), policy_sha256="0" * 64).load_policy({})


def test_no_policy_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Settings(str(tmp_path)).load_policy({})

    assert "gatekeeper init" in caught.value.advice


@pytest.mark.parametrize(
    ("env", "color", "colored"),
    [
        pytest.param({"NO_COLOR": "1"}, "always", False, id="NO_COLOR beats all"),
        pytest.param({}, "always", True, id="asked for"),
        pytest.param({}, "never", False, id="refused"),
        pytest.param({"FORCE_COLOR": "1"}, "auto", True, id="forced"),
        pytest.param({}, "auto", False, id="not a terminal"),
    ],
)
def test_colour(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], color: str, colored: bool) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    assert Settings(color=color).colored() is colored


@pytest.mark.parametrize("words", [("--policy-sha256", ""), ("--policy-sha256", "  "), ("--policy", "")])
def test_an_empty_option_is_not_taken_for_one_that_was_left_out(
    product: Path, words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """`--policy-sha256 "$PIN"`, where nobody set PIN, must not release under any policy."""
    assert run(["-C", str(product), *words, "check"]) == 2
    assert words[0] in capsys.readouterr().err

"""What the scanner's tests share."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def load(path: Path) -> ModuleType:
    """A module by its file: neither tests nor bench are packages."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def stock_report(repository: Path) -> ModuleType:
    """Bandit's own report, ours in the same form, and their difference."""
    return load(repository / "bench" / "stock_report.py")


@pytest.fixture(scope="session")
def snippets() -> dict[str, str]:
    """One piece of code for each of Bandit's tests."""
    found: dict[str, str] = load(Path(__file__).with_name("snippets.py")).SNIPPETS
    return found

"""One sealed rehearsal for the whole run, copied for whoever changes it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gatekeeper.dossier.seal import seal
from gatekeeper.model.words import Decision
from tests.dossier.product import Product


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product.make(tmp_path / "product")


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rehearsal's dossier; read it, never change it."""
    place = tmp_path_factory.mktemp("sealed")
    target = place / "dossier"
    record = seal(Product.make(place / "product").order(target))
    assert record.decision is Decision.RELEASE, record.reasons
    return target


@pytest.fixture
def dossier(sealed: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""
    return Path(shutil.copytree(sealed, tmp_path / "dossier"))

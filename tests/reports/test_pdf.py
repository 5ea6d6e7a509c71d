"""The PDF carries the record itself, fetches nothing, and is the same for the same record."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from gatekeeper.model.errors import ToolError
from gatekeeper.model.record import Record, statement, to_bytes
from gatekeeper.model.report import Options
from gatekeeper.reports import pdf

RAW = "record.json"

# weasyprint leaves the file of its colour profile to the garbage collector; nothing of ours is left open.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


def _drawable() -> bool:
    try:
        import weasyprint  # noqa: F401 - only whether it and its native libraries are there
    except (ImportError, OSError):
        return False
    return True


needs_extra = pytest.mark.skipif(not _drawable(), reason="needs the extra pdf (weasyprint) and pango")


@pytest.fixture
def short(released: Record) -> Record:
    """A few clauses are enough, and drawn ten times faster than all."""
    return msgspec.structs.replace(released, clauses=released.clauses[:4])


@needs_extra
@pytest.mark.skipif(shutil.which("pdfdetach") is None, reason="needs poppler-utils")
def test_the_record_travels_in_the_report(short: Record, tmp_path: Path) -> None:
    raw = to_bytes(statement(short))
    digest = hashlib.sha256(raw).hexdigest()
    made = pdf.REPORT.render(short, Options(lang="both", record_sha256=digest))
    assert isinstance(made, bytes)
    file = tmp_path / "report.pdf"
    file.write_bytes(made)
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, file], check=True)
    assert (tmp_path / RAW).read_bytes() == raw
    text = subprocess.run(["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True).stdout
    assert "RELEASE ALLOWED" in text
    assert "リリース可" in text
    assert digest[:16] in text
    told = subprocess.run(["pdfinfo", "-meta", file], check=True, capture_output=True, text=True).stdout
    assert 'pdfaid:part="3" pdfaid:conformance="A"' in told


@needs_extra
def test_the_same_record_gives_the_same_bytes(short: Record) -> None:
    assert pdf.REPORT.render(short, Options()) == pdf.REPORT.render(short, Options())


def test_a_record_with_another_digest_is_not_attached(record: Record) -> None:
    with pytest.raises(ToolError, match="SHA-256"):
        pdf.REPORT.render(record, Options(record_sha256="7" * 64))


def test_without_the_extra_it_says_what_to_install(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ToolError, match="not installed") as caught:
        pdf.REPORT.render(record, Options())
    assert "release-gatekeeper[pdf]" in caught.value.advice


def test_nothing_is_fetched() -> None:
    with pytest.raises(ValueError, match="must not fetch"):
        pdf._nothing("https://example.invalid/x.png")

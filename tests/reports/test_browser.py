"""The auditor's page in a real browser: accessible, silent, deaf to planted scripts, and whole on paper."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.model.record import Record
from gatekeeper.model.report import Lang, Options, Paper
from gatekeeper.reports.html import REPORT

NODE = Path(__file__).parent / "node"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGES: tuple[tuple[Lang, Paper, str], ...] = (
    ("en", "a4", "blocked"),
    ("ja", "a4", "released"),
    ("both", "letter", "released"),
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on PATH"),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, record: Record, released: Record) -> list[Path]:
    folder = tmp_path_factory.mktemp("pages")
    files = []
    for lang, paper, name in PAGES:
        shown, before = (record, None) if name == "blocked" else (released, record)
        history = (before,) if before else ()
        page = REPORT.render(shown, Options(lang=lang, paper=paper, previous=before, history=history))
        file = folder / f"{name}.{lang}.html"
        file.write_text(str(page), encoding="utf-8")
        files.append(file)
    return files


@pytest.fixture(scope="module")
def seen(pages: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    if not (NODE / "node_modules").is_dir() or shutil.which("node") is None:
        pytest.skip("needs node, and `npm ci` in tests/reports/node")
    home = tmp_path_factory.mktemp("browser")
    command = ["node", "look.mjs", str(CHROMIUM), *map(str, pages)]
    done = subprocess.run(
        command, cwd=NODE, env={"PATH": "/usr/bin:/bin", "HOME": str(home)}, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.node
def test_axe_finds_no_barrier(seen: list[dict[str, Any]], pages: list[Path]) -> None:
    assert len(seen) == len(pages)
    assert [(Path(page["path"]).name, page["violations"]) for page in seen if page["violations"]] == []
    assert all(page["passes"] > 25 for page in seen)


@pytest.mark.node
def test_the_page_loads_itself_only_and_nothing_planted_runs(seen: list[dict[str, Any]]) -> None:
    for page in seen:
        assert page["requests"] == [page["url"]]
        assert page["complaints"] == []
        assert page["refused"] == ["csp"]
        assert page["styled"] == "10px"  # the style bound by its digest is in force
        assert page["ran"] is False


@pytest.mark.node
def test_nothing_stays_folded_on_paper(seen: list[dict[str, Any]]) -> None:
    assert [page["folded"] for page in seen] == [0] * len(seen)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (poppler-utils)")
def test_it_prints_with_footer_and_page_numbers(pages: list[Path], tmp_path: Path) -> None:
    page = next(p for p in pages if p.name == "blocked.en.html")
    out = tmp_path / "page.pdf"
    subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--no-pdf-header-footer", f"--print-to-pdf={out}", page.as_uri()],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    text = subprocess.run(["pdftotext", "-layout", out, "-"], check=True, capture_output=True, text=True).stdout
    sheets = text.split("\f")[:-1]
    assert len(sheets) > 3
    for number, sheet in enumerate(sheets, 1):
        assert f"{number} / {len(sheets)}" in sheet
        assert "gatekeeper · pump-link 2.3.1" in sheet
    assert "BLOCKED" in sheets[0]

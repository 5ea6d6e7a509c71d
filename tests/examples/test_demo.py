"""What `make demo` shows is so: refused, rehearsed, verified, and refused again after one byte changed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.install, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def demo(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "shown here"
    script = repository / "examples" / "demo.sh"
    done = subprocess.run([script, folder], capture_output=True, text=True, env=os.environ, check=False)
    if "Failed to fetch" in done.stderr:
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (folder / "said").write_text(done.stdout)
    return folder


def predicate(dossier: Path) -> dict[str, Any]:
    return json.loads((dossier / "record.json").read_text())["predicate"]


def test_the_refusal_names_the_planted_faults(demo: Path) -> None:
    record = predicate(demo / "refusal")

    failed = {r["id"] for r in record["rules"] if r["outcome"] == "failed"}
    assert record["decision"] == "block"
    assert {"CODE-01", "ISSUE-08"} <= failed


def test_the_rehearsal_has_no_failed_blocking_rule_and_says_what_it_is(demo: Path) -> None:
    record = predicate(demo / "dossier")

    assert (record["decision"], record["mode"]) == ("release", "rehearsal")
    assert [r["id"] for r in record["rules"] if r["outcome"] in ("failed", "undecided") and r["severity"] == "block"] == []


def test_every_subclause_of_5_8_is_answered(demo: Path) -> None:
    status = {c["id"]: c["status"] for c in predicate(demo / "dossier")["clauses"] if c["id"].startswith("5.8.")}

    assert len(status) == 7
    assert set(status.values()) <= {"met", "met-with-remark", "met-with-deviation"}, status


def test_the_dossier_can_be_checked_without_us(demo: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=demo / "dossier", check=False)

    assert done.returncode == 0


def test_it_ends_with_the_place_of_the_report(demo: Path) -> None:
    assert (demo / "dossier" / "report.html").is_file()
    assert f"{demo}/dossier/report.html" in (demo / "said").read_text()


def test_its_sbom_was_built_and_passes_both_profiles(demo: Path) -> None:
    rules = {r["id"]: r["outcome"] for r in predicate(demo / "dossier")["rules"] if r["check"] == "sbom"}
    said = (demo / "said").read_text()

    assert "--profile cisa-2026 --profile fda" in said
    assert {rule: outcome for rule, outcome in rules.items() if outcome != "passed"} == {}

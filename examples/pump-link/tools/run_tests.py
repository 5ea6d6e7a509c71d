"""Run the security tests kind by kind; leave a JUnit report and the statement of the run for each.

    python tools/run_tests.py evidence COMMIT

A statement binds its report to commit, version and exit status, so that neither a report of another commit nor a
runner that was silenced can pass for a good one.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

KINDS = {
    "requirements": ["tests/test_cli.py", "tests/test_log.py"],
    "mitigation": ["tests/test_link.py", "tests/test_report.py", "tests/test_download.py"],
    "vulnerability": ["tests/test_link.py", "tests/test_log.py"],
}


class Counter:
    """Counts what pytest was told to leave out."""

    def __init__(self) -> None:
        self.deselected = 0

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.deselected += len(items)


def main(folder: str, commit: str) -> int:
    sys.path += [str(path) for path in Path(".venv").glob("lib/python*/site-packages")]
    version = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    worst = 0
    for kind, files in KINDS.items():
        report, counter = Path(folder) / f"{kind}.xml", Counter()
        started = datetime.now(UTC)
        status = int(pytest.main(["-q", "-p", "no:cacheprovider", f"--junitxml={report}", *files], plugins=[counter]))
        statement = {
            "report-sha256": hashlib.sha256(report.read_bytes()).hexdigest(),
            "commit": commit,
            "version": version,
            "exit-status": status,
            "started": started.isoformat(),
            "finished": datetime.now(UTC).isoformat(),
            "command": ["pytest", *files],
            "deselected": counter.deselected,
            "tester": "t.abe",
            "organisation": "Example Devices, test group",
            "independence": "department",
        }
        report.with_suffix(".run.json").write_text(json.dumps(statement, indent=2) + "\n", encoding="utf-8")
        worst = max(worst, status)
    return worst


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

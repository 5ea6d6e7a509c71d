"""Our results in the form of Bandit's own JSON report, and where two such reports differ. For tests and benchmarks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gatekeeper.scanners.results import FileScan, Issue

PARTS = ("results", "metrics", "errors")


def stock(*paths: Path, cwd: Path) -> dict[str, Any]:
    """Run `bandit -q -r -f json` as its users do, and read its report."""
    command = [sys.executable, "-I", "-m", "bandit", "-q", "-r", "-f", "json", *map(str, paths)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"bandit ended with {done.returncode}: {done.stderr[-500:]!r}")
    report = json.loads(done.stdout)
    return {part: report[part] for part in PARTS}


def ours(files: Iterable[FileScan], root: Path) -> dict[str, Any]:
    """What stock Bandit would have written for the same results: comments obeyed, counts as it counts."""
    metrics: dict[str, dict[str, int]] = {"_totals": _totals()}
    results, errors = [], []
    for file in files:
        name = str(root / file.path)
        metrics[name] = _metrics(file)
        if file.unread:
            errors.append({"filename": name, "reason": file.unread})
        results += [_result(name, issue) for issue in file.issues if not issue.hidden_by]
    total: Counter[str] = Counter()
    for row in metrics.values():
        total.update(row)
    metrics["_totals"] = dict(total)
    results.sort(key=lambda row: row["filename"])
    return {"results": results, "metrics": metrics, "errors": errors}


def _totals() -> dict[str, int]:
    from bandit.core.constants import CRITERIA, RANKING

    return {"loc": 0, "nosec": 0, "skipped_tests": 0} | {f"{c}.{rank}": 0 for rank in RANKING for c, _ in CRITERIA}


def _metrics(file: FileScan) -> dict[str, int]:
    row = {"loc": file.loc, "nosec": file.nosec, "skipped_tests": file.skipped_tests}
    if file.unread:
        return row
    row |= {key: 0 for key in _totals() if "." in key}
    for issue in file.issues:
        if not issue.hidden_by:
            row[f"SEVERITY.{issue.severity}"] += 1
            row[f"CONFIDENCE.{issue.confidence}"] += 1
    return row


def _result(name: str, issue: Issue) -> dict[str, Any]:
    from bandit.core.docs_utils import get_url
    from bandit.core.issue import Issue as BanditIssue

    raw = BanditIssue(issue.severity, issue.cwe, issue.confidence, issue.text, lineno=issue.line, test_id=issue.test)
    raw.fname, raw.test, raw.linerange = name, issue.name, list(range(issue.first, issue.last + 1))
    raw.col_offset, raw.end_col_offset = issue.column, issue.end_column
    return raw.as_dict(max_lines=3) | {"more_info": get_url(issue.test)}


def difference(stock_report: dict[str, Any], our_report: dict[str, Any]) -> str:
    """Where the reports differ first, in words; empty where they are equal, order included."""
    for part in PARTS:
        a, b = stock_report[part], our_report[part]
        if a == b:
            continue
        if part == "metrics":
            name = next(key for key in {**a, **b} if a.get(key) != b.get(key))
            return f"metrics of {name}: {a.get(name)} and ours {b.get(name)}"
        first = next((pair for pair in zip(a, b, strict=False) if pair[0] != pair[1]), None)
        if first is None:
            return f"{part}: {len(a)} and ours {len(b)}"
        changed = {key: (value, first[1].get(key)) for key, value in first[0].items() if value != first[1].get(key)}
        return f"{part}: {first[0].get('filename')}: {changed}"
    return ""

"""JSON and HTML of a record with many findings, against json.dumps(indent=2) and a plain jinja2 table of the same rows.

Paired and in turns in one process; figures are CPU seconds (the machine may be shared), sizes in bytes. Usage:
python bench/reports.py [FINDINGS ...]
"""

from __future__ import annotations

import hashlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jinja2
import msgspec

from gatekeeper.cli.compare import COMMAND
from gatekeeper.history.changes import changes
from gatekeeper.history.ledger import FIRST, entry, ledger
from gatekeeper.model.check import Product
from gatekeeper.model.clauses import clause_rows
from gatekeeper.model.facts import SourceFact
from gatekeeper.model.finding import Where
from gatekeeper.model.record import FindingRow, PolicyRow, Record, RuleRow, statement, to_bytes
from gatekeeper.model.report import Options
from gatekeeper.model.rule import Text
from gatekeeper.model.words import Decision, Level, Mode, Outcome
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.reports.html import REPORT as HTML
from gatekeeper.reports.json import REPORT as JSON

TIMES = 3
RECORDS = 1000
PLAIN = """<!DOCTYPE html><html><body><table>
{% for r in rows %}<tr><td>{{ r.rule }}</td><td>{{ r.level }}</td><td>{{ r.where.path }}:{{ r.where.line }}</td>
<td>{{ r.message }}</td><td>{{ r.fingerprint }}</td><td>{{ r.note }}</td><td>{{ r.deviation }}</td></tr>
{% endfor %}</table></body></html>"""


def record(findings: int) -> Record:
    """A record with every rule of the rulebook, and the findings spread over the rules of the code."""
    book = rulebook()
    levels = tuple(Level)
    found = [
        FindingRow(
            message=f"subprocess call with shell=True identified in step {n}",
            where=Where(f"package/module_{n % 997}.py", n % 4000 + 1, 5),
            fingerprint=hashlib.sha256(str(n).encode()).hexdigest()[:16],
            level=levels[n % 4],
            deviation="DEV-2026-014" if n % 10 == 0 else "",
            note="B602",
        )
        for n in range(findings)
    ]
    rules = tuple(
        RuleRow(
            id=rule.id, title=rule.title, check=rule.check, basis=rule.basis, severity=rule.severity,
            outcome=Outcome.FAILED if rule.id == "CODE-01" and found else Outcome.PASSED, clauses=rule.clauses,
            observed=("214 files, 0 findings at or above medium",), doubts=(), not_applicable="",
            remedy=rule.remedy if rule.id == "CODE-01" and found else Text("", ""),
            findings=tuple(found) if rule.id == "CODE-01" else (), evidence="e" * 64,
        )
        for rule in book.rules.values()
    )  # fmt: skip
    return Record(
        record_id="bench", decision=Decision.BLOCK, reasons=(), stage="sealed", mode=Mode.CI,
        product=Product(name="pump-link", version="1.0", manufacturer="Example Devices"), source=SourceFact(),
        policy=PolicyRow(sha256="1" * 64, deviations_sha256="", profiles=("iec",), conformance_route="clauses-4-9",
                         catalogue_version="1", catalogue_sha256="2" * 64, rules_version="1", rules_sha256="3" * 64),
        effective_time="2026-01-01T00:00:00Z", created="2026-01-01T00:00:00Z", gate_version="0", limits=(),
        rules=rules, outside=(), deferred=(), clauses=clause_rows(book, (), "clauses-4-9"), tools=(), artifacts=(),
        signatures=(), deviations=(), previous_record=FIRST,
    )  # fmt: skip


def ours(shown: Record) -> tuple[int, int]:
    options = Options(record_sha256="7" * 64)
    return len(str(JSON.render(shown, options)).encode()), len(str(HTML.render(shown, options)).encode())


def plain(rows: list[dict[str, object]], whole: dict[str, object]) -> tuple[int, int]:
    page = jinja2.Environment(autoescape=True).from_string(PLAIN).render(rows=rows)
    return len(json.dumps(whole, indent=2).encode()), len(page.encode())


def timed(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def rendering(count: int) -> None:
    shown = record(count)
    whole = msgspec.to_builtins(shown)
    rows = [{"rule": r["id"], "deviation": "", "note": "", **f} for r in whole["rules"] for f in r["findings"]]
    sizes, theirs = ours(shown), plain(rows, whole)
    times = TIMES if count <= 100_000 else 1
    pairs = [(timed(lambda: ours(shown)), timed(lambda: plain(rows, whole))) for _ in range(times)]
    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"| {count:,} | {mine:.3f} | {other:.3f} | {ratio:.2f} | {sizes[0]:,} | {sizes[1]:,} | {theirs[1]:,} |")


def chain(folder: Path) -> None:
    """A thousand dossiers of a whole product each, walked by the command."""
    previous, made = FIRST, record(20)
    for number in range(RECORDS):
        product = msgspec.structs.replace(made.product, version=f"1.{number}")
        raw = to_bytes(statement(msgspec.structs.replace(made, product=product, previous_record=previous)))
        previous = hashlib.sha256(raw).hexdigest()
        (folder / f"d{number:04}").mkdir()
        (folder / f"d{number:04}" / "record.json").write_bytes(raw)
    size = sum(f.stat().st_size for f in folder.glob("*/record.json"))
    wall = time.perf_counter()
    cpu = timed(lambda: COMMAND.main(["--ledger", str(folder), "-o", "json"], standalone_mode=False))
    wall = time.perf_counter() - wall
    raws = [f.read_bytes() for f in folder.glob("*/record.json")]
    assert not ledger(entry(r, hashlib.sha256(r).hexdigest(), str(n)) for n, r in enumerate(raws)).breaks
    print(f"\nLedger of {RECORDS} records, {size:,} bytes: {wall:.2f} s wall, {cpu:.2f} s CPU", file=sys.stderr)


def main(counts: list[int]) -> None:
    print("| findings | ours, CPU s | json.dumps(indent=2) + jinja2 | ratio | JSON | HTML | plain HTML |")
    print("|---|---|---|---|---|---|---|")
    for count in counts:
        rendering(count)
    a, b = record(20_000), record(20_001)
    print(f"\nchanges between two records of 20,000 findings: {timed(lambda: changes(a, b)):.3f} s CPU")
    with tempfile.TemporaryDirectory() as folder:
        chain(Path(folder))


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [1_000, 10_000, 100_000, 1_000_000])

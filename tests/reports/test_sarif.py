"""SARIF for code scanning: places, severities, fingerprints, suppressions and limits; our own strict reader reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.finding import Where
from gatekeeper.model.record import FindingRow, Record
from gatekeeper.model.report import Options
from gatekeeper.model.words import Level
from gatekeeper.reports import sarif
from gatekeeper.scanners.sarif import read


def run_of(record: Record) -> dict[str, Any]:
    (run,) = json.loads(sarif.render(record, Options()))["runs"]
    assert isinstance(run, dict)
    return run


def with_findings(record: Record, *found: FindingRow) -> Record:
    return msgspec.structs.replace(record, rules=(msgspec.structs.replace(record.rules[0], findings=found),))


def row(number: int, **more: Any) -> FindingRow:
    plain = {"message": "m", "where": Where("a.py", 1), "fingerprint": f"{number:016x}", "level": Level.HIGH}
    return FindingRow(**(plain | more))


def test_our_own_reader_believes_it(record: Record, tmp_path: Path) -> None:
    (tmp_path / "pumplink").mkdir()
    reports, faults = read(sarif.render(record, Options()).encode(), tmp_path)
    assert faults == ()
    (told,) = reports
    assert told.tool == "gatekeeper"
    assert {r.path for r in told.results} == {"pumplink/link.py", "pumplink/cache.py", "gatekeeper.toml", "a,b:c.py"}
    assert sorted(r.suppressed for r in told.results) == [False, False, False, True, True]
    shell = next(r for r in told.results if r.rule == "CODE-01/B602")
    assert (shell.level, shell.line, shell.column) == (Level.HIGH, 88, 9)


def test_a_run_with_undecided_rules_is_not_called_successful(record: Record, released: Record, tmp_path: Path) -> None:
    (blocked,) = read(sarif.render(record, Options()).encode(), tmp_path)[0]
    (good,) = read(sarif.render(released, Options()).encode(), tmp_path)[0]
    assert blocked.faults
    assert not good.faults


def test_each_result_names_its_rule_and_keeps_its_severity(record: Record) -> None:
    shown = with_findings(
        record,
        row(1, note="B602", level=Level.LOW),
        row(2, note="B602", level=Level.CRITICAL),
        row(3, note="B101", level=Level.LOW),
        row(4),
    )
    run = run_of(shown)
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])
    scores = {r["id"]: r["properties"]["security-severity"] for r in rules}
    assert scores == {"CODE-01": "8.0", "CODE-01/B602": "9.5", "CODE-01/B101": "2.0"}


def test_fingerprints_do_not_hang_on_lines(record: Record) -> None:
    before = run_of(with_findings(record, row(1)))["results"][0]["partialFingerprints"]
    after = run_of(with_findings(record, row(1, where=Where("a.py", 99))))["results"][0]["partialFingerprints"]
    assert before == after == {"gatekeeper/v1": f"{1:016x}"}


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b.py", "a%20b.py"),
        ("/etc/passwd", "etc/passwd"),
        ("../../x.py", "x.py"),
        ("..\\x.py", "x.py"),
        ("", "gatekeeper.toml"),
        ("日本.py", "%E6%97%A5%E6%9C%AC.py"),
        ("a:b?c#d.py", "a%3Ab%3Fc%23d.py"),
    ],
)
def test_a_path_stays_inside_the_root(record: Record, path: str, uri: str) -> None:
    place = run_of(with_findings(record, row(1, where=Where(path))))["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"] == {"uri": uri, "uriBaseId": "SRCROOT"}


@given(path=st.text(max_size=40))
def test_no_path_leaves_the_root(path: str) -> None:
    parts = sarif._path(path).split("/")
    assert ".." not in parts
    assert "" not in parts
    assert "".join(parts).isascii()


def test_beyond_the_limit_the_worst_stay_and_the_rest_is_counted(record: Record) -> None:
    many = [row(n, level=Level.LOW, note=f"N{n}") for n in range(sarif.MAX_RESULTS)]
    run = run_of(with_findings(record, *many, row(99_999, level=Level.CRITICAL)))
    assert len(run["results"]) == sarif.MAX_RESULTS
    assert len(run["tool"]["driver"]["rules"]) <= 25_000
    assert run["results"][0]["properties"]["level"] == "critical"
    assert run["properties"]["findingsLeftOut"] == 1
    assert run["properties"]["counts"]["findings"] == sarif.MAX_RESULTS + 1


def test_a_rule_has_at_most_the_tags_that_are_shown(record: Record) -> None:
    rule = msgspec.structs.replace(record.rules[0], clauses=tuple(f"5.{n}" for n in range(30)))
    run = run_of(msgspec.structs.replace(record, rules=(rule,)))
    assert all(len(r["properties"]["tags"]) <= 10 for r in run["tool"]["driver"]["rules"])


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("see [the fix](https://e.example)", "see \\[the fix](https://e.example)"),
        ("[a](1) and [b](2)", "\\[a](1) and \\[b](2)"),
        ("{0} of {12}", "{{0}} of {{12}}"),
        ("x[0] {name} [only] (this)", "x[0] {name} [only] (this)"),
    ],
)
def test_a_message_holds_no_link_and_no_placeholder(record: Record, said: str, shown: str) -> None:
    """SARIF viewers make links of `[text](target)` and put arguments into `{0}`; issue titles hold what they like."""
    code = record.rules[0]
    found = msgspec.structs.replace(code.findings[0], message=said, note="")
    rules = (msgspec.structs.replace(code, findings=(found,)),)
    (run,) = json.loads(sarif.render(msgspec.structs.replace(record, rules=rules), Options()))["runs"]
    assert run["results"][0]["message"]["text"].startswith(f"{shown}\n\nTo do:")

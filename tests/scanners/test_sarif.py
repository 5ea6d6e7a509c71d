"""SARIF is believed only as far as it says something: each way to say nothing is a row here."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.model.words import Level
from gatekeeper.scanners import sarif, sarif_values
from gatekeeper.scanners.sarif import Report

ROOT = Path("/product")
GOOD: dict[str, Any] = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": "Example",
                    "semanticVersion": "1.2.3",
                    "rules": [
                        {"id": "E1", "properties": {"security-severity": "8.1", "tags": ["external/cwe/cwe-78"]}}
                    ],
                }
            },
            "invocations": [{"executionSuccessful": True}],
            "versionControlProvenance": [{"repositoryUri": "https://example.invalid/r", "revisionId": "a" * 40}],
            "originalUriBaseIds": {"TOP": {"uri": "file:///product/"}, "SRC": {"uri": "src/", "uriBaseId": "TOP"}},
            "artifacts": [{"location": {"uri": "a.c", "uriBaseId": "SRC"}}],
            "results": [
                {
                    "ruleId": "E1",
                    "message": {"text": "seen"},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": "a.c", "uriBaseId": "SRC"},
                                "region": {"startLine": 2, "startColumn": 5},
                            }
                        }
                    ],
                }
            ],
        }
    ],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good document with one place set, or taken out where the value is `...`."""
    document = copy.deepcopy(GOOD)
    *above, last = [int(part) if part.isdecimal() else part for part in path.split("/")]
    place: Any = document
    for part in above:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


def read(document: Any) -> tuple[tuple[Report, ...], tuple[str, ...]]:
    return sarif.read(json.dumps(document).encode(), ROOT)


def test_a_good_report_is_read_whole() -> None:
    [report], faults = read(GOOD)

    assert not faults
    assert not report.faults
    assert (report.tool, report.version, report.stated_success) == ("Example", "1.2.3", True)
    assert (report.revisions, report.artifacts) == (("a" * 40,), ("src/a.c",))
    [result] = report.results
    assert (result.path, result.line, result.column, result.level, result.cwe) == ("src/a.c", 2, 5, Level.HIGH, 78)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("runs/0/results", None, id="CODE-06: results null"),
        pytest.param("runs/0/results", ..., id="CODE-06: results missing"),
        pytest.param("runs/0/results", {}, id="results an object"),
        pytest.param("runs/0/invocations/0/executionSuccessful", False, id="CODE-06: executionSuccessful false"),
        pytest.param("runs/0/invocations/0/executionSuccessful", ..., id="executionSuccessful missing"),
        pytest.param("runs/0/invocations/0/executionSuccessful", "true", id="executionSuccessful a word"),
        pytest.param("runs/0/invocations/0/exitCode", 139, id="an exit code of a crash"),
        pytest.param("runs/0/invocations/0/exitSignalNumber", 11, id="a run that a signal ended"),
        pytest.param("runs/0/invocations/0/exitSignalName", "SIGKILL", id="a run that a named signal ended"),
        pytest.param("runs/0/invocations/0/processStartFailureMessage", "none", id="a run that did not start"),
        pytest.param(
            "runs/0/invocations/0/toolExecutionNotifications",
            [{"level": "warning", "message": {"text": "Syntax error"}}],
            id="CODE-06: Semgrep's own SARIF for an unparsable file",
        ),
        pytest.param(
            "runs/0/invocations/0/toolExecutionNotifications", [{}], id="a notification whose level is the default"
        ),
        pytest.param(
            "runs/0/invocations/0/toolExecutionNotifications",
            [{"level": "error", "message": {"text": "syntax error while parsing AST from file"}}],
            id="CODE-06: Bandit's own SARIF for an unparsable file",
        ),
        pytest.param(
            "runs/0/invocations/0/toolConfigurationNotifications", [{"level": "fatal"}], id="an unknown level of trouble"
        ),
        pytest.param("runs/0/results/0/locations/0/physicalLocation/artifactLocation",
                     {"uri": "file:///etc/passwd"}, id="CODE-06: an absolute file URI outside the checkout"),
        pytest.param("runs/0/results/0/locations/0/physicalLocation/artifactLocation",
                     {"uri": "%2e%2e/other/a.c"}, id="a path that climbs out, escaped"),
        pytest.param("runs/0/results/0/locations/0/physicalLocation/artifactLocation",
                     {"uri": "https://example.invalid/a.c"}, id="a place on the network"),
        pytest.param("runs/0/artifacts/0/location", {"uri": "../a.c"}, id="an artifact outside"),
        pytest.param("runs/0/artifacts/0/location", {"uri": "http://[/a.c"}, id="an address that is none"),
        pytest.param("runs/0/externalPropertyFileReferences", {"results": [{"location": {}}]}, id="results elsewhere"),
        pytest.param("version", "2.0.0", id="another version"),
        pytest.param("runs", [], id="no runs"),
        pytest.param("runs", None, id="runs null"),
        pytest.param("runs/0/tool", {}, id="no driver"),
        pytest.param("runs/0/results/0", "text", id="a result that is none"),
    ],
)  # fmt: skip
def test_a_report_that_proves_nothing_has_a_fault(path: str, value: Any) -> None:
    reports, faults = read(changed(path, value))

    assert faults or any(report.faults for report in reports)


@pytest.mark.parametrize("path", ["runs/0/invocations", "runs/0/versionControlProvenance"])
def test_what_is_not_stated_is_not_assumed(path: str) -> None:
    [report], _ = read(changed(path, ...))

    assert not report.stated_success or not report.revisions


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        pytest.param({}, Level.HIGH, id="by the rule's score"),
        pytest.param({"properties": {"security-severity": "2.0"}}, Level.LOW, id="by the result's score"),
        pytest.param({"properties": {"security-severity": "9.0"}}, Level.CRITICAL, id="nine is critical"),
        pytest.param({"properties": {"security-severity": "none"}}, Level.CRITICAL, id="a score that is no number"),
        pytest.param({"properties": {"security-severity": 11}}, Level.CRITICAL, id="a score out of bounds"),
        pytest.param({"properties": {"security-severity": "nan"}}, Level.CRITICAL, id="not a number"),
        pytest.param({"ruleId": "E2"}, Level.CRITICAL, id="CODE-06: a result without security-severity"),
        pytest.param({"ruleId": "E2", "level": "error"}, Level.HIGH, id="by level: error"),
        pytest.param({"ruleId": "E2", "level": "note"}, Level.MEDIUM, id="by level: note"),
        pytest.param({"ruleId": "E2", "level": "none"}, Level.CRITICAL, id="by level: none is no severity"),
        pytest.param({"ruleId": "E2", "level": "grave"}, Level.CRITICAL, id="a level that nobody knows"),
        pytest.param({"ruleId": "E2", "properties": {"issue_severity": "MEDIUM"}}, Level.MEDIUM, id="Bandit's word"),
        pytest.param({"ruleId": "E2", "properties": {"issue_severity": "UNDEFINED"}}, Level.CRITICAL, id="undefined"),
    ],
)
def test_severity_falls_by_nothing(changes: dict[str, Any], level: Level) -> None:
    document = copy.deepcopy(GOOD)
    document["runs"][0]["results"][0] |= changes

    [report], _ = read(document)

    assert report.results[0].level is level


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {"suppressions": [{"kind": "inSource", "status": "accepted"}]}, id="CODE-06: accepted suppression"
        ),
        pytest.param({"suppressions": [{"kind": "external"}]}, id="a suppression without status"),
        pytest.param({"baselineState": "unchanged"}, id="CODE-06: baselineState unchanged"),
        pytest.param({"kind": "open"}, id="kind open"),
        pytest.param({"kind": "pass", "level": "error"}, id="a pass with the level of an error"),
        pytest.param({"kind": "informational", "level": "note"}, id="information with a level"),
        pytest.param({"kind": "review"}, id="kind review"),
        pytest.param({"kind": "surprise"}, id="a kind that nobody knows"),
    ],
)
def test_nothing_in_a_report_makes_a_result_go_away(changes: dict[str, Any]) -> None:
    document = copy.deepcopy(GOOD)
    document["runs"][0]["results"][0] |= changes

    [report], _ = read(document)

    assert len(report.results) == 1


@pytest.mark.parametrize("kind", sarif.NO_FINDING)
def test_what_says_that_all_is_well_is_no_finding(kind: str) -> None:
    [report], _ = read(changed("runs/0/results/0/kind", kind))

    assert report.results == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b'{"version": "2.1.0", "version": "2.1.0", "runs": []}',
        b'{"version": "2.1.0", "runs": [NaN]}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b"[]",
    ],
)
def test_what_is_no_single_document_within_bounds_is_refused(raw: bytes) -> None:
    assert sarif.read(raw, ROOT)[1]


def test_a_document_beyond_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif_values, "LARGEST", 100)

    assert "larger than" in sarif.read(json.dumps(GOOD).encode(), ROOT)[1][0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = st.sampled_from(
    [
        *("runs", "runs/0", "runs/0/tool", "runs/0/tool/driver", "runs/0/tool/driver/rules", "runs/0/tool/driver/name"),
        *("runs/0/invocations", "runs/0/invocations/0", "runs/0/results", "runs/0/results/0", "runs/0/artifacts/0"),
        *("runs/0/results/0/ruleId", "runs/0/results/0/message", "runs/0/results/0/locations", "runs/0/artifacts"),
        *(
            "runs/0/results/0/locations/0/physicalLocation",
            "runs/0/originalUriBaseIds",
            "runs/0/originalUriBaseIds/SRC",
        ),
        *("runs/0/results/0/locations/0/physicalLocation/region", "runs/0/versionControlProvenance", "version"),
        *(
            "runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri",
            "runs/0/tool/driver/rules/0/properties",
        ),
    ]
)


@settings(max_examples=300)
@given(PLACES, JSON)
def test_no_value_in_any_place_makes_a_traceback_or_loses_the_finding_silently(path: str, value: Any) -> None:
    reports, faults = read(changed(path, value))

    assert faults or all(report.faults or report.results or _emptied(path, value) for report in reports)
    assert all(not r.path.startswith(("/", "..")) for report in reports for r in report.results)


def _emptied(path: str, value: Any) -> bool:
    """Whether the change itself says, in so many words, that there is nothing."""
    if path == "runs/0/results":
        return value == [] or all(isinstance(row, dict) and row.get("kind") in sarif.NO_FINDING for row in value)
    return path == "runs" or (path == "runs/0" and value.get("results") == [])


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    reports, faults = sarif.read(data, ROOT)

    assert faults
    assert not reports


LOW = {"id": "E9", "properties": {"security-severity": "1.0"}}


@pytest.mark.parametrize(
    ("rules", "row"),
    [
        pytest.param([LOW], {"ruleIndex": 0}, id="an index of another rule"),
        pytest.param([{"id": "E1"}, LOW | {"id": "E1"}], {}, id="two rules of one id"),
        pytest.param(
            [LOW], {"ruleId": ..., "ruleIndex": 0, "rule": {"toolComponent": {"index": 0}}}, id="a rule of an extension"
        ),
        pytest.param([LOW], {"ruleIndex": True}, id="an index that is none"),
    ],
)
def test_the_severity_of_another_rule_is_not_taken(rules: list[dict[str, Any]], row: dict[str, Any]) -> None:
    document = changed("runs/0/tool/driver/rules", rules)
    result = document["runs"][0]["results"][0] | row
    document["runs"][0]["results"] = [{key: value for key, value in result.items() if value is not ...}]

    assert [r.level for r in read(document)[0][0].results] == [Level.CRITICAL]


@pytest.mark.parametrize(
    "row", [{"ruleIndex": 1}, {"ruleId": "E1/strict", "ruleIndex": 1}, {"ruleId": ..., "ruleIndex": 1}]
)
def test_the_severity_of_its_own_rule_is_taken(row: dict[str, Any]) -> None:
    document = changed("runs/0/tool/driver/rules", [LOW, {"id": "E1", "properties": {"security-severity": "5"}}])
    result = document["runs"][0]["results"][0] | row
    document["runs"][0]["results"] = [{key: value for key, value in result.items() if value is not ...}]

    assert [r.level for r in read(document)[0][0].results] == [Level.MEDIUM]


@pytest.mark.parametrize("descriptor", [{"id": "E1"}, {"index": 0}, {"id": "E1", "index": 0}])
def test_a_level_that_an_invocation_overrides_is_not_the_rules(descriptor: dict[str, Any]) -> None:
    document = changed("runs/0/tool/driver/rules", [{"id": "E1", "defaultConfiguration": {"level": "note"}}])
    override = {"descriptor": descriptor, "configuration": {"level": "error"}}
    document["runs"][0]["invocations"][0]["ruleConfigurationOverrides"] = [override]

    assert [r.level for r in read(document)[0][0].results] == [Level.CRITICAL]


@pytest.mark.parametrize(
    ("rule", "overrides", "off"),
    [
        ({}, [], ()),
        ({"defaultConfiguration": {"enabled": False}}, [], ("E1",)),
        ({"defaultConfiguration": {"enabled": False}}, [{"enabled": True}], ()),
        ({}, [{"enabled": False}], ("E1",)),
        ({}, [{"enabled": True}, {"enabled": False}], ("E1",)),
    ],
)
def test_rules_that_were_switched_off_are_named(
    rule: dict[str, Any], overrides: list[dict[str, Any]], off: tuple[str, ...]
) -> None:
    document = changed("runs/0/tool/driver/rules", [{"id": "E1"} | rule])
    rows = [{"descriptor": {"id": "E1"}, "configuration": each} for each in overrides]
    document["runs"][0]["invocations"][0]["ruleConfigurationOverrides"] = rows

    assert read(document)[0][0].off == off


@pytest.mark.parametrize(
    ("roles", "read_"),
    [
        (None, True),
        (["analysisTarget"], True),
        (["resultFile", "modified"], True),
        (["deleted"], False),
        (["toolSpecifiedConfiguration"], False),
    ],
)
def test_only_what_was_analysed_counts_as_read(roles: list[str] | None, read_: bool) -> None:
    document = changed("runs/0/artifacts/0/roles", roles) if roles else GOOD

    assert bool(read(document)[0][0].artifacts) is read_

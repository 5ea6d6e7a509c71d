"""SARIF, ZAP and plain lists of findings as test evidence: a clean scan must not be mistaken for one that never ran."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks._security_tests import scans
from gatekeeper.checks._security_tests.evidence import Found, ReportEntry
from gatekeeper.checks.security_tests import CHECK, Params, collect, facts
from gatekeeper.model.facts import Facts, IssueFact
from gatekeeper.model.words import Level, Outcome
from tests.checks.test_security_tests import COMMIT, ISSUES, SOURCE, Bench

SITE = "https://pump.example.test"
FORMS = ("sarif", "zap-json", "zap-xml", "findings")
KNOWN = ISSUES[0]


def sarif(*results: dict[str, Any], **run: Any) -> str:
    whole = {
        "tool": {"driver": {"name": "semgrep", "semanticVersion": "1.0.0", "rules": []}},
        "invocations": [{"executionSuccessful": True}],
        "artifacts": [{"location": {"uri": "src/link.py"}}],
        "results": list(results),
    }
    return json.dumps({"version": "2.1.0", "runs": [whole | run]})


def sarif_result(**more: Any) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": "src/link.py"}, "region": {"startLine": 7}}
    return {
        "ruleId": "R1",
        "level": "error",
        "message": {"text": "a fault"},
        "locations": [{"physicalLocation": place}],
    } | more


def alert(**more: Any) -> dict[str, Any]:
    places = [{"uri": f"{SITE}/login?id=1%27", "method": "GET", "param": "id"}]
    return {
        "pluginid": "40018", "alertRef": "40018", "name": "SQL Injection", "riskcode": "3", "confidence": "2",
        "instances": places, "count": "1",
    } | more  # fmt: skip


def zap_json(*alerts: dict[str, Any], **more: Any) -> str:
    site = {"@name": SITE, "@host": "pump.example.test", "@port": "443", "@ssl": "true", "alerts": list(alerts)}
    return json.dumps({"@programName": "ZAP", "@version": "2.16.1", "site": [site]} | more)


def zap_xml(*alerts: dict[str, Any]) -> str:
    def item(a: dict[str, Any]) -> str:
        places = "".join(
            f"<instance><uri>{i['uri']}</uri><method>{i['method']}</method><param>{i['param']}</param></instance>"
            for i in a["instances"]
        )
        fields = "".join(
            f"<{name}>{a[name]}</{name}>" for name in ("pluginid", "alertRef", "name", "riskcode", "count")
        )
        return f"<alertitem>{fields}<instances>{places}</instances></alertitem>"

    inner = "".join(map(item, alerts))
    return (
        f'<?xml version="1.0"?><OWASPZAPReport programName="ZAP" version="2.16.1"><site name="{SITE}">'
        f"<alerts>{inner}</alerts></site></OWASPZAPReport>"
    )


def plain(*findings: dict[str, Any], **more: Any) -> str:
    return json.dumps(
        {
            "schema": "gatekeeper.findings/1", "tool": "fuzzer", "tool_version": "3", "commit": COMMIT,
            "complete": True, "targets": [SITE], "findings": list(findings),
        }
        | more
    )  # fmt: skip


def row(**more: Any) -> dict[str, Any]:
    return {"id": "F-1", "severity": "high", "title": "A crash"} | more


CLEAN = {"sarif": sarif(), "zap-json": zap_json(), "zap-xml": zap_xml(), "findings": plain()}
FOUND = {
    "sarif": sarif(sarif_result()),
    "zap-json": zap_json(alert()),
    "zap-xml": zap_xml(alert()),
    "findings": plain(row()),
}
TARGETS = {"sarif": ("src/*.py",), "zap-json": (SITE,), "zap-xml": (SITE,), "findings": (SITE,)}


class Scans(Bench):
    """A bench whose vulnerability test is a scan."""

    form = "sarif"

    def scan(self, form: str, content: str, *, entry: dict[str, Any] | None = None, **run: Any):
        self.form = form
        self.write("scan.out", content)
        digest = hashlib.sha256(content.encode()).hexdigest()
        self.write("scan.run.json", json.dumps(self.run | {"report-sha256": digest} | run))
        found = ReportEntry(
            **{"kind": "vulnerability", "path": "scan.out", "format": form, "run": "scan.run.json",
               "targets": TARGETS[form]} | (entry or {}),
        )  # fmt: skip
        return self.judge(reports=(*self.params["reports"][:2], found))

    def ids(self, form: str, content: str) -> list[str]:
        return [f.id for f in scans.read(content.encode(), form, self.root).findings]


@pytest.fixture
def bench(tmp_path, gate) -> Scans:
    return Scans(tmp_path, gate)


@pytest.mark.parametrize("form", FORMS)
class TestEveryForm:
    def test_a_clean_scan_of_what_had_to_be_scanned_passes(self, bench, form):
        seen = bench.scan(form, CLEAN[form])
        assert {rule: seen.words(rule) for rule in CHECK.rules if seen.outcome(rule) is not Outcome.PASSED} == {}

    def test_a_finding_without_issue(self, bench, form):
        """TEST-01: a finding that became no issue."""
        seen = bench.scan(form, FOUND[form])
        assert seen.outcome("TEST-01") is Outcome.FAILED
        assert "became no issue" in seen.words("TEST-01")

    def test_a_finding_with_an_issue_of_the_policy(self, bench, form):
        (name,) = bench.ids(form, FOUND[form])
        found = {"findings": (Found(name, "PL-1"),)}
        assert bench.scan(form, FOUND[form], entry=found).outcome("TEST-01") is Outcome.PASSED

    def test_a_finding_that_an_issue_names(self, bench, form):
        (name,) = bench.ids(form, FOUND[form])
        bench.facts = Facts(source=SOURCE, issues=(msgspec.structs.replace(KNOWN, more={"findings": f"x {name}"}),))
        assert bench.scan(form, FOUND[form]).outcome("TEST-01") is Outcome.PASSED

    def test_an_issue_that_does_not_exist(self, bench, form):
        """ISSUE-15: an issue id typed wrong."""
        (name,) = bench.ids(form, FOUND[form])
        seen = bench.scan(form, FOUND[form], entry={"findings": (Found(name, "PL-11"),)})
        assert "does not exist" in seen.words("TEST-01")

    def test_a_finding_that_is_still_there_though_its_issue_is_fixed(self, bench, form):
        (name,) = bench.ids(form, FOUND[form])
        bench.facts = Facts(source=SOURCE, issues=(IssueFact("PL-1", "t", "closed", "closed", "high", "", "fixed"),))
        seen = bench.scan(form, FOUND[form], entry={"findings": (Found(name, "PL-1"),)})
        assert "still there" in seen.words("TEST-01")

    def test_a_mapping_to_a_finding_that_is_not_there(self, bench, form):
        seen = bench.scan(form, CLEAN[form], entry={"findings": (Found("gone", "PL-1"),)})
        assert seen.outcome("TEST-01") is Outcome.FAILED

    @pytest.mark.parametrize(
        ("rule", "run"),
        [
            pytest.param("TEST-01", {"commit": "b" * 40}, id="TEST-01: a report of another commit"),
            pytest.param("TEST-01", {"commit": ""}, id="TEST-01: a report without any commit"),
            pytest.param("TEST-01", {"version": "2.3.0"}, id="TEST-01: another version"),
            pytest.param("TEST-02", {"exit-status": 3}, id="TEST-02: failed invocation"),
            pytest.param("TEST-02", {"exit-status": -1}, id="TEST-02: no exit status"),
            pytest.param("TEST-02", {"report-sha256": "0" * 64}, id="TEST-02: a statement about another report"),
            pytest.param("TEST-04", {"finished": "2026-11-18T09:59:59+00:00"}, id="TEST-04: report before the commit"),
            pytest.param("TEST-08", {"tester": ""}, id="TEST-08: no tester named"),
        ],
    )
    def test_another_run(self, bench, form, rule, run):
        assert bench.scan(form, CLEAN[form], **run).outcome(rule) is Outcome.FAILED

    @pytest.mark.parametrize(
        "entry",
        [
            pytest.param({"run": ""}, id="TEST-02: no statement of the run"),
            pytest.param({"targets": ()}, id="TEST-02: the policy names no target"),
            pytest.param({"targets": ("https://other.example.test",)}, id="TEST-02: another target was scanned"),
            pytest.param({"tool": "another"}, id="TEST-02: made by another tool"),
        ],
    )
    def test_another_scan(self, bench, form, entry):
        assert bench.scan(form, CLEAN[form], entry=entry).outcome("TEST-02") is Outcome.FAILED

    @pytest.mark.parametrize("cut", [0.0, 0.5, 0.98])
    def test_cut_off(self, bench, form, cut):
        """TEST-02: a truncated report is undecided, not clean."""
        content = FOUND[form]
        assert bench.scan(form, content[: int(len(content) * cut)]).outcome("TEST-02") is Outcome.UNDECIDED

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param("[]", id="no object"),
            pytest.param("{}", id="empty object"),
            pytest.param('{"a": 1, "a": 2}', id="a key twice"),
            pytest.param("[" * 5000, id="nested without end"),
            pytest.param(
                '<!DOCTYPE a [<!ENTITY b "c">]><OWASPZAPReport version="2">&b;</OWASPZAPReport>', id="entity bomb"
            ),
            pytest.param("<testsuites/>", id="another root"),
        ],
    )
    def test_something_else(self, bench, form, content):
        assert bench.scan(form, content).outcome("TEST-01") is Outcome.UNDECIDED

    @pytest.mark.parametrize("kind", ["requirements", "mitigation"])
    def test_a_scan_shows_neither_requirements_nor_controls(self, bench, form, kind):
        """TEST-03: a scan that stands for tests of requirements."""
        seen = bench.scan(form, CLEAN[form], entry={"kind": kind})
        assert seen.outcome("TEST-01") is Outcome.FAILED
        assert seen.outcome("TEST-03") is Outcome.FAILED

    def test_its_facts_name_every_finding(self, bench, gate, form):
        """ISSUE-15 looks every one of them up."""
        (name,) = bench.ids(form, FOUND[form])
        bench.scan(form, FOUND[form])
        entry = ReportEntry(
            kind="vulnerability", path="scan.out", format=form, run="scan.run.json", findings=(Found(name, "PL-1"),)
        )
        table = Params(reports=(entry,))
        (fact,) = facts(collect(gate.context(bench.root), table), table).tests
        assert (fact.findings, fact.failures, fact.raised) == ((name,), 1, {name: "PL-1"})
        assert fact.tests == 1


class TestSarif:
    @pytest.mark.parametrize(
        "run",
        [
            pytest.param({"results": None}, id="no results at all: no scan was made"),
            pytest.param({"invocations": []}, id="nothing says that it went well"),
            pytest.param({"invocations": [{"executionSuccessful": False}]}, id="failed invocation"),
            pytest.param(
                {"invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [{"level": "error"}]}]},
                id="a part that was not scanned",
            ),
        ],
    )
    def test_a_failed_scan_is_undecided(self, bench, run):
        assert bench.scan("sarif", sarif(**run)).outcome("TEST-01") is Outcome.UNDECIDED

    def test_no_runs(self, bench):
        assert bench.scan("sarif", '{"version": "2.1.0", "runs": []}').outcome("TEST-01") is Outcome.UNDECIDED

    def test_another_commit_in_the_report_itself(self, bench):
        """TEST-02: the statement says one commit, the report another."""
        content = sarif(versionControlProvenance=[{"revisionId": "b" * 40}])
        assert bench.scan("sarif", content).outcome("TEST-02") is Outcome.FAILED

    def test_targets_of_the_run_statement_where_the_report_lists_none(self, bench):
        assert bench.scan("sarif", sarif(artifacts=[])).outcome("TEST-02") is Outcome.FAILED
        assert bench.scan("sarif", sarif(artifacts=[]), targets=["src/link.py"]).outcome("TEST-02") is Outcome.PASSED

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({"suppressions": [{"kind": "inSource"}]}, id="a suppression"),
            pytest.param({"baselineState": "unchanged"}, id="a baseline"),
            pytest.param({"level": "dreadful"}, id="unknown severity"),
        ],
    )
    def test_nothing_in_the_report_lowers_its_findings(self, bench, more):
        assert bench.scan("sarif", sarif(sarif_result(**more))).outcome("TEST-01") is Outcome.FAILED

    def test_a_second_place_is_another_finding(self, bench):
        other = json.loads(json.dumps(sarif_result()).replace("7", "9"))
        assert len(bench.ids("sarif", sarif(sarif_result(), sarif_result(), other))) == 2

    def test_of_duplicates_the_worst_counts(self, bench):
        content = sarif(sarif_result(level="note"), sarif_result(level="dreadful"))
        (found,) = scans.read(content.encode(), "sarif", bench.root).findings
        assert found.level is Level.CRITICAL


class TestZap:
    def test_json_and_xml_say_the_same(self, bench):
        assert bench.ids("zap-json", zap_json(alert())) == bench.ids("zap-xml", zap_xml(alert()))

    @pytest.mark.parametrize("form", ["zap-json", "zap-xml"])
    def test_zero_sites(self, bench, form):
        """TEST-02: nothing was scanned."""
        none = {"zap-json": zap_json(site=[]), "zap-xml": '<OWASPZAPReport version="2"></OWASPZAPReport>'}
        assert bench.scan(form, none[form], entry={"targets": ("*",)}).outcome("TEST-02") is Outcome.FAILED

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({"riskcode": "9"}, id="unknown severity"),
            pytest.param({"riskcode": ""}, id="no severity"),
            pytest.param({"confidence": "0"}, id="marked as false positive in the tool"),
        ],
    )
    def test_nothing_in_the_report_lowers_its_findings(self, bench, more):
        seen = bench.scan("zap-json", zap_json(alert(**more)))
        assert seen.outcome("TEST-01") is Outcome.FAILED
        if "riskcode" in more:
            assert "critical" in seen.words("TEST-01")

    def test_informational_alerts_are_none(self, bench):
        assert bench.scan("zap-json", zap_json(alert(riskcode="0"))).outcome("TEST-01") is Outcome.PASSED

    @pytest.mark.parametrize(("form", "make"), [("zap-json", zap_json), ("zap-xml", zap_xml)])
    def test_instances_that_are_declared_and_not_listed(self, bench, form, make):
        """TEST-02: truncated lists."""
        assert bench.scan(form, make(alert(count="12"))).outcome("TEST-02") is Outcome.FAILED

    def test_an_issue_about_one_place_does_not_answer_for_another(self, bench):
        (name,) = bench.ids("zap-json", zap_json(alert()))
        more = [*alert()["instances"], {"uri": f"{SITE}/admin", "method": "GET", "param": "id"}]
        content = zap_json(alert(instances=more, count="2"))
        seen = bench.scan("zap-json", content, entry={"findings": (Found(name, "PL-1"),)})
        assert seen.outcome("TEST-01") is Outcome.FAILED

    def test_what_the_tool_tried_does_not_change_the_finding(self, bench):
        other = json.loads(json.dumps(alert()).replace("1%27", "2%22"))
        assert bench.ids("zap-json", zap_json(alert())) == bench.ids("zap-json", zap_json(other))

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(zap_json(site=None), id="site is null"),
            pytest.param(zap_json(site=[{"@name": SITE}]), id="a site without list of alerts"),
            pytest.param(zap_json(site=[{"@name": " ", "alerts": []}]), id="a site without name"),
            pytest.param(zap_json(alert(alertRef="", pluginid="")), id="an alert without kind"),
            pytest.param(zap_json(alert(instances={})), id="instances are no list"),
            pytest.param(zap_json(**{"@version": 2}), id="no version"),
        ],
    )
    def test_not_whole(self, bench, content):
        assert bench.scan("zap-json", content).outcome("TEST-01") is Outcome.UNDECIDED

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(f'<OWASPZAPReport version="2"><site name="{SITE}"/></OWASPZAPReport>', id="no list of alerts"),
            pytest.param('<OWASPZAPReport version="2"><site><alerts/></site></OWASPZAPReport>', id="no name"),
            pytest.param("<OWASPZAPReport/>", id="no version"),
        ],
    )
    def test_not_whole_xml(self, bench, content):
        assert bench.scan("zap-xml", content).outcome("TEST-01") is Outcome.UNDECIDED


class TestPlain:
    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({"complete": False}, id="not completed"),
            pytest.param({"schema": "gatekeeper.findings/2"}, id="another form"),
            pytest.param({"tool": " "}, id="no tool"),
            pytest.param({"findings": [row(), row()]}, id="an id twice"),
            pytest.param({"findings": [row(), row(id=" F-1 ")]}, id="an id twice, by blanks"),
            pytest.param({"findings": None}, id="no findings is not null"),
            pytest.param({"extra": 1}, id="an unknown field"),
            pytest.param({"findings": [row(id="")]}, id="no id"),
        ],
    )
    def test_not_whole(self, bench, more):
        assert bench.scan("findings", plain(**more)).outcome("TEST-01") is Outcome.UNDECIDED

    def test_missing_is_not_none(self, bench):
        told = json.loads(plain())
        del told["findings"]
        assert bench.scan("findings", json.dumps(told)).outcome("TEST-01") is Outcome.UNDECIDED

    def test_zero_targets(self, bench):
        """TEST-02: zero targets."""
        assert bench.scan("findings", plain(targets=[]), entry={"targets": ("*",)}).outcome("TEST-02") is Outcome.FAILED

    @pytest.mark.parametrize("commit", [pytest.param("b" * 40, id="wrong commit"), pytest.param("", id="no commit")])
    def test_another_commit(self, bench, commit):
        assert bench.scan("findings", plain(commit=commit)).outcome("TEST-02") is Outcome.FAILED

    def test_an_unknown_severity_is_the_highest(self, bench):
        (found,) = scans.read(plain(row(severity="meh")).encode(), "findings", bench.root).findings
        assert found.level is Level.CRITICAL

    def test_too_many(self, bench, monkeypatch):
        monkeypatch.setattr(scans, "MOST_FINDINGS", 1)
        content = plain(row(), row(id="F-2"))
        assert bench.scan("findings", content).outcome("TEST-01") is Outcome.UNDECIDED

    def test_too_large(self, bench, monkeypatch):
        monkeypatch.setattr(scans, "LARGEST_SCAN", 10)
        assert bench.scan("findings", plain()).outcome("TEST-01") is Outcome.UNDECIDED


@given(st.sampled_from(FORMS), st.binary(max_size=300))
def test_bytes_from_anywhere_are_read_or_refused(tmp_path_factory, form, content):
    try:
        found = scans.read(content, form, tmp_path_factory.getbasetemp())
    except ValueError:
        return
    assert found.tool


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("zap-json", json.dumps({"@programName": "ZAP", "@version": "2.16.1", "site": []})),
        ("zap-xml", '<OWASPZAPReport programName="ZAP" version="2.16.1"/>'),
        ("findings", plain(targets=[])),
    ],
)
def test_a_report_that_could_name_its_targets_and_names_none_saw_nothing(tmp_path, gate, form, content):
    """TEST-02: the statement beside it does not say in its place what was scanned."""
    seen = Scans(tmp_path, gate).scan(form, content, targets=[SITE])
    assert "nothing was scanned" in seen.words("TEST-02")


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("zap-json", zap_json(**{"@generated": "Mon, 2 Nov 2020 10:00:00"})),
        ("zap-json", zap_json(created="2026-11-18T09:59:59.000000Z")),
        ("zap-xml", zap_xml().replace("<OWASPZAPReport", '<OWASPZAPReport generated="Mon, 2 Nov 2020 10:00:00"')),
        ("zap-xml", zap_xml().replace("<OWASPZAPReport", '<OWASPZAPReport created="2026-11-18T09:59:59Z"')),
    ],
)
def test_a_report_that_was_written_before_the_commit(tmp_path, gate, form, content):
    """TEST-04: whatever the statement beside it says."""
    assert "before the commit" in Scans(tmp_path, gate).scan(form, content).words("TEST-04")


@pytest.mark.parametrize("when", ["Thu, 19 Nov 2026 10:00:00", "木, 19 11月 2026 10:00:00", ""])
def test_a_report_that_was_written_after_it(tmp_path, gate, when):
    assert Scans(tmp_path, gate).scan("zap-json", zap_json(**{"@generated": when})).outcome("TEST-04") is Outcome.PASSED

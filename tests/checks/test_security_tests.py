from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks._security_tests import junit
from gatekeeper.checks._security_tests.evidence import (
    Found,
    NotRun,
    Penetration,
    Planned,
    ReportEntry,
    Tailored,
    forms,
)
from gatekeeper.checks.security_tests import CHECK, Params
from gatekeeper.model.facts import Facts, IssueFact, SourceFact
from gatekeeper.model.words import Outcome

COMMIT = "a" * 40
SOURCE = SourceFact(commit=COMMIT, committed="2026-11-18T10:00:00+00:00")
ISSUES = (IssueFact("issues#PL-1", "A finding", "closed", "closed", "low"),)
FACTS = Facts(source=SOURCE, issues=ISSUES)
KINDS = ("requirements", "mitigation", "vulnerability")
RISKS = {"risk-management": {"threats": "threats.toml"}}
CASE = '<testcase classname="tests.test_link" name="{}"/>'
PLANNED = "tests/test_link.py::test_one\ntests/test_link.py::test_two\n"
TRACE = """version = "2.3.1"
requirements = ["SR-1"]
[[requirement]]
id = "SR-1"
tests = ["tests/test_link.py::test_one"]
[[threat]]
id = "T-1"
treatment = "control"
tests = ["tests/test_link.py::test_two"]
[[threat]]
id = "T-2"
treatment = "accepted"
"""
PENTEST = (
    "# Penetration test of pump-link 2.3.0\n\n" + "We tried many things. " * 100 + "\n\n## PT-1 A finding\n\nWords.\n"
)


def report(*cases: str, **totals: int) -> str:
    body = "".join(cases or (CASE.format("test_one"), CASE.format("test_two")))
    counts = {"tests": body.count("<testcase"), "failures": body.count("<failure"), "errors": body.count("<error")}
    declared = " ".join(f'{name}="{number}"' for name, number in (counts | totals).items())
    return f'<testsuites><testsuite name="pytest" {declared}>{body}</testsuite></testsuites>'


class Bench:
    """The test evidence of one release, whole and good until a test changes it."""

    def __init__(self, root: Path, gate) -> None:
        self.root, self.gate = root, gate
        self.run = {
            "commit": COMMIT,
            "version": "2.3.1",
            "exit-status": 0,
            "finished": "2026-11-19T10:00:00+00:00",
            "tester": "t.mori",
            "organisation": "Example Devices, test department",
            "independence": "department",
        }
        self.write("planned.txt", PLANNED)
        self.write("trace.toml", TRACE)
        self.write("pentest.md", PENTEST)
        self.reports(report())
        self.params = {
            "reports": tuple(ReportEntry(kind=kind, path=f"{kind}.xml", run=f"{kind}.run.json") for kind in KINDS),
            "planned_tests": "planned.txt",
            "trace": "trace.toml",
            "penetration": self.penetration(),
        }

    def penetration(self, **more) -> Penetration:
        values = {
            "path": "pentest.md",
            "sha256": hashlib.sha256((self.root / "pentest.md").read_bytes()).hexdigest(),
            "tester": "E. Example",
            "organisation": "Example Testing",
            "version": "2.3.0",
            "independence": "organisation",
            "started": "2026-10-01",
            "finished": "2026-10-20",
            "findings": (Found("PT-1", "PL-1"),),
        }
        return Penetration(**(values | more))

    def write(self, name: str, content: str) -> None:
        (self.root / name).write_text(content)

    def reports(self, content: str, kinds=KINDS, **run) -> None:
        for kind in kinds:
            own = content.replace('name="pytest"', f'name="{kind}"')
            self.write(f"{kind}.xml", own)
            digest = hashlib.sha256(own.encode()).hexdigest()
            self.write(f"{kind}.run.json", json.dumps(self.run | {"report-sha256": digest} | run))

    def judge(self, tables=(), **params):
        table = Params(**(self.params | params))
        people = {
            "people": {"person": [{"id": "m.ito", "name": "M. Ito", "organisation": "Example", "roles": ["security"]}]},
            **dict(tables),
        }
        return self.gate.run(CHECK, self.gate.context(self.root, tables=people), table, facts=self.facts)

    facts = FACTS


@pytest.fixture
def bench(tmp_path, gate) -> Bench:
    return Bench(tmp_path, gate)


def test_whole_evidence_passes(bench):
    seen = bench.judge()
    assert {rule: seen.words(rule) for rule in CHECK.rules if seen.outcome(rule) is not Outcome.PASSED} == {}


class TestGreen:
    def test_no_file(self, bench):
        """TEST-01: no file."""
        (bench.root / "mitigation.xml").unlink()
        assert bench.judge().outcome("TEST-01") is Outcome.FAILED
        assert bench.judge(reports=()).outcome("TEST-01") is Outcome.FAILED

    @pytest.mark.parametrize(
        "run",
        [
            pytest.param({"commit": "b" * 40}, id="TEST-01: a report of another commit"),
            pytest.param({"commit": ""}, id="TEST-01: a report without any commit"),
            pytest.param({"version": "2.3.0"}, id="TEST-01: a report of another version"),
        ],
    )
    def test_another_run(self, bench, run):
        bench.reports(report(), **run)
        assert bench.judge().outcome("TEST-01") is Outcome.FAILED

    def test_a_failure_in_a_nested_suite(self, bench):
        """TEST-01: a failure in a nested suite."""
        inner = '<testsuite name="i"><testsuite name="j"><testcase name="x"><failure message="m"/></testcase></testsuite></testsuite>'
        bench.reports(
            f"<testsuites><testsuite>{CASE.format('a')}{inner}</testsuite></testsuites>", **{"exit-status": 1}
        )
        seen = bench.judge()
        assert seen.outcome("TEST-01") is Outcome.FAILED
        assert "x failed: m" in seen.words("TEST-01")

    def test_a_suite_that_failed_itself(self, bench):
        bench.reports(f"<testsuite>{CASE.format('a')}<testsuite><error/></testsuite></testsuite>")
        assert bench.judge().outcome("TEST-01") is Outcome.FAILED

    def test_an_unknown_release_commit_is_undecided(self, bench):
        bench.facts = Facts(issues=ISSUES)
        assert bench.judge().outcome("TEST-01") is Outcome.UNDECIDED

    def test_the_reports_own_properties_bind_it_as_well(self, bench):
        told = {"commit": COMMIT, "version": "2.3.1", "exit_status": "0", "finished": bench.run["finished"]}
        block = "".join(f'<property name="{name}" value="{value}"/>' for name, value in told.items())
        entry = ReportEntry(
            kind="requirements", path="requirements.xml", tester="t", organisation="o", independence="department"
        )
        bench.reports(report().replace("<testcase", f"<properties>{block}</properties><testcase", 1))
        seen = bench.judge(reports=(entry, *bench.params["reports"][1:]))
        for rule in ("TEST-01", "TEST-02", "TEST-04", "TEST-08"):
            assert seen.outcome(rule) is Outcome.PASSED, seen.words(rule)


class TestReal:
    @pytest.mark.parametrize(
        ("content", "run"),
        [
            pytest.param('<testsuites><testsuite tests="0"/></testsuites>', {}, id="TEST-02: tests=0"),
            pytest.param(
                report('<testcase name="a"><skipped/></testcase>', skipped=1), {}, id="TEST-02: only skipped tests"
            ),
            pytest.param(
                report('<testcase name="a"><failure/></testcase>', failures=0),
                {"exit-status": 1},
                id="TEST-02: declared failures=0 above a failing case",
            ),
            pytest.param(
                report('<testcase name="a"/>', '<testcase name="a"><failure/></testcase>'),
                {"exit-status": 1},
                id="TEST-02: duplicated suite names hiding a failure",
            ),
            pytest.param(
                report('<testcase name="a"><failure/></testcase>'),
                {"exit-status": 0},
                id="TEST-02: runner exit status masked by `|| true`",
            ),
            pytest.param(report(), {"exit-status": 2}, id="TEST-02: a runner that failed and a green report"),
            pytest.param(report(tests=3), {}, id="TEST-02: more tests declared than there are"),
            pytest.param(report(), {"report-sha256": "0" * 64}, id="TEST-02: a statement about another report"),
        ],
    )
    def test_unreal_counts(self, bench, content, run):
        bench.reports(content, **run)
        assert bench.judge().outcome("TEST-02") is Outcome.FAILED

    def test_a_runner_that_was_killed(self, bench):
        bench.reports(report(), **{"exit-status": -9})
        assert "the runner ended with -9" in bench.judge().words("TEST-02")

    def test_words_of_another_version_and_of_no_case(self, bench):
        bench.reports("<testsuites/>", version="2.3.0")
        seen = bench.judge()
        assert "is about version '2.3.0', not '2.3.1'" in seen.words("TEST-01")
        assert "no test was executed (it holds no case)" in seen.words("TEST-02")

    def test_no_exit_status(self, bench):
        entries = tuple(ReportEntry(kind=kind, path=f"{kind}.xml") for kind in KINDS)
        assert "exit status of the runner is not recorded" in bench.judge(reports=entries).words("TEST-02")

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param('<!DOCTYPE a [<!ENTITY b "c">]><testsuites>&b;</testsuites>', id="TEST-02: entity expansion"),
            pytest.param(
                '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><testsuites/>', id="TEST-02: outside document type"
            ),
            pytest.param("<testsuites><testsuite>", id="TEST-02: cut off"),
            pytest.param("", id="TEST-02: empty"),
            pytest.param("<html/>", id="TEST-02: something else"),
            pytest.param("<testsuite>" * 60 + "</testsuite>" * 60, id="TEST-02: nested too deeply"),
        ],
    )
    def test_what_cannot_be_read_is_undecided(self, bench, content):
        bench.reports(content, ("vulnerability",))
        seen = bench.judge()
        assert seen.outcome("TEST-02") is Outcome.UNDECIDED
        assert "vulnerability.xml" in seen.words("TEST-02")

    def test_too_many_cases(self, monkeypatch):
        monkeypatch.setattr(junit, "MOST_CASES", 1)
        with pytest.raises(ValueError, match="more than 1"):
            junit.read(report().encode())

    def test_a_link_out_of_the_folder(self, bench, tmp_path_factory):
        outside = tmp_path_factory.mktemp("outside") / "a.xml"
        outside.write_text(report())
        (bench.root / "mitigation.xml").unlink()
        (bench.root / "mitigation.xml").symlink_to(outside)
        assert bench.judge().outcome("TEST-02") is Outcome.UNDECIDED

    @given(st.lists(st.sampled_from(["passed", "failure", "error", "skipped"]), max_size=20), st.integers(0, 3))
    def test_every_case_is_counted_wherever_it_stands(self, outcomes, depth):
        cases = [
            f'<testcase name="{at}">{"" if outcome == "passed" else f"<{outcome}/>"}</testcase>'
            for at, outcome in enumerate(outcomes)
        ]
        content = "<testsuites>" + "<testsuite>" * depth + "".join(cases) + "</testsuite>" * depth + "</testsuites>"
        found = junit.read(content.encode())
        words = {"failure": "failed"}
        assert [case.outcome for case in found.cases] == [words.get(outcome, outcome) for outcome in outcomes]
        assert found.contradictions == ()


class TestFresh:
    @pytest.mark.parametrize(
        "finished",
        [
            pytest.param("2026-11-18T09:59:59+00:00", id="TEST-04: report before the commit"),
            pytest.param("2026-11-19T10:00:00", id="TEST-04: a time without zone"),
            pytest.param("", id="TEST-04: file time used instead of report time"),
            pytest.param("2026-11-20T12:06:00+00:00", id="TEST-04: in the future"),
        ],
    )
    def test_bad_times(self, bench, finished):
        bench.reports(report(), finished=finished)
        assert bench.judge().outcome("TEST-04") is Outcome.FAILED

    def test_too_old(self, bench):
        bench.facts = Facts(source=SourceFact(commit=COMMIT, committed="2026-01-01T00:00:00+00:00"), issues=ISSUES)
        bench.reports(report(), finished="2026-10-01T00:00:00+00:00")
        assert bench.judge().outcome("TEST-04") is Outcome.FAILED
        assert bench.judge(max_age_days=90).outcome("TEST-04") is Outcome.PASSED


class TestKinds:
    @pytest.mark.parametrize(
        "params",
        [
            pytest.param({"plan": ()}, id="TEST-03: a plan without kinds"),
            pytest.param({"plan": (Planned(kind="requirements"),)}, id="TEST-03: a plan without penetration test"),
            pytest.param({"penetration": None}, id="TEST-03: no penetration test"),
            pytest.param(
                {"penetration": None, "tailored": (Tailored("penetration", "Example", "m.ito", "m.ito"),)},
                id="TEST-03: tailoring signed by its author only",
            ),
            pytest.param(
                {"penetration": None, "tailored": (Tailored("penetration", "Example", "a.dev", "b.dev"),)},
                id="TEST-03: tailoring approved by somebody without the role",
            ),
        ],
    )
    def test_bad_plans(self, bench, params):
        assert bench.judge(**params).outcome("TEST-03") is Outcome.FAILED

    def test_a_penetration_test_of_an_older_major_version(self, bench):
        """TEST-03: a penetration test of an older major version."""
        assert bench.judge(penetration=bench.penetration(version="1.9.0")).outcome("TEST-03") is Outcome.FAILED

    def test_one_report_for_two_kinds(self, bench):
        """TEST-03: the same report named for each kind."""
        for kind in KINDS[1:]:
            for ending in ("xml", "run.json"):
                bench.write(f"{kind}.{ending}", (bench.root / f"{KINDS[0]}.{ending}").read_text())
        seen = bench.judge()
        assert seen.outcome("TEST-03") is Outcome.FAILED
        assert "alike" in seen.words("TEST-03")

    def test_left_out_with_approval(self, bench):
        tailored = (Tailored("penetration", "The product has no interface to attack", "a.dev", "m.ito"),)
        seen = bench.judge(penetration=None, tailored=tailored)
        assert seen.outcome("TEST-03") is Outcome.PASSED
        assert seen.outcome("TEST-07") is Outcome.PASSED

    def test_integration_reports_counted_without_plan(self, bench):
        """TEST-09: integration reports counted without plan."""
        entry = ReportEntry(kind="mitigation", path="mitigation.xml", run="mitigation.run.json", level="integration")
        reports = (bench.params["reports"][0], entry, bench.params["reports"][2])
        seen = bench.judge(reports=reports)
        assert [seen.outcome(rule) for rule in ("TEST-01", "TEST-03", "TEST-09")] == [Outcome.FAILED] * 3
        plan = tuple(Planned(kind=kind, integration=kind == "mitigation") for kind in (*KINDS, "penetration"))
        assert bench.judge(reports=reports, plan=plan).outcome("TEST-09") is Outcome.PASSED


@pytest.mark.parametrize("level", ["Integration", "unit", ""])
def test_a_level_that_the_gate_does_not_know_is_refused(level):
    """TEST-09: it would count as a test of the whole system."""
    import msgspec

    with pytest.raises(msgspec.ValidationError, match="level"):
        msgspec.convert({"kind": "mitigation", "path": "a.xml", "level": level}, ReportEntry)


class TestTraces:
    @pytest.mark.parametrize(
        ("rule", "old", "new"),
        [
            pytest.param("TEST-05", '["tests/test_link.py::test_one"]', "[]", id="TEST-05: a requirement without test"),
            pytest.param(
                "TEST-05", 'version = "2.3.1"', 'version = "2.3.0"', id="TEST-05: a trace of the previous version"
            ),
            pytest.param("TEST-05", '["SR-1"]', '["SR-1", "SR-2"]', id="TEST-05: a requirement that is not traced"),
            pytest.param("TEST-05", 'requirements = ["SR-1"]\n', "", id="TEST-05: no list of what exists"),
            pytest.param("TEST-05", '["SR-1"]', '["SR-9"]', id="TEST-05: a trace to no requirement"),
            pytest.param("TEST-06", '["tests/test_link.py::test_two"]', "[]", id="TEST-06: a control without test"),
            pytest.param("TEST-06", "test_two", "test_ten", id="TEST-06: a test name that is not in any report"),
            pytest.param(
                "TEST-06", 'version = "2.3.1"', 'version = "2.3.0"', id="TEST-06: a passed test of another version"
            ),
            pytest.param("TEST-06", '"control"', '"transfer"', id="TEST-06: no controls at all"),
        ],
    )
    def test_bad_traces(self, bench, rule, old, new):
        bench.write("trace.toml", TRACE.replace(old, new))
        assert bench.judge().outcome(rule) is Outcome.FAILED

    def test_a_traced_test_that_was_skipped(self, bench):
        """TEST-05: a traced test that was skipped."""
        skipped = '<testcase classname="tests.test_link" name="test_one"><skipped/></testcase>'
        bench.reports(report(skipped, CASE.format("test_two"), skipped=1))
        seen = bench.judge()
        assert seen.outcome("TEST-05") is Outcome.FAILED
        assert seen.outcome("TEST-06") is Outcome.PASSED

    def test_one_failing_variant_spoils_the_test(self, bench):
        bad = '<testcase classname="tests.test_link" name="test_one[2]"><failure/></testcase>'
        bench.reports(report(CASE.format("test_one[1]"), bad, CASE.format("test_two")))
        assert "did not pass" in bench.judge().words("TEST-05")

    @pytest.mark.parametrize("content", ["version = 1", "not toml", 'version = "2.3.1"\nrequirment = []'])
    def test_an_unreadable_trace_is_undecided(self, bench, content):
        bench.write("trace.toml", content)
        assert bench.judge().outcome("TEST-06") is Outcome.UNDECIDED

    def test_no_trace(self, bench):
        assert bench.judge(trace="").outcome("TEST-06") is Outcome.FAILED

    @pytest.mark.parametrize(
        ("name", "dotted"),
        [
            ("tests/a.py::T::test_x[1]", ("tests.a.T.test_x[1]", "tests.a.T.test_x")),
            ("tests.a.test_x", ("tests.a.test_x", "tests.a.test_x")),
        ],
    )
    def test_names(self, name, dotted):
        assert forms(name) == dotted


class TestPenetration:
    @pytest.mark.parametrize(
        "content",
        [
            pytest.param("# Letter\n\nWe found nothing worth telling.\n", id="TEST-07: a one-page letter"),
            pytest.param(PENTEST + "\n## PT-2 Another\n", id="TEST-07: findings in the report that no issue mentions"),
        ],
    )
    def test_bad_reports(self, bench, content):
        bench.write("pentest.md", content)
        assert bench.judge(penetration=bench.penetration()).outcome("TEST-07") is Outcome.FAILED

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({"findings": (Found("PT-1", "PL-99"),)}, id="TEST-07: an issue that does not exist"),
            pytest.param({"sha256": "0" * 64}, id="TEST-07: other bytes"),
            pytest.param({"started": "in autumn"}, id="TEST-07: no dates"),
            pytest.param({"path": "gone.pdf"}, id="TEST-07: no report"),
            pytest.param({"findings": ()}, id="TEST-07: findings not listed"),
        ],
    )
    def test_bad_entries(self, bench, more):
        assert bench.judge(penetration=bench.penetration(**more)).outcome("TEST-07") is Outcome.FAILED

    @pytest.mark.parametrize(
        "heading", ["Finding 1: a weak key", "FINDING #12", "Vulnerability 3", "検出事項３", "指摘 2"]
    )
    def test_findings_with_numbers_alone(self, bench, heading):
        """TEST-07: findings in the report that no issue mentions."""
        bench.write("pentest.md", f"{PENTEST}\n## {heading}\n\nWords.\n")
        assert "became no issue" in bench.judge(penetration=bench.penetration()).words("TEST-07")

    def test_findings_with_numbers_alone_that_are_listed(self, bench):
        bench.write("pentest.md", f"{PENTEST}\n## Finding  1 A weak key\n\nWords.\n")
        entry = bench.penetration(findings=(Found("PT-1", "PL-1"), Found("finding 1", "PL-1")))
        assert bench.judge(penetration=entry).outcome("TEST-07") is Outcome.PASSED

    @pytest.mark.parametrize(
        "words",
        [
            "検出事項 3件",
            "脆弱性3 件",
            "CVE-2026-12345",
            "CWE-327",
            "SHA-1 and MD-5",
            "AES-128",
            "TLS-1",
            "RFC-9116",
            "IEC-62443",
            "UTF-8",
        ],
    )
    def test_names_of_other_things_are_no_findings(self, bench, words):
        bench.write("pentest.md", f"{PENTEST}\n## On {words}\n\nWords.\n")
        seen = bench.judge(penetration=bench.penetration())
        assert seen.outcome("TEST-07") is Outcome.PASSED, seen.words("TEST-07")

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            pytest.param("pump-link", "pump-link-pro", "does not name the product", id="TEST-07: of another product"),
            pytest.param("2.3.0", "2.2.0", "does not name version '2.3.0'", id="TEST-07: of another version"),
        ],
    )
    def test_a_report_of_something_else(self, bench, old, new, told):
        bench.write("pentest.md", PENTEST.replace(old, new))
        assert told in bench.judge(penetration=bench.penetration()).words("TEST-07")

    def test_a_report_in_japanese_is_no_letter(self, bench):
        text = (
            "# pump-link 2.3.0 侵入試験報告書\n\n"
            + "通信路に対して多くの攻撃を試みた。" * 60
            + "\n\n## PT-1 検出\n\n内容。\n"
        )
        bench.write("pentest.md", text)
        seen = bench.judge(penetration=bench.penetration())
        assert seen.outcome("TEST-07") is Outcome.PASSED, seen.words("TEST-07")
        bench.write("pentest.md", "# 侵入試験について\n\n問題は見つかりませんでした。\n")
        assert "it is a letter" in bench.judge(penetration=bench.penetration(findings=())).words("TEST-07")

    def test_a_report_without_tested_version(self):
        """TEST-07: a report without tested version."""
        import msgspec

        with pytest.raises(msgspec.ValidationError, match="version"):
            msgspec.convert(
                {"path": "a", "sha256": "0" * 64, "tester": "t", "organisation": "o", "started": "", "finished": ""},
                Penetration,
            )

    def test_a_file_that_is_not_read_counts_by_its_size(self, bench):
        (bench.root / "pentest.bin").write_bytes(b"x" * 30_000)
        digest = hashlib.sha256(b"x" * 30_000).hexdigest()
        entry = bench.penetration(path="pentest.bin", sha256=digest)
        assert bench.judge(penetration=entry).outcome("TEST-07") is Outcome.PASSED


class TestIndependence:
    @pytest.mark.parametrize("level", ["none", pytest.param("", id="not stated")])
    def test_level_none_for_the_penetration_test(self, bench, level):
        """TEST-08: level none for the penetration test, or none stated: the best one is not assumed."""
        assert bench.judge(penetration=bench.penetration(independence=level)).outcome("TEST-08") is Outcome.FAILED

    def test_whoever_says_nothing_states_no_independence(self):
        """TEST-08"""
        assert (
            Penetration(
                path="p", sha256="0" * 64, tester="t", organisation="o", version="1", started="s", finished="f"
            ).independence
            == ""
        )

    @pytest.mark.parametrize(
        "run",
        [
            pytest.param({"tester": ""}, id="TEST-08: no tester named"),
            pytest.param({"organisation": ""}, id="TEST-08: no organisation"),
            pytest.param({"independence": "person"}, id="TEST-08: too low"),
            pytest.param({"independence": ""}, id="TEST-08: not stated"),
            pytest.param({"independence": "very"}, id="TEST-08: an unknown level"),
        ],
    )
    def test_statements(self, bench, run):
        bench.reports(report(), **run)
        assert bench.judge().outcome("TEST-08") is Outcome.FAILED

    def test_an_unknown_level_in_the_plan(self, bench):
        plan = tuple(Planned(kind=kind, independence="some") for kind in (*KINDS, "penetration"))
        assert bench.judge(plan=plan).outcome("TEST-08") is Outcome.FAILED


class TestWhole:
    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(
                report(CASE.format("test_one")), id="TEST-10: a planted failing test that does not appear in the report"
            ),
            pytest.param(
                report(
                    CASE.format("test_one"), CASE.format("test_two"), '<testcase name="tests.x"><error/></testcase>'
                ),
                id="TEST-10: a collection error",
            ),
            pytest.param(
                report(
                    CASE.format("test_one"),
                    '<testcase classname="tests.test_link" name="test_two"><skipped/></testcase>',
                ),
                id="TEST-10: skipped without an issue",
            ),
        ],
    )
    def test_bad_reports(self, bench, content):
        bench.reports(content)
        assert bench.judge().outcome("TEST-10") is Outcome.FAILED

    def test_a_marker_expression_that_deselects_the_security_tests(self, bench):
        """TEST-10: a marker expression that deselects the security tests."""
        bench.reports(report(), deselected=4)
        assert "4 tests were deselected" in bench.judge().words("TEST-10")

    def test_an_issue_excuses_a_test(self, bench):
        bench.reports(report(CASE.format("test_one")))
        excused = (NotRun("tests/test_link.py::test_two", "PL-1"),)
        assert bench.judge(not_run=excused).outcome("TEST-10") is Outcome.PASSED
        excused = (NotRun("tests/test_link.py::test_two", "PL-77"),)
        assert bench.judge(not_run=excused).outcome("TEST-10") is Outcome.FAILED

    def test_no_list_of_planned_tests(self, bench):
        assert bench.judge(planned_tests="").outcome("TEST-10") is Outcome.FAILED
        assert bench.judge(planned_tests="gone.txt").outcome("TEST-10") is Outcome.UNDECIDED


def test_facts(bench, gate):
    table = Params(**bench.params)
    found = gate.facts(CHECK, CHECK.collect(gate.context(bench.root), table), table).tests
    assert [fact.kind for fact in found] == list(KINDS)
    assert found[0].passed == ("tests.test_link.test_one", "tests.test_link.test_two")
    assert (found[0].commit, found[0].tests, found[0].finished) == (COMMIT, 2, "2026-11-19T10:00:00+00:00")


def told(**values: str) -> str:
    return "<properties>" + "".join(f'<property name="{k}" value="{v}"/>' for k, v in values.items()) + "</properties>"


class TestWhatAReportCanHide:
    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(f"<testsuite>{CASE.format('a')}<error/></testsuite>", id="the outermost suite failed itself"),
            pytest.param(
                report('<testcase name="a"><flakyFailure message="m"/></testcase>', failures=0),
                id="a test that passed only when it was run again (Surefire, nextest)",
            ),
            pytest.param(
                report('<testcase name="a" status="fail"/>', failures=0), id="a failure told by an attribute (CTest)"
            ),
            pytest.param(
                report('<testcase name="a" result="crashed"/>'), id="a result in a word that the gate does not know"
            ),
            pytest.param(
                report('<testcase name="a"><timeout/></testcase>'), id="an outcome that the gate does not know"
            ),
        ],
    )
    def test_is_red(self, bench, content):
        bench.reports(content, **{"exit-status": 1})
        assert bench.judge().outcome("TEST-01") is Outcome.FAILED

    @pytest.mark.parametrize(
        "case",
        [
            '<testcase classname="tests.test_link" name="test_two" status="notrun" result="suppressed"/>',  # GoogleTest
            '<testcase classname="tests.test_link" name="test_two" status="disabled"><disabled/></testcase>',  # CTest
        ],
    )
    def test_a_disabled_test_did_not_run(self, bench, case):
        bench.reports(report(CASE.format("test_one"), case, disabled=1, skipped=0))
        seen = bench.judge()
        assert seen.outcome("TEST-02") is Outcome.PASSED, seen.words("TEST-02")
        assert "did not pass" in seen.words("TEST-06")
        assert "was skipped without an issue" in seen.words("TEST-10")

    @pytest.mark.parametrize("state", ["run", "completed", "passed", "PASSED", "success"])
    def test_words_for_a_test_that_passed(self, state):
        found = junit.read(f'<testsuite><testcase name="a" status="{state}"/></testsuite>'.encode())
        assert [case.outcome for case in found.cases] == ["passed"]

    @pytest.mark.parametrize(
        "inner",
        [
            '<results><testcase name="x"><failure/></testcase></results>',
            '<TestCase name="x"><failure/></TestCase>',
            '<testcase name="y"><testcase name="x"><failure/></testcase></testcase>',
            '<testcase name="y"><properties><failure/></properties></testcase>',
        ],
    )
    def test_cases_where_none_are_read_are_undecided(self, bench, inner):
        bench.reports(f"<testsuites><testsuite>{CASE.format('a')}{inner}</testsuite></testsuites>")
        assert bench.judge().outcome("TEST-01") is Outcome.UNDECIDED

    def test_two_runs_in_one_file_that_tell_different_things(self, bench):
        old = {"commit": "b" * 40, "version": "2.3.1", "exit_status": "0", "finished": bench.run["finished"]}
        suites = [
            f"<testsuite>{told(**old)}{CASE.format('test_one')}</testsuite>",
            f"<testsuite>{told(**old | {'commit': COMMIT})}{CASE.format('test_two')}</testsuite>",
        ]
        bench.reports(f"<testsuites>{''.join(suites)}</testsuites>")
        seen = bench.judge(reports=tuple(ReportEntry(kind=kind, path=f"{kind}.xml") for kind in KINDS))
        assert "tell different things of commit" in seen.words("TEST-02")

    @pytest.mark.parametrize(
        "began",
        ["2020-01-01T00:00:00", "2026-11-17T21:00:00", "2026-11-18T09:00:00+00:00", "2026-11-18T10:30:00+01:00"],
    )
    def test_a_report_that_says_itself_that_it_is_older_than_the_commit(self, bench, began):
        """TEST-04: report before the commit, whatever the statement beside it says."""
        bench.reports(report().replace("<testsuite ", f'<testsuite timestamp="{began}" '))
        assert "before the commit" in bench.judge().words("TEST-04")

    @pytest.mark.parametrize("began", ["2026-11-18T04:00:00", "2026-11-19T09:59:00+00:00", "yesterday", ""])
    def test_a_start_that_can_be_after_the_commit_in_some_zone(self, bench, began):
        bench.reports(report().replace("<testsuite ", f'<testsuite timestamp="{began}" '))
        assert bench.judge().outcome("TEST-04") is Outcome.PASSED


def test_a_report_that_names_another_commit_itself(bench):
    """TEST-02: the statement says one commit, the report another."""
    bench.reports(report().replace("<testcase", told(commit="b" * 40) + "<testcase", 1))
    assert f"it names commit {'b' * 40} itself" in bench.judge().words("TEST-02")
    bench.reports(report().replace("<testcase", told(commit=COMMIT[:8]) + "<testcase", 1))
    assert bench.judge().outcome("TEST-02") is Outcome.PASSED


class TestPlannedList:
    def judge(self, bench, lines: str):
        bench.write("planned.txt", lines)
        return bench.judge()

    @pytest.mark.parametrize(
        "line",
        ["link refuses a bad frame", "com.example.Link#refuses", "tests/test_link.py: 2", "Link/Refuses.Frame (1)"],
    )
    def test_no_line_is_passed_over(self, bench, line):
        assert f"{line} was planned and is in no report" in self.judge(bench, f"{PLANNED}{line}\n").words("TEST-10")

    def test_a_mark_of_the_encoding_is_no_part_of_a_name(self, bench):
        for name, content in (("planned.txt", PLANNED), ("trace.toml", TRACE)):
            (bench.root / name).write_bytes(b"\xef\xbb\xbf" + content.encode())
        seen = bench.judge()
        assert (seen.outcome("TEST-10"), seen.outcome("TEST-06")) == (Outcome.PASSED, Outcome.PASSED)

    @pytest.mark.parametrize(
        "more",
        [
            "\n2 tests collected in 0.01s\n",
            "# by hand\n\n",
            "\n2/3 tests collected (1 deselected) in 0.01s\n",
            "\n=== warnings summary ===\ntests/test_link.py:3\n  Warning: x\n\n-- Docs: https://example.org\n2 tests collected in 0.1s\n",
            "\n2 tests collected in 0.01s\ntests/test_link.py::test_one\n\n1 test collected in 0.01s\n",
        ],
    )
    def test_what_pytest_says_beside_the_names(self, bench, more):
        seen = self.judge(bench, PLANNED + more)
        assert seen.outcome("TEST-10") is Outcome.PASSED, seen.words("TEST-10")

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param("\nERROR tests/test_b.py\n", id="TEST-10: a collection error"),
            pytest.param("\n2 tests collected, 1 error in 0.12s\n", id="TEST-10: a collection error in the last line"),
            pytest.param("\n!!! Interrupted: 1 error during collection !!!\n", id="TEST-10: collecting broke off"),
        ],
    )
    def test_a_list_that_is_not_whole_is_undecided(self, bench, more):
        seen = self.judge(bench, PLANNED + more)
        assert seen.outcome("TEST-10") is Outcome.UNDECIDED
        assert more.strip() in seen.words("TEST-10")

    def test_a_list_that_names_nothing(self, bench):
        seen = self.judge(bench, "\n\n")
        assert "planned.txt names no test" in seen.words("TEST-10")

    def test_a_known_issue_excuses_one_test_only_once(self, bench):
        skipped = '<testcase classname="tests.test_link" name="test_two"><skipped/></testcase>'
        bench.reports(report(CASE.format("test_one"), skipped, skipped=1), deselected=1)
        seen = bench.judge(not_run=(NotRun("tests/test_link.py::test_two", "PL-1"),))
        assert "1 tests were deselected" in seen.words("TEST-10")


class TestPlanAndTrace:
    @pytest.mark.parametrize("approver", ["a.dev", "b.dev"])
    def test_leaving_out_a_kind_that_the_plan_does_not_even_name_is_judged(self, bench, approver):
        plan = tuple(Planned(kind=kind) for kind in KINDS)
        tailored = (Tailored("penetration", "Example", "a.dev", approver),)
        assert bench.judge(penetration=None, plan=plan, tailored=tailored).outcome("TEST-03") is Outcome.FAILED

    @pytest.mark.parametrize("author", ["m.ito", "M. Ito", "Ｍ．Ｉｔｏ", "m. ito (security)"])
    def test_one_person_in_two_spellings_cannot_approve(self, bench, author):
        tailored = (Tailored("penetration", "Example", author, "M. Ito"),)
        seen = bench.judge(penetration=None, tailored=tailored)
        assert "approved by its author only" in seen.words("TEST-03")

    @pytest.mark.parametrize("word", ["Control", "controls", "mitigate", ""])
    def test_a_threat_whose_treatment_is_no_known_other_word_needs_a_test(self, bench, word):
        more = f'[[threat]]\nid = "T-3"\ntreatment = "{word}"\n'
        bench.write("trace.toml", TRACE + more)
        assert "T-3: no test is named" in bench.judge().words("TEST-06")

    @pytest.mark.parametrize(
        ("threats", "told"),
        [
            ('[[threat]]\nid = "T-9"\ntitle = "x"\ncontrols = ["C-1"]\n', "T-9 has controls in threats.toml"),
            ('[[threat]]\nid = "T-2"\ntitle = "x"\ncontrols = ["C-1"]\n', "T-2 has controls in threats.toml"),
            ("[[threat]\n", "threats.toml cannot be read"),
            ("threat = 3\n", "threats.toml cannot be read"),
        ],
    )
    def test_every_threat_that_the_risk_management_controls_is_traced(self, bench, threats, told):
        """TEST-06: a control without test, which the trace does not even name or calls accepted."""
        bench.write("threats.toml", threats)
        assert told in bench.judge(RISKS).words("TEST-06")

    def test_threats_without_control_need_no_test(self, bench):
        bench.write(
            "threats.toml",
            '[[threat]]\nid = "T-1"\ntitle = "x"\ncontrols = ["C-1"]\n[[threat]]\nid = "T-2"\ntitle = "y"\nrisk = "R-1"\n',
        )
        seen = bench.judge(RISKS)
        assert seen.outcome("TEST-06") is Outcome.PASSED, seen.words("TEST-06")

    @pytest.mark.parametrize(
        "days",
        [
            {"started": "2030-01-01", "finished": "2030-02-01"},
            {"started": "2026-11-19", "finished": "2026-11-21"},
            {"started": "2026-10-20", "finished": "2026-10-01"},
        ],
    )
    def test_days_of_the_penetration_test_that_cannot_be(self, bench, days):
        assert bench.judge(penetration=bench.penetration(**days)).outcome("TEST-07") is Outcome.FAILED


class TestTwoStatements:
    @pytest.mark.parametrize(
        ("entry", "told"),
        [
            ({"independence": "organisation"}, "independence"),
            ({"tester": "k.sato"}, "tester"),
            ({"organisation": "Example Testing"}, "organisation"),
        ],
    )
    def test_the_policy_and_the_run_that_differ(self, bench, entry, told):
        """TEST-08: the policy says a higher level, or another tester, than whoever ran the tests."""
        own = ReportEntry(kind="mitigation", path="mitigation.xml", run="mitigation.run.json", **entry)
        seen = bench.judge(reports=(bench.params["reports"][0], own, bench.params["reports"][2]))
        assert f"its {told}: the policy says" in seen.words("TEST-08")

    def test_the_same_in_another_spelling(self, bench):
        own = ReportEntry(
            kind="mitigation", path="mitigation.xml", run="mitigation.run.json",
            tester="Ｔ. Mori (tests)", organisation="Example devices, Test department", independence="department",
        )  # fmt: skip
        seen = bench.judge(reports=(bench.params["reports"][0], own, bench.params["reports"][2]))
        assert seen.outcome("TEST-08") is Outcome.PASSED, seen.words("TEST-08")

    def test_a_statement_that_says_a_thing_twice(self, bench):
        path = bench.root / "mitigation.run.json"
        path.write_text(path.read_text().replace("{", f'{{"commit": "{"b" * 40}", ', 1))
        assert bench.judge().outcome("TEST-02") is Outcome.FAILED

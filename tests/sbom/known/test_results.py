"""What other scanners wrote, in their own shapes: every finding is taken in, silence is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.sbom.known import results
from gatekeeper.sbom.known.evidence import Scan
from gatekeeper.sbom.known.results import Entry

GRYPE = {
    "matches": [
        {
            "vulnerability": {"id": "GHSA-1", "severity": "Critical"},
            "relatedVulnerabilities": [{"id": "CVE-1"}],
            "artifact": {"name": "p", "version": "1.0", "purl": "pkg:pypi/p@1.0"},
        }
    ],
    "ignoredMatches": [
        {"vulnerability": {"id": "CVE-2", "severity": "Negligible"}, "artifact": {"name": "q", "version": "2"}}
    ],
}
OSV = {
    "results": [
        {
            "packages": [
                {
                    "package": {"name": "p", "version": "1.0", "ecosystem": "PyPI"},
                    "vulnerabilities": [{"id": "GHSA-1", "aliases": ["CVE-1"]}],
                    "groups": [{"ids": ["GHSA-1"], "max_severity": "9.8"}],
                },
                {"package": {"name": "q", "version": "2", "ecosystem": "PyPI"}},
            ]
        }
    ]
}
PIP_AUDIT = {
    "dependencies": [
        {"name": "p", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"], "aliases": ["CVE-1"]}]},
        {"name": "local", "skip_reason": "not on the index"},
    ]
}
TRACK = {
    "findings": [
        {
            "component": {"name": "p", "version": "1.0", "purl": "pkg:pypi/p@1.0"},
            "vulnerability": {
                "vulnId": "GHSA-1",
                "severity": "HIGH",
                "aliases": [{"cveId": "CVE-1", "ghsaId": "GHSA-1"}],
            },
            "analysis": {"isSuppressed": True, "state": "NOT_AFFECTED"},
        }
    ]
}


def read(tool: str, document: Any) -> Scan:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return results.read(Entry(file="scan.json", tool=tool), raw, "0")


@pytest.mark.parametrize(
    ("tool", "document", "level", "assessed"),
    [
        pytest.param("grype", GRYPE, "critical", 0, id="grype"),
        pytest.param("osv-scanner", OSV, "critical", 2, id="osv-scanner"),
        pytest.param("pip-audit", PIP_AUDIT, "critical", 1, id="pip-audit"),
        pytest.param("dependency-track", TRACK, "high", 0, id="Dependency-Track, suppressed there"),
    ],
)
def test_findings_are_taken_in(tool: str, document: Any, level: str, assessed: int) -> None:
    scan = read(tool, document)

    assert scan.fault == ""
    first = scan.reported[0]
    assert "CVE-1" in first.ids
    assert (first.name, first.version, first.level) == ("p", "1.0", level)
    assert len(scan.assessed) == assessed


def test_what_was_ignored_there_is_not_ignored_here() -> None:
    assert [r.ids for r in read("grype", GRYPE).reported] == [("GHSA-1", "CVE-1"), ("CVE-2",)]


def test_what_was_skipped_is_named() -> None:
    assert read("pip-audit", PIP_AUDIT).skipped == (("local", "not on the index"),)


@pytest.mark.parametrize("tool", ["grype", "osv-scanner", "pip-audit", "dependency-track"])
@pytest.mark.parametrize(
    "document", [{}, [], b"", b"{", {"results": 1, "matches": 1, "dependencies": 1, "findings": 1}]
)
def test_what_is_not_understood_is_a_fault(tool: str, document: Any) -> None:
    assert read(tool, document).fault


def test_an_unknown_tool_is_a_fault() -> None:
    assert "not known" in read("trivy", {}).fault


@given(
    st.sampled_from(list(results.tools())),
    st.recursive(
        st.none() | st.text(),
        lambda v: (
            st.lists(v)
            | st.dictionaries(
                st.sampled_from(["matches", "results", "findings", "dependencies", "packages", "package"]), v
            )
        ),
    ),
)
def test_any_document_is_read_or_refused(tool: str, document: Any) -> None:
    scan = read(tool, document)

    assert scan.fault or isinstance(scan.reported, tuple)


def test_a_distributions_notice_is_each_vulnerability_that_it_is_about() -> None:
    related = [{"id": "CVE-1"}, {"id": "CVE-2"}]
    grype = {"matches": [GRYPE["matches"][0] | {"vulnerability": {"id": "ALAS-1"}, "relatedVulnerabilities": related}]}
    found = {"id": "DSA-1", "upstream": ["CVE-1", "CVE-2"]}
    entry = {"package": {"name": "p", "version": "1", "ecosystem": "Debian:12"}, "vulnerabilities": [found]}

    for scan in (read("grype", grype), read("osv-scanner", {"results": [{"packages": [entry]}]})):
        assert [r.ids for r in scan.reported] == [("CVE-1",), ("CVE-2",)]


def test_a_vulnerability_is_also_what_the_one_is_called_that_it_stems_from() -> None:
    found = {"id": "DEBIAN-CVE-1", "upstream": ["CVE-1"]}
    entry = {"package": {"name": "p", "version": "1", "ecosystem": "Debian:12"}, "vulnerabilities": [found]}

    assert read("osv-scanner", {"results": [{"packages": [entry]}]}).reported[0].ids == ("DEBIAN-CVE-1", "CVE-1")

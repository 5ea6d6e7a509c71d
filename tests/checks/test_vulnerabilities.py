"""The `vulnerabilities` check: each bad input meets its rule, and a zero is never believed without proof."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.checks.vulnerabilities import facts
from gatekeeper.model.errors import EvidenceError, OutageError
from gatekeeper.model.words import Level
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.sbom.known.params import Params
from tests.sbom.known.data import (
    CVE,
    GHSA,
    PYSEC,
    STATED,
    Known,
    csaf,
    cyclonedx,
    openvex,
    osv,
    vulnerable,
    zipped,
)
from tests.sbom.samples import component, failed, in_doubt, purl

AUTHOR = "psirt@example.org"


@pytest.fixture
def known(tmp_path: Path) -> Known:
    return Known(tmp_path)


def harmless(k: Known) -> None:
    """Nothing known about any component."""
    k.records = k.records[1:]


def answered(k: Known, document: Any = None, name: str = "product.openvex.json") -> None:
    k.vex(document if document is not None else openvex(), name)
    k.params |= {"authors": [AUTHOR], "published": [name]}
    k.signer = AUTHOR


BAD: list[Any] = []
Change = Callable[[Known], None]


def bad(rule: str, what: str, *also: str) -> Callable[[Change], Change]:
    def add(change: Change) -> Change:
        BAD.append(pytest.param(change, rule, set(also), id=f"{rule}: {what}"))
        return change

    return add


def scan(k: Known, tool: str, document: Any, **more: str) -> None:
    """Add a scanner's result to the index, bound to this SBOM."""
    k.files["data/scan.json"] = document
    (k.root / "data").mkdir(exist_ok=True)
    row = {
        "tool": f'"{tool}"',
        "version": '"2.0"',
        "exit-status": "0",
        "sbom-sha256": f'"{k.sbom_sha256}"',
        "database": '"example"',
        "database-date": '"2026-11-19T00:00:00Z"',
    } | more
    k.index += '\n[[result]]\nfile = "scan.json"\n' + "\n".join(f"{a} = {b}" for a, b in row.items())


PIP_AUDIT: dict[str, Any] = {"dependencies": [{"name": "click", "version": "8.4.0", "vulns": []}], "fixes": []}


@bad("VULN-01", "0 components scanned", "VULN-03", "VULN-04", "VULN-05", "VULN-09")
def nothing_scanned(k: Known) -> None:
    k.zip = zipped([])


@bad("VULN-01", "a scanner that could not reach its service and reported nothing")
def nothing_reported(k: Known) -> None:
    harmless(k)
    scan(k, "pip-audit", {"dependencies": [], "fixes": []})


@bad("VULN-01", "a scan of the previous SBOM")
def scan_of_previous(k: Known) -> None:
    harmless(k)
    scan(k, "pip-audit", PIP_AUDIT, **{"sbom-sha256": '"' + "0" * 64 + '"'})


@bad("VULN-01", "`not found` for every package read as clean: the control is not found")
def blind_data(k: Known) -> None:
    k.records = [osv("PYSEC-1", "something-else")]


@bad("VULN-01", "no control at all")
def no_control(k: Known) -> None:
    harmless(k)
    k.params["controls"] = []


@bad("VULN-01", "a crash read as zero findings")
def crashed(k: Known) -> None:
    harmless(k)
    scan(k, "pip-audit", PIP_AUDIT, **{"exit-status": "2"})


@bad("VULN-01", "a result that is cut off")
def cut_off(k: Known) -> None:
    harmless(k)
    scan(k, "grype", '{"matches": [')


@bad("VULN-01", "a record that cannot be read", "VULN-03", "VULN-04", "VULN-05", "VULN-09")
def broken_record(k: Known) -> None:
    harmless(k)
    k.records.append({"id": "X", "modified": 3})


@bad("VULN-01", "a snapshot that is cut off", "VULN-03", "VULN-04", "VULN-05", "VULN-09")
def cut_snapshot(k: Known) -> None:
    k.zip = zipped(k.records)[:-30]


@bad("VULN-02", "a snapshot of last month")
def old_snapshot(k: Known) -> None:
    harmless(k)
    k.records[0]["modified"] = "2026-10-01T00:00:00Z"
    k.fetched = "2026-10-19T06:00:00Z"


@bad("VULN-02", "dated in the future")
def future_snapshot(k: Known) -> None:
    harmless(k)
    k.fetched = "2027-01-01T00:00:00Z"


@bad("VULN-02", "no known-exploited list", "VULN-05")
def no_kev(k: Known) -> None:
    harmless(k)
    k.kev = {"title": "moved"}


@bad("VULN-02", "a known-exploited list that is cut short", "VULN-05")
def short_kev(k: Known) -> None:
    harmless(k)
    k.kev["count"] = 1500


@bad("VULN-02", "a known-exploited list of last month")
def old_kev(k: Known) -> None:
    harmless(k)
    k.kev_fetched = "2026-10-19T06:00:00Z"
    k.kev["dateReleased"] = "2026-10-18T00:00:00Z"


@bad("VULN-02", "a file time used as the data's date: the newest entry is old")
def relabelled(k: Known) -> None:
    harmless(k)
    k.records[0]["modified"] = "2026-01-01T00:00:00Z"


@bad("VULN-02", "another file than the index names")
def other_file(k: Known) -> None:
    harmless(k)
    k.files["data/kev.json"] = {**k.kev, "more": 1}


@bad("VULN-03", "a critical CVE without statement")
def no_statement(k: Known) -> None:
    assert k.records


@bad("VULN-03", "under_investigation at release")
def under_investigation(k: Known) -> None:
    answered(k, openvex(status="under_investigation", justification=None))


@bad("VULN-03", "affected without deviation")
def affected(k: Known) -> None:
    answered(k, openvex(status="affected", justification=None, action_statement="Do not load foreign templates."))


@bad("VULN-03", "affected below the threshold without action", "VULN-07")
def affected_without_action(k: Known) -> None:
    k.params["threshold"] = "critical"
    answered(k, openvex(status="affected", justification=None))


@bad("VULN-03", "stated as fixed, and not a fixed version")
def not_fixed(k: Known) -> None:
    answered(k, openvex(status="fixed", justification=None))


@bad("VULN-03", "a GHSA id decided while its CVE alias is not: another id is not this one")
def other_id(k: Known) -> None:
    answered(k, openvex(vulnerability={"name": "CVE-2026-9999"}))


@bad("VULN-03", "one of two vulnerabilities of a distribution's notice decided", "VULN-09")
def half_a_notice(k: Known) -> None:
    k.records[0] = vulnerable(id="DSA-1", aliases=[], upstream=[CVE, "CVE-2026-2222"])
    answered(k)


def stated_as_a_whole(k: Known) -> None:
    half_a_notice(k)
    answered(k, openvex(vulnerability={"name": "DSA-1"}))
    k.assessments += "CVE-2026-2222,jinja2,OSV,harmless,low,sandbox\n"


def stated_for_this_version(k: Known) -> None:
    document = cyclonedx()
    document["vulnerabilities"][0]["affects"][0]["versions"] = [{"version": "3.1.6", "status": "unaffected"}]
    answered(k, document, "vex.cdx.json")


@bad("VULN-03", "stated for another version of the component", "VULN-06")
def stated_for_another_version(k: Known) -> None:
    document = cyclonedx()
    document["vulnerabilities"][0]["affects"][0]["versions"] = [{"version": "3.0.0", "status": "unaffected"}]
    answered(k, document, "vex.cdx.json")


@bad("VULN-03", "stated as not affected, and as affected by version", "VULN-06")
def stated_against_itself(k: Known) -> None:
    document = cyclonedx()
    document["vulnerabilities"][0]["affects"][0]["versions"] = [{"version": "3.1.6", "status": "affected"}]
    answered(k, document, "vex.cdx.json")


@bad("VULN-03", "what a scanner alone reports", "VULN-09")
def reported_by_scanner(k: Known) -> None:
    harmless(k)
    vuln = {"id": "CVE-2026-2222", "fix_versions": [], "aliases": []}
    scan(k, "pip-audit", {"dependencies": [{"name": "click", "version": "8.4.0", "vulns": [vuln]}]})


def component_of(k: Known, **fields: Any) -> None:
    harmless(k)
    k.scene.document["components"][0] |= fields


@bad("VULN-04", "a C library without ecosystem")
def c_library(k: Known) -> None:
    component_of(k, name="zlib", version="1.3", purl="pkg:generic/zlib@1.3")


@bad("VULN-04", "a version scheme nobody can compare")
def odd_version(k: Known) -> None:
    component_of(k, version="final", purl="pkg:pypi/click@final")


@bad("VULN-04", "a private fork under its own name: an ecosystem without data")
def other_ecosystem(k: Known) -> None:
    component_of(k, name="fork", version="1.0.0", purl="pkg:npm/fork@1.0.0")


@bad("VULN-04", "a distribution's package without release")
def no_release(k: Known) -> None:
    component_of(k, name="curl", version="7.50.3-1", purl="pkg:deb/debian/curl@7.50.3-1?distro=bookworm")


@bad("VULN-04", "an advisory with commits only")
def commits_only(k: Known) -> None:
    record = vulnerable()
    record["affected"][0]["ranges"] = [{"type": "GIT", "repo": "https://example.org", "events": [{"introduced": "0"}]}]
    k.records[0] = record


@bad("VULN-04", "a new advisory that cannot be compared, on a component that is excused")
def excused_before_the_advisory(k: Known) -> None:
    commits_only(k)
    excused = {"purl": "pkg:pypi/jinja2@3.1.6", "reason": "read the change log up to 3.2", "by": "m.ito"}
    k.params["not-assessed"] = [excused]


@bad("VULN-02", "data whose own dates cannot be read")
def data_without_dates(k: Known) -> None:
    harmless(k)
    k.records.append(osv("PYSEC-2020-2", "other") | {"modified": "yesterday"})


@bad("VULN-05", "a listed CVE covered by a statement of one person", "VULN-10")
def exploited_and_stated(k: Known) -> None:
    exploited(k)
    answered(k)
    k.params |= {"exploited-not-affected": True, "published": []}


def exploited(k: Known) -> None:
    k.kev["vulnerabilities"] = [{"cveID": CVE}]


@bad("VULN-05", "a listed alias only", "VULN-03")
def exploited_alias(k: Known) -> None:
    exploited(k)


@bad("VULN-05", "status fixed but the shipped version is not a fixed one", "VULN-03")
def exploited_and_fixed_on_paper(k: Known) -> None:
    exploited(k)
    answered(k, openvex(status="fixed", justification=None))


@bad("VULN-05", "not_affected where the policy does not let it")
def exploited_not_affected(k: Known) -> None:
    exploited(k)
    answered(k)


def wrongly_aimed(products: Any) -> Change:
    return lambda k: answered(k, openvex(products=products))


for what, products in {
    "a statement for another version": [{"@id": purl("pump", "1.1.0")}],
    "a product id that matches by prefix only": [{"@id": "pkg:pypi/pump"}],
    "another product whose name begins alike": [{"@id": purl("pump-2", "1.2.0")}],
    "a component that is not in the SBOM": [{"@id": purl("pump", "1.2.0"), "subcomponents": [{"@id": purl("x", "1")}]}],
    "no product": [],
}.items():
    bad("VULN-06", what, "VULN-03")(wrongly_aimed(products))


@bad("VULN-06", "two statements that contradict each other", "VULN-03")
def contradiction(k: Known) -> None:
    answered(k)
    answered(k, openvex(status="affected", justification=None, action_statement="Update."), "second.openvex.json")
    k.params["published"] = ["product.openvex.json", "second.openvex.json"]


@bad("VULN-06", "a CSAF file that passes the schema but not the semantic tests", "VULN-03")
def csaf_contradiction(k: Known) -> None:
    document = csaf()
    document["vulnerabilities"][0]["product_status"]["fixed"] = ["PJ"]
    answered(k, document, "product.csaf.json")


@bad("VULN-06", "an old draft format", "VULN-03")
def old_draft(k: Known) -> None:
    answered(k, openvex() | {"@context": "https://openvex.dev/ns"})


@bad("VULN-06", "no timestamp", "VULN-03")
def no_timestamp(k: Known) -> None:
    document = openvex()
    del document["timestamp"]
    answered(k, document)


@bad("VULN-06", "a timestamp in the future", "VULN-03")
def future_vex(k: Known) -> None:
    answered(k, openvex() | {"timestamp": "2030-01-01T00:00:00Z"})


@bad("VULN-06", "expired: older than the policy", "VULN-03")
def old_vex(k: Known) -> None:
    answered(k, openvex() | {"timestamp": "2020-01-01T00:00:00Z"})


@bad("VULN-06", "a file that is not there", "VULN-03", "VULN-10")
def absent_vex(k: Known) -> None:
    k.params["vex"] = ["nowhere.json"]


@bad("VULN-07", "not_affected without justification", "VULN-03")
def unjustified(k: Known) -> None:
    answered(k, openvex(justification=None))


@bad("VULN-07", "free text instead of a justification word", "VULN-03")
def free_text(k: Known) -> None:
    answered(k, openvex(justification="we looked at it"))


@bad("VULN-07", "affected without action", "VULN-03")
def no_action(k: Known) -> None:
    answered(k, openvex(status="affected", justification=None))


@bad("VULN-07", "no impact statement where the policy asks for one", "VULN-03")
def no_impact(k: Known) -> None:
    k.params["impact-statement"] = True
    answered(k)


@bad("VULN-08", "unsigned VEX")
def unsigned(k: Known) -> None:
    answered(k)
    k.signer = ""


@bad("VULN-08", "a supplier identity not on the list")
def stranger(k: Known) -> None:
    answered(k)
    k.signer = "someone@example.org"


@bad("VULN-08", "author `unknown`")
def unknown_author(k: Known) -> None:
    answered(k, openvex() | {"author": "unknown"})


@bad("VULN-09", "no safety assessment")
def no_safety(k: Known) -> None:
    answered(k)
    k.assessments = k.assessments.replace("harmless,low", ",low")


@bad("VULN-09", "found_by blank")
def no_found_by(k: Known) -> None:
    answered(k)
    k.assessments = k.assessments.replace("OSV", " ")


@bad("VULN-09", "a table that is no table")
def no_table(k: Known) -> None:
    answered(k)
    k.assessments = "x,y\n1,2\n"


@bad("VULN-10", "statements kept internally only")
def kept_internally(k: Known) -> None:
    answered(k)
    k.params["published"] = []


@bad("VULN-10", "VEX of the last release shipped again")
def last_vex_shipped(k: Known) -> None:
    answered(k)
    k.params["published"] = []
    k.files["old.openvex.json"] = openvex() | {"version": 7}
    k.shipped = ("old.openvex.json",)


def two_statements(
    k: Known, first: dict[str, Any], second: dict[str, Any], stamp: str = "2026-11-19T00:00:00Z"
) -> None:
    document = openvex() | {"timestamp": stamp}
    one = document["statements"][0]
    action = {"status": "affected", "action_statement": "Update."}
    affected = {a: b for a, b in one.items() if a != "justification"} | action
    document["statements"] = [affected | first, one | second]
    answered(k, document)


@bad("VULN-03", "an older not_affected whose local time looks later")
def later_on_paper(k: Known) -> None:
    two_statements(k, {"timestamp": "2026-11-18T20:00:00Z"}, {"timestamp": "2026-11-19T02:00:00+09:00"})


@bad("VULN-06", "a statement from the future that would be the newest for ever", "VULN-03")
def future_statement(k: Known) -> None:
    two_statements(k, {}, {"timestamp": "2099-01-01T00:00:00Z"})


@bad("VULN-06", "an expired statement in a fresh file", "VULN-03")
def stale_statement(k: Known) -> None:
    document = openvex()
    document["statements"][0]["timestamp"] = "2020-01-01T00:00:00Z"
    answered(k, document)


@bad("VULN-03", "a component that the statement names in another product only")
def other_products_part(k: Known) -> None:
    ours = {"@id": purl("pump", "1.2.0"), "subcomponents": [{"@id": purl("click", "8.4.0")}]}
    other = {"@id": purl("other", "1.0"), "subcomponents": [{"@id": purl("jinja2", "3.1.6")}]}
    answered(k, openvex(products=[ours, other]))


@bad("VULN-05", "the second signer's file is expired", "VULN-06")
def second_signer_expired(k: Known) -> None:
    exploited(k)
    answered(k)
    answered(k, openvex() | {"timestamp": "2020-01-01T00:00:00Z"}, "second.openvex.json")
    k.params |= {"exploited-not-affected": True, "authors": [AUTHOR, "second@example.org"]}
    k.params["published"] = ["product.openvex.json", "second.openvex.json"]
    k.signers = {"second.openvex.json": "second@example.org"}


@bad("VULN-03", "a local build of an affected version")
def local_build(k: Known) -> None:
    k.records[0]["affected"][0]["ranges"][0]["events"] = [{"introduced": "0"}, {"last_affected": "3.1.6"}]
    component = k.scene.document["components"][1]
    component |= {"version": "3.1.6+hospital.1", "purl": "pkg:pypi/jinja2@3.1.6%2Bhospital.1"}


@bad("VULN-04", "a package of another ecosystem that a scanner looked at under the same name")
def same_name_elsewhere(k: Known) -> None:
    c_library(k)
    scan(k, "pip-audit", {"dependencies": [{"name": "zlib", "version": "1.3", "vulns": []}]})


@bad("VULN-04", "a snapshot that never speaks of this release of the distribution")
def silent_on_release(k: Known) -> None:
    purl_ = "pkg:deb/debian/curl@7.50.3-1?distro=debian-9&upstream=curl"
    component_of(k, name="curl", version="7.50.3-1", purl=purl_)
    k.more_data(
        "Debian",
        [osv("DEBIAN-1", "control", ecosystem="Debian:12", fixed="9")],
        "pkg:deb/debian/control@1?distro=debian-12&upstream=control",
    )


@bad("VULN-04", "a binary package whose source package nobody names")
def no_source_package(k: Known) -> None:
    component_of(k, name="libcurl4", version="7.50.3-1", purl="pkg:deb/debian/libcurl4@7.50.3-1?distro=debian-12")
    k.more_data(
        "Debian",
        [osv("DEBIAN-1", "control", ecosystem="Debian:12", fixed="9")],
        "pkg:deb/debian/control@1?distro=debian-12&upstream=control",
    )


@pytest.mark.parametrize(("change", "rule", "also"), BAD)
def test_a_bad_input_is_stopped_by_its_rule(known: Known, change: Change, rule: str, also: set[str]) -> None:
    change(known)

    judgements = known.judge()

    noticed = failed(judgements) | in_doubt(judgements)
    seen = {r: [f.message for f in judgements[r].findings] or judgements[r].doubts for r in noticed}
    assert rule in noticed, seen
    assert noticed == also | {rule}, seen


GOOD = [
    pytest.param(harmless, id="nothing known about any component"),
    pytest.param(answered, id="OpenVEX: not affected"),
    pytest.param(lambda k: answered(k, cyclonedx(), "vex.cdx.json"), id="CycloneDX VEX by BOM-Link"),
    pytest.param(lambda k: answered(k, csaf(), "vex.csaf.json"), id="CSAF"),
    pytest.param(lambda k: answered(k, openvex(vulnerability={"name": GHSA})), id="stated under an alias"),
    pytest.param(lambda k: stated_as_a_whole(k), id="a notice stated as a whole"),
    pytest.param(lambda k: stated_for_this_version(k), id="stated for this very version"),
    pytest.param(
        lambda k: answered(k, openvex(products=[{"@id": purl("pump", "1.2")}])), id="the whole product, PEP 440"
    ),
    pytest.param(lambda k: k.records.__setitem__(0, vulnerable(withdrawn=STATED)), id="withdrawn"),
    pytest.param(lambda k: k.records.__setitem__(0, osv(PYSEC, "jinja2", fixed="3.1.6")), id="fixed in this version"),
]


@pytest.mark.parametrize("change", GOOD)
def test_what_is_in_order_passes(known: Known, change: Change) -> None:
    change(known)

    judgements = known.judge()

    noticed = failed(judgements) | in_doubt(judgements)
    assert noticed == set(), {r: [f.message for f in judgements[r].findings] or judgements[r].doubts for r in noticed}


def test_the_newest_statement_counts(known: Known) -> None:
    answered(known, openvex(status="under_investigation", justification=None, timestamp="2026-11-01T00:00:00Z"))
    answered(known, openvex(), "newer.openvex.json")
    known.params["published"] = ["product.openvex.json", "newer.openvex.json"]

    assert failed(known.judge()) == set()


def test_an_unassessed_component_can_be_assessed_by_other_means(known: Known) -> None:
    c_library(known)
    excused = {"purl": "pkg:generic/zlib@1.3", "reason": "read the change log up to 1.3.2", "by": "m.ito"}
    known.params["not-assessed"] = [excused]

    assert failed(known.judge()) == set()

    known.params["not-assessed"] = [excused | {"reason": "n/a"}]
    assert failed(known.judge()) == {"VULN-04"}


def test_two_people_can_say_that_an_exploited_vulnerability_does_not_reach_us(known: Known) -> None:
    exploited(known)
    answered(known)
    answered(known, openvex(), "second.openvex.json")
    known.params |= {"exploited-not-affected": True, "authors": [AUTHOR, "second@example.org"]}
    known.params["published"] = ["product.openvex.json", "second.openvex.json"]
    assert failed(known.judge()) == {"VULN-05"}  # one identity signed both

    import msgspec

    collect = known.collect

    def two_signers() -> Any:
        evidence = collect()
        one, two = evidence.vex
        return msgspec.structs.replace(evidence, vex=(one, msgspec.structs.replace(two, signer="second@example.org")))

    known.collect = two_signers  # type: ignore[method-assign]  # the signatures of two people
    assert failed(known.judge()) == set()


def test_severity_unknown_is_the_highest(known: Known) -> None:
    known.records[0] = vulnerable(severity=[])

    (finding,) = known.judge()["VULN-03"].findings

    assert finding.level is Level.CRITICAL
    assert finding.note == CVE
    assert "Update to 3.2" in finding.remedy


def test_the_facts_for_the_record(known: Known) -> None:
    answered(known)
    exploited(known)

    (fact,) = facts(known.collect(), Params(data="")).vulnerabilities

    assert (fact.id, fact.component, fact.level) == (CVE, purl("jinja2", "3.1.6"), "high")
    assert fact.known_exploited
    assert fact.vex_status == "not_affected"
    assert set(fact.aliases) == {CVE, GHSA, PYSEC}


def test_an_index_that_cannot_be_read_leaves_everything_undecided(known: Known) -> None:
    known.index = "\n[surprise]\n"

    with pytest.raises(EvidenceError, match="index"):
        known.collect()


def test_a_nested_component_is_assessed_as_well(known: Known) -> None:
    inner = component("jinja2", "3.1.0") | {"bom-ref": "inner"}
    known.scene.document["components"][0]["components"] = [inner]

    found = known.judge()["VULN-03"].findings

    assert {f.message.split(":")[0] for f in found} == {f"{CVE} in jinja2 3.1.6", f"{CVE} in jinja2 3.1.0"}


def test_sbom_of_the_sbom_check_is_used(known: Known) -> None:
    known.write()
    assert json.loads((known.root / "sbom.cdx.json").read_text())["bomFormat"] == "CycloneDX"


SIGNATURE = {
    "authors": ["other@example.org", AUTHOR],
    "issuer": "https://idp.example.org",
    "trusted-root": "root.json",
}


def signed(known: Known, monkeypatch: pytest.MonkeyPatch, verify: Any) -> set[str]:
    answered(known)
    known.signer = ""
    known.files |= {"product.openvex.json.sigstore.json": {}, "root.json": {}}
    known.params |= SIGNATURE
    collect = known.collect
    monkeypatch.setattr(known, "collect", lambda: collect(verify))
    judgements = known.judge()
    return {f"failed {r}" for r in failed(judgements)} | {f"undecided {r}" for r in in_doubt(judgements)}


def test_a_signature_of_an_author_lets_a_statement_count(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def verify(bundle: bytes, sha256: str, identity: str, issuer: str, root: bytes) -> str:
        asked.append((bundle, len(sha256), identity, issuer, root))
        return "" if identity == AUTHOR else "another identity"

    assert signed(known, monkeypatch, verify) == set()
    assert asked[-1] == (b"{}", 64, AUTHOR, "https://idp.example.org", b"{}")


def test_a_signature_of_nobody_allowed_is_refused(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    assert signed(known, monkeypatch, lambda *_: "another identity") == {"failed VULN-08"}


def test_a_signature_that_cannot_be_verified_is_undecided(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    def verify(*_: Any) -> str:
        raise OutageError("the root is too old")

    assert signed(known, monkeypatch, verify) == {"undecided VULN-08"}


def test_without_a_way_to_verify_a_signature_proves_nothing(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    assert signed(known, monkeypatch, None) == {"undecided VULN-08"}


def test_a_real_signature_is_verified(known: Known) -> None:
    from functools import partial

    from gatekeeper.cli.situation import _verify
    from gatekeeper.signing.rehearsal import rehearsal
    from gatekeeper.signing.signer import open_signer

    document = json.dumps(openvex())
    with rehearsal() as running, open_signer(running.instance, running.credential, running.expected) as signer:
        bundle, _ = signer.sign_digest(hashlib.sha256(document.encode()).digest())
        answered(known)
        known.signer = ""
        known.files |= {"product.openvex.json": document, "product.openvex.json.sigstore.json": bundle.decode()}
        known.files["root.json"] = running.trusted_root.decode()
        expected = running.expected
        known.params |= {"authors": [expected.identity], "issuer": expected.issuer, "trusted-root": "root.json"}

        (file,) = known.collect(partial(_verify, rehearsal=True)).vex
        assert (file.signer, file.refused, file.unverified) == (expected.identity, "", "")

        known.files["product.openvex.json"] = document + " "
        (file,) = known.collect(partial(_verify, rehearsal=True)).vex
        assert file.refused


def test_vuln_05_a_listed_cve_covered_by_a_deviation_still_fails(known: Known) -> None:
    exploited(known)

    assert failed(known.judge()) >= {"VULN-05"}
    assert "VULN-05" not in rulebook().deviable  # so whatever deviations.toml says of it cannot answer it

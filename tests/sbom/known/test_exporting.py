"""VEX that we write can be read again by our own reader and says what was decided."""

from __future__ import annotations

from datetime import date

import msgspec

from gatekeeper.model.deviation import Deferral, Deviation, Person
from gatekeeper.model.facts import VulnerabilityFact
from gatekeeper.model.words import Level
from gatekeeper.sbom.known import vex
from gatekeeper.sbom.known.evidence import Statement
from gatekeeper.sbom.known.exporting import openvex
from tests.sbom.known.data import CVE, STATED
from tests.sbom.samples import PRODUCT, purl

FACT = VulnerabilityFact(
    id=CVE,
    component="jinja2 3.1.6",
    level="high",
    vex_status="not_affected",
    reason="component_not_present",
    aliases=(CVE, "GHSA-1"),
)
PERSON = Person("M. Ito", "m.ito")
DEVIATION = Deviation(
    id="DEV-1",
    rule="VULN-03",
    finding="0",
    decision="defer",
    justification="Templates are our own.",
    risk_ref="RISK-001",
    severity=Level.HIGH,
    author=PERSON,
    approved_by=(Person("R. Sato", "r.sato"),),
    approved_on=date(2026, 11, 1),
    expires=date(2026, 12, 1),
    deferral=Deferral(target_version="1.3.0", date=date(2026, 12, 24)),
    releases=("1.2.0",),
)


def exported(fact: VulnerabilityFact, deviation: Deviation | None = None) -> Statement:
    answered = {CVE: deviation} if deviation else {}
    parts = {"jinja2 3.1.6": purl("jinja2", "3.1.6")}
    raw = openvex(PRODUCT, purl("pump", "1.2.0"), [fact], parts, answered, STATED)
    assert raw == openvex(PRODUCT, purl("pump", "1.2.0"), [fact], parts, answered, STATED)
    file = vex.read("out.json", raw)
    assert file.faults == ()
    (statement,) = file.statements
    return statement


def test_what_was_stated_is_stated_again() -> None:
    s = exported(FACT)

    assert (s.status, s.justification, set(s.ids)) == ("not_affected", "component_not_present", {CVE, "GHSA-1"})
    assert s.products == (purl("pump", "1.2.0"),)
    assert s.subcomponents == (purl("jinja2", "3.1.6"),)


def test_what_a_deviation_accepts_is_affected_with_its_plan() -> None:
    s = exported(msgspec.structs.replace(FACT, vex_status="", reason=""), DEVIATION)

    assert s.status == "affected"
    assert "1.3.0" in s.action


def test_what_nobody_decided_is_under_investigation() -> None:
    assert exported(msgspec.structs.replace(FACT, vex_status="")).status == "under_investigation"
    assert exported(msgspec.structs.replace(FACT, reason="we looked")).status == "under_investigation"

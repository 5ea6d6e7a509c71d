"""ZAP's traditional reports, JSON and XML (zaproxy.org, "Traditional JSON Report", "Traditional XML Report").

An alert of one kind on one site is one finding; its id holds a digest of the places where it was seen, so that an
issue about three places does not answer for a fourth. Informational alerts are none. An unknown risk is critical,
and a confidence of "false positive" lowers nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from gatekeeper.checks._security_tests.evidence import Scan, ScanFinding, finding_id, latest_reading
from gatekeeper.model.words import Level

INFORMATIONAL = "0"
_RISKS = {"1": Level.LOW, "2": Level.MEDIUM, "3": Level.HIGH}
_MOST_INSTANCES = 200_000


class _Alert(NamedTuple):
    site: str
    plugin: str
    name: str
    risk: str
    declared: str
    places: tuple[tuple[str, str, str], ...]  # method, address, parameter


def of_json(document: object) -> tuple[Scan, tuple[str, ...]]:
    """The report, and where it contradicts itself. Raises ValueError for anything else than such a report."""
    top = _object(document, "the report")
    if not isinstance(top.get("@version"), str) or "site" not in top:
        raise ValueError("not a traditional ZAP report: @version or site is missing")
    sites = [_object(site, "a site") for site in _list(top["site"], "site")]
    alerts = tuple(a for site in sites for a in _json_alerts(site))
    name = str(top.get("@programName") or "ZAP")
    names = tuple(_text(site.get("@name"), "a site's name") for site in sites)
    return _scan(name, top["@version"], names, alerts, _made(top.get("created"), top.get("@generated")))


def _json_alerts(site: dict[str, Any]) -> Iterator[_Alert]:
    if "alerts" not in site:
        raise ValueError("a site has no list of alerts")
    for alert in (_object(each, "an alert") for each in _list(site["alerts"], "alerts")):
        places = tuple(
            (str(i.get("method") or ""), str(i.get("uri") or ""), str(i.get("param") or ""))
            for i in (_object(each, "an instance") for each in _list(alert.get("instances", []), "instances"))
        )
        plugin = alert.get("alertRef") or alert.get("pluginid")
        name = str(alert.get("name") or alert.get("alert") or "")
        risk, count = str(alert.get("riskcode", "")), str(alert.get("count", len(places)))
        yield _Alert(str(site.get("@name")), _text(plugin, "an alert's plugin"), name, risk, count, places)


def of_xml(content: bytes) -> tuple[Scan, tuple[str, ...]]:
    """The same from XML; document types and entities are refused. Raises ValueError."""
    import defusedxml.ElementTree

    try:
        root = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except (SyntaxError, ValueError, RecursionError) as e:  # ParseError is a SyntaxError
        raise ValueError(f"not readable as XML: {type(e).__name__} {e}") from e
    if root.tag != "OWASPZAPReport" or not root.get("version"):
        raise ValueError(f"not a ZAP report: its root is <{str(root.tag)[:60]}>, version {root.get('version')}")
    sites = root.findall("site")
    alerts = tuple(a for site in sites for a in _xml_alerts(site))
    names = tuple(_text(site.get("name"), "a site's name") for site in sites)
    made = _made(root.get("created"), root.get("generated"))
    return _scan(root.get("programName") or "ZAP", root.get("version"), names, alerts, made)


def _made(created: object, generated: object) -> str:
    """When the report was written: with a zone in newer ones, else as mail has it, in some language."""
    if isinstance(created, str) and latest_reading(created):
        return created
    try:
        return parsedate_to_datetime(str(generated)).isoformat()
    except ValueError:
        return ""


def _xml_alerts(site: Any) -> Iterator[_Alert]:
    lists = site.findall("alerts")
    if len(lists) != 1:
        raise ValueError("a site has no list of alerts")
    for alert in lists[0].findall("alertitem"):
        places = tuple(
            (i.findtext("method", ""), i.findtext("uri", ""), i.findtext("param", ""))
            for i in alert.findall("instances/instance")
        )
        plugin = alert.findtext("alertRef") or alert.findtext("pluginid")
        name = alert.findtext("name") or alert.findtext("alert", "")
        risk, count = alert.findtext("riskcode", "").strip(), alert.findtext("count", str(len(places)))
        yield _Alert(site.get("name", ""), _text(plugin, "an alert's plugin"), name, risk, count, places)


def _scan(
    tool: str, version: str, sites: tuple[str, ...], alerts: tuple[_Alert, ...], made: str
) -> tuple[Scan, tuple[str, ...]]:
    if sum(len(a.places) for a in alerts) > _MOST_INSTANCES:
        raise ValueError(f"more than {_MOST_INSTANCES} instances")
    findings = tuple(_finding(a) for a in alerts if a.risk != INFORMATIONAL)
    found = Scan(tool=tool, tool_version=version, targets=sites, findings=findings, started=made)
    return found, tuple(_contradictions(alerts))


def _finding(alert: _Alert) -> ScanFinding:
    where = sorted({(method, _place(uri), param) for method, uri, param in alert.places})
    digest = hashlib.sha256(repr(where).encode()).hexdigest()[:12]
    shown = ", ".join(f"{method} {place}" for method, place, _ in where[:3])
    level = _RISKS.get(alert.risk, Level.CRITICAL)
    return ScanFinding(finding_id(f"{alert.plugin}@{alert.site}#{digest}"), level, alert.name[:300], shown[:300])


def _place(uri: str) -> str:
    """An address without its query, which holds what the tool tried."""
    return uri.partition("#")[0].partition("?")[0]


def _contradictions(alerts: tuple[_Alert, ...]) -> Iterator[str]:
    for alert in alerts:
        if alert.declared.strip() != str(len(alert.places)):
            yield f"alert {alert.plugin} declares {alert.declared} instances, {len(alert.places)} are listed"


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no object")
    return value


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{what} is no list")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{what} is missing")
    return value

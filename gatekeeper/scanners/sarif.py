"""Results of other scanners, in SARIF 2.1.0 (OASIS): a small reader that believes nothing it was not told.

Readers in use accept a crashed run with no results as a clean one. Here:

1. the document is strict JSON within bounds, version 2.1.0, with at least one run; nothing it refers to is loaded;
2. `results` has to be there (3.14.23: its absence means that no scan was made);
3. success is stated by an invocation (3.20.14), or by the gate that ran the tool itself;
4. an error, and a warning from the execution, mean that something was not scanned (3.58.6), whatever the success flag
   says;
5. suppressions and baselines are noted and change nothing; `pass`, `notApplicable` and `informational` are no findings;
6. a result without any stated severity has the highest;
7. every place lies inside the source root.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from gatekeeper.model.words import Level
from gatekeeper.scanners.sarif_rules import Rules
from gatekeeper.scanners.sarif_values import FaultError, array, count, mapping, strict_json, text

MOST_RESULTS = 500_000
NO_FINDING = ("pass", "notApplicable", "informational")
# What an execution warns of, it may have analysed in part only (3.58.6); a warning about the configuration is none.
_NOTIFICATIONS = {
    "toolExecutionNotifications": ("none", "note"),
    "toolConfigurationNotifications": ("none", "note", "warning"),
}
_ENDED_BADLY = ("exitSignalName", "exitSignalNumber", "processStartFailureMessage")
_ANALYSED = frozenset({"analysisTarget", "resultFile"})  # roles of artifacts (3.24.6) that were read
_CWE = re.compile(r"cwe[-/_ ]?0*(\d+)", re.IGNORECASE)
_BY_LEVEL = {"error": Level.HIGH, "warning": Level.HIGH, "note": Level.MEDIUM}
_BY_BANDIT = {"LOW": Level.LOW, "MEDIUM": Level.MEDIUM, "HIGH": Level.HIGH}


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """One result that counts. `suppressed` and `baseline` say what the report would have had us believe of it."""

    rule: str
    level: Level
    text: str
    path: str = ""
    line: int = 0
    column: int = 0
    cwe: int = 0
    suppressed: bool = False
    baseline: str = ""
    anchor: str = ""
    shown: int = 0
    source: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """One run of one tool. `faults` are the reasons why it proves nothing; any one of them is enough. `off` are the
    rules that were switched off.
    """

    tool: str
    version: str = ""
    stated_success: bool = False
    revisions: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    faults: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


def read(data: bytes, root: Path) -> tuple[tuple[Report, ...], tuple[str, ...]]:
    """The runs of a document, and what is wrong with the document as a whole. Paths are relative to `root`."""
    try:
        document = mapping(strict_json(data), "the document")
        if document.get("version") != "2.1.0":
            return (), (f"SARIF version {str(document.get('version'))[:20]!r} is not 2.1.0",)
        runs = array(document.get("runs"), "runs")
        if not runs:
            return (), ("it has no runs",)
        return tuple(_Run(mapping(run, f"runs[{n}]"), root).report() for n, run in enumerate(runs)), ()
    except FaultError as e:
        return (), (str(e),)


class _Run:
    """One run while it is read."""

    def __init__(self, run: Mapping[str, Any], root: Path) -> None:
        self.run = run
        self.root = root.resolve()
        self.driver = mapping(mapping(run.get("tool"), "tool").get("driver"), "tool.driver")
        self.invocations = [mapping(e, "an invocation") for e in array(run.get("invocations") or [], "invocations")]
        self.rules = Rules(self.driver, self.invocations)
        self.faults: list[str] = []

    def report(self) -> Report:
        """Everything that the run says of itself."""
        results = tuple(self._results())
        success = self._success()
        self._refuse_references()
        return Report(
            text(self.driver.get("name")),
            text(self.driver.get("semanticVersion") or self.driver.get("version")),
            success,
            tuple(self._revisions()),
            tuple(dict.fromkeys(self._artifacts())),
            results,
            tuple(dict.fromkeys(self.faults)),
            self.rules.off,
        )

    def _results(self) -> Iterator[Result]:
        rows = self.run.get("results")
        if not isinstance(rows, list):
            self.faults.append("`results` is missing or null: no scan was made")
            return
        if len(rows) > MOST_RESULTS:
            raise FaultError(f"more than {MOST_RESULTS} results")
        for row in rows:
            each = mapping(row, "a result")
            if each.get("kind", "fail") not in NO_FINDING or each.get("level", "none") != "none":  # 3.27.10
                yield self._result(each)

    def _result(self, row: Mapping[str, Any]) -> Result:
        rule = self.rules.of(row)
        path, region = self._place(row)
        return Result(
            text(row.get("ruleId") or rule.get("id")) or "without a rule",
            severity(row, rule),
            text(mapping(row.get("message", {}), "message").get("text")),
            path,
            count(region.get("startLine")),
            count(region.get("startColumn")),
            _cwe(row, rule),
            bool(row.get("suppressions")),
            text(row.get("baselineState")),
        )

    def _place(self, row: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        locations = array(row.get("locations") or [], "locations")
        if not locations:
            return "", {}
        physical = mapping(mapping(locations[0], "a location").get("physicalLocation") or {}, "physicalLocation")
        for other in locations[1:]:
            each = mapping(mapping(other, "a location").get("physicalLocation") or {}, "physicalLocation")
            self._path(mapping(each.get("artifactLocation") or {}, "artifactLocation"))
        location = mapping(physical.get("artifactLocation") or {}, "artifactLocation")
        return self._path(location), mapping(physical.get("region") or {}, "region")

    def _path(self, location: Mapping[str, Any]) -> str:
        index = location.get("index")
        if "uri" not in location and isinstance(index, int):
            known = array(self.run.get("artifacts") or [], "artifacts")
            if 0 <= index < len(known):
                location = mapping(mapping(known[index], "an artifact").get("location") or {}, "location")
        if "uri" not in location:
            return ""
        path = self._inside(self._absolute(location, 0))
        if path is None:
            self.faults.append(f"a place outside the source root: {text(location.get('uri'))[:200]}")
            return ""
        return path

    def _absolute(self, location: Mapping[str, Any], depth: int) -> str:
        """The path that a location means, by its base if the report defines one; else from the source root."""
        uri = text(location.get("uri"))
        try:
            parts = urlsplit(uri)
        except ValueError:
            return "//elsewhere"
        if parts.scheme not in ("", "file") or parts.netloc not in ("", "localhost"):
            return "//elsewhere"
        path = unquote(parts.path)
        if path.startswith("/"):
            return path
        bases = mapping(self.run.get("originalUriBaseIds") or {}, "originalUriBaseIds")
        base = bases.get(str(location.get("uriBaseId")))
        if isinstance(base, dict) and base.get("uri") and depth < 8:
            return posixpath.join(self._absolute(base, depth + 1), path)
        return posixpath.join(str(self.root), path)

    def _inside(self, path: str) -> str | None:
        normal = posixpath.normpath(path)
        top = str(self.root)
        if "\x00" in normal or not normal.startswith(top.rstrip("/") + "/"):
            return None
        return normal[len(top.rstrip("/")) + 1 :]

    def _success(self) -> bool:
        for each in self.invocations:
            if each.get("executionSuccessful") is not True:
                self.faults.append("an invocation does not state executionSuccessful true")
            if each.get("exitCode") not in (None, 0, 1):
                self.faults.append(f"an invocation ended with exit code {str(each.get('exitCode'))[:20]}")
            self.faults += (f"an invocation states {word}" for word in _ENDED_BADLY if each.get(word) is not None)
            for name, harmless in _NOTIFICATIONS.items():
                for note in array(each.get(name) or [], name):
                    self._notification(mapping(note, "a notification"), harmless)
        return bool(self.invocations) and all(e.get("executionSuccessful") is True for e in self.invocations)

    def _notification(self, note: Mapping[str, Any], harmless: tuple[str, ...]) -> None:
        if (level := note.get("level", "warning")) not in harmless:
            said = text(mapping(note.get("message") or {}, "message").get("text"))
            word = "a warning" if level == "warning" else "an error"
            self.faults.append(f"the tool reports {word}: {said[:200]}")

    def _revisions(self) -> Iterator[str]:
        for each in array(self.run.get("versionControlProvenance") or [], "versionControlProvenance"):
            yield text(mapping(each, "versionControlProvenance").get("revisionId"))

    def _artifacts(self) -> Iterator[str]:
        for row in array(self.run.get("artifacts") or [], "artifacts"):
            each = mapping(row, "an artifact")
            path = self._path(mapping(each.get("location") or {}, "location"))
            if path and not ("roles" in each and _ANALYSED.isdisjoint(map(str, array(each["roles"], "roles")))):
                yield path

    def _refuse_references(self) -> None:
        elsewhere = mapping(self.run.get("externalPropertyFileReferences") or {}, "externalPropertyFileReferences")
        for name in sorted(set(elsewhere) - {"taxonomies", "translations", "policies", "addresses", "graphs"}):
            self.faults.append(f"its {name} lie in another file, which is not read")


def severity(row: Mapping[str, Any], rule: Mapping[str, Any]) -> Level:
    """By security-severity (0 to 10), Bandit's own word, the stated level; what states nothing is the highest."""
    for holder in (row, rule):
        properties = holder.get("properties")
        if isinstance(properties, dict) and "security-severity" in properties:
            return _by_score(properties["security-severity"])
        if isinstance(properties, dict) and "issue_severity" in properties:
            return _BY_BANDIT.get(str(properties["issue_severity"]), Level.CRITICAL)
    default = rule.get("defaultConfiguration")
    stated = row.get("level") or (default.get("level") if isinstance(default, dict) else None)
    return _BY_LEVEL.get(str(stated), Level.CRITICAL)


def _by_score(score: Any) -> Level:
    """The bands of CVSS 3.1, section 5; what is no number from 0 to 10 is the highest."""
    try:
        number = float(score)
    except (TypeError, ValueError):
        return Level.CRITICAL
    bands = ((0.0, Level.LOW), (4.0, Level.MEDIUM), (7.0, Level.HIGH), (9.0, Level.CRITICAL))
    if not 0.0 <= number <= 10.0:
        return Level.CRITICAL
    return next(level for start, level in reversed(bands) if number >= start)


def _cwe(row: Mapping[str, Any], rule: Mapping[str, Any]) -> int:
    """The first CWE number in the tags or relationships of result or rule."""
    for holder in (row, rule):
        properties = holder.get("properties")
        tags = properties.get("tags") if isinstance(properties, dict) else None
        said = [*(tags if isinstance(tags, list) else ()), holder.get("taxa"), holder.get("relationships")]
        if match := _CWE.search(json.dumps(said)[:10_000]):
            return int(match[1][:9])
    return 0

"""Results of other scanners, in SARIF 2.1.0 (OASIS): a small reader that believes nothing it was not told.

Readers in use accept a crashed run with no results as a clean one. Here:

1. the document is strict JSON within bounds, version 2.1.0, with at least one run; nothing it refers to is loaded;
2. `results` has to be there (3.14.23: its absence means that no scan was made);
3. success is stated by an invocation (3.20.14), or by the gate that ran the tool itself;
4. a notification of level error means that something was not scanned (3.58.6), whatever the success flag says;
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
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

import msgspec

from gatekeeper.model.words import Level

LARGEST = 64 * 2**20  # bytes
DEEPEST = 64  # levels of nesting
MOST_RESULTS = 500_000
LONGEST_TEXT = 1000  # characters of a message that are kept
NO_FINDING = ("pass", "notApplicable", "informational")
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
    """One run of one tool. `faults` are the reasons why it proves nothing; any one of them is enough."""

    tool: str
    version: str = ""
    stated_success: bool = False
    revisions: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    faults: tuple[str, ...] = ()


class _FaultError(Exception):
    """The document is not what it should be; the message says where."""


def read(data: bytes, root: Path) -> tuple[tuple[Report, ...], tuple[str, ...]]:
    """The runs of a document, and what is wrong with the document as a whole. Paths are relative to `root`."""
    try:
        document = _object(_strict_json(data), "the document")
        if document.get("version") != "2.1.0":
            return (), (f"SARIF version {str(document.get('version'))[:20]!r} is not 2.1.0",)
        runs = _list(document.get("runs"), "runs")
        if not runs:
            return (), ("it has no runs",)
        return tuple(_Run(_object(run, f"runs[{n}]"), root).report() for n, run in enumerate(runs)), ()
    except _FaultError as e:
        return (), (str(e),)


class _Run:
    """One run while it is read."""

    def __init__(self, run: Mapping[str, Any], root: Path) -> None:
        self.run = run
        self.root = root.resolve()
        self.driver = _object(_object(run.get("tool"), "tool").get("driver"), "tool.driver")
        self.rules = [_object(rule, "a rule") for rule in _list(self.driver.get("rules", []), "rules")]
        self.by_id = {str(rule.get("id")): rule for rule in self.rules}
        self.faults: list[str] = []

    def report(self) -> Report:
        """Everything that the run says of itself."""
        results = tuple(self._results())
        success = self._success()
        self._refuse_references()
        return Report(
            _text(self.driver.get("name")),
            _text(self.driver.get("semanticVersion") or self.driver.get("version")),
            success,
            tuple(self._revisions()),
            tuple(dict.fromkeys(self._artifacts())),
            results,
            tuple(dict.fromkeys(self.faults)),
        )

    def _results(self) -> Iterator[Result]:
        rows = self.run.get("results")
        if not isinstance(rows, list):
            self.faults.append("`results` is missing or null: no scan was made")
            return
        if len(rows) > MOST_RESULTS:
            raise _FaultError(f"more than {MOST_RESULTS} results")
        for row in rows:
            each = _object(row, "a result")
            if each.get("kind", "fail") not in NO_FINDING:
                yield self._result(each)

    def _result(self, row: Mapping[str, Any]) -> Result:
        rule = self._rule(row)
        path, region = self._place(row)
        return Result(
            _text(row.get("ruleId") or rule.get("id")) or "without a rule",
            severity(row, rule),
            _text(_object(row.get("message", {}), "message").get("text")),
            path,
            _count(region.get("startLine")),
            _count(region.get("startColumn")),
            _cwe(row, rule),
            bool(row.get("suppressions")),
            _text(row.get("baselineState")),
        )

    def _rule(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        index = row.get("ruleIndex")
        if isinstance(index, int) and 0 <= index < len(self.rules):
            return self.rules[index]
        return self.by_id.get(str(row.get("ruleId")), {})

    def _place(self, row: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        locations = _list(row.get("locations") or [], "locations")
        if not locations:
            return "", {}
        physical = _object(_object(locations[0], "a location").get("physicalLocation") or {}, "physicalLocation")
        for other in locations[1:]:
            each = _object(_object(other, "a location").get("physicalLocation") or {}, "physicalLocation")
            self._path(_object(each.get("artifactLocation") or {}, "artifactLocation"))
        location = _object(physical.get("artifactLocation") or {}, "artifactLocation")
        return self._path(location), _object(physical.get("region") or {}, "region")

    def _path(self, location: Mapping[str, Any]) -> str:
        index = location.get("index")
        if "uri" not in location and isinstance(index, int):
            known = _list(self.run.get("artifacts") or [], "artifacts")
            if 0 <= index < len(known):
                location = _object(_object(known[index], "an artifact").get("location") or {}, "location")
        if "uri" not in location:
            return ""
        path = self._inside(self._absolute(location, 0))
        if path is None:
            self.faults.append(f"a place outside the source root: {_text(location.get('uri'))[:200]}")
            return ""
        return path

    def _absolute(self, location: Mapping[str, Any], depth: int) -> str:
        """The path that a location means, by its base if the report defines one; else from the source root."""
        uri = _text(location.get("uri"))
        try:
            parts = urlsplit(uri)
        except ValueError:
            return "//elsewhere"
        if parts.scheme not in ("", "file") or parts.netloc not in ("", "localhost"):
            return "//elsewhere"
        path = unquote(parts.path)
        if path.startswith("/"):
            return path
        bases = _object(self.run.get("originalUriBaseIds") or {}, "originalUriBaseIds")
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
        invocations = [
            _object(each, "an invocation") for each in _list(self.run.get("invocations") or [], "invocations")
        ]
        for each in invocations:
            if each.get("executionSuccessful") is not True:
                self.faults.append("an invocation does not state executionSuccessful true")
            if each.get("exitCode") not in (None, 0, 1):
                self.faults.append(f"an invocation ended with exit code {str(each.get('exitCode'))[:20]}")
            for name in ("toolExecutionNotifications", "toolConfigurationNotifications"):
                for note in _list(each.get(name) or [], name):
                    self._notification(_object(note, "a notification"))
        return bool(invocations) and all(each.get("executionSuccessful") is True for each in invocations)

    def _notification(self, note: Mapping[str, Any]) -> None:
        if note.get("level", "warning") not in ("none", "note", "warning"):
            text = _text(_object(note.get("message") or {}, "message").get("text"))
            self.faults.append(f"the tool reports an error: {text[:200]}")

    def _revisions(self) -> Iterator[str]:
        for each in _list(self.run.get("versionControlProvenance") or [], "versionControlProvenance"):
            yield _text(_object(each, "versionControlProvenance").get("revisionId"))

    def _artifacts(self) -> Iterator[str]:
        for each in _list(self.run.get("artifacts") or [], "artifacts"):
            if path := self._path(_object(_object(each, "an artifact").get("location") or {}, "location")):
                yield path

    def _refuse_references(self) -> None:
        elsewhere = _object(self.run.get("externalPropertyFileReferences") or {}, "externalPropertyFileReferences")
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


def _strict_json(data: bytes) -> Any:
    if len(data) > LARGEST:
        raise _FaultError(f"larger than {LARGEST >> 20} MiB")
    try:
        document = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_pairs, parse_constant=_constant)
    except (ValueError, RecursionError) as e:
        raise _FaultError(f"not JSON: {str(e)[:200]}") from e
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(DEEPEST):
        level = [v for c in level for v in (c.values() if isinstance(c, dict) else c) if isinstance(v, dict | list)]
        if not level:
            return document
    raise _FaultError(f"nested deeper than {DEEPEST} levels")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _FaultError(f"{what} is no object")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise _FaultError(f"{what} is no array")
    return value


def _text(value: Any) -> str:
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 < value < 2**31 else 0

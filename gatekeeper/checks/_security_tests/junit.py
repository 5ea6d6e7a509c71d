"""JUnit XML, counted case by case; what the file declares about itself is only compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from gatekeeper.checks._security_tests.evidence import Case

LARGEST_REPORT = 256 << 20
MOST_CASES = 500_000
DEEPEST = 40
_OUTCOMES = {"failure": "failed", "error": "error", "skipped": "skipped"}
_TOTALS = (
    ("tests", None),
    ("failures", "failed"),
    ("errors", "error"),
    ("skipped", "skipped"),
)


class Junit(NamedTuple):
    """Cases, contradictions with declared totals, and properties of the outermost suites."""

    cases: tuple[Case, ...]
    contradictions: tuple[str, ...]
    properties: dict[str, str]
    started: str


def read(content: bytes) -> Junit:
    """Read a report. Raises ValueError for XML with a document type or entities, for other roots, beyond bounds."""
    import defusedxml.ElementTree

    try:
        root = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except (SyntaxError, ValueError, RecursionError) as e:  # ParseError is a SyntaxError
        raise ValueError(f"not readable as XML: {type(e).__name__} {e}") from e
    if _tag(root) not in ("testsuites", "testsuite"):
        raise ValueError(f"its root is <{_tag(root)}>, not <testsuites> or <testsuite>")
    cases = tuple(_cases(root, 0))
    if len(cases) > MOST_CASES:
        raise ValueError(f"more than {MOST_CASES} test cases")
    return Junit(cases, tuple(_contradictions(root)), dict(_properties(root)), _started(root))


def _cases(node: Any, depth: int) -> Iterator[Case]:
    if depth > DEEPEST:
        raise ValueError("suites are nested too deeply")
    for child in node:
        if _tag(child) == "testcase":
            yield _case(child)
        elif _tag(child) == "testsuite":
            yield from _cases(child, depth + 1)
            if any(_tag(inner) in ("failure", "error") for inner in child):
                yield Case(f"suite {child.get('name', '')}", "error", "the suite itself failed")


def _case(node: Any) -> Case:
    name = ".".join(part for part in (node.get("classname", ""), node.get("name", "")) if part)
    outcomes = [(_OUTCOMES[_tag(child)], child) for child in node if _tag(child) in _OUTCOMES]
    if not outcomes:
        return Case(name)
    worst = min(outcomes, key=lambda found: ("error", "failed", "skipped").index(found[0]))
    return Case(name, worst[0], (worst[1].get("message") or "")[:300])


def _contradictions(root: Any) -> Iterator[str]:
    suites = [root, *(node for node in root.iter() if _tag(node) == "testsuite" and node is not root)]
    for suite in suites:
        cases = tuple(_cases(suite, 0))
        for attribute, outcome in _TOTALS:
            declared = suite.get(attribute)
            if declared is None:
                continue
            counted = len(cases) if outcome is None else sum(case.outcome == outcome for case in cases)
            if declared.strip() != str(counted):
                name = suite.get("name", "")
                yield f"<{_tag(suite)} name={name!r}> declares {attribute}={declared!r}, {counted} counted"


def _properties(root: Any) -> Iterator[tuple[str, str]]:
    for suite in (root, *(child for child in root if _tag(child) == "testsuite")):
        for block in (child for child in suite if _tag(child) == "properties"):
            for item in block:
                yield item.get("name", ""), item.get("value") or (item.text or "").strip()


def _started(root: Any) -> str:
    times = [node.get("timestamp") for node in root.iter() if _tag(node) in ("testsuite", "testsuites")]
    return max((time for time in times if time), default="")


def _tag(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]

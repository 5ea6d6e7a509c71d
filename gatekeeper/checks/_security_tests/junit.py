"""JUnit XML, counted case by case; what the file declares about itself is only compared.

The form has no one author, so a case has passed only where nothing in it says otherwise: neither an element nor a
word of `status` and `result` that the gate does not know (pytest, Surefire, GoogleTest, CTest, nextest, behave).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from gatekeeper.checks._security_tests.evidence import Case, latest_reading

LARGEST_REPORT = 256 << 20
MOST_CASES = 500_000
DEEPEST = 40
_OUTCOMES = {"failure": "failed", "error": "error", "skipped": "skipped", "disabled": "skipped", "ignored": "skipped"}
_AGAIN = {f"{kind}{what}": "failed" for kind in ("flaky", "rerun") for what in ("Failure", "Error")}
_REMARKS = frozenset(["properties", "property", "system-out", "system-err"])
_STATES = {
    **dict.fromkeys(("", "run", "completed", "passed", "pass", "success", "successful", "ok"), "passed"),
    **dict.fromkeys(("notrun", "disabled", "suppressed", "skipped", "ignored", "untested", "pending"), "skipped"),
    **dict.fromkeys(("fail", "failed", "failure"), "failed"),
}
_WORST = ("error", "failed", "skipped")
_TOTALS = (
    ("tests", None),
    ("failures", "failed"),
    ("errors", "error"),
    ("skipped", "skipped"),
)


class Junit(NamedTuple):
    """Cases, contradictions with declared totals, properties of the outermost suites, and the earliest start of any."""

    cases: tuple[Case, ...]
    contradictions: tuple[str, ...]
    properties: tuple[tuple[str, str], ...]
    started: str


def read(content: bytes) -> Junit:
    """Read a report. Raises ValueError for XML with a document type or entities, for other roots, beyond bounds, and
    where cases or failures stand in places where none are counted."""
    import defusedxml.ElementTree

    try:
        root = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except (SyntaxError, ValueError, RecursionError) as e:  # ParseError is a SyntaxError
        raise ValueError(f"not readable as XML: {type(e).__name__} {e}") from e
    if _tag(root) not in ("testsuites", "testsuite"):
        raise ValueError(f"its root is <{_tag(root)}>, not <testsuites> or <testsuite>")
    _refuse_strays(root)
    cases = tuple(_cases(root, 0))
    if len(cases) > MOST_CASES:
        raise ValueError(f"more than {MOST_CASES} test cases")
    return Junit(cases, tuple(_contradictions(root)), tuple(_properties(root)), _started(root))


def _refuse_strays(root: Any) -> None:
    """What counts must stand where it is counted: cases in suites, failures in cases or suites."""
    for parent in root.iter():
        inside = _tag(parent)
        for child in parent:
            tag = _tag(child)
            match tag.casefold():
                case "testcase" | "testsuite":
                    read = tag in ("testcase", "testsuite") and inside in ("testsuite", "testsuites")
                case "failure" | "error":
                    read = tag in _OUTCOMES and inside in ("testcase", "testsuite", "testsuites")
                case _:
                    read = True
            if not read:
                raise ValueError(f"<{tag}> stands inside <{inside}>, where none is counted")


def _cases(node: Any, depth: int) -> Iterator[Case]:
    if depth > DEEPEST:
        raise ValueError("suites are nested too deeply")
    for child in node:
        if _tag(child) == "testcase":
            yield _case(child)
        elif _tag(child) == "testsuite":
            yield from _cases(child, depth + 1)
    if any(_tag(child) in ("failure", "error") for child in node):
        yield Case(f"suite {node.get('name', '')}", "error", "the suite itself failed")


def _case(node: Any) -> Case:
    name = ".".join(part for part in (node.get("classname", ""), node.get("name", "")) if part)
    outcomes = sorted((*_told(node), *_stated(node)), key=lambda found: _WORST.index(found[0]))
    return Case(name, *outcomes[0]) if outcomes else Case(name)


def _told(case: Any) -> Iterator[tuple[str, str]]:
    """What the elements of a case say of it, and in which words."""
    for child in case:
        tag, message = _tag(child), (child.get("message") or "")[:300]
        if tag in _OUTCOMES:
            yield _OUTCOMES[tag], message
        elif tag in _AGAIN:
            yield _AGAIN[tag], f"it was run again after <{tag}>: {message}"
        elif tag not in _REMARKS:
            yield "error", f"it holds <{tag}>, which the gate does not know"


def _stated(case: Any) -> Iterator[tuple[str, str]]:
    """The same for its attributes."""
    for name in ("status", "result"):
        word = (case.get(name) or "").strip()
        outcome = _STATES.get(word.casefold().replace(" ", ""), "error")
        if outcome != "passed":
            yield outcome, f"its {name} is {word[:100]!r}"


def _contradictions(root: Any) -> Iterator[str]:
    suites = [root, *(node for node in root.iter() if _tag(node) == "testsuite" and node is not root)]
    for suite in suites:
        cases = tuple(_cases(suite, 0))
        for attribute, outcome in _TOTALS:
            declared = suite.get(attribute)
            if declared is None:
                continue
            counted = len(cases) if outcome is None else sum(case.outcome == outcome for case in cases)
            if outcome == "skipped":  # some count the disabled ones apart
                counted -= _number(suite.get("disabled"))
            if declared.strip() != str(counted):
                name = suite.get("name", "")
                yield f"<{_tag(suite)} name={name!r}> declares {attribute}={declared!r}, {counted} counted"


def _properties(root: Any) -> Iterator[tuple[str, str]]:
    for suite in (root, *(child for child in root if _tag(child) == "testsuite")):
        for block in (child for child in suite if _tag(child) == "properties"):
            for item in block:
                yield item.get("name", ""), item.get("value") or (item.text or "").strip()


def _started(root: Any) -> str:
    texts = [node.get("timestamp") or "" for node in root.iter() if _tag(node) in ("testsuite", "testsuites")]
    times = [(when, text) for text in texts if (when := latest_reading(text))]
    return min(times)[1] if times else ""


def _number(text: str | None) -> int:
    return int(text) if text and text.strip().isdecimal() else 0


def _tag(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]

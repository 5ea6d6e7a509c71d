"""One name for one test, however it is written: pytest prints `tests/test_link.py::Pump::test_one[a/b]`, its JUnit
report says class `tests.test_link.Pump` and name `test_one[a/b]`, people write either."""

from __future__ import annotations

from collections.abc import Iterable


def canonical(test: str) -> str:
    """The dotted form; what stands in brackets (the variant) is kept as it is. The same for every spelling."""
    head, bracket, variant = test.strip().partition("[")
    path, mark, rest = head.partition("::")
    if mark:
        head = f"{_dotted(path)}.{rest.replace('::', '.')}"
    return head + bracket + variant


def without_variant(test: str) -> str:
    """The test itself, for those who trace to it and not to one of its variants."""
    return canonical(test).partition("[")[0]


def _dotted(path: str) -> str:
    return path.replace("\\", "/").removeprefix("./").removesuffix(".py").replace("/", ".")


def shown(passed: Iterable[str], missed: Iterable[str]) -> frozenset[str]:
    """The tests that passed, each with and without its variant; one variant that did not pass spoils the test."""
    good = {name for test in passed for name in (canonical(test), without_variant(test))}
    bad = {name for test in missed for name in (canonical(test), without_variant(test))}
    return frozenset(good - bad - {""})

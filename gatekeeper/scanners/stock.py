"""Bandit's own manager and traversal, unchanged, over bytes that we hold: the slow driver, and the fast one's measure.

Imported only where a scan takes place, because Bandit costs a tenth of a second.
"""

from __future__ import annotations

import logging
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bandit.core.config import BanditConfig
from bandit.core.manager import BanditManager

from gatekeeper.scanners import nosec
from gatekeeper.scanners.assemble import SourceText, finished
from gatekeeper.scanners.results import FileScan, Source


class Complaints(logging.Handler):
    """Hears what Bandit only logs: a test that raised leaves no other trace, and the exit status stays 0."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message without its traceback."""
        sentence = record.getMessage().partition("Traceback (most recent call last)")[0]
        self.said.append(" ".join(sentence.split())[:300])


@contextmanager
def listening() -> Iterator[list[str]]:
    """Take over Bandit's logger for the time of a scan, and put it back as it was."""
    logger = logging.getLogger("bandit")
    level, propagate = logger.level, logger.propagate
    complaints = Complaints()
    logger.addHandler(complaints)
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    try:
        yield complaints.said
    finally:
        logger.removeHandler(complaints)
        logger.setLevel(level)
        logger.propagate = propagate


def scan(sources: Sequence[Source]) -> list[FileScan]:
    """Scan each source twice where it holds `nosec` comments: with the comments ignored, and with them obeyed."""
    with tempfile.TemporaryDirectory(prefix="gatekeeper-") as folder:
        return [_scan_one(source, Path(folder) / "source.py") for source in sources]


def _scan_one(source: Source, place: Path) -> FileScan:
    text = SourceText(source)
    place.write_bytes(source.data)
    with listening() as complaints:
        obeyed = _run(place, ignore_nosec=False)
        if obeyed.skipped:
            reason = str(obeyed.skipped[0][1])
            return finished(text, (), (), obeyed.metrics.data[str(place)], reason=reason)
        comments = nosec.comments(source.data) if nosec.may_hold_comment(source.data) else ()
        everything = _run(place, ignore_nosec=True) if comments else obeyed
    named = (said.replace(str(place), source.path) for said in complaints)
    metrics = obeyed.metrics.data[str(place)]
    return finished(text, _marked(everything.results, obeyed.results), comments, metrics, dict.fromkeys(named))


def _run(place: Path, *, ignore_nosec: bool) -> Any:
    manager = BanditManager(BanditConfig(), "file", quiet=True, ignore_nosec=ignore_nosec)
    manager.files_list = [str(place)]
    manager.run_tests()
    return manager


def _marked(everything: Iterable[Any], obeyed: Iterable[Any]) -> Iterator[tuple[Any, bool]]:
    """Each result with whether it is missing from the run that obeyed the comments."""
    left = Counter(map(_key, obeyed))
    for issue in everything:
        key = _key(issue)
        left[key] -= 1
        yield issue, left[key] < 0


def _key(issue: Any) -> tuple[Any, ...]:
    return (issue.test_id, issue.test, issue.lineno, issue.col_offset, issue.end_col_offset, issue.text)

"""The fast driver: Bandit's own plugins, unchanged, over a traversal that is linear in the length of the file.

Stock Bandit builds a list of line numbers for every node, asks every test about every node, and looks for a key by
walking all keys of its dict: quadratic in the rows of a code table. Here a test is asked only where it could answer
(guards.py), ranges stay ranges, keys are found by identity, and files without the word `nosec` are not tokenized.

Whatever is out of the ordinary (a file that does not parse, nesting deeper than DEEPEST, any exception) is handed to
the stock driver, so that its answer is the stock answer. Imported only where a scan takes place.
"""

from __future__ import annotations

import ast
import gc
import io
import re
import tokenize
from collections.abc import Sequence

from bandit.core.manager import _parse_nosec_comment

from gatekeeper.scanners import guards, nosec, stock
from gatekeeper.scanners.asking import Asking
from gatekeeper.scanners.assemble import SourceText, finished
from gatekeeper.scanners.bandit_tests import Asked
from gatekeeper.scanners.results import FileScan, Source
from gatekeeper.scanners.visiting import Visit

_COLLECT_AFTER = 2**20  # bytes of source between two collections of garbage
_LINE = re.compile(rb"^[ \t\x0b\x0c]*[^\s#]", re.MULTILINE)


def scan(sources: Sequence[Source]) -> list[FileScan]:
    """Scan each source once; findings under a `nosec` comment are kept and marked."""
    asked = Asked()
    collecting, since, done = gc.isenabled(), 0, []
    gc.disable()  # trees of millions of nodes without cycles: looking for garbage in them only costs time
    try:
        with stock.listening() as complaints:
            for source in sources:
                done.append(_scan_one(source, asked, complaints))
                since += len(source.data)
                if since > _COLLECT_AFTER:
                    since = 0
                    gc.collect()
    finally:
        if collecting:
            gc.enable()
    return done


def _scan_one(source: Source, asked: Asked, complaints: list[str]) -> FileScan:
    try:
        return _scanned(source, asked, complaints)
    except Exception:  # noqa: BLE001 - a file out of the ordinary: the stock driver's answer is the answer
        [result] = stock.scan([source])
        return result


def _scanned(source: Source, asked: Asked, complaints: list[str]) -> FileScan:
    """Walk the tree and ask the tests. `complaints` is what Bandit logs meanwhile."""
    before, text = len(complaints), SourceText(source)
    _refuse_undecodable(source.data)
    comments = nosec.comments(source.data) if nosec.may_hold_comment(source.data) else ()
    chain: list[ast.AST] = []
    named = {comment.line: _parse_nosec_comment(comment.text) for comment in comments}
    asking = Asking(source, chain, named, _lines_of_code(source.data))
    Visit(asked, asking, chain).descend(ast.parse(source.data))
    if guards.may_be_mirrored(source.data):
        asking.ask(asked.tests["File"], {"lineno": 0, "linerange": [0, 1], "col_offset": 0}, None)
    asking.unlink()
    crashes = dict.fromkeys((*asking.crashes, *complaints[before:]))
    return finished(text, asking.found, comments, asking.metrics, crashes)


def _refuse_undecodable(data: bytes) -> None:
    """Bytes that the encoding does not know: Python's parser overlooks them in comments, Bandit's tokens do not."""
    if not data.isascii():
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        data.decode(encoding)


def _lines_of_code(data: bytes) -> int:
    """Lines that are neither empty nor comment, counted as Bandit counts them: at line feeds and carriage returns."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return len(_LINE.findall(data))

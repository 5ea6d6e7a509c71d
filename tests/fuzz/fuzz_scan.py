"""`make fuzz`: damaged sources, SARIF reports, caches and kept answers by the hundred thousand; no traceback, and no finding lost.

Run as `python -m tests.fuzz.fuzz_scan [COUNT] [SEED]`: COUNT inputs for each of the four. Prints what was tried and
exits 1 at the first fault, with the input written beside it.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gatekeeper.scanners import sarif, seen, toolchain
from gatekeeper.scanners.cache import Store
from gatekeeper.scanners.own_file import OwnFile
from gatekeeper.scanners.results import FileScan, Source
from tests.scanners.snippets import SNIPPETS

PLANTED = b"\neval(planted)\n"
FILES = tuple(SNIPPETS.values())
PIECES = ("  # nosec", "  # nosec B307 DEV-1-2", "\n", "\t", "(", ")", "'''", "\\", "\x00", "\u202e", "# coding: cp037\n",
          "if x:\n    ", "lambda: ", "f'{x}'", "import eval as y\n", "x" * 3000, "[" * 150, "# coding: latin-1\n", "\r")  # fmt: skip
REPORT: dict[str, Any] = {
    "version": "2.1.0",
    "runs": [{
        "tool": {"driver": {"name": "Example", "version": "1", "rules": [{"id": "E1", "properties": {"tags": ["CWE-78"]}}]}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [{"level": "note"}]}],
        "originalUriBaseIds": {"TOP": {"uri": "file:///product/"}},
        "artifacts": [{"location": {"uri": "a.c", "uriBaseId": "TOP"}}],
        "results": [{"ruleId": "E1", "ruleIndex": 0, "level": "error", "message": {"text": "seen"}, "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": "a.c", "index": 0}, "region": {"startLine": 1}}}]}],
    }],
}  # fmt: skip
VALUES: tuple[Any, ...] = (None, True, False, 0, -1, 2**70, 1.5, "", "x", "../x", "//", "file:///etc", "http://[", [], {}, [[]],
                           [{}], {"uri": 1}, "\u0000", "pass", "error")  # fmt: skip


class FaultError(Exception):
    """What must not be."""


def source(draw: random.Random) -> bytes:
    """Dangerous pieces put together, then damaged."""
    text = "\n".join(draw.choice(FILES) for _ in range(draw.randint(1, 4)))
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(draw.randint(0, 4)):
        at = draw.randint(0, len(raw))
        if draw.random() < 0.5:
            raw[at:at] = draw.choice(PIECES).encode()
        elif raw:
            raw[min(at, len(raw) - 1)] = draw.randint(0, 255)
    return bytes(raw)


def scan_source(draw: random.Random) -> bytes:
    """A planted call on a line of its own is found, or the file says that it was not read; now and then as stock says."""
    from gatekeeper.scanners import fast, stock

    data = source(draw) + PLANTED
    [seen] = fast.scan([Source("a.py", data)])
    if not seen.unread and not any(issue.test == "B307" for issue in seen.issues) and _is_call(data):
        raise FaultError("the planted call was lost", data)
    if draw.random() < 0.02:
        [theirs] = stock.scan([Source("a.py", data)])
        if (seen.issues, seen.unread) != (theirs.issues, theirs.unread):
            raise FaultError("not what stock Bandit says", data)
    return data


def _is_call(data: bytes) -> bool:
    """Whether Python itself sees the planted line as a call of that name, which nothing in the file renames."""
    import ast

    tree = ast.parse(data)
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n) == "eval(planted)"]
    return bool(calls) and b"as eval" not in data and b"import eval" not in data


def read_report(draw: random.Random) -> bytes:
    """A report whose finding is gone says why, in a fault or in a place that was itself set to say so."""
    document = copy.deepcopy(REPORT)
    touched = [_change(draw, document) for _ in range(draw.randint(0, 2))]
    data = bytearray(json.dumps(document).encode())
    flips = draw.randint(0, 2) if draw.random() < 0.3 else 0
    for _ in range(flips):
        data[draw.randrange(len(data))] = draw.randint(0, 255)
    reports, faults = sarif.read(bytes(data), Path("/product"))
    if not touched and not flips and (faults or not reports[0].results):
        raise FaultError("a good report was refused", bytes(data))
    told = faults or flips or {"results", "runs", "0"} & set(touched)  # these places may say that there is nothing
    if not told and not all(report.results or report.faults for report in reports):
        raise FaultError("a finding was lost", bytes(data))
    if any(result.path.startswith(("/", "..")) for report in reports for result in report.results):
        raise FaultError("a place outside the root", bytes(data))
    return bytes(data)


def _change(draw: random.Random, document: Any) -> str:
    """Set or delete one place of a document."""
    node, key = document, "version"
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return "nothing"
        key = draw.choice(keys)
        if not isinstance(node[key], dict | list) or not node[key] or draw.random() < 0.3:
            break
        node = node[key]
    if draw.random() < 0.3:
        del node[key]
    else:
        node[key] = copy.deepcopy(draw.choice(VALUES))
    return str(key)


def cache_reader(folder: Path) -> Callable[[random.Random], bytes]:
    """A store that holds one file; any change to its bytes must leave nothing to be found."""
    root, env = folder / "tree", {"HOME": str(folder)}
    tools = toolchain.Toolchain("1.9.4", "3", ("B307",))
    Store(root, env).keep(tools, "fast", [FileScan("a.py", "00" * 32)])
    place = Path(OwnFile(str(root), "scan", env).path)
    return damaging(place, lambda: Store(root, env).find("a.py", "00" * 32) is not None)


def answer_reader(folder: Path) -> Callable[[random.Random], bytes]:
    """The hook's kept answer about one file; any change to its bytes must leave no answer."""
    root, env = folder / "tree", {"HOME": str(folder)}
    source = root / "a.py"
    source.write_text("x = 1\n")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    rules = seen.rules("2000-01-01", "9999-12-31", [(os.path.realpath(source), digest)])
    seen.remember(os.path.realpath(root), rules, [seen.fact("a.py", digest)], env)
    place = Path(OwnFile(str(root), seen.PURPOSE, env).path)
    return damaging(place, lambda: seen.all_passed(os.path.realpath(root), ["a.py"], env))


def damaging(place: Path, believed: Callable[[], bool]) -> Callable[[random.Random], bytes]:
    """Change a good file, and let it be read."""
    if not believed():
        raise FaultError("a good file holds nothing", b"")
    good = place.read_bytes()

    def read(draw: random.Random) -> bytes:
        data = bytearray(good)
        for _ in range(draw.randint(1, 3)):
            data[draw.randrange(len(data))] ^= draw.randint(1, 255)
        if draw.random() < 0.3:
            del data[draw.randrange(len(data)) :]
        place.write_bytes(bytes(data))
        if bytes(data) != good and believed():
            raise FaultError("a changed file was believed", bytes(data))
        return bytes(data)

    return read


def main() -> None:
    """Each target in turn."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    toolchain.load(Path("/no/tree"))
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tree").mkdir()
        targets = {
            "source": scan_source,
            "sarif": read_report,
            "cache": cache_reader(Path(folder)),
            "answer": answer_reader(Path(folder)),
        }
        for name, target in targets.items():
            draw, start = random.Random(f"{name} {seed}"), time.perf_counter()
            for number in range(count):
                try:
                    target(draw)
                except Exception as e:
                    Path(f"fuzz-finding-{name}").write_bytes(
                        e.args[-1] if isinstance(e, FaultError) else repr(e).encode()
                    )
                    raise SystemExit(f"{name}, input {number} of seed {seed}: {e!r}") from e
            seconds = time.perf_counter() - start
            sys.stdout.write(f"{name}: {count} inputs, seed {seed}, {seconds:.0f} s, nothing found\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

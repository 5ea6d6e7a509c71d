"""10,000 issues over 100 pages: fetched, proven and judged, against the time that the server itself took.

The server is the tests' own Redmine in another process; each page takes at least as long as asked (a real Redmine was
seen to take 0.25 s for a page of 100). Run with: python bench/trackers.py [seconds a page]
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
ISSUES, BOUND_RATIO, BOUND_MIB = 10_000, 1.2, 150
FIELDS = {
    "severity": "Severity",
    "fix-commits": "Fix commit",
    "origin": "Origin",
    "cvss": "CVSS",
    "cwe": "CWE",
    "impact": "Impact",
    "affected-versions": "Affected",
    "root-cause": "Root cause",
    "related": "Related",
    "safety-effect": "Safety effect",
    "reviewed": "First review",
    "disclose": "Disclose",
    "disclose-reason": "Disclosure reason",
    "disclose-by": "Disclosed by",
    "disclose-on": "Disclosed on",
}
FILLED = {
    "Severity": "Medium",
    "Fix commit": "a" * 40,
    "Origin": "verification",
    "CVSS": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N",
    "First review": "2026-11-02T09:00:00Z",
    "Disclose": "yes",
}
BODY = "An example description that says at some length what was found. " * 14


def serve(delay: float) -> None:
    """A FakeRedmine that counts its own time; prints its address, and on end of input its seconds."""
    sys.path.insert(0, str(ROOT))
    from tests.trackers.fakes.redmine import FakeRedmine, Ticket
    from tests.trackers.fakes.server import Say, Seen

    class Timed(FakeRedmine):
        spent = 0.0

        def answer(self, seen: Seen) -> Say:
            began = time.perf_counter()
            said = super().answer(seen)
            said.raw = said.data()
            if seen.path.endswith("/issues.json"):
                time.sleep(max(0.0, delay - (time.perf_counter() - began)))
            self.spent += time.perf_counter() - began
            return said

        def _row(self, t: Ticket) -> dict[str, object]:
            return super()._row(t) | {"description": BODY}

    with Timed() as server:
        server.custom = dict(enumerate(FIELDS.values(), start=1))
        server.add(ISSUES - 1, fields={name: FILLED.get(name, "An answer in some words") for name in FIELDS.values()})
        server.add(private=True, fields={"Severity": "Medium"})
        print(server.url, flush=True)
        sys.stdin.readline()
        print(json.dumps({"seconds": server.spent, "requests": len(server.seen)}), flush=True)


def ask(url: str) -> dict[str, float]:
    """Ask and judge in this fresh process; wall and CPU seconds, and the highest memory in MiB."""
    from gatekeeper.checks._security_issues.evidence import Evidence, Params
    from gatekeeper.checks.security_issues import CHECK, ask_source
    from gatekeeper.model.check import Case, Product
    from gatekeeper.model.words import Mode
    from gatekeeper.policy.rulebook import rulebook
    from gatekeeper.trackers import Desk, Words, redmine

    source = redmine.Params(
        id="redmine",
        server=url,
        project="pump",
        tracker="Security",
        account="full",
        token_env="TOKEN",
        control=str(ISSUES),
        fields=FIELDS,
        words=Words(resolutions={"Closed": "fixed"}),
        budget_seconds=900,
    )
    book = rulebook()
    began, cpu = time.perf_counter(), time.process_time()
    answer = ask_source(source, Desk(ROOT, {"TOKEN": "key-full"}))
    product = Product(name="pump", version="1", manufacturer="Example")
    case = Case(product=product, rulebook=book, now=datetime.now(UTC), mode=Mode.CI)
    judged = {j.rule: j for j in CHECK.judge(Evidence(answers=(answer,)), Params(sources=(source,)), case)}
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    assert not judged["ISSUE-01"].doubts, judged["ISSUE-01"].doubts
    assert len(answer.issues) == ISSUES
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    stored = sum(len(p.stored) for p in answer.pages) / 1e6
    received = sum(p.size for p in answer.pages) / 1e6
    return {"wall": wall, "cpu": used, "peak": peak, "stored": stored, "received": received}


def main(delay: float) -> int:
    """Run both processes and hold the figures against their bounds."""
    own = [sys.executable, __file__]
    server = subprocess.Popen([*own, "serve", str(delay)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin
    assert server.stdout
    url = server.stdout.readline().strip()
    ours = json.loads(subprocess.run([*own, "ask", url], capture_output=True, text=True, check=True).stdout)
    server.stdin.write("\n")
    server.stdin.flush()
    theirs = json.loads(server.stdout.readline())
    server.wait()
    ratio = ours["wall"] / theirs["seconds"]
    load = os.getloadavg()[0]
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, load {load:.1f}, {delay} s a page")
    print(f"server's own time {theirs['seconds']:.2f} s for {theirs['requests']} requests")
    print(
        f"asked, proven, judged {ours['wall']:.2f} s wall, {ours['cpu']:.2f} s CPU: {ratio:.3f} (bound {BOUND_RATIO})"
    )
    print(f"highest memory {ours['peak']:.0f} MiB (bound {BOUND_MIB})")
    print(f"{ours['received']:.1f} MB received, {ours['stored']:.2f} MB kept")
    return int(ratio > BOUND_RATIO or ours["peak"] > BOUND_MIB)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(float(sys.argv[2]))
    elif sys.argv[1:2] == ["ask"]:
        print(json.dumps(ask(sys.argv[2])))
    else:
        sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 0.1))

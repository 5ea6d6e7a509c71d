"""GATE-15: text of strangers, through every output format. A marker that comes out whole has steered something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from gatekeeper import __version__, reports
from gatekeeper.discovery import discover
from gatekeeper.model.check import Case, Product
from gatekeeper.model.finding import Where, finding
from gatekeeper.model.record import PolicyRow, Record
from gatekeeper.model.recording import record_of
from gatekeeper.model.report import Options, Report
from gatekeeper.model.run import Verdict
from gatekeeper.model.selftest import SampleResult
from gatekeeper.model.verdict import Answered, RuleResult
from gatekeeper.model.words import Basis, Mode, Outcome, Severity
from gatekeeper.policy.rulebook import rulebook
from gatekeeper.selftest.specimen import Trial

RULE = "GATE-15"
# what is planted, and what must not come out of any format
HOSTILE = {
    "terminal codes that paint PASS": ("\x1b[2K\x1b[1A\x1b[32mPASS", "\x1b[2K"),
    "a workflow command in an issue title": ("x\n::error title=forged::injected", "\n::error title=forged::injected"),
    "a carriage return that rewrites the line": ("x\rPASS       everything", "\rPASS "),
    "HTML with a script": ("<script>alert(1)</script>", "<script>alert(1)"),
    "right-to-left marks in a file name": ("pump\u202egnp.py", "\u202egnp"),
    "a Markdown image that calls home": ("![x](https://example.org/x.png)", "![x](https://example.org/x.png)"),
    "a spreadsheet formula": ('=HYPERLINK("https://example.org")', "\n=HYPERLINK("),
}
_MARKUP = {"<script>alert(1)": ("html", "markdown"), "![x](https://example.org/x.png)": ("markdown",)}
# A page is no build log, and the canonical JSON is data: byte for byte what was signed.
_NOT_IN = {"\n::error title=forged::injected": ("html",), "\u202egnp": ("json",)}
_PRINTED = ("pdf",)  # the page of the html format on paper: tried as such, and an optional extra


def _run() -> Iterator[SampleResult]:
    formats = {name: f for name, f in discover(reports, "REPORT", Report).items() if name not in _PRINTED}
    for name, (planted, marker) in HOSTILE.items():
        record = _record(planted)
        leaks = [f.id for f in formats.values() if _concerns(f.id, marker) and marker in _shown(f, record)]
        said = f"comes out whole in {', '.join(leaks)}" if leaks else f"shown as text in {len(formats)} formats"
        yield SampleResult(RULE, name, True, Outcome.PASSED if leaks else Outcome.FAILED, said)
    plain = all(
        "a plain sentence" in _shown(f, _record("a plain sentence")) for f in formats.values() if f.id == "json"
    )
    yield SampleResult(RULE, "plain text is left alone", False, Outcome.PASSED if plain else Outcome.FAILED)


def _concerns(name: str, marker: str) -> bool:
    """Markup is only markup in its own format; everything else must come out nowhere."""
    return name in _MARKUP.get(marker, (name,)) and name not in _NOT_IN.get(marker, ())


def _shown(report: Report, record: Record) -> str:
    rendered = report.render(record, Options(verbose=True))
    return rendered if isinstance(rendered, str) else ""


def _record(text: str) -> Record:
    found = finding("CODE-01", text, key=[text], where=Where(f"src/{text}.py", 3), excerpt=text, note=text)
    result = RuleResult(
        id="CODE-01",
        check="secure-coding",
        severity=Severity.BLOCK,
        basis=Basis.AUTOMATIC,
        clauses=("5.5.1",),
        observed=(text,),
        answered=(Answered(found),),
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    product = Product(name=text, version="1.0", manufacturer=text)
    case = Case(product=product, rulebook=rulebook(), now=now, mode=Mode.LOCAL)
    return record_of(Verdict(case, (result,), (), (), {}), _POLICY, gate_version=__version__, created=now.isoformat())


_POLICY = PolicyRow(
    sha256="0" * 64,
    deviations_sha256="",
    profiles=("iec",),
    conformance_route="clauses-4-9",
    catalogue_version="",
    catalogue_sha256="0" * 64,
    rules_version="",
    rules_sha256="0" * 64,
)

TRIAL = Trial("hostile-text", lambda: tuple(_run()))

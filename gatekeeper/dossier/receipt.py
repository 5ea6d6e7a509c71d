"""receipt.json: the rules about the record itself, judged after it was signed, and again by whoever verifies it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from gatekeeper.checks._private_keys.search import Search
from gatekeeper.dossier import layout
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.model.record import Record
from gatekeeper.model.verdict import Answered, RuleResult, decide
from gatekeeper.model.words import Basis, Decision, Outcome, Severity

RULES = ("CHAIN-09", "CHAIN-10", "GATE-08", "KEY-03")
_SECRET_NAMES = ("TOKEN", "SECRET", "PASSWORD", "PASSWD", "PRIVATE_KEY", "API_KEY", "CREDENTIAL")
_SHIPPED = (layout.CATALOGUE_FILE, layout.RULES_FILE)
_PASSWORD_OPTION = re.compile(
    rb"--(?<![\w-]--)(password|passwd|token|secret|api-key)[= ](?![A-Z_]+\b)[^\s\"'<>\\$]{4,}"
)
MIN_SECRET = 8  # characters; shorter values occur anywhere by chance


class ReceiptRow(msgspec.Struct, frozen=True):
    """What came of one rule about the record."""

    id: str
    outcome: Outcome
    observed: tuple[str, ...]
    said: tuple[str, ...] = ()


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt of one record, named by its digest."""

    schema: Literal["gatekeeper.receipt/1"] = "gatekeeper.receipt/1"
    record_sha256: str
    decision: Decision
    rules: tuple[ReceiptRow, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """Every rule that did not pass, and every one that is not there."""
        missing = tuple(f"{rule} was not judged" for rule in RULES if rule not in {r.id for r in self.rules})
        return missing + tuple(
            f"{r.id} {r.outcome}: {'; '.join(r.said)}" for r in self.rules if r.outcome is not Outcome.PASSED
        )


def receipt_of(record_sha256: str, decision: Decision, judgements: Iterable[Judgement]) -> Receipt:
    """The receipt for what was judged."""
    return Receipt(record_sha256=record_sha256, decision=decision, rules=tuple(map(row_of, judgements)))


def row_of(judgement: Judgement) -> ReceiptRow:
    """One judgement with its derived outcome."""
    result = RuleResult(
        id=judgement.rule,
        check="dossier",
        severity=Severity.BLOCK,
        basis=Basis.AUTOMATIC,
        clauses=(),
        observed=judgement.observed,
        answered=tuple(map(Answered, judgement.findings)),
        doubts=judgement.doubts,
    )
    said = (*(f.message for f in judgement.findings), *judgement.doubts)
    return ReceiptRow(judgement.rule, result.outcome, judgement.observed, said)


def record_is_bound(record_sha256: str, faults: tuple[str, ...], report: str) -> Judgement:
    """CHAIN-09: canonical, signed, and named by the report that was made from it."""
    found = [finding("CHAIN-09", fault, key=[fault]) for fault in faults]
    if record_sha256 not in report:
        said = "the report was not made from this record: it does not state its digest"
        found.append(finding("CHAIN-09", said, key=["report"]))
    return judged(
        "CHAIN-09", f"record.json is canonical and signed, sha256 {record_sha256}; the report states it", found
    )


def decision_is_derived(differences: tuple[str, ...] | None, results: int) -> Judgement:
    """CHAIN-10: judged again from what is stored, everything comes out the same."""
    if differences is None:
        return undecided("CHAIN-10", "it was not judged again", advice="Run `gatekeeper verify --replay`.")
    found = [finding("CHAIN-10", said, key=[said]) for said in differences]
    return judged("CHAIN-10", f"{results} results judged again from the stored evidence, all the same", found)


def outputs_agree(record: Record, report: str) -> Judgement:
    """GATE-08: the decision follows from the results, and the report tells that decision."""
    found = []
    if (derived := decide(results_of(record))) is not record.decision:
        said = f"the record says {record.decision}, but its results come to {derived}"
        found.append(finding("GATE-08", said, key=["decision"]))
    if f'data-decision="{record.decision}"' not in report:
        found.append(finding("GATE-08", "the report tells another decision", key=["report"]))
    return judged("GATE-08", f"decision {record.decision}, of {len(record.rules)} results", found)


def results_of(record: Record) -> Iterator[RuleResult]:
    """The record's rows as results, so that the decision can be derived from them again."""
    for row in record.rules:
        yield RuleResult(
            id=row.id,
            check=row.check,
            severity=row.severity,
            basis=row.basis,
            clauses=row.clauses,
            observed=row.observed,
            answered=tuple(
                Answered(Finding(row.id, f.message, f.where, f.fingerprint, f.level), f.deviation) for f in row.findings
            ),
            doubts=row.doubts,
            not_applicable=row.not_applicable,
        )


def nothing_secret(written: Mapping[str, bytes], env: Mapping[str, str]) -> Judgement:
    """KEY-03: nothing that the gate writes holds a key, or the value of a secret from the environment.

    Catalogue and rules are the gate's own shipped data, bound by digest; they are left out.
    """
    written = {name: content for name, content in written.items() if name not in _SHIPPED}
    found = [*_marks(written), *_values(written, env), *_commands(written)]
    size = sum(map(len, written.values()))
    return judged(
        "KEY-03", f"{len(written)} files, {size} bytes searched for keys, tokens and secrets" if written else "", found
    )


def _marks(written: Mapping[str, bytes]) -> Iterator[Finding]:
    for name, content in written.items():
        yield from marks_in(name, content)


def marks_in(name: str, content: bytes) -> tuple[Finding, ...]:
    """Keys and credentials in one file, and what of it could not be searched for them."""
    search = Search(max_depth=1, max_bytes=1 << 31)
    search.content(content, name)
    seen = [
        finding("KEY-03", f"{p} holds {kind}", key=[p, kind], where=Where(p, n)) for p, _, kind, n in search.sightings
    ]
    unread = [
        finding("KEY-03", f"{path} could not be searched: {reason}", key=[path], where=Where(path))
        for path, _, reason in search.unread
    ]
    return (*seen, *unread)


def _commands(written: Mapping[str, bytes]) -> Iterator[Finding]:
    """A password or token as a word of a command line; what follows the option is not repeated."""
    for name, content in written.items():
        if match := _PASSWORD_OPTION.search(content):
            said = f"{name} holds a command line with --{match[1].decode()} and its value"
            yield finding("KEY-03", said, key=[name, "option"], where=Where(name))


def _values(written: Mapping[str, bytes], env: Mapping[str, str]) -> Iterator[Finding]:
    """Never the value itself: only the name of its variable."""
    for variable, value in env.items():
        if len(value) < MIN_SECRET or not any(word in variable.upper() for word in _SECRET_NAMES):
            continue
        raw = value.encode("utf-8", "surrogateescape")
        for name in (n for n, content in written.items() if raw in content):
            said = f"{name} holds the value of the environment variable {variable}"
            yield finding("KEY-03", said, key=[name, variable], where=Where(name))

"""What the auditor's page shows, worked out before the template: rows, counts, pictures, and what was cut."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from gatekeeper.history.changes import SECTIONS, changes
from gatekeeper.model.check import SignedFile
from gatekeeper.model.record import ClauseRow, Record, RuleRow
from gatekeeper.model.recording import LEFT_OUT
from gatekeeper.model.report import Options
from gatekeeper.model.rule import Text
from gatekeeper.model.summary import is_released
from gatekeeper.model.words import Basis, ClauseStatus, Decision, Mode
from gatekeeper.reports import _words as words
from gatekeeper.reports._charts import charts
from gatekeeper.reports._glossary import meanings
from gatekeeper.reports._vex import status
from gatekeeper.reports._view import counts, failing, headline, reasons, rule_rank, sentence, sign, tally, worst

SHOWN = 300  # findings; a page that lists a million is read by nobody
ROWS = 1000  # of any other list

TONE = {
    "failed": "bad",
    "warned": "warn",
    "undecided": "open",
    "deviated": "warn",
    "passed": "good",
    "not-applicable": "none",
}
STATUS_TONE = {
    ClauseStatus.MET: ("good", "✓"),
    ClauseStatus.MET_WITH_DEVIATION: ("warn", "≈"),
    ClauseStatus.MET_WITH_REMARK: ("warn", "!"),
    ClauseStatus.NOT_EVIDENCED: ("warn", "○"),
    ClauseStatus.NOT_MET: ("bad", "✗"),
    ClauseStatus.UNDECIDED: ("open", "?"),
    ClauseStatus.TAILORED: ("none", "T"),
    ClauseStatus.NOT_APPLICABLE: ("none", "–"),
    ClauseStatus.NOT_EVALUATED: ("none", "…"),
    ClauseStatus.FRAME: ("none", ""),
}
DECISION_TONE = {Decision.RELEASE: "good", Decision.BLOCK: "bad", Decision.UNDECIDED: "open"}


class Shown(NamedTuple):
    """The rows that a page shows, and how many there are."""

    rows: Sequence[Any]
    total: int

    @property
    def cut(self) -> int:
        return self.total - len(self.rows)


def shown(rows: Sequence[Any], most: int = ROWS) -> Shown:
    """The first rows of a list that may be long."""
    return Shown(rows[:most], len(rows))


def page(record: Record, options: Options) -> dict[str, Any]:
    """Everything that the template names."""
    n = counts(record)
    return {
        "r": record,
        "o": options,
        "w": words,
        "n": n,
        "headline": headline(record),
        "sentence": sentence(record),
        "reasons": reasons(record),
        "sign": sign(record),
        "tally": tally(record),
        "tone": _tone(record),
        "tiles": tiles(record),
        "matrix": [matrix_row(clause, record) for clause in record.clauses],
        "status_counts": status_counts(record),
        "failing": failing(record),
        "findings": Shown(worst(record, SHOWN), n.findings),
        "deviations": shown(sorted(record.deviations, key=lambda d: d.expires)),
        "issues": shown(sorted(record.issues, key=lambda i: (i.state == "closed", i.id))),
        "components": shown(sorted(record.components, key=lambda c: (c.item_class, c.name))),
        "vulnerabilities": shown(sorted(record.vulnerabilities, key=lambda v: status(v) in ("fixed", "not_affected"))),
        "suppressions": shown(record.suppressions),
        "documents": shown(record.documents),
        "tests": shown(sorted(record.tests, key=lambda t: not (t.failures or t.errors))),
        "artifacts": shown(record.artifacts),
        "signatures": shown(record.signatures),
        "people": people(record),
        "left_out": sum(row.reason == LEFT_OUT for row in record.deferred),
        "changes": _changes(record, options),
        "rules": sorted(record.rules, key=lambda rule: (rule.check, rule.id)),
        "charts": charts(record, options),
        "verify": verify_commands(record),
        "meanings": meanings(),
        "TONE": TONE,
        "STATUS_TONE": STATUS_TONE,
    }


def _tone(record: Record) -> str:
    """Green is kept for what really may go out."""
    if record.decision is Decision.RELEASE and not is_released(record):
        return "warn"
    return DECISION_TONE[record.decision]


def tiles(record: Record) -> list[tuple[int, Text, str, str]]:
    """The numbers that a reader looks at first: count, word, tone, sign."""
    n = counts(record)
    numbers = {
        "failed": n.failed,
        "undecided": n.undecided,
        "warned": n.warned,
        "deviated": n.deviated,
        "passed": n.passed,
        "not-applicable": n.not_applicable,
    }
    return [(count, words.STANDING[kind], TONE[kind], words.SYMBOL[kind]) for kind, count in numbers.items()]


class MatrixRow(NamedTuple):
    """A clause, its judged rules by basis, the stored evidence behind them, and the rules that nobody judged."""

    clause: ClauseRow
    by_basis: list[tuple[Basis, list[RuleRow]]]
    evidence: list[tuple[str, str]]  # check, sha256
    missing: list[str]


def matrix_row(clause: ClauseRow, record: Record) -> MatrixRow:
    """One row of the clause matrix."""
    known = {rule.id: rule for rule in record.rules}
    judged = [known[r] for r in clause.rules if r in known]
    by_basis = [(basis, sorted((r for r in judged if r.basis is basis), key=rule_rank)) for basis in clause.bases]
    evidence = sorted({(r.check, r.evidence) for r in judged if r.evidence})
    return MatrixRow(clause, by_basis, evidence, [r for r in clause.rules if r not in known])


def status_counts(record: Record) -> list[tuple[ClauseStatus, int]]:
    """How many clauses have which status; headings are none."""
    rows = [c.status for c in record.clauses if c.status is not ClauseStatus.FRAME]
    return [(s, rows.count(s)) for s in ClauseStatus if s in rows]


def people(record: Record) -> list[tuple[str, Text]]:
    """Who did what, as the record knows it."""
    rows: list[tuple[str, Text]] = [(a, Text("wrote in the change set", "変更の作者")) for a in record.source.authors]
    for d in record.deviations:
        rows.append((_named(d.author.name, d.author.role, d.author.id), Text(f"wrote {d.id}", f"{d.id} を起案")))
        rows += [(_named(p.name, p.role, p.id), Text(f"approved {d.id}", f"{d.id} を承認")) for p in d.approved_by]
    rows += [(d.author, Text(f"wrote {d.path}", f"{d.path} を作成")) for d in record.documents if d.author]
    rows += [(d.reviewer, Text(f"reviewed {d.path}", f"{d.path} をレビュー")) for d in record.documents if d.reviewer]
    rows += [(_named(t.tester, t.organisation, t.independence), Text(f"tested {t.kind}", f"{t.kind} を試験"))
             for t in record.tests if t.tester]  # fmt: skip
    rows += [(s.identity, Text(f"signed {s.name}", f"{s.name} に署名")) for s in record.signatures]
    return list(dict.fromkeys(rows))[:ROWS]


def _named(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _changes(record: Record, options: Options) -> list[tuple[Text, Shown]]:
    if options.previous is None:
        return []
    found = changes(options.previous, record)
    return [(SECTIONS[about][0], shown(list(rows), 100)) for about, rows in groupby(found, key=lambda c: c.about)]


def verify_commands(record: Record) -> list[tuple[Text, str]]:
    """What a reader types, in the folder of the dossier, to see for himself."""
    who = next(iter(record.signatures), None)
    rehearsal = ["--rehearsal"] if record.mode is Mode.REHEARSAL else []
    root = f"--trusted-root-sha256 {_word(record.trust_root_sha256 or 'HEX')}"
    steps = [
        (
            Text("The files are whole (coreutils alone)", "ファイルが完全である(coreutilsのみで確認)"),
            "sha256sum -c SHA256SUMS",
        ),
        (
            Text("Signatures, record and decision, offline", "署名・記録・判定をオフラインで確認"),
            _command("gatekeeper verify .", *_signer(who, "--identity", "--issuer"), root, *rehearsal),
        ),
    ]
    if who:
        bundle = f"--bundle {_word(f'signatures/{who.name}.sigstore.json')}"
        signer = _signer(who, "--certificate-identity", "--certificate-oidc-issuer")
        steps.append(
            (
                Text("One file with another tool", "別のツールで一つのファイルを確認"),
                _command(
                    "cosign verify-blob",
                    bundle,
                    *signer,
                    "--trusted-root trust/trusted_root.json",
                    _word(f"artifacts/{who.name}"),
                ),
            )
        )
    return steps


def _signer(who: SignedFile | None, identity: str, issuer: str) -> list[str]:
    """Whom to believe, as options of a command: a certificate's names, or the public key of a managed key."""
    if who is None:
        return [f"{identity} ID", f"{issuer} ISSUER"]
    if who.key == "managed":
        return ["--key trust/public_key.pem"]
    return [f"{identity} {_word(who.identity)}", f"{issuer} {_word(who.issuer)}"]


def _command(*parts: str) -> str:
    return " \\\n  ".join(parts)


def _word(text: str) -> str:
    return shlex.quote(text)
